//! The package with its native module, built as a wheel and installed: the source tree is left as it is.

use std::{fs, path::PathBuf, process::Command};

use anyhow::Result;

use crate::{
    program,
    python::Venv,
    step::{Kind, Step},
    workspace::Workspace,
};

/// The package `evertoken` as the tests use it.
pub(crate) struct Extension<'a> {
    workspace: &'a Workspace,
    /// Has maturin.
    builder: &'a Venv,
    /// Of cargo: `dev` is quick, `wheel` is what is published.
    profile: &'static str,
}

impl<'a> Extension<'a> {
    /// The package, to be built by the maturin of that environment with a profile of cargo.
    pub(crate) fn new(workspace: &'a Workspace, builder: &'a Venv, profile: &'static str) -> Self {
        Self { workspace, builder, profile }
    }

    /// Builds it.
    pub(crate) fn build(&self) -> Result<Step> {
        // A wheel of another version or platform would be a second one to choose from.
        if self.wheels().is_dir() {
            fs::remove_dir_all(self.wheels())?;
        }
        let mut command = self.maturin("build");
        command.args(["--profile", self.profile, "--out"]).arg(self.wheels());
        Ok(Step::new(Kind::SetUp, "build the extension", command))
    }

    /// Installs it into an environment, without what it could use.
    pub(crate) fn install(&self, venv: &Venv) -> Step {
        let mut command = self.workspace.program(venv.python());
        command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--force-reinstall", "--no-index"]);
        command.arg("--find-links").arg(self.wheels()).arg("evertoken");
        Step::new(Kind::SetUp, "install the extension", command)
    }

    /// Writes the types of the native module to a folder and says which file it is.
    pub(crate) fn write_stubs(&self) -> (Step, PathBuf) {
        let folder = self.workspace.target.join("python").join("stubs");
        let mut command = self.maturin("generate-stubs");
        // An optimised build would be stripped of what they are read from.
        command.args(["--profile", "dev", "--features", "stubs", "--out"]).arg(&folder);
        (Step::new(Kind::SetUp, "read the types of the native module", command), folder.join("evertoken").join("_native.pyi"))
    }

    /// A command of maturin for this package.
    pub(crate) fn maturin(&self, subcommand: &str) -> Command {
        let mut command = self.workspace.program(self.builder.program("maturin"));
        command.arg(subcommand).arg("--manifest-path").arg(self.workspace.path("bindings-python/Cargo.toml"));
        command.arg("--interpreter").arg(self.builder.python());
        if program::ci() {
            command.arg("--locked");
        }
        command
    }

    fn wheels(&self) -> PathBuf {
        self.workspace.target.join("python").join("wheels").join(self.profile)
    }
}
