//! The results that a runner writes, in whatever language, and the table that is made of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::envelope::{self, File, Level, Record};

/// What one binding's runner has found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Results {
    /// Such as `rust` or `python`.
    pub binding: String,
    /// The version of the package that was run.
    pub version: String,
    /// One for each scenario.
    pub results: Vec<Record>,
    /// One for each wrong file; `passed` says that it was reported as it states.
    pub must_fail: Vec<Record>,
}

impl Results {
    /// Begins the results of a binding.
    #[must_use]
    pub fn of(binding: &str, version: &str) -> Self {
        Self { binding: binding.to_owned(), version: version.to_owned(), results: Vec::new(), must_fail: Vec::new() }
    }

    /// Returns everything that did not pass.
    pub fn failures(&self) -> impl Iterator<Item = &Record> {
        self.results.iter().chain(&self.must_fail).filter(|record| !record.passed())
    }
}

/// Results as they were read: an outcome that is none of ours, such as a skip, is red and not an error.
#[derive(Deserialize)]
struct Read {
    binding: String,
    version: String,
    results: Vec<ReadRecord>,
    must_fail: Vec<ReadRecord>,
}

#[derive(Deserialize)]
struct ReadRecord {
    file: String,
    level: Level,
    #[serde(default)]
    assertions: usize,
    outcome: Value,
}

/// A page of scenarios and bindings, and what is red in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The page, as Markdown.
    pub page: String,
    /// What is wrong, in sentences; empty if nothing is.
    pub red: Vec<String>,
}

/// The scenarios of one level, and the wrong files.
struct Part {
    level: Level,
    files: Vec<File>,
    wrong: Vec<File>,
}

impl Table {
    /// Makes the table of results files; `missing` are the bindings that are known not to be there yet.
    ///
    /// # Errors
    /// A text that is no results file, or a folder of scenarios that cannot be read.
    pub fn of(results: &[String], missing: &[String], command: &str) -> Result<Self, String> {
        let read = results.iter().map(|text| serde_json::from_str(text).map_err(|error| format!("results: {error}")));
        let read = read.collect::<Result<Vec<Read>, _>>()?;
        let mut red = Vec::new();
        let mut page = String::new();
        let parts = [Level::Client, Level::Machine].into_iter().map(Part::of).collect::<Result<Vec<_>, _>>()?;
        for part in &parts {
            part.judge(&read, &mut red);
        }
        // Writing to a String cannot fail.
        let _ = writeln!(page, "# Scenarios and bindings\n\n    {command}\n");
        let _ = writeln!(
            page,
            "One behaviour a row, one language a column; the number is how many comparisons the runner made. A skip, a failure,"
        );
        let _ = writeln!(page, "or a number that differs between two languages is red. The files stand in `core/scenarios`.\n");
        let _ = writeln!(page, "{}", totals(&parts, &read, missing, red.len()));
        for part in &parts {
            part.write(&read, missing, &mut page);
        }
        if !red.is_empty() {
            let _ = writeln!(page, "## Red\n");
            for what in &red {
                let _ = writeln!(page, "- {what}");
            }
        }
        Ok(Self { page: format!("{}\n", page.trim_end()), red })
    }
}

impl Part {
    fn of(level: Level) -> Result<Self, String> {
        let name = if level == Level::Client { "client" } else { "machine" };
        Ok(Self { level, files: envelope::files(name)?, wrong: envelope::files(&format!("must-fail/{name}"))? })
    }

    /// The machine's files are for Rust alone: the machine is the same in every binding.
    fn is_for(&self, read: &Read) -> bool {
        self.level == Level::Client || read.binding == "rust"
    }

