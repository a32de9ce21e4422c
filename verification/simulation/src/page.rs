//! The page of the documentation that the simulation writes of itself.

use std::fmt::Write as _;

use evertoken_oracle::Oracle;

use crate::{
    explore::Totals,
    invariants::INVARIANTS,
    matrix::{FAULTS, HELD, State, nowhere, unreachable},
};

/// The command that writes the page.
pub const COMMAND: &str = "cargo xtask simulate --write";

/// Returns the page.
#[must_use]
pub fn page(totals: &Totals, corpus: usize, seeds: u64, outage: &str) -> String {
    let mut page = format!(
        "# Simulation\n\n\
         Written by `{COMMAND}`; do not edit.\n\n\
         The real driver, exchange and machine live on one thread in virtual time, among callers, a token server and an API that\n\
         misbehave as a plan says. A plan is a list of steps with every value written down; it is drawn from a seed while the life\n\
         runs, and the same plan gives the same life. Every call of the machine is held against the oracle (`verification/oracle`),\n\
         and every life against a second, small telling of the documented behaviour and the truth that the servers keep\n\
         (`verification/simulation`).\n\n\
         | command | what it does |\n|---|---|\n\
         | `cargo xtask simulate` | replays the corpus, explores a fixed number of steps, prints what is below |\n\
         | `cargo xtask simulate --hours 2` | explores fresh seeds for two hours on two threads, and prints them |\n\
         | `.. --seed 17`, `.. --replay FILE` | tells the story of one life, line by line |\n\
         | `.. --outage` | measures an outage of an hour |\n\n\
         A life that breaks a promise is made as small as it can be and printed twice: as a plan to be run again, and as a scenario\n\
         file. `verification/simulation/corpus` holds the plans that are always run.\n\n\
         ## What was explored\n\n```sh\ncargo xtask simulate\n```\n\n"
    );
    let _ = writeln!(page, "| | |\n|---|--:|\n| plans of the corpus | {corpus} |\n| seeds | {seeds} |\n| steps | {} |", totals.steps);
    let _ = writeln!(page, "| calls of the machine | {} |\n| calls of callers | {} |", totals.machine_calls, totals.calls);
    let _ = writeln!(page, "| token requests | {} |\n| lifetimes | {} |", totals.requests, totals.lives);
    let _ = writeln!(page, "| states, of those that can be | {} of {} |", totals.matrix.states(), reachable());
    let _ = writeln!(page, "| lives that broke a promise | {} |\n", totals.failed.len());
    page.push_str(
        "## How often each fault hit each state\n\n\
         A column is what is held (none, or a token that is fresh, in its window, in the hard zone, withheld, or rejected beyond help)\n\
         and what is done about the token endpoint. A zero fails the command. A dash is a cell that cannot be hit; a hit there fails, too.\n\n",
    );
    page.push_str(&totals.matrix.table());
    page.push_str("\nCells and columns that cannot be hit:\n\n");
    for reason in reasons() {
        let _ = writeln!(page, "- {reason}");
    }
    page.push_str(
        "\n## What an hour's outage costs\n\n```sh\ncargo xtask simulate --outage\n```\n\n\
         Five callers ask again a second after each answer; the outage begins at eight points of the token's life. A caller without a\n\
         token waits for its patience (15 s) at most.\n\n",
    );
    page.push_str(outage);
    page.push_str("\n## What is held against every life\n\n| promise | |\n|---|---|\n");
    for invariant in INVARIANTS {
        let _ = writeln!(page, "| `{}` | {} |", invariant.name, invariant.says);
    }
    let _ = writeln!(page, "\nBeside these the {} invariants of the oracle.", Oracle::<u32>::INVARIANTS.len());
    page
}

fn states() -> impl Iterator<Item = State> {
    (0..HELD.len()).flat_map(|held| (0..4).map(move |flight| State { held, flight }))
}

fn reachable() -> usize {
    states().filter(|state| nowhere(*state).is_none()).count()
}

fn reasons() -> Vec<&'static str> {
    let mut all = Vec::new();
    for (fault, _) in FAULTS {
        for reason in states().filter_map(|state| unreachable(fault, state)) {
            if !all.contains(&reason) {
                all.push(reason);
            }
        }
    }
    all
}
