//! `test scenarios` and `scenarios`: the scenario files on every binding, and the table of what came of them.

use std::{
    fs,
    path::PathBuf,
    process::{Command, ExitCode},
};

use anyhow::Result;

use super::{
    javascript::{self, Suite},
    kotlin,
    python::{self, Package},
    swift,
};
use crate::{
    program,
    stage::{Session, Stage},
    step::{Kind, Step},
    summary::Summary,
    swift::Toolchain,
    workspace::Workspace,
};

/// Languages whose part of the tests has run: the results that it left are taken.
#[derive(Clone, Copy)]
pub(super) struct Ran {
    pub(super) python: bool,
    pub(super) javascript: bool,
    pub(super) kotlin: bool,
    pub(super) swift: bool,
}

/// What is done with the page that shows the table.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Page {
    Check,
    Write,
}

/// Runs the files on what has not run them yet, and compares the bindings.
pub(super) fn run(stage: &Stage<'_>, ran: Ran) -> Result<()> {
    everywhere(stage, ran, None, 1)?;
    stage.run(vec![table(&stage.session.workspace, Page::Check)])?;
    Ok(())
}

/// Runs the files and writes the table to its page; a choice of them writes nothing.
pub(crate) fn write(session: &Session, only: Option<&str>) -> Result<ExitCode> {
    let workspace = &session.workspace;
    let stage = session.stage("scenarios");
    everywhere(&stage, Ran { python: false, javascript: false, kotlin: false, swift: false }, only, usize::from(only.is_none()))?;
    if only.is_none() {
        stage.run(vec![table(workspace, Page::Write)])?;
        if absent(workspace).is_empty() {
            println!("{}", fs::read_to_string(workspace.path("docs/scenarios.md"))?);
        }
    }
    Ok(Summary { parts: vec![stage.end(None)] }.close(program::ci()))
}

/// Where the results of a binding's scenarios are.
pub(super) fn results(workspace: &Workspace, binding: &str) -> PathBuf {
    workspace.target.join("scenarios").join(format!("{binding}.json"))
}

/// The results of an earlier run are none of this one.
pub(super) fn forget(workspace: &Workspace, bindings: &[&str]) -> Result<()> {
    for file in bindings.iter().map(|binding| results(workspace, binding)) {
        if file.exists() {
            fs::remove_file(file)?;
        }
    }
    Ok(fs::create_dir_all(workspace.target.join("scenarios"))?)
}

fn everywhere(stage: &Stage<'_>, ran: Ran, only: Option<&str>, later: usize) -> Result<()> {
    let workspace = &stage.session.workspace;
    stage.run_before(later, vec![build(workspace), on_rust(workspace, only)])?;
    if !ran.python {
        on_python(stage, only, later)?;
    }
    if !ran.javascript {
        on_javascript(stage, only, later)?;
    }
    if !ran.kotlin {
        on_kotlin(stage, only, later)?;
    }
    if !ran.swift {
        on_swift(stage, only, later)?;
    }
    Ok(())
}

fn build(workspace: &Workspace) -> Step {
    let mut command = workspace.cargo("build");
    command.args(["-p", "evertoken-scenarios", "--bin", "scenarios"]);
    Step::new(Kind::SetUp, "build the runner", command)
}

fn on_rust(workspace: &Workspace, only: Option<&str>) -> Step {
    let mut command = runner(workspace);
    command.arg("run").arg("--json").arg(results(workspace, "rust"));
    if let Some(only) = only {
        command.args(["--only", only]);
    }
    Step::new(Kind::Tests, "the files on the Rust client", command)
}

fn on_python(stage: &Stage<'_>, only: Option<&str>, later: usize) -> Result<()> {
    forget(&stage.session.workspace, &python::BINDINGS)?;
    let Some(interpreter) = crate::python::Interpreter::usual() else {
        stage.skip("Python", crate::python::MISSING);
        return Ok(());
    };
    let builder = python::builder(&stage.session.workspace);
    if let Some(package) = Package::install(stage, &interpreter, &builder, later + python::BINDINGS.len())? {
        stage.run_before(later, python::BINDINGS.map(|binding| package.scenarios(binding, only)).into())?;
    }
    Ok(())
}

fn on_javascript(stage: &Stage<'_>, only: Option<&str>, later: usize) -> Result<()> {
    forget(&stage.session.workspace, &javascript::BINDINGS)?;
    if let Some(why) = crate::javascript::missing() {
        stage.skip("JavaScript", &why);
    } else if let Some(suite) = Suite::prepare(stage, later + javascript::BINDINGS.len())? {
        stage.run_before(later, suite.scenarios(only))?;
    }
    Ok(())
}

fn on_swift(stage: &Stage<'_>, only: Option<&str>, later: usize) -> Result<()> {
    forget(&stage.session.workspace, &swift::BINDINGS)?;
    if let Some(why) = Toolchain::missing() {
        stage.skip("Swift", &why);
    } else if let Some(suite) = swift::Suite::prepare(stage, later + 1)? {
        stage.run_before(later, vec![suite.scenarios(only)])?;
    }
    Ok(())
}

fn on_kotlin(stage: &Stage<'_>, only: Option<&str>, later: usize) -> Result<()> {
    forget(&stage.session.workspace, &kotlin::BINDINGS)?;
    if let Some(why) = crate::kotlin::missing() {
        stage.skip("Kotlin", &why);
    } else if let Some(suite) = kotlin::Suite::prepare(stage, later + 1 + kotlin::BINDINGS.len())?
        && stage.run_before(later + kotlin::BINDINGS.len(), vec![suite.compile()])?
    {
        stage.run_before(later, suite.scenarios(only)?)?;
    }
    Ok(())
}

/// Where a binding is absent there is no page to compare with.
fn table(workspace: &Workspace, page: Page) -> Step {
    let absent = absent(workspace);
    let present = bindings().filter(|binding| !absent.contains(binding));
    let mut command = runner(workspace);
    command.arg("table").arg(results(workspace, "rust")).args(present.map(|binding| results(workspace, binding)));
    if !absent.is_empty() {
        command.arg("--missing").arg(absent.join(","));
        return Step::new(Kind::Check, "no binding that is here is red", command);
    }
    command.arg(if page == Page::Write { "--write" } else { "--check" }).arg(workspace.path("docs/scenarios.md"));
    Step::new(Kind::Check, "the bindings agree, and the page shows it", command)
}

/// The bindings beside Rust, in the order of the page's columns.
fn bindings() -> impl Iterator<Item = &'static str> {
    python::BINDINGS.into_iter().chain(javascript::BINDINGS).chain(kotlin::BINDINGS).chain(swift::BINDINGS)
}

/// Those that left no results: what they are written in is not installed here, or their part says what failed.
fn absent(workspace: &Workspace) -> Vec<&'static str> {
    bindings().filter(|binding| !results(workspace, binding).exists()).collect()
}

fn runner(workspace: &Workspace) -> Command {
    let mut command = workspace.cargo("run");
    command.args(["--quiet", "-p", "evertoken-scenarios", "--bin", "scenarios", "--"]);
    command
}
