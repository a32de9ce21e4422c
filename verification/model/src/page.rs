//! `docs/model.md`: what was explored and what it showed, in tables with the command over each.

use std::{fmt::Write as _, fs, io, path::PathBuf};

use evertoken::trace::Alias;
use evertoken_oracle::Oracle;

use crate::{
    config::Config,
    coverage::{Coverage, ROWS, impossible},
    label::{Label, STATES},
    liveness,
    report::{Report, allows},
    search::Found,
};

/// Writes the page.
///
/// # Errors
/// A file that cannot be written.
pub fn write(configs: &[Config], found: &[(usize, Found)], coverage: &Coverage, report: &Report) -> io::Result<()> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/model.md");
    fs::write(path, text(configs, found, coverage, report))
}

fn text(configs: &[Config], found: &[(usize, Found)], coverage: &Coverage, report: &Report) -> String {
    let mut text = INTRODUCTION.to_string();
    configurations(&mut text, configs, found);
    invariants(&mut text, coverage);
    table(&mut text, coverage);
    let lively: u64 = found.iter().map(|(_, found)| found.lively).sum();
    let _ = writeln!(
        text,
        "## A new call is served\n\nFrom every state but closed ones the servers begin to work and the clock moves: a new call had its token within {} calls of\n\
         the machine from each of {lively} states.\n\n## In all\n\n`cargo xtask model` ended with `{} passed, {} failed`.",
        liveness::STEPS,
        report.passed,
        report.failed.len()
    );
    text
}

const INTRODUCTION: &str = "# The exhaustive check

`verification/model` explores the shipped `Machine` with the shipped default `Policy` and holds every call against
`verification/oracle`, an executable specification: from what goes in and what comes out alone it keeps the truth (tokens
and their ends, attempts, rejections, pauses, callers) with numbers of its own, and says for each call what must come out.

The search is breadth first over the machine, the oracle and the world around them, each state once, known by 128 bits. It is
our own code, not stateright: budgets per configuration, witnesses, the arrows of the diagram and a replayable trace would
have to be built on top anyway, and stateright's `eventually` is sound only on paths without cycles. Two states that differ
only in *when* they are count as one: a machine compares instants with each other and with now, so what lies equally far from
now behaves alike. A call that changes nothing but the time is checked, but not followed.

Bounds are numbers of inputs, attempts and tokens. Time moves from boundary to boundary (what a snapshot says, what the truth
knows, when a caller stops waiting), to the millisecond itself and, where a bound allows it, to the one before and after. What
a bound cuts off was **not** explored: the machine may do there what it likes as far as this page goes. Simulation and fuzzing
go there by chance.

";

fn configurations(text: &mut String, configs: &[Config], found: &[(usize, Found)]) {
    text.push_str(
        "## Configurations\n\n`cargo xtask model` explores all of them to their end. *Cut* states have one attempt or token more than the bounds\n\
         and were not followed. `verification/model/budget.json` keeps the numbers of states; a drop of 10 % fails.\n\n\
         | configuration | what it is for | bounds | states | calls | longest way | cut |\n|---|---|---|---:|---:|---:|---:|\n",
    );
    for (at, found) in found {
        let (config, Found { states, transitions, depth, cut, .. }) = (&configs[*at], found);
        let _ =
            writeln!(text, "| `{}` | {} | {} | {states} | {transitions} | {depth} | {cut} |", config.name, config.about, allows(config));
    }
    let sum = |of: fn(&Found) -> u64| found.iter().map(|(_, found)| of(found)).sum::<u64>();
    let _ = writeln!(text, "| all | | | {} | {} | | {} |\n", sum(|f| f.states), sum(|f| f.transitions), sum(|f| f.cut));
}

fn invariants(text: &mut String, coverage: &Coverage) {
    text.push_str(
        "## Invariants and their witnesses\n\n`cargo xtask model`; a situation that is never met is a failure. That each invariant can be broken is shown by\n\
         `cargo test -p evertoken-oracle`: one thing in a good step is changed, and the oracle names it.\n\n\
         | invariant | what it promises | met |\n|---|---|---|\n",
    );
    for invariant in Oracle::<Alias>::INVARIANTS {
        let all = Oracle::<Alias>::SITUATIONS.iter().enumerate().filter(|(_, situation)| situation.invariant == invariant.name);
        let met: Vec<_> = all
            .map(
                |(at, situation)| {
                    if coverage.seen.contains(at) { situation.name.to_string() } else { format!("NOT MET: {}", situation.name) }
                },
            )
            .collect();
        let _ = writeln!(text, "| `{}` | {} | {} |", invariant.name, invariant.says, met.join("; "));
    }
    text.push('\n');
}

fn table(text: &mut String, coverage: &Coverage) {
    text.push_str("## The table of transitions\n\n`cargo xtask model`. Rows of `core/src/machine/mod.rs`:\n\n| row | fired |\n|---|---|\n");
    for (at, row) in ROWS.iter().enumerate() {
        let _ = writeln!(text, "| {} | {} |", row.name, if coverage.fired(at) { "yes" } else { "no" });
    }
    text.push_str("\nInputs by the state in which they were taken; a dash is impossible, and the check asserts it:\n\n| input |");
    STATES.iter().for_each(|(_, title)| {
        let _ = write!(text, " {title} |");
    });
    text.push_str("\n|---|---|---|---|---|---|---|\n");
    for label in Label::ALL.iter().filter(|label| **label != Label::Time) {
        let _ = write!(text, "| {} |", label.name());
        for state in 0..STATES.len() {
            let cell = match (coverage.met(state, *label), impossible(state, *label)) {
                (true, _) => "yes",
                (false, Some(_)) => "-",
                (false, None) => "NO",
            };
            let _ = write!(text, " {cell} |");
        }
        text.push('\n');
    }
    text.push_str("\nWhere no attempt runs none can end: ends of earlier ones are *late* or misuse.\n\n");
}
