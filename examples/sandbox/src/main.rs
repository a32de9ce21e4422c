//! Starts the sandbox, prints one line of JSON, and runs until standard input closes or a signal comes.
#![allow(clippy::print_stdout, reason = "the line is what this program is for")]

use std::io::{Read, Write};
use std::process::ExitCode;

use evertoken_sandbox::{Options, Sandbox};

const USAGE: &str = "usage: evertoken-sandbox [--ca-file FILE] [--control-port PORT] [--no-http2] [--no-keep-alive] [--keep]
  --keep   goes on when standard input closes; stops at SIGTERM or Ctrl-C only";

struct Arguments {
    options: Options,
    keep: bool,
}

fn arguments() -> Result<Arguments, String> {
    let mut parsed = Arguments { options: Options::default(), keep: false };
    let mut given = std::env::args().skip(1);
    while let Some(name) = given.next() {
        let mut value = || given.next().ok_or_else(|| format!("{name} needs a value"));
        match name.as_str() {
            "--ca-file" => parsed.options.ca_file = Some(value()?.into()),
            "--control-port" => parsed.options.control_port = value()?.parse().map_err(|_| "--control-port needs a number".to_owned())?,
            "--no-http2" => parsed.options.http2 = false,
            "--no-keep-alive" => parsed.options.keep_alive = false,
            "--keep" => parsed.keep = true,
            _ => return Err(format!("unknown argument {name}")),
        }
    }
    Ok(parsed)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Arguments { options, keep } = match arguments() {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("{problem}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(options, keep).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options, keep: bool) -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start(options).await?;
    let line = serde_json::to_string(sandbox.announcement())?;
    {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{line}")?;
        out.flush()?;
    }
    tokio::select! {
        () = stdin_closed(), if !keep => {}
        () = signalled() => {}
    }
    Ok(())
}

/// Waits on a thread of its own, which ends with the process.
async fn stdin_closed() {
    let (closed, wait) = tokio::sync::oneshot::channel::<()>();
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        let mut buffer = [0; 1024];
        while matches!(input.read(&mut buffer), Ok(1..)) {}
        drop(closed);
    });
    let _ = wait.await;
}

#[cfg(unix)]
async fn signalled() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

#[cfg(not(unix))]
async fn signalled() {
    let _ = tokio::signal::ctrl_c().await;
}
