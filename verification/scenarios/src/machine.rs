//! The machine level: inputs at times, exact verdicts and outputs, run against the shipped machine.

mod check;
mod format;
mod run;
mod start;
mod told;
mod written;

use crate::envelope::{self, File, Level, Record};

pub use start::{START, entropy_for, offset_of};
pub use written::scenario_of;

/// The folder of the machine scenarios, and that of those which are wrong on purpose.
pub const FOLDERS: [&str; 2] = ["machine", "must-fail/machine"];

/// Runs one file.
#[must_use]
pub fn run(file: &File) -> Record {
    file.record(Level::Machine, run::run)
}

/// Runs every machine scenario, and every file that must fail, which passes where it fails as it states.
///
/// # Errors
/// A folder or file that cannot be read, with its name.
pub fn run_all() -> Result<Vec<Record>, String> {
    let mut records = Vec::new();
    for folder in FOLDERS {
        records.extend(envelope::files(folder)?.iter().map(run));
    }
    Ok(records)
}
