//! `test scenarios` and `scenarios`: the scenario files on every binding, and the table of what came of them.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;

use crate::{
    program,
    stage::{Session, Stage},
    step::{Kind, Step},
    summary::Summary,
    workspace::Workspace,
};

/// The bindings that do not run the scenarios yet.
const MISSING: &str = "python,js,kotlin,swift";

/// Runs the files and compares the bindings.
pub(super) fn run(stage: &Stage<'_>) -> Result<()> {
    let workspace = &stage.session.workspace;
    stage.run(vec![build(workspace), files(workspace, None), table(workspace, false)])?;
    Ok(())
}

/// Runs the files and writes the table to its page; a choice of them writes nothing.
pub(crate) fn write(session: &Session, only: Option<&str>) -> Result<ExitCode> {
    let workspace = &session.workspace;
    let mut steps = vec![build(workspace), files(workspace, only)];
    if only.is_none() {
        steps.push(table(workspace, true));
    }
    let stage = session.stage("scenarios");
    stage.run(steps)?;
    if only.is_none() {
        println!("{}", std::fs::read_to_string(workspace.path("docs/scenarios.md"))?);
    }
    Ok(Summary { parts: vec![stage.end(None)] }.close(program::ci()))
}

fn build(workspace: &Workspace) -> Step {
    let mut command = workspace.cargo("build");
    command.args(["-p", "evertoken-scenarios", "--bin", "scenarios"]);
    Step::new(Kind::SetUp, "build the runner", command)
}

fn files(workspace: &Workspace, only: Option<&str>) -> Step {
    let mut command = runner(workspace);
    command.arg("run").arg("--json").arg(results(workspace));
    if let Some(only) = only {
        command.args(["--only", only]);
    }
    Step::new(Kind::Tests, "the files on the Rust client", command)
}

fn table(workspace: &Workspace, write: bool) -> Step {
    let mut command = runner(workspace);
    command.arg("table").arg(results(workspace)).args(["--missing", MISSING]);
    command.arg(if write { "--write" } else { "--check" }).arg(workspace.path("docs/scenarios.md"));
    Step::new(Kind::Check, "the bindings agree, and the page shows it", command)
}

fn runner(workspace: &Workspace) -> std::process::Command {
    let mut command = workspace.cargo("run");
    command.args(["--quiet", "-p", "evertoken-scenarios", "--bin", "scenarios", "--"]);
    command
}

fn results(workspace: &Workspace) -> PathBuf {
    workspace.target.join("scenarios").join("rust.json")
}
