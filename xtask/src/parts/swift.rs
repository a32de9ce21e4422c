//! `test swift` and `build swift`: the package, its scenarios, its examples and its documents.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::{
    sandbox::Sandbox,
    stage::{Session, Stage},
    step::{Kind, Step},
    swift::{Package, Pages, Toolchain},
};

/// Runs the part; an answer is the reason why it was skipped.
pub(super) fn run(stage: &Stage<'_>) -> Result<Option<String>> {
    if let Some(why) = Toolchain::missing() {
        return Ok(Some(why));
    }
    let workspace = &stage.session.workspace;
    let later = 6;
    let Some(package) = Package::prepare(stage, later + 1)? else { return Ok(None) };
    if !stage.run_before(later, vec![Sandbox::for_tests(workspace).build()])? {
        return Ok(None);
    }
    let mut steps = package.checks();
    steps.push(Step::new(Kind::Tests, "the package", package.swift("test", &workspace.root)));
    steps.push(Step::new(Kind::Tests, "the examples", package.swift("test", &workspace.path("examples/swift"))));
    stage.run_before(2, steps)?;
    let pages = Pages::write(workspace)?;
    stage.run(pages.steps(&package))?;
    Ok(None)
}

/// What `check` adds where Swift is there; an answer is the reason why not.
pub(super) fn check(stage: &Stage<'_>) -> Result<Option<String>> {
    if let Some(why) = Toolchain::missing() {
        return Ok(Some(why));
    }
    if let Some(package) = Package::prepare(stage, 3)? {
        stage.run(package.checks())?;
    }
    Ok(None)
}

/// `build swift`: the generated sources in the repository, and the library that the package is linked to.
pub(crate) fn build(session: &Session) -> Result<ExitCode> {
    if let Some(why) = Toolchain::missing() {
        bail!(why);
    }
    let stage = session.stage("build");
    let Some(package) = Package::prepare(&stage, 1)? else { return Ok(ExitCode::FAILURE) };
    package.keep_generated()?;
    let compiled = stage.run(vec![Step::new(Kind::SetUp, "build the package", package.swift("build", &session.workspace.root))])?;
    if !compiled {
        return Ok(ExitCode::FAILURE);
    }
    println!("{}", package.library().display());
    Ok(ExitCode::SUCCESS)
}
