//! `test kotlin` and `build kotlin`: the packages for Android and the JVM, as Maven builds them.

use std::process::ExitCode;

use anyhow::{Result, bail};

use super::scenarios;
use crate::{
    kotlin::{self, ApiDump, Jdk, Package},
    sandbox::Sandbox,
    stage::{Session, Stage},
    step::{Kind, Step},
    workspace::Workspace,
};

/// What the runner calls itself on each HTTP library.
pub(super) const BINDINGS: [&str; 4] = ["kotlin-urlconnection", "kotlin-okhttp", "kotlin-ktor", "kotlin-jdk"];

/// The packages, built, with what their tests need.
pub(super) struct Suite<'a> {
    workspace: &'a Workspace,
    package: Package<'a>,
}

/// Runs the part; `full` adds Keycloak and every other JDK of this machine. An answer is the reason why it was skipped.
pub(super) fn run(stage: &Stage<'_>, full: bool) -> Result<Option<String>> {
    if let Some(why) = kotlin::missing() {
        return Ok(Some(why));
    }
    scenarios::forget(&stage.session.workspace, &BINDINGS)?;
    let Some(suite) = Suite::prepare(stage, BINDINGS.len() + 1)? else { return Ok(None) };
    stage.run_before(BINDINGS.len(), vec![suite.tests("the packages", &[])])?;
    stage.run(suite.scenarios(None)?)?;
    if full {
        stage.run(vec![suite.acceptance()])?;
        for jdk in Jdk::others() {
            stage.run(vec![suite.tests(&format!("the packages on Java {}", jdk.version), &jdk.arguments())])?;
        }
    }
    Ok(None)
}

/// What `check` adds where a JDK and Maven are installed; an answer is the reason why not.
pub(super) fn check(stage: &Stage<'_>) -> Result<Option<String>> {
    let missing = kotlin::missing();
    if missing.is_none()
        && let Some(package) = Package::prepare(stage, 2)?
    {
        let api = ApiDump::new(&package);
        if stage.run_before(1, vec![api.build()?])? {
            stage.run(vec![api.compare(stage)?])?;
        }
    }
    Ok(missing)
}

/// `build kotlin`: the jars, and their API as it is written down.
pub(crate) fn build(session: &Session) -> Result<ExitCode> {
    if let Some(why) = kotlin::missing() {
        bail!(why);
    }
    let stage = session.stage("build");
    let Some(package) = Package::prepare(&stage, 1)? else { return Ok(ExitCode::FAILURE) };
    let api = ApiDump::new(&package);
    if !stage.run(vec![api.build()?])? {
        return Ok(ExitCode::FAILURE);
    }
    api.keep()?;
    println!("{}", api.jars().display());
    Ok(ExitCode::SUCCESS)
}

impl<'a> Suite<'a> {
    /// Builds the glue and the sandbox, where as many `later` steps are to follow; none if that failed.
    pub(super) fn prepare(stage: &'a Stage<'_>, later: usize) -> Result<Option<Self>> {
        let workspace = &stage.session.workspace;
        let Some(package) = Package::prepare(stage, later + 1)? else { return Ok(None) };
        let built = stage.run_before(later, vec![Sandbox::for_tests(workspace).build()])?;
        Ok(built.then_some(Self { workspace, package }))
    }

    /// Compiles the runner of the scenario files, and what it needs.
    pub(super) fn compile(&self) -> Step {
        let arguments = ["-Dmaven.test.skip=true", "--also-make", "--projects", "scenarios", "test-compile"];
        Step::new(Kind::SetUp, "compile Kotlin's runner", self.package.maven(&arguments))
    }

    /// The scenario files through the public API, on each HTTP library.
    pub(super) fn scenarios(&self, only: Option<&str>) -> Result<Vec<Step>> {
        let on = |binding: &str| {
            let mut command = self.package.main("scenarios", "dev.evertoken.scenarios.MainKt")?;
            command.args(["--binding", binding, "--json"]).arg(scenarios::results(self.workspace, binding));
            if let Some(only) = only {
                command.args(["--only", only]);
            }
            Ok(Step::new(Kind::Tests, format!("the scenario files on {binding}"), command))
        };
        BINDINGS.into_iter().map(on).collect()
    }

    /// The tests against a Keycloak, which Maven brings.
    fn acceptance(&self) -> Step {
        let mut command = self.package.maven(&["--activate-profiles", "keycloak", "--also-make", "--projects", "behaviour", "test"]);
        command.args(["-Dtest=KeycloakTest", "-Dsurefire.failIfNoSpecifiedTests=false"]);
        Step::new(Kind::Tests, "against Keycloak", command)
    }

    /// The tests of every module: one that fails keeps none that needs it from running.
    fn tests(&self, name: &str, arguments: &[String]) -> Step {
        let mut command = self.package.maven(&["-Dmaven.test.failure.ignore=true", "test"]);
        command.args(arguments);
        Step::new(Kind::Tests, name, command)
    }
}
