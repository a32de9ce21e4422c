//! Seeded lives of the driver among faults in virtual time, held against the oracle and the truth of a simulated server.

use std::{process::ExitCode, time::Instant};

use clap::Parser;
use evertoken_simulation::life;

/// Explores lives of a token source among faults.
#[derive(Parser)]
struct Options {
    /// Runs this seed alone and tells its story.
    #[arg(long)]
    seed: Option<u64>,
    /// How many seeds are explored.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// How many steps each has.
    #[arg(long, default_value_t = 300)]
    steps: usize,
}

fn main() -> ExitCode {
    let options = Options::parse();
    if let Some(seed) = options.seed {
        let Ok((plan, _)) = life::explore(seed, options.steps) else { return ExitCode::from(2) };
        let Ok(outcome) = life::run(&plan, true) else { return ExitCode::from(2) };
        for line in &outcome.story {
            println!("{line}");
        }
        for violation in &outcome.violations {
            println!("{}: {} (step {})", violation.invariant, violation.detail, violation.step);
        }
        return ExitCode::from(u8::from(!outcome.violations.is_empty()));
    }
    let began = Instant::now();
    let (mut steps, mut machine, mut calls, mut requests, mut lives, mut failed) = (0, 0, 0, 0, 0, 0);
    for seed in 0..options.seeds {
        let Ok((_, outcome)) = life::explore(seed, options.steps) else { return ExitCode::from(2) };
        steps += outcome.steps;
        machine += outcome.machine_calls;
        calls += outcome.calls;
        requests += outcome.requests;
        lives += outcome.lives;
        for violation in outcome.violations.iter().take(1) {
            failed += 1;
            if failed < 20 {
                println!("seed {seed} step {}: {}: {}", violation.step, violation.invariant, violation.detail);
            }
        }
    }
    println!("{steps} steps, {machine} machine calls, {calls} calls, {requests} requests, {lives} lives in {:?}", began.elapsed());
    println!("{} passed, {failed} failed", options.seeds - failed);
    ExitCode::from(u8::from(failed > 0))
}
