//! Explores the token machine within bounds and says what was shown.

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::Parser;
use evertoken::trace::Alias;
use evertoken_model::{
    budget::Budget,
    config::Config,
    configs,
    coverage::Coverage,
    diagram, liveness, page,
    report::{Report, allows, table},
    run::explore_all,
    search::{Counterexample, Found, Limits},
};
use evertoken_oracle::{Oracle, Violation};

/// Explores what the token machine can do within bounds, completely, and holds each call against the oracle.
#[derive(Parser)]
#[command(name = "model")]
struct Options {
    /// Explores only configurations whose name contains this.
    #[arg(long)]
    only: Option<String>,
    /// Explores the beginning of each configuration, and single ways beyond it.
    #[arg(long)]
    quick: bool,
    /// Prints what is broken as one line of JSON.
    #[arg(long)]
    json: bool,
    /// Explores all bounds at once, for as long as there is time.
    #[arg(long)]
    full: bool,
    /// How long `--full` may take.
    #[arg(long, default_value_t = 30)]
    minutes: u64,
    /// Explores only the first so many calls of each configuration.
    #[arg(long)]
    calls: Option<u64>,
    /// Writes docs/model.md and the diagram of docs/machine.md.
    #[arg(long)]
    write: bool,
    /// Writes budget.json.
    #[arg(long)]
    update: bool,
    /// Prints the names of all invariants as one line of JSON.
    #[arg(long)]
    names: bool,
    /// How many configurations are explored at a time.
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

fn main() -> ExitCode {
    let options = Options::parse();
    if options.names {
        let names: Vec<_> = Oracle::<Alias>::INVARIANTS.iter().map(|invariant| invariant.name).chain([liveness::INVARIANT]).collect();
        println!("{}", serde_json::json!(names));
        return ExitCode::SUCCESS;
    }
    let mut configs = if options.full { vec![configs::product()] } else { configs::all() };
    if let Some(only) = &options.only {
        configs.retain(|config| config.name.contains(only.as_str()));
    }
    let began = Instant::now();
    let limits = if options.quick {
        Limits { until: Some(began + Duration::from_secs(10)), calls: 45_000, dives: 1_000, first: true, ..Limits::NONE }
    } else if options.full {
        let until = began + Duration::from_secs(60 * options.minutes);
        Limits { until: Some(until), width: 400, states: 60_000_000, first: true, ..Limits::NONE }
    } else {
        Limits { calls: options.calls.unwrap_or(u64::MAX), ..Limits::NONE }
    };
    let found = explore_all(&configs, limits, options.threads, options.quick);
    if options.json {
        return say_json(&found);
    }
    println!("{}", table(&configs, &found));
    for (at, found) in &found {
        if let Some(broken) = &found.broken {
            tell(&configs[*at], broken);
        }
    }
    if options.quick || options.full {
        return say_partly(&options, &configs, &found);
    }
    judge(&options, &configs, &found)
}

const NOT_RUN: &str = "not run: all bounds at once (--full); states beyond a configuration's attempts and tokens (cut); moves of time beyond its next\n\
     boundaries, and moves to the millisecond before and after a boundary beyond their bound (docs/model.md lists both for each)";

fn say_json(found: &[(usize, Found)]) -> ExitCode {
    let failed: Vec<_> = found
        .iter()
        .filter_map(|(_, found)| found.broken.as_ref())
        .map(|Counterexample { violation: Violation { invariant, detail }, .. }| serde_json::json!({ "name": invariant, "detail": detail }))
        .collect();
    let code = ExitCode::from(u8::from(!failed.is_empty()));
    println!("{}", serde_json::json!({ "failed": failed }));
    code
}

fn tell(config: &Config, broken: &Counterexample) {
    println!("{}: {}", config.name, broken.violation);
    for entry in &broken.trace.entries {
        println!("  at {} ms: {:?}\n    {:?}", entry.now.mono.saturating_sub(evertoken_model::fingerprint::MONO), entry.input, entry.step);
    }
    println!("as a trace that any machine replays:\n{}", broken.trace.to_json());
}

fn say_partly(options: &Options, configs: &[Config], found: &[(usize, Found)]) -> ExitCode {
    let failed = found.iter().filter(|(_, found)| found.broken.is_some()).count();
    for (at, found) in found.iter().filter(|(_, found)| found.unfinished) {
        let name = configs[*at].name;
        println!("{name}: what lies beyond {} calls was not explored ({})", found.transitions, allows(&configs[*at]));
    }
    if options.full {
        println!("{} states were shown to serve a new call", found.iter().map(|(_, found)| found.lively).sum::<u64>());
    }
    println!("{} passed, {failed} failed", found.len() - failed);
    ExitCode::from(u8::from(failed > 0))
}

fn judge(options: &Options, configs: &[Config], found: &[(usize, Found)]) -> ExitCode {
    let mut coverage = Coverage::default();
    found.iter().for_each(|(_, found)| coverage.merge(&found.coverage));
    let mut budget = Budget::read().unwrap_or_default();
    if options.update {
        let states = found.iter().map(|(at, found)| (configs[*at].name.to_string(), found.states));
        if options.only.is_none() {
            budget.states.clear();
        }
        budget.states.extend(states);
        if let Err(error) = budget.write() {
            println!("budget.json: {error}");
            return ExitCode::FAILURE;
        }
    }
    let mut report = Report::default();
    report.configurations(configs, found, &budget);
    report.liveness(found);
    if options.only.is_none() {
        report.complete(configs, &budget);
        report.coverage(&coverage);
        report.pairs(configs);
        if options.write
            && let Err(error) = diagram::write(&diagram::draw(&coverage))
        {
            println!("docs/machine.md: {error}");
            return ExitCode::FAILURE;
        }
        report.diagram(&coverage);
        if options.write
            && let Err(error) = page::write(configs, found, &coverage, &report)
        {
            println!("docs/model.md: {error}");
            return ExitCode::FAILURE;
        }
    }
    println!("{NOT_RUN}");
    report.failed.iter().for_each(|line| println!("FAILED {line}"));
    println!("{} passed, {} failed", report.passed, report.failed.len());
    ExitCode::from(u8::from(!report.failed.is_empty()))
}
