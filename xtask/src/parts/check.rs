//! `check`: everything about the code that is no test.

use std::process::ExitCode;

use anyhow::Result;

use crate::{
    program,
    stage::Session,
    step::{Kind, Step},
    summary::Summary,
    toolchain::{self, WASM_TARGET},
    workspace::Workspace,
};

/// The version whose answers the settings in deny.toml were written against.
const CARGO_DENY: &str = "0.20.2";

/// Runs every check and prints the table.
pub(crate) fn run(session: &Session) -> Result<ExitCode> {
    let workspace = &session.workspace;
    let mut steps = vec![format(workspace), lints(workspace)];
    steps.extend(workspace.feature_sets("evertoken").iter().map(|features| lints_of_core(workspace, features)));
    steps.extend(toolchain::targets(workspace, &[WASM_TARGET])?);
    steps.push(lints_of_wasm(workspace));
    steps.push(documentation(workspace));
    steps.push(generated_files(workspace));
    steps.extend(dependencies(workspace));
    let stage = session.stage("check");
    stage.run(steps)?;
    let of_python = session.stage("python");
    let without_python = super::python::check(&of_python)?;
    let of_js = session.stage("js");
    let without_js = super::javascript::check(&of_js)?;
    let of_kotlin = session.stage("kotlin");
    let without_kotlin = super::kotlin::check(&of_kotlin)?;
    let of_swift = session.stage("swift");
    let without_swift = super::swift::check(&of_swift)?;
    let parts = vec![
        stage.end(None),
        of_python.end(without_python),
        of_js.end(without_js),
        of_kotlin.end(without_kotlin),
        of_swift.end(without_swift),
    ];
    Ok(Summary { parts }.close(program::ci()))
}

fn format(workspace: &Workspace) -> Step {
    let mut command = workspace.program("cargo");
    command.args(["fmt", "--all", "--check", "--", "--color", "never"]);
    Step::new(Kind::Check, "format", command)
}

fn lints(workspace: &Workspace) -> Step {
    let mut command = workspace.cargo("clippy");
    command.args(["--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"]);
    Step::new(Kind::Check, "lints", command)
}

/// What is unused without a feature shows only without it.
fn lints_of_core(workspace: &Workspace, features: &[String]) -> Step {
    let features = features.join(",");
    let name = if features.is_empty() { "lints of core with no feature".to_owned() } else { format!("lints of core with {features}") };
    let mut command = workspace.cargo("clippy");
    command.args(["-p", "evertoken", "--lib", "--no-default-features", "--features", &features, "--", "-D", "warnings"]);
    Step::new(Kind::Check, name, command)
}

/// What is compiled for the browser alone.
fn lints_of_wasm(workspace: &Workspace) -> Step {
    let mut command = workspace.cargo("clippy");
    command.args(["-p", "evertoken-wasm", "--target", WASM_TARGET, "--", "-D", "warnings"]);
    Step::new(Kind::Check, "lints of the wasm module", command)
}

fn documentation(workspace: &Workspace) -> Step {
    let mut command = workspace.cargo("doc");
    // Binaries are left out: cargo would write two pages of the same name for a package's library and binary.
    command.args(["--workspace", "--no-deps", "--document-private-items", "--all-features", "--lib"]).env("RUSTDOCFLAGS", "-D warnings");
    Step::new(Kind::Check, "documentation", command)
}

/// Files that a test derives from the code: `UPDATE=1` in its environment makes it write them.
fn generated_files(workspace: &Workspace) -> Step {
    let mut command = workspace.cargo("test");
    command.args(["-p", "evertoken", "--all-features", "--test", "catalogue", "--test", "policy_page"]);
    Step::new(Kind::Tests, "generated files are current", command)
}

/// Advisories are left to hosted CI: their database is not to be had everywhere.
fn dependencies(workspace: &Workspace) -> Vec<Step> {
    let (install, binary) = toolchain::tool(workspace, "cargo-deny", CARGO_DENY);
    let mut command = workspace.program(binary);
    command.args(["--all-features", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"]);
    install.into_iter().chain([Step::new(Kind::Check, "licences, bans and sources of dependencies", command)]).collect()
}
