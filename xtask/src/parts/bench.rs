//! `bench`: ours and the peers', in one run.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use super::python;
use crate::{
    group,
    javascript::{self, Browser, Package},
    kotlin,
    python::{Extension, Interpreter, MISSING, Venv},
    sandbox::Sandbox,
    stage::{Session, Stage},
    step::{Kind, Step},
    swift,
};

/// A language's benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bench {
    Rust,
    Python,
    Js,
    Kotlin,
    Swift,
}

/// Reads the names on the command line; an error is a refusal.
pub(crate) fn chosen(names: &[String]) -> Result<Bench, String> {
    match names {
        [] => Ok(Bench::Rust),
        [name] => match name.as_str() {
            "rust" => Ok(Bench::Rust),
            "python" => Ok(Bench::Python),
            "js" => Ok(Bench::Js),
            "kotlin" => Ok(Bench::Kotlin),
            "swift" => Ok(Bench::Swift),
            other => Err(format!("{other}: no such benchmark; there are rust, python, js, kotlin and swift")),
        },
        _ => Err("one at a time: what runs beside a benchmark is measured with it".to_owned()),
    }
}

/// Runs a benchmark.
pub(crate) fn run(session: &Session, bench: Bench, rest: &[String]) -> Result<ExitCode> {
    let stage = session.stage("bench");
    let ready = match bench {
        Bench::Rust => rust(&stage)?,
        Bench::Python => python(&stage)?,
        Bench::Js => js(&stage)?,
        Bench::Kotlin => kotlin(&stage)?,
        Bench::Swift => swift(&stage)?,
    };
    let Some(mut bench) = ready else { return Ok(ExitCode::FAILURE) };
    let status = group::run_in_front(bench.args(rest)).context("the benchmark could not be run")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn rust(stage: &Stage<'_>) -> Result<Option<Command>> {
    let workspace = &stage.session.workspace;
    let manifest = workspace.path("bench/rust/Cargo.toml");
    // A workspace of its own has a target folder of its own, or every run of either would rebuild what they share.
    let folder = workspace.target.join("bench");
    let mut build = workspace.cargo("build");
    build.args(["--release", "--manifest-path"]).arg(&manifest).arg("--target-dir").arg(&folder);
    if !stage.run(vec![Step::new(Kind::SetUp, "build ours and the peers (the first takes many minutes)", build)])? {
        return Ok(None);
    }
    let mut bench = workspace.cargo("run");
    bench.args(["--quiet", "--release", "--manifest-path"]).arg(&manifest).arg("--target-dir").arg(&folder).arg("--");
    Ok(Some(bench))
}

/// The package as it is published, in an environment with its peers.
fn python(stage: &Stage<'_>) -> Result<Option<Command>> {
    let Some(interpreter) = Interpreter::usual() else { bail!(MISSING) };
    let workspace = &stage.session.workspace;
    let builder = python::builder(workspace);
    let peers = Venv::new(workspace.target.join("python").join("bench"), [workspace.path("bench/python/requirements.txt")]);
    if !builder.prepare(stage, &interpreter, 5)? || !peers.prepare(stage, &interpreter, 3)? {
        return Ok(None);
    }
    let extension = Extension::new(workspace, &builder, "wheel");
    let sandbox = Sandbox::optimised(workspace);
    if !stage.run(vec![extension.build()?, extension.install(&peers), sandbox.build()])? {
        return Ok(None);
    }
    let mut bench = workspace.program(peers.python());
    bench.arg(workspace.path("bench/python/run.py")).env_remove("PYTHONPATH");
    bench.env("EVERTOKEN_SANDBOX", sandbox.program());
    Ok(Some(bench))
}

/// The package as it is published, in Node.js and in the browsers that are here.
fn js(stage: &Stage<'_>) -> Result<Option<Command>> {
    if let Some(why) = javascript::missing() {
        bail!(why);
    }
    let sandbox = Sandbox::optimised(&stage.session.workspace);
    Browser::prepare(stage, Package::STEPS + 2)?;
    let package = Package::build(stage, 2)?;
    let ready = javascript::install(stage, "bindings-wasm/bench", 1)? && stage.run(vec![sandbox.build()])?;
    let Some(package) = package.filter(|_| ready) else { return Ok(None) };
    let mut bench = package.script("bindings-wasm/bench/main.mjs");
    bench.env("EVERTOKEN_SANDBOX", sandbox.program());
    Ok(Some(bench))
}

/// The packages as Maven builds them, on the JDK that it takes.
fn kotlin(stage: &Stage<'_>) -> Result<Option<Command>> {
    if let Some(why) = kotlin::missing() {
        bail!(why);
    }
    let sandbox = Sandbox::optimised(&stage.session.workspace);
    let Some(package) = kotlin::Package::prepare(stage, 2)? else { return Ok(None) };
    let modules = package.maven(&["--projects", "bench", "--also-make", "test-compile"]);
    if !stage.run(vec![Step::new(Kind::SetUp, "build ours and the peers", modules), sandbox.build()])? {
        return Ok(None);
    }
    let mut bench = package.main("bench", "dev.evertoken.bench.MainKt")?;
    bench.env("EVERTOKEN_SANDBOX", sandbox.program());
    Ok(Some(bench))
}

/// The package as SwiftPM builds it in release mode.
fn swift(stage: &Stage<'_>) -> Result<Option<Command>> {
    if let Some(why) = swift::Toolchain::missing() {
        bail!(why);
    }
    let workspace = &stage.session.workspace;
    let sandbox = Sandbox::optimised(workspace);
    let Some(package) = swift::Package::prepare(stage, 2)? else { return Ok(None) };
    let folder = workspace.path("bindings-uniffi/swift/bench");
    let optimised = |subcommand: &str| {
        let mut command = package.swift(subcommand, &folder);
        command.args(["--configuration", "release"]);
        command
    };
    if !stage.run(vec![Step::new(Kind::SetUp, "build ours and what is written by hand", optimised("build")), sandbox.build()])? {
        return Ok(None);
    }
    let mut bench = optimised("run");
    bench.args(["--skip-build", "bench"]).env("EVERTOKEN_SANDBOX", sandbox.program());
    Ok(Some(bench))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_benchmark_runs_alone_and_what_does_not_exist_is_refused() {
        let chosen = |text: &str| chosen(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!((chosen(""), chosen("python"), chosen("js")), (Ok(Bench::Rust), Ok(Bench::Python), Ok(Bench::Js)));
        assert_eq!((chosen("kotlin"), chosen("swift")), (Ok(Bench::Kotlin), Ok(Bench::Swift)));
        assert!(chosen("cobol").is_err_and(|refusal| refusal.contains("no such benchmark")));
        assert!(chosen("rust python").is_err_and(|refusal| refusal.contains("one at a time")));
    }
}