    fn judge(&self, read: &[Read], red: &mut Vec<String>) {
        let mut assertions: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        for read in read.iter().filter(|read| self.is_for(read)) {
            for (files, records) in [(&self.files, &read.results), (&self.wrong, &read.must_fail)] {
                let records: Vec<_> = records.iter().filter(|record| record.level == self.level).collect();
                for file in files {
                    match records.iter().filter(|record| record.file == file.file).collect::<Vec<_>>()[..] {
                        // A wrong file fails somewhere on its way, and not every language compares in the same order.
                        [record] if record.passed() && file.file.starts_with("must-fail/") => {}
                        [record] if record.passed() => drop(assertions.entry(&file.file).or_default().insert(record.assertions)),
                        [record] => red.push(format!("{}: {}: {}", read.binding, file.file, record.outcome)),
                        [] => red.push(format!("{}: {}: was not run", read.binding, file.file)),
                        _ => red.push(format!("{}: {}: is there more than once", read.binding, file.file)),
                    }
                }
                for record in records.iter().filter(|record| !files.iter().any(|file| file.file == record.file)) {
                    red.push(format!("{}: {}: there is no such file", read.binding, record.file));
                }
            }
        }
        for (file, numbers) in assertions.into_iter().filter(|(_, numbers)| numbers.len() > 1) {
            let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
            red.push(format!("{file}: the languages made different numbers of comparisons: {}", numbers.join(", ")));
        }
    }

    fn write(&self, read: &[Read], missing: &[String], page: &mut String) {
        let read: Vec<_> = read.iter().filter(|read| self.is_for(read)).collect();
        let missing = if self.level == Level::Client { missing } else { &[] };
        let title = if self.level == Level::Client { "Clients, over HTTP" } else { "The machine" };
        let columns: Vec<&str> = read.iter().map(|read| read.binding.as_str()).chain(missing.iter().map(String::as_str)).collect();
        let _ = writeln!(page, "## {title}\n\n| scenario | {} |\n|---|{}", columns.join(" | "), "---|".repeat(columns.len()));
        for (files, wrong) in [(&self.files, false), (&self.wrong, true)] {
            for file in files {
                let cells = read.iter().map(|read| {
                    let records = if wrong { &read.must_fail } else { &read.results };
                    records.iter().find(|record| record.file == file.file).map_or_else(|| "**not run**".to_owned(), ReadRecord::cell)
                });
                let cells: Vec<String> = cells.chain(missing.iter().map(|_| "missing".to_owned())).collect();
                let name = file.parse().map_or_else(|_| file.file.clone(), |(head, _)| head.name);
                let name = if wrong { format!("*wrong on purpose:* {name}") } else { name };
                let _ = writeln!(page, "| [{}](../core/scenarios/{}) | {} |", name.replace('|', "\\|"), file.file, cells.join(" | "));
            }
        }
        let _ = writeln!(page);
    }
}

impl ReadRecord {
    fn passed(&self) -> bool {
        self.outcome.get("result").and_then(Value::as_str) == Some("passed")
    }

    fn cell(&self) -> String {
        if self.passed() { self.assertions.to_string() } else { "**red**".to_owned() }
    }
}

fn totals(parts: &[Part], read: &[Read], missing: &[String], red: usize) -> String {
    let mut totals = String::new();
    for part in parts {
        let level = if part.level == Level::Client { "client" } else { "machine" };
        let _ =
            writeln!(totals, "- {} {level}-level files and {} wrong ones that a runner must report", part.files.len(), part.wrong.len());
    }
    for read in read {
        let passed = read.results.iter().chain(&read.must_fail).filter(|record| record.passed()).count();
        let all = read.results.len() + read.must_fail.len();
        let comparisons: usize = read.results.iter().map(|record| record.assertions).sum();
        let _ = writeln!(totals, "- {} {}: {passed} of {all} files, {comparisons} comparisons", read.binding, read.version);
    }
    if !missing.is_empty() {
        let _ = writeln!(totals, "- not there yet: {}", missing.join(", "));
    }
    let _ = writeln!(totals, "- red: {red}");
    totals
}
