//! The glue for Kotlin and Swift: its library, and the code that UniFFI's generators write to call it.

use std::{
    env::consts::{DLL_PREFIX, DLL_SUFFIX, EXE_SUFFIX},
    path::{Path, PathBuf},
};

use crate::{
    step::{Kind, Step},
    workspace::Workspace,
};

/// The crate `evertoken-uniffi`, as the tests use it.
pub(crate) struct Glue<'a> {
    workspace: &'a Workspace,
}

impl<'a> Glue<'a> {
    /// How many steps its build takes.
    pub(crate) const STEPS: usize = 2;

    /// That of this checkout.
    pub(crate) fn new(workspace: &'a Workspace) -> Self {
        Self { workspace }
    }

    /// Builds it, and the generators of its callers' code.
    pub(crate) fn build(&self) -> Vec<Step> {
        let mut library = self.workspace.cargo("build");
        library.args(["-p", "evertoken-uniffi"]);
        // Apart from its run: who watches sees what takes long the first time.
        let mut generators = self.workspace.cargo("build");
        generators.args(["-p", "evertoken-uniffi-bindgen", "--features", "tool"]);
        vec![Step::new(Kind::SetUp, "build the glue", library), Step::new(Kind::SetUp, "build UniFFI's generators", generators)]
    }

    /// Writes the code of a language into a folder.
    pub(crate) fn generate(&self, language: &str, folder: &Path) -> Step {
        let program = self.workspace.target.join("debug").join(format!("evertoken-uniffi-bindgen{EXE_SUFFIX}"));
        let mut command = self.workspace.program(program);
        command.arg("generate").arg(self.library()).args(["--language", language, "--no-format", "--out-dir"]).arg(folder);
        Step::new(Kind::SetUp, format!("write the glue of {language}"), command)
    }

    /// The library that a program loads.
    pub(crate) fn library(&self) -> PathBuf {
        self.workspace.target.join("debug").join(format!("{DLL_PREFIX}evertoken_uniffi{DLL_SUFFIX}"))
    }

    /// The library that is linked into a program.
    pub(crate) fn archive(&self) -> PathBuf {
        self.workspace.target.join("debug").join("libevertoken_uniffi.a")
    }
}
