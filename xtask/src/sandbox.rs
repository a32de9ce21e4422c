//! The sandbox, which the tests of every package talk to.

use std::path::PathBuf;

use crate::{
    step::{Kind, Step},
    workspace::Workspace,
};

/// The program of `examples/sandbox`.
pub(crate) struct Sandbox<'a> {
    workspace: &'a Workspace,
    release: bool,
}

impl<'a> Sandbox<'a> {
    /// As the tests use it.
    pub(crate) fn for_tests(workspace: &'a Workspace) -> Self {
        Self { workspace, release: false }
    }

    /// Optimised, for what is measured or watched.
    pub(crate) fn optimised(workspace: &'a Workspace) -> Self {
        Self { workspace, release: true }
    }

    /// Builds it.
    pub(crate) fn build(&self) -> Step {
        let mut command = self.workspace.cargo("build");
        command.args(["-p", "evertoken-sandbox", "--bin", "evertoken-sandbox"]).args(self.release.then_some("--release"));
        Step::new(Kind::SetUp, "build the sandbox", command)
    }

    /// Where it is.
    pub(crate) fn program(&self) -> PathBuf {
        let folder = self.workspace.target.join(if self.release { "release" } else { "debug" });
        folder.join(format!("evertoken-sandbox{}", std::env::consts::EXE_SUFFIX))
    }
}
