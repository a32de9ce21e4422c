//! `test model`, `test simulation`, `model` and `simulate`: our own programs that look for what the machine does wrong.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::{
    group,
    stage::{Session, Stage},
    step::{Kind, Step},
    workspace::Workspace,
};

/// A program that is built with the profile for searches.
pub(crate) struct Search {
    package: &'static str,
    binary: &'static str,
    /// What it runs without arguments.
    what: &'static str,
}

pub(crate) const MODEL: Search =
    Search { package: "evertoken-model", binary: "model", what: "every configuration of the exhaustive check" };
pub(crate) const SIMULATION: Search =
    Search { package: "evertoken-simulation", binary: "simulate", what: "the corpus, and lives from fixed seeds" };

impl Search {
    /// Runs what belongs to the tests.
    pub(super) fn run(&self, stage: &Stage<'_>) -> Result<()> {
        let workspace = &stage.session.workspace;
        stage.run(vec![self.build(workspace), Step::new(Kind::Tests, self.what, self.program(workspace, &[]))])?;
        Ok(())
    }

    /// Runs the program with the user's own arguments.
    pub(crate) fn run_in_front(&self, session: &Session, rest: &[String]) -> Result<ExitCode> {
        let workspace = &session.workspace;
        if !session.stage(self.binary).run(vec![self.build(workspace)])? {
            return Ok(ExitCode::FAILURE);
        }
        let status = group::run_in_front(&mut self.program(workspace, rest)).context("cargo run")?;
        Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn build(&self, workspace: &Workspace) -> Step {
        let mut command = workspace.cargo("build");
        command.args(["--profile", "verify", "-p", self.package, "--bin", self.binary]);
        Step::new(Kind::SetUp, "build", command)
    }

    fn program(&self, workspace: &Workspace, rest: &[String]) -> Command {
        let mut command = workspace.cargo("run");
        command.args(["--quiet", "--profile", "verify", "-p", self.package, "--bin", self.binary, "--"]).args(rest);
        command
    }
}
