//! `bench`: ours and the peers', in one run.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::{
    group,
    stage::Session,
    step::{Kind, Step},
};

/// Reads the names on the command line; an error is a refusal.
pub(crate) fn chosen(names: &[String]) -> Result<(), String> {
    match names.iter().find(|name| *name != "rust").map(String::as_str) {
        None => Ok(()),
        Some(name @ ("js" | "python" | "kotlin" | "swift")) => {
            Err(format!("{name}: not built yet, coming with the package of that language"))
        }
        Some(other) => Err(format!("{other}: no such benchmark; there is rust")),
    }
}

/// Runs the Rust benchmark.
pub(crate) fn run(session: &Session, rest: &[String]) -> Result<ExitCode> {
    let workspace = &session.workspace;
    let manifest = workspace.path("bench/rust/Cargo.toml");
    if !manifest.is_file() {
        bail!("{} does not exist", manifest.display());
    }
    // A workspace of its own has a target folder of its own, or every run of either would rebuild what they share.
    let folder = workspace.target.join("bench");
    let stage = session.stage("bench");
    let mut build = workspace.cargo("build");
    build.args(["--release", "--manifest-path"]).arg(&manifest).arg("--target-dir").arg(&folder);
    if !stage.run(vec![Step::new(Kind::SetUp, "build ours and the peers (the first takes many minutes)", build)])? {
        return Ok(ExitCode::FAILURE);
    }
    let mut bench = workspace.cargo("run");
    bench.args(["--quiet", "--release", "--manifest-path"]).arg(&manifest).arg("--target-dir").arg(&folder).arg("--").args(rest);
    let status = group::run_in_front(&mut bench).context("cargo run")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
