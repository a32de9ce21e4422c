//! What came of the mutants: a line each, sums, and what caught nothing.

use std::{collections::BTreeSet, fmt::Write as _};

use super::{
    SHARE, Trial,
    net::{Answer, NETS},
};

/// A whole run.
pub(super) struct Report<'a> {
    pub(super) trials: &'a [Trial],
    /// What each net could fail with.
    pub(super) names: &'a [Vec<String>],
    pub(super) seconds: u64,
}

const IDLE: &str = "\n## Idle\n\nWhat failed with no mutant: it may guard what no mutant breaks, or another spoke first. The check and the oracle \
                    end a life at the first broken invariant, and the client's files end at the third failure. That each invariant can be \
                    broken is shown by tests of the oracle and of the simulation.\n";

/// One trial on one line.
pub(super) fn line(trial: &Trial) -> String {
    let cells = match &trial.outcome {
        Ok(answers) => {
            NETS.iter().zip(answers).map(|(net, answer)| format!("{}: {}", net.name, cell(answer))).collect::<Vec<_>>().join(", ")
        }
        Err(why) => why.clone(),
    };
    format!("{} ({:.0} s): {cells}", trial.patch.name, trial.seconds)
}

fn cell(answer: &Answer) -> String {
    match answer {
        Answer::Killed(names) => match names.as_slice() {
            [] => String::new(),
            [name] => name.clone(),
            [name, others @ ..] => format!("{name} +{}", others.len()),
        },
        Answer::Silent => "-".to_owned(),
        Answer::TimedOut => "(time-out)".to_owned(),
        Answer::Broken => "(broken)".to_owned(),
    }
}

impl Report<'_> {
    /// What a person reads at the end.
    pub(super) fn text(&self) -> String {
        let mut text = String::from("\n");
        for (index, net) in NETS.iter().enumerate() {
            let (killed, total) = self.killed(index);
            let _ = writeln!(text, "{:11} {killed} of {total} killed ({} %)", net.name, percent(killed, total));
        }
        let survivors: Vec<_> = self.trials.iter().filter(|trial| !trial.is_killed()).collect();
        let _ = writeln!(text, "{} survive all nets, {} s", survivors.len(), self.seconds);
        for trial in survivors {
            let _ = writeln!(text, "  {}", line(trial));
        }
        for (index, net) in NETS.iter().enumerate() {
            let _ = writeln!(text, "idle in {}: {}", net.name, self.idle(index).len());
        }
        text
    }

    /// The page that is kept.
    pub(super) fn page(&self, commit: &str) -> String {
        let mut page = String::from("# Mutants\n\n");
        let _ = writeln!(
            page,
            "```sh\ncargo xtask mutants --write              # this page\ncargo xtask mutants --patch FILE         # one patch more\n```\n"
        );
        page.push_str(
            "Each patch in `verification/mutants` breaks the machine in one place. A net kills it if a *named* scenario or invariant fails \
             within 20 s; a panic, a time-out or a patch that does not compile is no kill. Without a patch all nets are green.\n\n",
        );
        let _ = writeln!(page, "Last written at {}: {} patches in {} s.\n", commit, self.trials.len(), self.seconds);
        page.push_str("| net | killed | of | share |\n|---|---|---|---|\n");
        for (index, net) in NETS.iter().enumerate() {
            let (killed, total) = self.killed(index);
            let _ = writeln!(page, "| {} | {killed} | {total} | {} % |", net.name, percent(killed, total));
        }
        let all = self.trials.iter().filter(|trial| trial.is_killed()).count();
        let _ = writeln!(page, "| any | {all} | {} | {} % |", self.trials.len(), percent(all, self.trials.len()));
        page.push_str("\n| breaks | mutant |");
        NETS.iter().for_each(|net| page.push_str(&format!(" {} |", net.name)));
        page.push_str("\n|---|---|");
        NETS.iter().for_each(|_| page.push_str("---|"));
        page.push('\n');
        for trial in self.trials {
            let cells = match &trial.outcome {
                Ok(answers) => answers.iter().map(|answer| cell(answer).replace('|', "\\|")).collect::<Vec<_>>().join(" | "),
                Err(why) => why.clone(),
            };
            let _ = writeln!(page, "| {} | `{}`: {} | {cells} |", trial.patch.shows, trial.patch.name, trial.patch.says);
        }
        page.push_str(IDLE);
        for (index, net) in NETS.iter().enumerate() {
            let idle = self.idle(index);
            let of = self.names.get(index).map_or(0, Vec::len);
            let _ = writeln!(
                page,
                "\n**{}** ({} of {of}): {}",
                net.name,
                idle.len(),
                if idle.is_empty() { "none".to_owned() } else { idle.join("; ") }
            );
        }
        page
    }

    /// Why this is no success.
    pub(super) fn complaints(&self, all: bool) -> Vec<String> {
        let unfit = self.trials.iter().filter_map(|trial| Some(format!("{}: {}", trial.patch.name, trial.outcome.as_ref().err()?)));
        let survivors = self.trials.iter().filter(|trial| trial.outcome.is_ok() && !trial.is_killed());
        let mut complaints: Vec<_> = unfit.chain(survivors.map(|trial| format!("{}: survives", trial.patch.name))).collect();
        for (index, net) in NETS.iter().enumerate().filter(|_| all) {
            let (killed, total) = self.killed(index);
            if killed * 100 < total * SHARE {
                complaints.push(format!("{}: kills {killed} of {total}, less than {SHARE} %", net.name));
            }
        }
        complaints
    }

    fn killed(&self, net: usize) -> (usize, usize) {
        let answers = self.trials.iter().filter_map(|trial| trial.outcome.as_ref().ok()?.get(net));
        (answers.clone().filter(|answer| answer.is_killed()).count(), answers.count())
    }

    fn idle(&self, net: usize) -> Vec<String> {
        let answers = self.trials.iter().filter_map(|trial| trial.outcome.as_ref().ok()?.get(net));
        let busy: BTreeSet<_> =
            answers.filter_map(|answer| if let Answer::Killed(names) = answer { Some(names) } else { None }).flatten().collect();
        self.names.get(net).into_iter().flatten().filter(|name| !busy.contains(name)).cloned().collect()
    }
}

