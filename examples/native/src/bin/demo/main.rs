//! `demo`: three providers over real HTTPS, and everything that happens to tokens, in about twenty seconds.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a demo prints")]

mod lane;
mod scenes;
mod verdicts;
mod view;

use std::{io::IsTerminal, process::ExitCode, sync::Arc};

use clap::Parser;
use evertoken_sandbox::{Options, Sandbox, StartError};

use lane::Lane;
use scenes::Scenes;
use verdicts::Verdicts;
use view::View;

/// Watches tokens being fetched, reused, refreshed early, kept through an outage, lost and recovered.
///
/// It plays Piwik PRO, Didomi and OroCommerce on this machine: nothing leaves it, and no account is needed.
#[derive(Debug, Parser)]
#[command(name = "demo", version)]
struct Arguments {
    /// Prints plain lines, as it does where the output is no terminal.
    #[arg(long)]
    plain: bool,

    /// About how long it takes: tokens live three tenths of it.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(14..=600))]
    seconds: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { plain, seconds } = Arguments::parse();
    let live = !plain && std::io::stdout().is_terminal();
    match run(live, seconds * 3 / 10).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("the demo cannot run: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(live: bool, lifetime_s: u64) -> Result<bool, Box<dyn std::error::Error>> {
    let sandbox = started().await?;
    let lanes: Arc<[Lane]> = lane::all(&sandbox)?.into();
    let view = View::new(live, &lanes);
    let mut verdicts = Verdicts::default();
    let ended = Scenes { sandbox: &sandbox, lanes: &lanes, view: &view, lifetime_s }.play(&mut verdicts).await;
    lanes.iter().for_each(Lane::stop);
    view.close();
    ended?;
    println!("\n{}", verdicts::table(&sandbox, &lanes));
    println!("{verdicts}");
    Ok(verdicts.all_met())
}

async fn started() -> Result<Sandbox, StartError> {
    Sandbox::start(Options::default()).await
}
