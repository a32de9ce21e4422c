//! The commands of this repository: `cargo xtask demo`, `build`, `test`, `check`, `bench`, `servers`, `stubs`, `dist`, and those that
//! show the machine to be right: `scenarios`, `simulate`, `model`, `mutants`, `fuzz`.
//!
//! Each does its own set-up, shows progress while it works, keeps the output of what it ran under `target/xtask/logs`, and
//! ends with a table of what passed.

mod glue;
mod group;
mod javascript;
mod kotlin;
mod mutants;
mod parts;
mod program;
mod progress;
mod python;
mod sandbox;
mod servers;
mod stage;
mod step;
mod summary;
mod swift;
mod tally;
mod toolchain;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{stage::Session, workspace::Workspace};

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Shows tokens fetched, reused, refreshed early, lost and recovered against three providers over real HTTP
    Demo {
        /// Serves the page of `examples/browser` instead and says where it is
        #[arg(long)]
        browser: bool,
        /// Arguments for the demo itself
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Builds a package into a folder and says where it is
    Build {
        /// js, kotlin, swift
        name: String,
    },
    /// Runs the tests: every part, the named parts, or with `full` also what takes long
    Test {
        /// rust, python, js, kotlin, swift, scenarios, model, simulation, servers; `full` adds the oldest supported Rust, Miri over many schedules,
        /// ThreadSanitizer, every other Python and JDK of this machine, other versions of Node.js and every bundler
        #[arg(value_name = "NAME|full")]
        names: Vec<String>,
    },
    /// Checks format, lints, documentation, generated files, licences and sources
    Check,
    /// Runs the benchmarks beside their peers and prints ratios
    Bench {
        /// rust, python, js, kotlin, swift; rust if none is named
        names: Vec<String>,
        /// Arguments for the benchmark itself, after `--`
        #[arg(last = true)]
        rest: Vec<String>,
    },
    /// Starts token servers that nobody here wrote, prints their URLs and clients as one JSON line, and waits for Ctrl-C
    Servers {
        /// Lifetime of the long clients' tokens, in seconds
        #[arg(long, default_value_t = 1800)]
        ttl: u32,
        /// Lifetime of the short clients' tokens, in seconds
        #[arg(long, default_value_t = 4)]
        short_ttl: u32,
    },
    /// Runs the scenario files on every binding and writes the table to docs/scenarios.md
    Scenarios {
        /// Only scenarios whose name or file contains this text; the page stays as it is
        only: Option<String>,
    },
    /// Plays seeded lives of the driver among faults: a corpus and fixed seeds, or for hours
    Simulate {
        /// Arguments for the simulation itself, such as `--hours 2`, `--seed 7`, `--replay FILE`, `--outage`, `--write`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Explores what the machine can do within bounds, completely
    Model {
        /// Arguments for the checker itself, such as `--full`, `--only NAME`, `--write`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Breaks the machine in one place after another: the scenarios, the simulation and the check have to notice
    Mutants(mutants::Options),
    /// Fuzzes the parsers and the machine
    Fuzz {
        /// A target; by default each in its turn
        target: Option<String>,
        /// How long each target runs
        #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..))]
        minutes: u32,
    },
    /// Writes down the types of Python's native module, beside the package
    Stubs,
    /// Builds what is published, for every platform that this machine can build for, and tries what it can run
    Dist {
        /// python, npm, kotlin, swift; all if none is named
        names: Vec<String>,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments.command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    group::stop_on_ctrl_c()?;
    let workspace = Workspace::find()?;
    match command {
        Command::Demo { browser: true, rest } => parts::demo::in_browser(&Session::new("demo", workspace), &rest),
        Command::Demo { browser: false, rest } => parts::demo::run(&Session::new("demo", workspace), &rest),
        Command::Build { name } => match name.as_str() {
            "js" => parts::javascript::build(&Session::new("build", workspace)),
            "kotlin" => parts::kotlin::build(&Session::new("build", workspace)),
            "swift" => parts::swift::build(&Session::new("build", workspace)),
            other => Ok(refuse(&format!("{other}: no such package to build; there are js, kotlin and swift"))),
        },
        Command::Test { names } => match parts::chosen(&names) {
            Ok(chosen) => parts::test(&Session::new("test", workspace), &chosen),
            Err(refusal) => Ok(refuse(&refusal)),
        },
        Command::Check => parts::check::run(&Session::new("check", workspace)),
        Command::Bench { names, rest } => match parts::bench::chosen(&names) {
            Ok(chosen) => parts::bench::run(&Session::new("bench", workspace), chosen, &rest),
            Err(refusal) => Ok(refuse(&refusal)),
        },
        Command::Servers { ttl, short_ttl } => {
            parts::servers::serve(&Session::new("servers", workspace), servers::Lifetimes { ttl, short_ttl })
        }
        Command::Scenarios { only } => parts::scenarios::write(&Session::new("scenarios", workspace), only.as_deref()),
        Command::Simulate { rest } => parts::search::SIMULATION.run_in_front(&Session::new("simulate", workspace), &rest),
        Command::Model { rest } => parts::search::MODEL.run_in_front(&Session::new("model", workspace), &rest),
        Command::Mutants(options) => mutants::run(&Session::new("mutants", workspace), &options),
        Command::Fuzz { target, minutes } => parts::fuzz::run(&Session::new("fuzz", workspace), target.as_deref(), minutes),
        Command::Stubs => parts::python::write_stubs(&Session::new("stubs", workspace)),
        Command::Dist { names } => match parts::dist::chosen(&names) {
            Ok(chosen) => parts::dist::run(&Session::new("dist", workspace), &chosen),
            Err(refusal) => Ok(refuse(&refusal)),
        },
    }
}

/// Says what does not exist instead of pretending.
fn refuse(why: &str) -> ExitCode {
    eprintln!("{why}");
    ExitCode::from(2)
}
