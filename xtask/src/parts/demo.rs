//! `demo`: builds the native demo, or the page in a browser, and hands the terminal to it.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::{
    group,
    javascript::{self, Package},
    sandbox::Sandbox,
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

/// Serves the page until Ctrl-C.
pub(crate) fn in_browser(session: &Session, rest: &[String]) -> Result<ExitCode> {
    if let Some(why) = javascript::missing() {
        bail!(why);
    }
    let stage = session.stage("demo");
    let sandbox = Sandbox::optimised(&session.workspace);
    let package = Package::build(&stage, 1)?;
    let built = stage.run(vec![sandbox.build()])?;
    let Some(package) = package.filter(|_| built) else { return Ok(ExitCode::FAILURE) };
    let mut server = package.script("examples/browser/serve.mjs");
    server.args(rest).env("EVERTOKEN_SANDBOX", sandbox.program());
    let status = group::run_in_front(&mut server).context("the page's server could not be run")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
