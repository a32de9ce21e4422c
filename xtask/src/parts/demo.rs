//! `demo`: builds the native demo and hands the terminal to it.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::{
    group,
    stage::Session,
    step::{Kind, Step},
};

/// Runs the demo.
pub(crate) fn run(session: &Session, rest: &[String]) -> Result<ExitCode> {
    let workspace = &session.workspace;
    if !workspace.has_target("evertoken-native", "bin", "demo") {
        bail!("examples/native has no binary named demo");
    }
    let mut build = workspace.cargo("build");
    build.args(["--release", "-p", "evertoken-native", "--bin", "demo"]);
    let stage = session.stage("demo");
    if !stage.run(vec![Step::new(Kind::SetUp, "build (the first takes some minutes)", build)])? {
        return Ok(ExitCode::FAILURE);
    }
    let binary = workspace.target.join("release").join(format!("demo{}", std::env::consts::EXE_SUFFIX));
    let status = group::run_in_front(workspace.program(&binary).args(rest)).with_context(|| binary.display().to_string())?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
