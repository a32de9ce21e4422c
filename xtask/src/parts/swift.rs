//! `test swift` and `build swift`: the package, its scenarios, its examples and its documents.

use std::{path::Path, process::ExitCode};

use anyhow::{Result, bail};

use super::scenarios;
use crate::{
    sandbox::Sandbox,
    stage::{Session, Stage},
    step::{Kind, Step},
    swift::{Package, Pages, Toolchain},
    workspace::Workspace,
};

/// What the runner calls itself.
pub(super) const BINDINGS: [&str; 1] = ["swift"];

/// The package, with what it is linked to and what its tests need.
pub(super) struct Suite<'a> {
    workspace: &'a Workspace,
    package: Package<'a>,
}

/// Runs the part; an answer is the reason why it was skipped.
pub(super) fn run(stage: &Stage<'_>) -> Result<Option<String>> {
    if let Some(why) = Toolchain::missing() {
        return Ok(Some(why));
    }
    let workspace = &stage.session.workspace;
    scenarios::forget(workspace, &BINDINGS)?;
    let Some(suite) = Suite::prepare(stage, 10)? else { return Ok(None) };
    let mut steps = suite.package.checks();
    steps.push(suite.tests("the package", &workspace.root));
    steps.push(suite.scenarios(None));
    steps.push(suite.tests("the examples", &workspace.path("examples/swift")));
    steps.push(suite.tests("the OpenAPI middleware, without the libraries", &workspace.path("bindings-uniffi/swift/openapi/Standin")));
    // The programs are those of a server, and on a Mac refused their secrets.
    if cfg!(target_os = "linux") {
        steps.extend(Pages::write(workspace)?.steps(&suite.package));
    }
    stage.run_before(2, steps)?;
    suite.package.document(stage, 0)?;
    Ok(None)
}

impl<'a> Suite<'a> {
    /// Builds what the package is linked to, and the sandbox, where as many `later` steps are to follow; none if that failed.
    pub(super) fn prepare(stage: &'a Stage<'_>, later: usize) -> Result<Option<Self>> {
        let workspace = &stage.session.workspace;
        let Some(package) = Package::prepare(stage, later + 1)? else { return Ok(None) };
        let built = stage.run_before(later, vec![Sandbox::for_tests(workspace).build()])?;
        Ok(built.then_some(Self { workspace, package }))
    }

    /// The scenario files through the public API.
    pub(super) fn scenarios(&self, only: Option<&str>) -> Step {
        let mut command = self.package.swift("run", &self.workspace.path("bindings-uniffi/swift/scenarios"));
        command.args(["scenarios", "core/scenarios", "--json"]).arg(scenarios::results(self.workspace, BINDINGS[0]));
        if let Some(only) = only {
            command.args(["--only", only]);
        }
        Step::new(Kind::Tests, format!("the scenario files on {}", BINDINGS[0]), command)
    }

    fn tests(&self, name: &str, package: &Path) -> Step {
        Step::new(Kind::Tests, name, self.package.swift("test", package))
    }
}

/// What `check` adds where Swift is there; an answer is the reason why not.
pub(super) fn check(stage: &Stage<'_>) -> Result<Option<String>> {
    if let Some(why) = Toolchain::missing() {
        return Ok(Some(why));
    }
    if let Some(package) = Package::prepare(stage, 5)? {
        stage.run_before(2, package.checks())?;
        package.document(stage, 0)?;
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
