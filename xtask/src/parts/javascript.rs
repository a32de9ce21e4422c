//! `test js` and `build js`: the npm package as users install it, in browsers and runtimes.

use std::process::{Command, ExitCode};

use anyhow::{Result, bail};

use super::scenarios;
use crate::{
    javascript::{self, Browser, Package},
    sandbox::Sandbox,
    stage::{Session, Stage},
    step::{Kind, Step},
    workspace::Workspace,
};

/// What the runner calls itself in each runtime and browser.
pub(super) const BINDINGS: [&str; 7] = ["js-node", "js-deno", "js-bun", "js-workerd", "js-chromium", "js-firefox", "js-webkit"];

/// The runtimes that npm brings.
const RUNTIMES: [&str; 4] = ["node", "deno", "bun", "workerd"];

/// The browser that more than the behaviour is shown in.
const CHROMIUM: &str = "chromium";

/// The tests of the packed package that need no browser.
const WITHOUT_BROWSER: [&str; 7] = ["jest.test", "node.test", "runtimes.test", "tarball.test", "types.test", "unused.test", "workerd.test"];

/// The package, built, and what its tests need.
pub(super) struct Suite<'a> {
    workspace: &'a Workspace,
    package: Package<'a>,
    hosts: Vec<&'static str>,
}

/// Runs the part; `full` adds what takes long. An answer is the reason why it was skipped.
pub(super) fn run(stage: &Stage<'_>, full: bool) -> Result<Option<String>> {
    if let Some(why) = javascript::missing() {
        return Ok(Some(why));
    }
    scenarios::forget(&stage.session.workspace, &BINDINGS)?;
    let Some(suite) = Suite::prepare(stage, BINDINGS.len() + 9)? else { return Ok(None) };
    let mut steps = vec![types(&suite.package), suite.behaviour(full)];
    steps.extend(suite.scenarios(None));
    steps.push(suite.requests());
    steps.extend(suite.elsewhere(full));
    if suite.hosts.contains(&CHROMIUM) {
        steps.extend(suite.in_chromium());
    } else {
        stage.skip("the documents' code and the browser example", "they run in Chromium");
    }
    stage.run(steps)?;
    Ok(None)
}

/// What `check` adds where Node.js is installed; an answer is the reason why not.
pub(super) fn check(stage: &Stage<'_>) -> Result<Option<String>> {
    let missing = javascript::missing();
    if missing.is_none()
        && let Some(package) = Package::build(stage, 2)?
    {
        let mut contents = package.script("bindings-wasm/tests/packaging/main.mjs");
        contents.args(["tarball.test", "types.test"]);
        stage.run(vec![types(&package), Step::new(Kind::Tests, "publint, attw, and the types that are published", contents)])?;
    }
    Ok(missing)
}

/// `build js`: the package, in a folder.
pub(crate) fn build(session: &Session) -> Result<ExitCode> {
    if let Some(why) = javascript::missing() {
        bail!(why);
    }
    let stage = session.stage("build");
    let Some(package) = Package::build(&stage, 0)? else { return Ok(ExitCode::FAILURE) };
    println!("{}", package.folder().display());
    Ok(ExitCode::SUCCESS)
}

impl<'a> Suite<'a> {
    /// Builds the package and what its tests need, where as many `later` steps are to follow; none if that failed.
    pub(super) fn prepare(stage: &'a Stage<'_>, later: usize) -> Result<Option<Self>> {
        let workspace = &stage.session.workspace;
        let browsers = Browser::prepare(stage, later + Package::STEPS + 1)?;
        let Some(package) = Package::build(stage, later + 1)? else { return Ok(None) };
        let built = stage.run_before(later, vec![Sandbox::for_tests(workspace).build()])?;
        let hosts = RUNTIMES.into_iter().chain(browsers.iter().map(|browser| browser.host)).collect();
        Ok(built.then_some(Self { workspace, package, hosts }))
    }

    /// The scenario files through the public API, in each runtime and browser that is here.
    pub(super) fn scenarios(&self, only: Option<&str>) -> Vec<Step> {
        let on = |host: &&str| {
            let binding = format!("js-{host}");
            let mut command = self.script("bindings-wasm/tests/scenarios/main.mjs");
            command.args(["--binding", &binding, "--json"]).arg(scenarios::results(self.workspace, &binding));
            if let Some(only) = only {
                command.args(["--only", only]);
            }
            Step::new(Kind::Tests, format!("the scenario files on {binding}"), command)
        };
        self.hosts.iter().map(on).collect()
    }

    /// The same with each call made as one `Request`, as most libraries do.
    fn requests(&self) -> Step {
        let mut command = self.script("bindings-wasm/tests/scenarios/main.mjs");
        for host in ["node", CHROMIUM].iter().filter(|host| self.hosts.contains(host)) {
            command.args(["--binding", &format!("js-{host}-request")]);
        }
        Step::new(Kind::Tests, "the scenario files with a Request a call", command)
    }

    /// Beside it a table of what was shown where is written.
    fn behaviour(&self, full: bool) -> Step {
        let mut command = self.script("bindings-wasm/tests/behaviour/main.mjs");
        command.args(["--hosts", &self.hosts.join(","), "--table"]).arg(self.workspace.path("target/js/behaviour.md"));
        command.args(full.then_some("--full"));
        Step::new(Kind::Tests, "behaviour", command)
    }

    /// The package among libraries and in other people's projects, and its size.
    fn elsewhere(&self, full: bool) -> Vec<Step> {
        let mut libraries = self.script("bindings-wasm/tests/integrations/main.mjs");
        libraries.args(["--hosts", &self.hosts.join(",")]);
        let mut packaging = self.script("bindings-wasm/tests/packaging/main.mjs");
        if self.hosts.contains(&CHROMIUM) {
            packaging.args(full.then_some("--full"));
        } else {
            packaging.args(WITHOUT_BROWSER);
        }
        vec![
            Step::new(Kind::Tests, "behind HTTP libraries", libraries),
            Step::new(Kind::Tests, "the packed package, in bundlers and runtimes", packaging),
            self.tests("the examples in Node.js", "examples/javascript/test/main.mjs"),
            self.tests("size", "bindings-wasm/size/check.mjs"),
        ]
    }

    fn in_chromium(&self) -> [Step; 2] {
        [
            self.tests("every block of code in the documents", "bindings-wasm/tests/docs/main.mjs"),
            self.tests("the browser example, clicked through", "examples/browser/test/main.mjs"),
        ]
    }

    fn tests(&self, name: &str, script: &str) -> Step {
        Step::new(Kind::Tests, name, self.script(script))
    }

    fn script(&self, path: &str) -> Command {
        let mut command = self.package.script(path);
        command.env("EVERTOKEN_SANDBOX", Sandbox::for_tests(self.workspace).program());
        command
    }
}

fn types(package: &Package<'_>) -> Step {
    let mut tsc = package.tool("typescript", "bin/tsc");
    tsc.args(["--noEmit", "--project", "bindings-wasm/tsconfig.json"]);
    Step::new(Kind::Check, "tsc --strict", tsc)
}
