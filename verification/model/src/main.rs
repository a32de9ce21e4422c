//! Explores.

use evertoken::trace::Alias;
use evertoken_model::{
    configs,
    coverage::Coverage,
    search::{Limits, explore},
};
use evertoken_oracle::Oracle;

fn main() {
    let mut all = Coverage::default();
    let only = std::env::args().nth(1);
    let secs: u64 = std::env::args().nth(2).and_then(|s| s.parse().ok()).unwrap_or(20);
    for config in configs::all() {
        if only.as_ref().is_some_and(|only| only != "-" && !config.name.contains(only.as_str())) {
            continue;
        }
        let until = Some(std::time::Instant::now() + std::time::Duration::from_secs(secs));
        match explore(&config, Limits { until, lively_every: 16 }) {
            Ok(found) => {
                println!(
                    "{:45} {:9} states {:9} calls depth {:2} {:6.2?} cut {} {}",
                    config.name,
                    found.states,
                    found.transitions,
                    found.depth,
                    found.took,
                    found.cut,
                    if found.unfinished { "UNFINISHED" } else { "" }
                );
                all.merge(&found.coverage);
                if let Some(broken) = found.broken {
                    println!("{}", broken.violation);
                    for entry in broken.trace.entries {
                        println!("{:?}", entry);
                    }
                }
            }
            Err(error) => println!("{error}"),
        }
    }
    for (at, situation) in Oracle::<Alias>::SITUATIONS.iter().enumerate() {
        if !all.seen.contains(at) {
            println!("not met: {} / {}", situation.invariant, situation.name);
        }
    }
}
