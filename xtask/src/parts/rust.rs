//! `test rust`: core, driver, sandbox and native client, on the hosts and targets they are meant for.

use std::{process::Command, time::Duration};

use anyhow::Result;

use crate::{
    stage::Stage,
    step::{Kind, Step},
    toolchain::{self, NIGHTLY, NO_STD_TARGET, WASM_TARGET},
    workspace::Workspace,
};

/// Runs the part; `full` adds what takes long.
pub(super) fn run(stage: &Stage<'_>, full: bool) -> Result<()> {
    let workspace = &stage.session.workspace;
    let mut steps = vec![
        Step::new(
            Kind::Tests,
            "core without features",
            cargo(workspace, &["test", "--no-fail-fast", "-p", "evertoken", "--no-default-features"]),
        ),
        Step::new(Kind::Tests, "the workspace with every feature of core", whole_workspace(workspace)),
    ];
    steps.extend(toolchain::targets(workspace, &[NO_STD_TARGET, WASM_TARGET])?);
    for target in [NO_STD_TARGET, WASM_TARGET] {
        let build = cargo(workspace, &["build", "-p", "evertoken", "--lib", "--target", target]);
        steps.push(Step::new(Kind::Check, format!("core for {target}"), build));
    }
    for features in workspace.feature_sets("evertoken") {
        let features = features.join(",");
        let name = if features.is_empty() { "core with no feature".to_owned() } else { format!("core with {features}") };
        steps.push(Step::new(
            Kind::Check,
            name,
            cargo(workspace, &["check", "-p", "evertoken", "--lib", "--no-default-features", "--features", &features]),
        ));
    }
    steps.extend(toolchain::toolchain(workspace, NIGHTLY, &["miri", "rust-src"])?);
    steps.push(Step::new(Kind::Tests, "Miri over the driver's slot and publication", miri(workspace)));
    if full {
        steps.extend(long(workspace)?);
    }
    stage.run(steps)?;
    Ok(())
}

/// What takes long: the oldest supported Rust, Miri over many schedules, ThreadSanitizer.
fn long(workspace: &Workspace) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    let oldest = workspace.oldest_rust()?;
    steps.extend(toolchain::toolchain(workspace, &oldest, &[])?);
    let folder = workspace.target.join("msrv");
    let mut check = workspace.cargo_of(&oldest, &["check", "--workspace", "--all-targets"]);
    check.arg("--target-dir").arg(&folder);
    steps.push(Step::new(Kind::Check, format!("the workspace on Rust {oldest}"), check));
    let mut test = workspace.cargo_of(&oldest, &["test", "--no-fail-fast", "-p", "evertoken", "--all-features"]);
    test.arg("--target-dir").arg(&folder);
    steps.push(Step::new(Kind::Tests, format!("core on Rust {oldest}"), test));

    let mut seeds = miri(workspace);
    seeds.env("MIRIFLAGS", "-Zmiri-many-seeds=0..32");
    steps.push(Step::new(Kind::Tests, "Miri over 32 schedules", seeds).within(Duration::from_secs(90 * 60)));
    // Only what has threads.
    let threads = ["--lib", "--test", "driver", "--test", "miri"];
    let mut races = workspace.cargo_of(NIGHTLY, &["test", "--no-fail-fast", "-p", "evertoken", "--all-features", "-Zbuild-std"]);
    races.args(threads);
    races.arg("--target").arg(toolchain::host()?).arg("--target-dir").arg(workspace.target.join("tsan"));
    races.env("RUSTFLAGS", "-Zsanitizer=thread").env("TSAN_OPTIONS", "halt_on_error=1");
    steps.push(Step::new(Kind::Tests, "the driver under ThreadSanitizer", races).within(Duration::from_secs(90 * 60)));
    Ok(steps)
}

fn whole_workspace(workspace: &Workspace) -> Command {
    let mut command = cargo(workspace, &["test", "--no-fail-fast", "--workspace"]);
    // Not --all-features: a feature of another package may stand for something that only another part brings.
    let features: Vec<_> = workspace.features("evertoken").iter().map(|feature| format!("evertoken/{feature}")).collect();
    command.arg("--features").arg(features.join(","));
    command
}

fn miri(workspace: &Workspace) -> Command {
    let mut command = workspace.cargo_of(NIGHTLY, &["miri", "test"]);
    command.args(["-p", "evertoken", "--features", "driver", "--test", "miri"]);
    command.arg("--target-dir").arg(workspace.target.join("miri"));
    command
}

fn cargo(workspace: &Workspace, arguments: &[&str]) -> Command {
    let mut command = workspace.cargo(arguments[0]);
    command.args(&arguments[1..]);
    command
}
