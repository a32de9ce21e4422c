//! `test python`: the package as users install it, on every HTTP library, with its types and its examples.

use std::{
    fs,
    process::{Command, ExitCode},
};

use anyhow::{Context, Result, bail};

use super::scenarios;
use crate::{
    python::{self, Extension, Interpreter, Venv},
    sandbox::Sandbox,
    stage::{Session, Stage},
    step::{Kind, Step},
    workspace::Workspace,
};

/// The bindings whose scenarios Python's runner runs.
pub(super) const BINDINGS: [&str; 2] = ["python", "python-async"];

/// The package, installed into an environment with everything that its tests use.
pub(super) struct Package<'a> {
    workspace: &'a Workspace,
    extension: Extension<'a>,
    tests: Venv,
}

/// The environment that has maturin.
pub(super) fn builder(workspace: &Workspace) -> Venv {
    venv(workspace, "build", &["build"])
}

/// An environment under the target folder, from locks beside the package.
fn venv(workspace: &Workspace, name: &str, locks: &[&str]) -> Venv {
    let locks = locks.iter().map(|lock| workspace.path(format!("bindings-python/requirements/{lock}.txt")));
    Venv::new(workspace.target.join("python").join(name), locks.collect::<Vec<_>>())
}

/// Runs the part; `full` adds every other Python of this machine. An answer is the reason why it was skipped.
pub(super) fn run(stage: &Stage<'_>, full: bool) -> Result<Option<String>> {
    let Some(interpreter) = Interpreter::usual() else { return Ok(Some(python::MISSING.to_owned())) };
    let workspace = &stage.session.workspace;
    scenarios::forget(workspace, &BINDINGS)?;
    let later = 10;
    let builder = builder(workspace);
    let Some(package) = Package::install(stage, &interpreter, &builder, later)? else { return Ok(None) };
    let mut steps = vec![package.tests()];
    steps.extend(BINDINGS.map(|binding| package.scenarios(binding, None)));
    steps.extend(package.checks());
    stage.run(steps)?;
    if full {
        package.on_the_oldest_libraries(stage, &interpreter)?;
        for other in Interpreter::all().into_iter().filter(|other| other.version != interpreter.version) {
            package.on(stage, &other)?;
        }
    }
    Ok(None)
}

/// What `check` adds where Python is installed; an answer is the reason why not.
pub(super) fn check(stage: &Stage<'_>) -> Result<Option<String>> {
    let Some(interpreter) = Interpreter::usual() else { return Ok(Some(python::MISSING.to_owned())) };
    let builder = builder(&stage.session.workspace);
    if let Some(package) = Package::install(stage, &interpreter, &builder, 8)? {
        stage.run(package.checks())?;
    }
    Ok(None)
}

/// `stubs`: writes the types of the native module beside the package.
pub(crate) fn write_stubs(session: &Session) -> Result<ExitCode> {
    let Some(interpreter) = Interpreter::usual() else { bail!(python::MISSING) };
    let workspace = &session.workspace;
    let (stage, builder) = (session.stage("stubs"), builder(workspace));
    if !builder.prepare(&stage, &interpreter, 1)? {
        return Ok(ExitCode::FAILURE);
    }
    let (types, written) = Extension::new(workspace, &builder, "dev").write_stubs();
    if !stage.run(vec![types])? {
        return Ok(ExitCode::FAILURE);
    }
    let file = workspace.path("bindings-python/python/evertoken/_native.pyi");
    fs::copy(&written, &file).with_context(|| written.display().to_string())?;
    println!("{}", file.display());
    Ok(ExitCode::SUCCESS)
}

impl<'a> Package<'a> {
    /// Builds and installs it, where as many `later` steps are to follow; none if that failed.
    pub(super) fn install(stage: &'a Stage<'_>, interpreter: &Interpreter, builder: &'a Venv, later: usize) -> Result<Option<Self>> {
        let workspace = &stage.session.workspace;
        let tests = venv(workspace, "test", &["test", "lint"]);
        if !builder.prepare(stage, interpreter, later + 4)? || !tests.prepare(stage, interpreter, later + 3)? {
            return Ok(None);
        }
        let extension = Extension::new(workspace, builder, "dev");
        let steps = vec![extension.build()?, extension.install(&tests), Sandbox::for_tests(workspace).build()];
        let ready = stage.run_before(later, steps)?;
        Ok(ready.then_some(Self { workspace, extension, tests }))
    }

    /// The tests that pytest collects.
    fn tests(&self) -> Step {
        Step::new(Kind::Tests, "pytest", self.pytest(&self.tests, "tests"))
    }

    /// The scenario files through one of the bindings' public APIs.
    pub(super) fn scenarios(&self, binding: &str, only: Option<&str>) -> Step {
        let mut command = self.program(&self.tests);
        command.current_dir(self.workspace.path("bindings-python/tests"));
        command.args(["-m", "scenarios", "--binding", binding, "--json"]).arg(scenarios::results(self.workspace, binding));
        if let Some(only) = only {
            command.args(["--only", only]);
        }
        Step::new(Kind::Tests, format!("the scenario files on {binding}"), command)
    }

