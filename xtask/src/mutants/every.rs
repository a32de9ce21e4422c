//! `mutants --all`: cargo-mutants over core.

use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::{group, stage::Session, toolchain};

const CARGO_MUTANTS: &str = "27.1.0";

/// Runs cargo-mutants; what survives stands in its own folder below the target folder.
pub(super) fn run(session: &Session) -> Result<ExitCode> {
    let workspace = &session.workspace;
    let (install, binary) = toolchain::tool(workspace, "cargo-mutants", CARGO_MUTANTS);
    if !session.stage("mutants").run(install.into_iter().collect())? {
        return Ok(ExitCode::FAILURE);
    }
    let mut command = workspace.program(binary);
    command.args(["mutants", "--package", "evertoken", "--test-package", "evertoken", "--all-features", "--output"]);
    command.arg(workspace.target.join("mutants")).args([
        "--timeout",
        "120",
        "--minimum-test-timeout",
        "60",
        "--jobs",
        "2",
        "--colors",
        "never",
    ]);
    let status = group::run_in_front(&mut command).context("cargo mutants")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
