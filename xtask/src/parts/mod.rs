//! What can be tested, one file a part.

pub(crate) mod bench;
pub(crate) mod check;
pub(crate) mod demo;
pub(crate) mod dist;
pub(crate) mod fuzz;
pub(crate) mod javascript;
pub(crate) mod kotlin;
pub(crate) mod python;
mod rust;
pub(crate) mod scenarios;
pub(crate) mod search;
pub(crate) mod servers;
pub(crate) mod swift;

use std::process::ExitCode;

use anyhow::Result;

use crate::{
    program,
    stage::{Session, Stage},
    summary::Summary,
};

/// A part of the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Rust,
    Python,
    Js,
    Kotlin,
    Swift,
    Scenarios,
    Model,
    Simulation,
    Servers,
}

/// What the user asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    parts: Vec<Part>,
    full: bool,
}

impl Chosen {
    /// Whether the first of two parts is run, and before the second.
    fn has_before(&self, first: Part, second: Part) -> bool {
        self.parts.iter().take_while(|part| **part != second).any(|part| *part == first)
    }
}

const ALL: [Part; 9] =
    [Part::Rust, Part::Python, Part::Js, Part::Kotlin, Part::Swift, Part::Scenarios, Part::Model, Part::Simulation, Part::Servers];

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Python => "python",
            Self::Js => "js",
            Self::Kotlin => "kotlin",
            Self::Swift => "swift",
            Self::Scenarios => "scenarios",
            Self::Model => "model",
            Self::Simulation => "simulation",
            Self::Servers => "servers",
        }
    }

    /// Runs it; an answer is the reason why it was skipped.
    fn run(self, stage: &Stage<'_>, chosen: &Chosen) -> Result<Option<String>> {
        match self {
            Self::Rust => rust::run(stage, chosen.full).map(|()| None),
            Self::Python => python::run(stage, chosen.full),
            Self::Js => javascript::run(stage, chosen.full),
            Self::Kotlin => kotlin::run(stage, chosen.full),
            Self::Swift => swift::run(stage),
            Self::Scenarios => {
                let ran = scenarios::Ran {
                    python: chosen.has_before(Self::Python, self),
                    javascript: chosen.has_before(Self::Js, self),
                    kotlin: chosen.has_before(Self::Kotlin, self),
                    swift: chosen.has_before(Self::Swift, self),
                };
                scenarios::run(stage, ran).map(|()| None)
            }
            Self::Model => search::MODEL.run(stage).map(|()| None),
            Self::Simulation => search::SIMULATION.run(stage).map(|()| None),
            Self::Servers => servers::run(stage),
        }
    }
}

/// Reads the names on the command line; an error is a refusal.
pub(crate) fn chosen(names: &[String]) -> Result<Chosen, String> {
    let mut parts = Vec::new();
    let mut full = false;
    for name in names {
        match ALL.into_iter().find(|part| part.name() == name) {
            Some(part) => parts.push(part),
            None if name == "full" => full = true,
            None => {
                let names: Vec<_> = ALL.into_iter().map(Part::name).collect();
                return Err(format!("{name}: no such part; there are {}, and full", names.join(", ")));
            }
        }
    }
    if parts.is_empty() {
        parts = ALL.to_vec();
    }
    parts.dedup();
    Ok(Chosen { parts, full })
}

/// Runs the chosen parts and prints the table.
pub(crate) fn test(session: &Session, chosen: &Chosen) -> Result<ExitCode> {
    let mut summary = Summary::default();
    for part in &chosen.parts {
        let stage = session.stage(part.name());
        // One part that cannot even begin keeps no other from running.
        let skipped = part.run(&stage, chosen).unwrap_or_else(|error| {
            stage.broke(&error);
            None
        });
        summary.parts.push(stage.end(skipped));
    }
    Ok(summary.close(program::ci()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn without_a_name_every_built_part_runs() {
        assert_eq!(chosen(&[]), Ok(Chosen { parts: ALL.to_vec(), full: false }));
        assert_eq!(chosen(&names("full")), Ok(Chosen { parts: ALL.to_vec(), full: true }));
    }

    #[test]
    fn a_named_part_runs_alone() {
        assert_eq!(chosen(&names("servers")), Ok(Chosen { parts: vec![Part::Servers], full: false }));
        assert_eq!(chosen(&names("rust full")), Ok(Chosen { parts: vec![Part::Rust], full: true }));
    }

    #[test]
    fn the_results_of_a_language_are_taken_only_where_it_runs_first() {
        for (text, taken) in
            [("", true), ("js scenarios", true), ("scenarios js", false), ("scenarios", false), ("python scenarios", false)]
        {
            let chosen = chosen(&names(text));
            assert_eq!(chosen.map(|chosen| chosen.has_before(Part::Js, Part::Scenarios)), Ok(taken), "{text}");
        }
    }

    #[test]
    fn a_part_that_does_not_exist_is_refused_by_name() {
        assert!(chosen(&names("rusty")).is_err_and(|refusal| refusal.starts_with("rusty") && refusal.contains("no such part")));
    }
}
