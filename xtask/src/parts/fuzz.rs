//! `fuzz`: libFuzzer over the parsers and the machine.

use std::{fs, process::ExitCode, time::Duration};

use anyhow::{Context, Result, bail};

use crate::{
    program,
    stage::Session,
    step::{Kind, Step},
    summary::Summary,
    toolchain::{self, NIGHTLY},
};

const CARGO_FUZZ: &str = "0.13.2";

/// Runs one target, or each, for so many minutes; an input that breaks something stays in `core/fuzz/artifacts`.
pub(crate) fn run(session: &Session, target: Option<&str>, minutes: u32) -> Result<ExitCode> {
    let workspace = &session.workspace;
    let folder = workspace.path("core/fuzz/fuzz_targets");
    let mut targets = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        targets.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
    }
    targets.sort();
    if let Some(target) = target {
        if !targets.iter().any(|known| known == target) {
            bail!("{target}: no such target; there are {}", targets.join(", "));
        }
        targets.retain(|known| known == target);
    }
    let (install, binary) = toolchain::tool(workspace, "cargo-fuzz", CARGO_FUZZ);
    let mut steps = Vec::from_iter(toolchain::toolchain(workspace, NIGHTLY, &["rust-src"])?);
    steps.extend(install);
    for target in targets {
        let mut command = workspace.program("rustup");
        command.args(["run", NIGHTLY]).arg(&binary).args(["fuzz", "run", "-s", "none", "--target-dir"]).arg(workspace.target.join("fuzz"));
        // What it collects stays out of the repository's own corpus, which is small on purpose; the first folder takes what is new.
        let collected = workspace.target.join("fuzz").join("corpus").join(&target);
        fs::create_dir_all(&collected).with_context(|| collected.display().to_string())?;
        command.arg(&target).arg(collected).arg(workspace.path("core/fuzz/corpus").join(&target));
        command.args(["--", "-max_len=4096", "-use_value_profile=1"]).arg(format!("-max_total_time={}", minutes * 60));
        command.current_dir(workspace.path("core"));
        // The first target builds libFuzzer.
        let limit = Duration::from_secs(u64::from(minutes) * 60 + 20 * 60);
        steps.push(Step::new(Kind::Check, target, command).within(limit));
    }
    let stage = session.stage("fuzz");
    stage.run(steps)?;
    Ok(Summary { parts: vec![stage.end(None)] }.close(program::ci()))
}
