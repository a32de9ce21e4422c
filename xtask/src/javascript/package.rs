//! The npm package, built as it is published.

use std::{path::PathBuf, process::Command};

use anyhow::Result;

use super::node;
use crate::{
    stage::Stage,
    step::{Kind, Step},
    toolchain::{self, WASM_TARGET},
    workspace::Workspace,
};

/// The package `evertoken` of npm, in a folder of the checkout: TypeScript's settings name the glue beside it.
pub(crate) struct Package<'a> {
    workspace: &'a Workspace,
}

impl<'a> Package<'a> {
    /// The most steps that its build takes.
    pub(crate) const STEPS: usize = 6;

    /// Builds it, where as many `later` steps are to follow; none if that failed.
    pub(crate) fn build(stage: &'a Stage<'_>, later: usize) -> Result<Option<Self>> {
        let package = Self { workspace: &stage.session.workspace };
        let mut steps: Vec<_> = toolchain::targets(package.workspace, &[WASM_TARGET])?.into_iter().collect();
        steps.extend([package.module(), package.bindgen(), package.glue()]);
        if !stage.run_before(later + 2, steps)? || !node::install(stage, "bindings-wasm", later + 1)? {
            return Ok(None);
        }
        let mut bundle = package.workspace.program("node");
        bundle.arg("bindings-wasm/build.mjs");
        let built = stage.run_before(later, vec![Step::new(Kind::SetUp, "build the package", bundle)])?;
        Ok(built.then_some(package))
    }

    /// Where it is.
    pub(crate) fn folder(&self) -> PathBuf {
        self.workspace.path("target/js/package")
    }

    /// A script of the repository, told where the package is.
    pub(crate) fn script(&self, path: &str) -> Command {
        let mut command = self.workspace.program("node");
        command.arg(path).env("EVERTOKEN_PACKAGE", self.folder());
        command
    }

    /// A program of a package that is among the tools.
    pub(crate) fn tool(&self, package: &str, script: &str) -> Command {
        node::tool(self.workspace, package, script)
    }

    fn module(&self) -> Step {
        let mut command = self.workspace.cargo("build");
        command.args(["-p", "evertoken-wasm", "--target", WASM_TARGET, "--profile", "wasm"]);
        // Separated so that a folder's name may hold a space.
        command.env("CARGO_ENCODED_RUSTFLAGS", toolchain::without_paths(self.workspace).join("\u{1f}"));
        Step::new(Kind::SetUp, "build the wasm module", command)
    }

    /// Apart from its run: who watches sees what takes long the first time.
    fn bindgen(&self) -> Step {
        let mut command = self.workspace.cargo("build");
        command.args(["-p", "evertoken-bindgen", "--features", "tool"]);
        Step::new(Kind::SetUp, "build wasm-bindgen", command)
    }

    fn glue(&self) -> Step {
        let debug = self.workspace.target.join("debug");
        let mut command = self.workspace.program(debug.join(format!("evertoken-bindgen{}", std::env::consts::EXE_SUFFIX)));
        command.arg(self.workspace.target.join(WASM_TARGET).join("wasm/evertoken_wasm.wasm")).arg(self.workspace.path("target/js/glue"));
        Step::new(Kind::SetUp, "write the glue", command)
    }
}
