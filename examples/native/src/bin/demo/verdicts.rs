//! What the demo promises, and whether it kept it.

use std::fmt::{self, Write};

use evertoken_sandbox::Sandbox;

use crate::lane::Lane;

/// Expectations with what was seen.
#[derive(Default)]
pub(crate) struct Verdicts(Vec<(bool, String)>);

impl Verdicts {
    /// Notes an expectation and returns the line that tells of it.
    pub(crate) fn expect(&mut self, met: bool, what: String) -> String {
        self.0.push((met, what));
        self.0.last().map(line).unwrap_or_default()
    }

    pub(crate) fn all_met(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|(met, _)| *met)
    }
}

fn line((met, what): &(bool, String)) -> String {
    format!("{} {what}", if *met { "✓" } else { "✗" })
}

impl fmt::Display for Verdicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let met = self.0.iter().filter(|(met, _)| *met).count();
        for verdict in self.0.iter().filter(|(met, _)| !*met) {
            writeln!(f, "{}", line(verdict))?;
        }
        write!(f, "{met} of {} expectations met", self.0.len())
    }
}

/// Counts of the whole demo; token requests as the servers counted them.
pub(crate) fn table(sandbox: &Sandbox, lanes: &[Lane]) -> String {
    let counts = sandbox.control().counts();
    let mut table = format!("{:<12} {:>7} {:>15} {:>7}  {}\n", "", "calls", "token requests", "tokens", "failures that callers saw");
    for lane in lanes {
        let count = counts.get(&lane.vendor).copied().unwrap_or_default();
        let failures: Vec<_> = lane.failures().iter().map(|(name, times)| format!("{times} {name}")).collect();
        let failures = if failures.is_empty() { "none".to_owned() } else { failures.join(", ") };
        let _ = writeln!(table, "{:<12} {:>7} {:>15} {:>7}  {failures}", lane.name, lane.calls(), count.token, count.granted);
    }
    table
}