    /// The tests against servers that nobody here wrote; where those are is in the environment.
    pub(super) fn acceptance(&self) -> Command {
        self.pytest(&self.tests, "tests/servers")
    }

    /// Format, lints, types, and whether the types of the native module are the ones that are written down.
    fn checks(&self) -> Vec<Step> {
        let folder = self.workspace.path("bindings-python");
        let within = |mut command: Command| {
            command.current_dir(&folder);
            command
        };
        let tool = |arguments: &[&str]| {
            let mut command = within(self.workspace.program(self.tests.python()));
            command.arg("-m").args(arguments);
            command
        };
        let mut mypy = tool(&["mypy", "--cache-dir"]);
        mypy.arg(self.workspace.target.join("python").join("mypy"));
        let mut pyright = tool(&["pyright", "--pythonpath"]);
        // Its Node package would go to the user's own cache.
        pyright.arg(self.tests.python()).env("PYRIGHT_PYTHON_CACHE_DIR", self.workspace.target.join("python").join("pyright"));
        // It looks at what is installed, for the Python that it finds first.
        let mut completeness = tool(&["pyright", "--verifytypes", "evertoken", "--ignoreexternal"]);
        completeness.current_dir(self.workspace.target.join("python")).env("PATH", self.tests.first_on_path());
        completeness.env("PYRIGHT_PYTHON_CACHE_DIR", self.workspace.target.join("python").join("pyright"));
        let mut stubtest = tool(&["mypy.stubtest", "evertoken._native", "--concise"]);
        stubtest.env("MYPYPATH", folder.join("python"));
        let (types, written) = self.extension.write_stubs();
        let mut same = within(self.workspace.program("git"));
        same.args(["diff", "--no-index", "--exit-code", "--no-color", "python/evertoken/_native.pyi"]).arg(written);
        let ruff = |arguments: &[&str]| {
            let mut command = tool(&["ruff"]);
            command.args(arguments).args(["--no-cache", "--config", "pyproject.toml", ".", "../examples/python", "../bench/python"]);
            command
        };
        vec![
            Step::new(Kind::Check, "ruff: lints", ruff(&["check"])),
            Step::new(Kind::Check, "ruff: format", ruff(&["format", "--check"])),
            Step::new(Kind::Check, "mypy --strict", mypy),
            Step::new(Kind::Check, "pyright", pyright),
            Step::new(Kind::Check, "pyright: the type of everything public is known", completeness),
            Step::new(Kind::Check, "stubtest of the native module", stubtest),
            types,
            Step::new(Kind::Check, "_native.pyi is current (else: cargo xtask stubs)", same),
        ]
    }

    /// The tests on another Python, with the same wheel in an environment of its own.
    fn on(&self, stage: &Stage<'_>, interpreter: &Interpreter) -> Result<()> {
        let venv = venv(self.workspace, &format!("test-{}", interpreter.version), &["test"]);
        if venv.prepare(stage, interpreter, 2)? && stage.run_before(1, vec![self.extension.install(&venv)])? {
            let name = format!("pytest on Python {}", interpreter.version);
            stage.run(vec![Step::new(Kind::Tests, name, self.pytest(&venv, "tests"))])?;
        }
        Ok(())
    }

    /// The adapters' tests with the oldest HTTP libraries that the package's extras allow.
    fn on_the_oldest_libraries(&self, stage: &Stage<'_>, interpreter: &Interpreter) -> Result<()> {
        let venv = venv(self.workspace, "lowest", &["lowest"]);
        if venv.prepare(stage, interpreter, 2)? && stage.run_before(1, vec![self.extension.install(&venv)])? {
            stage.run(vec![Step::new(Kind::Tests, "the adapters on the oldest HTTP libraries", self.pytest(&venv, "tests/adapters"))])?;
        }
        Ok(())
    }

    fn pytest(&self, venv: &Venv, tests: &str) -> Command {
        let mut command = self.program(venv);
        command.current_dir(self.workspace.path("bindings-python")).args(["-m", "pytest", tests]);
        // One test that hangs keeps no other from running.
        command.args(["--timeout", "180"]);
        command.arg("-o").arg(format!("cache_dir={}", self.workspace.target.join("python").join("pytest").display()));
        command.env("HYPOTHESIS_STORAGE_DIRECTORY", self.workspace.target.join("python").join("hypothesis"));
        command
    }

    /// Python with what the tests ask the environment for.
    fn program(&self, venv: &Venv) -> Command {
        let mut command = self.workspace.program(venv.python());
        command.env("EVERTOKEN_SANDBOX", Sandbox::for_tests(self.workspace).program()).env("PYTHONUNBUFFERED", "1");
        // Whatever the developer has set: what is tested is what was installed.
        command.env_remove("PYTHONPATH").env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }
}
