//! `test scenarios` and `scenarios`: the scenario files on every binding, and the table of what came of them.

use std::process::{Command, ExitCode};

use anyhow::Result;

use super::python::{self, Package};
use crate::{
    program,
    stage::{Session, Stage},
    step::{Kind, Step},
    summary::Summary,
    workspace::Workspace,
};

/// The bindings that do not run the scenarios yet.
const MISSING: [&str; 3] = ["js", "kotlin", "swift"];

/// What is done with the page that shows the table.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Page {
    Check,
    Write,
}

/// Runs the files and compares the bindings; where the part of Python has run already, its results are taken.
pub(super) fn run(stage: &Stage<'_>, python_has_run: bool) -> Result<()> {
    let workspace = &stage.session.workspace;
    stage.run_before(1, vec![build(workspace), on_rust(workspace, None)])?;
    let python = python_has_run || on_python(stage, None, 1)?;
    stage.run(vec![table(workspace, python, Page::Check)])?;
    Ok(())
}

/// Runs the files and writes the table to its page; a choice of them writes nothing.
pub(crate) fn write(session: &Session, only: Option<&str>) -> Result<ExitCode> {
    let workspace = &session.workspace;
    let stage = session.stage("scenarios");
    let later = usize::from(only.is_none());
    stage.run_before(later, vec![build(workspace), on_rust(workspace, only)])?;
    let python = on_python(&stage, only, later)?;
    if only.is_none() {
        stage.run(vec![table(workspace, python, Page::Write)])?;
        if python {
            println!("{}", std::fs::read_to_string(workspace.path("docs/scenarios.md"))?);
        }
    }
    Ok(Summary { parts: vec![stage.end(None)] }.close(program::ci()))
}

fn build(workspace: &Workspace) -> Step {
    let mut command = workspace.cargo("build");
    command.args(["-p", "evertoken-scenarios", "--bin", "scenarios"]);
    Step::new(Kind::SetUp, "build the runner", command)
}

fn on_rust(workspace: &Workspace, only: Option<&str>) -> Step {
    let mut command = runner(workspace);
    command.arg("run").arg("--json").arg(python::results(workspace, "rust"));
    if let Some(only) = only {
        command.args(["--only", only]);
    }
    Step::new(Kind::Tests, "the files on the Rust client", command)
}

/// Runs the files on Python's bindings; false where there is no Python, which in CI is an error.
fn on_python(stage: &Stage<'_>, only: Option<&str>, later: usize) -> Result<bool> {
    let Some(interpreter) = crate::python::Interpreter::usual() else {
        anyhow::ensure!(!program::ci(), crate::python::MISSING);
        stage.session.progress.say(&format!("[scenarios] without Python: {}", crate::python::MISSING));
        return Ok(false);
    };
    let workspace = &stage.session.workspace;
    python::forget_scenarios(workspace)?;
    let builder = python::builder(workspace);
    if let Some(package) = Package::install(stage, &interpreter, &builder, later + python::BINDINGS.len())? {
        stage.run_before(later, python::BINDINGS.map(|binding| package.scenarios(binding, only)).into())?;
    }
    Ok(true)
}

/// Without Python there is no page to compare with.
fn table(workspace: &Workspace, python: bool, page: Page) -> Step {
    let present = python::BINDINGS.iter().filter(|_| python);
    let absent = python::BINDINGS.iter().filter(|_| !python);
    let mut command = runner(workspace);
    command.arg("table").arg(python::results(workspace, "rust")).args(present.map(|binding| python::results(workspace, binding)));
    command.arg("--missing").arg(absent.chain(&MISSING).copied().collect::<Vec<_>>().join(","));
    if !python {
        return Step::new(Kind::Check, "no binding that is here is red", command);
    }
    command.arg(if page == Page::Write { "--write" } else { "--check" }).arg(workspace.path("docs/scenarios.md"));
    Step::new(Kind::Check, "the bindings agree, and the page shows it", command)
}

fn runner(workspace: &Workspace) -> Command {
    let mut command = workspace.cargo("run");
    command.args(["--quiet", "-p", "evertoken-scenarios", "--bin", "scenarios", "--"]);
    command
}
