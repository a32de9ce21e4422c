//! Seeded lives of the driver among faults in virtual time, held against the oracle and the truth of a simulated server.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::Parser;
use evertoken_oracle::Oracle;
use evertoken_simulation::{
    explore::{self, Totals},
    invariants::INVARIANTS,
    life::{self, Outcome},
    outage, page,
    plan::Plan,
    scenario,
    shrink::shrink,
};
use serde_json::json;

/// Simulates lives of a token source among faults, in virtual time, and holds them against what is promised.
///
/// Without options it replays the corpus and explores a fixed number of steps.
#[derive(Parser)]
struct Options {
    /// Explores fresh seeds for so many hours.
    #[arg(long, value_name = "H")]
    hours: Option<f64>,
    /// Runs one seed alone and tells its story.
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// Runs a plan again and tells its story.
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    /// Measures what an hour's outage of the token endpoint costs.
    #[arg(long)]
    outage: bool,
    /// Explores less, for a few seconds, and stops at the first failure.
    #[arg(long)]
    quick: bool,
    /// Rewrites docs/simulation.md from a whole run.
    #[arg(long)]
    write: bool,
    /// Prints what failed as one line of JSON.
    #[arg(long)]
    json: bool,
    /// Prints the names of all invariants, the simulation's own and the oracle's, as one line of JSON.
    #[arg(long)]
    names: bool,
}

/// The seeds of the fixed exploration, and of the quick one.
const SEEDS: u64 = 15_000;
const QUICK: u64 = 1_200;
/// A busy computer does less.
const QUICK_TIME: Duration = Duration::from_millis(8_000);

fn main() -> ExitCode {
    let options = Options::parse();
    match run(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn run(options: &Options) -> Result<bool, String> {
    if options.names {
        let own = INVARIANTS.iter().map(|invariant| invariant.name);
        let names: Vec<_> = own.chain(Oracle::<u32>::INVARIANTS.iter().map(|invariant| invariant.name)).collect();
        println!("{}", json!(names));
        return Ok(true);
    }
    if let Some(seed) = options.seed {
        let (plan, _) = life::explore(seed, explore::STEPS).map_err(|error| error.to_string())?;
        return tell(&plan);
    }
    if let Some(file) = &options.replay {
        let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        return tell(&serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?);
    }
    if let Some(hours) = options.hours {
        return for_hours(hours);
    }
    if options.outage {
        println!("{}", outage::table()?);
        return Ok(true);
    }
    fixed(options)
}

/// Runs a plan and tells its story.
fn tell(plan: &Plan) -> Result<bool, String> {
    let outcome = life::run(plan, true).map_err(|error| error.to_string())?;
    outcome.story.iter().for_each(|line| println!("{line}"));
    for violation in &outcome.violations {
        println!("{}: {} (step {})", violation.invariant, violation.detail, violation.step);
    }
    Ok(outcome.violations.is_empty())
}

fn fixed(options: &Options) -> Result<bool, String> {
    let began = Instant::now();
    let mut totals = Totals::default();
    let corpus = explore::plans(&explore::corpus())?;
    let replayed = corpus.len();
    for (_, plan) in corpus {
        let outcome = life::run(&plan, false).map_err(|error| error.to_string())?;
        totals.add(plan, outcome);
    }
    if !options.quick || totals.failed.is_empty() {
        let seeds = if options.quick { QUICK } else { SEEDS };
        explore::seeds(&mut totals, 0..seeds, options.quick.then_some(began + QUICK_TIME)).map_err(|error| error.to_string())?;
    }
    let mut together = totals.together();
    if !options.quick {
        together.extend(totals.matrix.complaints().into_iter().map(|complaint| ("every-fault-hits-every-state", complaint)));
    }
    if options.json {
        let single = totals.failed.iter().flat_map(|(plan, outcome)| {
            outcome
                .violations
                .iter()
                .map(|violation| json!({ "name": violation.invariant, "detail": format!("{}: {}", plan.name, violation.detail) }))
        });
        let together = together.iter().map(|(name, detail)| json!({ "name": name, "detail": detail }));
        let failed: Vec<_> = single.chain(together).collect();
        println!("{}", json!({ "failed": failed }));
        return Ok(failed.is_empty());
    }
    if options.write {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/simulation.md");
        let page = page::page(&totals, replayed, SEEDS, &outage::table()?);
        std::fs::write(&file, page).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    println!("{}", totals.matrix.table());
    print_totals(&totals, began.elapsed());
    println!("{replayed} plans of the corpus replayed");
    together.iter().for_each(|(name, detail)| println!("{name}: {detail}"));
    totals.failed.iter().take(3).for_each(|(plan, outcome)| print_failure(plan, outcome));
    let failed = totals.failed.len() + together.len();
    println!("{} passed, {failed} failed", totals.passed);
    Ok(failed == 0)
}

fn for_hours(hours: f64) -> Result<bool, String> {
    let began = Instant::now();
    let from = fastrand::u64(1 << 40..1 << 50);
    println!("fresh seeds from {from}");
    let progress = |totals: &Totals, seed: u64| {
        println!("seed {seed}: {} steps, {} lives, {} failed", totals.steps, totals.lives, totals.failed.len());
    };
    let totals = explore::for_a_while(Duration::from_secs_f64(hours * 3_600.0), from, progress).map_err(|error| error.to_string())?;
    println!("{}", totals.matrix.table());
    print_totals(&totals, began.elapsed());
    println!("{}", outage::table()?);
    totals.failed.iter().take(3).for_each(|(plan, outcome)| print_failure(plan, outcome));
    println!("{} passed, {} failed", totals.passed, totals.failed.len());
    Ok(totals.failed.is_empty())
}

#[expect(clippy::cast_precision_loss, reason = "a rate in words")]
fn print_totals(totals: &Totals, took: Duration) {
    let rate = |count: u64| count as f64 / took.as_secs_f64().max(0.001);
    println!(
        "{} steps ({:.0}/s), {} calls of the machine ({:.0}/s), {} calls, {} token requests, {} lifetimes, {} states, in {:.1} s",
        totals.steps,
        rate(totals.steps),
        totals.machine_calls,
        rate(totals.machine_calls),
        totals.calls,
        totals.requests,
        totals.lives,
        totals.matrix.states(),
        took.as_secs_f64()
    );
}

/// Prints a failing plan, as small as it can be made.
fn print_failure(plan: &Plan, outcome: &Outcome) {
    let Some(violation) = outcome.violations.first() else { return };
    println!("{}: {}: {}", plan.name, violation.invariant, violation.detail);
    let small = shrink(plan, violation.invariant);
    let requests = life::run(&small, false).map(|outcome| outcome.requests).unwrap_or_default();
    let print = |value: serde_json::Value| println!("{}", serde_json::to_string_pretty(&value).unwrap_or_default());
    println!(
        "{} of {} steps; to run it again put this into a file and call `simulate --replay FILE`:",
        small.steps.len(),
        plan.steps.len()
    );
    print(serde_json::to_value(&small).unwrap_or_default());
    println!("as a scenario file, as near as the sandbox comes to it:");
    print(scenario::of_plan(&small, requests));
}
