//! Commands as the steps run them: from the root, and without what `cargo run` put into this process's environment.

use std::{env, ffi::OsStr, path::Path, process::Command};

use crate::workspace::Workspace;

impl Workspace {
    /// The cargo of the pinned toolchain.
    pub(crate) fn cargo(&self, subcommand: &str) -> Command {
        let mut command = self.program("cargo");
        command.arg(subcommand);
        locked(&mut command);
        command
    }

    /// The cargo of another toolchain; it must be installed.
    pub(crate) fn cargo_of(&self, toolchain: &str, subcommand: &[&str]) -> Command {
        let mut command = self.program("rustup");
        command.args(["run", toolchain, "cargo"]).args(subcommand);
        locked(&mut command);
        command
    }

    /// Any program.
    pub(crate) fn program(&self, name: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(name);
        command.current_dir(&self.root);
        // ring's build script, for one, is run again whenever CARGO_PKG_NAME differs from the last time.
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") || text.starts_with("CARGO_BIN_") || text == "CARGO" {
                command.env_remove(&name);
            }
        }
        command
    }
}

/// Whether a program answers to `--version`.
pub(crate) fn answers(program: impl AsRef<OsStr>) -> bool {
    let asked = Command::new(program).arg("--version").output();
    asked.is_ok_and(|answer| answer.status.success())
}

/// Whether Debian's packages can be installed without asking anybody.
pub(crate) fn may_install() -> bool {
    #[cfg(unix)]
    let root = rustix::process::geteuid().is_root();
    #[cfg(not(unix))]
    let root = false;
    root && answers("apt-get")
}

/// Whether this is a run where nobody watches and nothing may be left out.
pub(crate) fn ci() -> bool {
    env::var("CI").is_ok_and(|value| value == "true" || value == "1")
}

/// npm is a script on Windows, which is not found under its bare name.
pub(crate) fn npm() -> &'static str {
    if cfg!(windows) { "npm.cmd" } else { "npm" }
}

/// Maven is a script too.
pub(crate) fn mvn() -> &'static str {
    if cfg!(windows) { "mvn.cmd" } else { "mvn" }
}

/// Where a virtual environment keeps its Python.
pub(crate) fn python_of(venv: &Path) -> std::path::PathBuf {
    if cfg!(windows) { venv.join("Scripts").join("python.exe") } else { venv.join("bin").join("python") }
}

/// In CI the committed lock file is what gets tested.
fn locked(command: &mut Command) {
    if ci() {
        command.arg("--locked");
    }
}