fn percent(part: usize, whole: usize) -> usize {
    (part * 100).checked_div(whole).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::mutants::patch::Patch;

    fn trial(name: &str, outcome: Result<Vec<Answer>, String>) -> Trial {
        let patch = Patch { name: name.to_owned(), shows: "a row".to_owned(), says: "It breaks.".to_owned(), path: PathBuf::new() };
        Trial { patch, outcome, seconds: 1.0 }
    }

    fn killed(name: &str) -> Answer {
        Answer::Killed(vec![name.to_owned()])
    }

    fn complaints(trials: &[Trial]) -> Vec<String> {
        Report { trials, names: &[], seconds: 1 }.complaints(true)
    }

    #[test]
    fn a_mutant_that_every_net_kills_is_no_complaint() {
        assert!(complaints(&[trial("a", Ok(vec![killed("x"), killed("y"), killed("z")]))]).is_empty());
    }

    #[test]
    fn a_panic_and_a_time_out_are_no_kills() {
        let found = complaints(&[trial("a", Ok(vec![Answer::Silent, Answer::TimedOut, Answer::Broken]))]);
        assert_eq!(found[0], "a: survives");
        assert_eq!(found.len(), 4, "each net is below its share as well: {found:?}");
    }

    #[test]
    fn a_net_below_its_share_is_a_complaint_though_another_kills_all() {
        let one = || trial("a", Ok(vec![killed("x"), killed("y"), Answer::Silent]));
        assert_eq!(complaints(&[one(), one()]), ["check: kills 0 of 2, less than 60 %"]);
    }

    #[test]
    fn a_patch_that_does_not_compile_is_a_complaint() {
        let found = complaints(&[trial("a", Err("does not compile".to_owned()))]);
        assert_eq!(found[0], "a: does not compile");
    }

    #[test]
    fn what_fails_with_no_mutant_is_idle() {
        let trials = [trial("a", Ok(vec![killed("x"), Answer::Silent, Answer::Silent]))];
        let names = [vec!["x".to_owned(), "w".to_owned()], Vec::new(), Vec::new()];
        assert_eq!(Report { trials: &trials, names: &names, seconds: 1 }.idle(0), ["w"]);
    }
}
