//! Toolchains, targets and tools, installed when missing.

use std::{env, path::PathBuf, process::Command};

use anyhow::{Context, Result, bail};

use crate::{
    program,
    step::{Kind, Step},
    workspace::Workspace,
};

/// The nightly for Miri and the sanitizers. Pinned: a nightly of another day is another tool.
pub(crate) const NIGHTLY: &str = "nightly-2026-05-20";

/// A target without an operating system, where nothing can read a clock or open a socket.
pub(crate) const NO_STD_TARGET: &str = "thumbv7em-none-eabi";

/// The browser's target.
pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// What links for Windows.
pub(crate) const MINGW: &str = "x86_64-w64-mingw32-gcc";

/// The step that adds those targets which the pinned toolchain lacks.
pub(crate) fn targets(workspace: &Workspace, wanted: &[&str]) -> Result<Option<Step>> {
    let installed = rustup(&["target", "list", "--installed"], workspace)?;
    let mut missing: Vec<_> = wanted.iter().copied().filter(|target| !lists(&installed, target)).collect();
    missing.sort_unstable();
    missing.dedup();
    Ok((!missing.is_empty()).then(|| {
        let mut command = workspace.program("rustup");
        command.args(["target", "add"]).args(&missing);
        Step::new(Kind::SetUp, format!("install {}", missing.join(", ")), command)
    }))
}

/// The step that installs Debian's linker for Windows, if that is missing.
pub(crate) fn mingw(workspace: &Workspace) -> Option<Step> {
    (!program::answers(MINGW) && program::answers("apt-get")).then(|| {
        let mut command = workspace.program("apt-get");
        command.args(["install", "--yes", "--quiet", "--no-install-recommends", "gcc-mingw-w64-x86-64"]);
        Step::new(Kind::SetUp, "install Debian's mingw-w64", command)
    })
}

/// The step that installs a toolchain, if it or one of the components is missing.
pub(crate) fn toolchain(workspace: &Workspace, name: &str, components: &[&str]) -> Result<Option<Step>> {
    let toolchains = rustup(&["toolchain", "list"], workspace)?;
    let there = toolchains.lines().any(|line| line.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', ' '])));
    if there {
        let installed = rustup(&["component", "list", "--installed", "--toolchain", name], workspace)?;
        if components.iter().all(|component| installed.lines().any(|line| line.starts_with(component))) {
            return Ok(None);
        }
    }
    let mut command = workspace.program("rustup");
    command.args(["toolchain", "install", name, "--profile", "minimal", "--no-self-update"]);
    components.iter().for_each(|component| {
        command.args(["--component", component]);
    });
    Ok(Some(Step::new(Kind::SetUp, format!("install {name}"), command)))
}

/// The step that builds a tool from crates.io into the target folder, if it is not there, and where it will be.
pub(crate) fn tool(workspace: &Workspace, name: &str, version: &str) -> (Option<Step>, PathBuf) {
    let folder = workspace.target.join("tools").join(format!("{name}-{version}"));
    let binary = folder.join("bin").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if program::answers(&binary) {
        return (None, binary);
    }
    let mut command = workspace.program("cargo");
    command.args(["install", "--locked", name, "--version", version, "--root"]).arg(&folder);
    // Its own target folder would be a temporary one: an interrupted build would begin again.
    command.arg("--target-dir").arg(workspace.target.join("tools").join("build"));
    (Some(Step::new(Kind::SetUp, format!("install {name} {version}"), command)), binary)
}

/// What takes the names of this machine's folders out of what is compiled: they are nobody's business.
pub(crate) fn without_paths(workspace: &Workspace) -> Vec<String> {
    let home = env::home_dir().unwrap_or_default();
    let cargo = env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from);
    let rustup = env::var_os("RUSTUP_HOME").map_or_else(|| home.join(".rustup"), PathBuf::from);
    // The last that fits is taken, and the target folder usually lies in the checkout.
    let folders = [(&workspace.root, "evertoken"), (&workspace.target, "target"), (&cargo, "cargo"), (&rustup, "rustup")];
    folders.map(|(folder, name)| format!("--remap-path-prefix={}={name}", folder.display())).into()
}

/// The machine's own target.
pub(crate) fn host() -> Result<String> {
    let answer = Command::new("rustc").arg("-vV").output().context("rustc could not be run")?;
    let text = String::from_utf8_lossy(&answer.stdout).into_owned();
    text.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned).context("rustc names no host")
}

fn lists(installed: &str, target: &str) -> bool {
    installed.lines().any(|line| line.trim() == target)
}

fn rustup(arguments: &[&str], workspace: &Workspace) -> Result<String> {
    let answer = workspace.program("rustup").args(arguments).output();
    let answer = answer.context("rustup is needed for the other targets and toolchains that the tests use: https://rustup.rs")?;
    if !answer.status.success() {
        bail!("rustup {}: {}", arguments.join(" "), String::from_utf8_lossy(&answer.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&answer.stdout).into_owned())
}
