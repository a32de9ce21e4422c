//! Node.js, and the tools that are installed with npm.

use std::{fs, process::Command};

use anyhow::{Context, Result};

use crate::{
    program,
    stage::Stage,
    step::{Kind, Step},
    workspace::Workspace,
};

/// The oldest that has what the package and its tools need.
const OLDEST: (u32, u32) = (20, 19);

/// The lock that the packages were installed by, beside them: they may be removed by hand.
const MARK: &str = "node_modules/.installed";

/// Why nothing of JavaScript can run here.
pub(crate) fn missing() -> Option<String> {
    let needed = format!("Node.js {}.{} or newer with npm is needed", OLDEST.0, OLDEST.1);
    let asked = Command::new("node").arg("--version").output().ok().filter(|answer| answer.status.success());
    let Some(answer) = asked else { return Some(format!("{needed}, and is not installed")) };
    let version = String::from_utf8_lossy(&answer.stdout).trim().to_owned();
    if !is_new_enough(&version) {
        return Some(format!("{needed}, and node is {version}"));
    }
    (!program::answers(program::npm())).then(|| format!("{needed}, and npm is not installed"))
}

/// Installs what the lock in a folder names if that has changed, where as many `later` steps are to follow. True if it is there.
pub(crate) fn install(stage: &Stage<'_>, folder: &str, later: usize) -> Result<bool> {
    let workspace = &stage.session.workspace;
    let (lock, mark) = (workspace.path(folder).join("package-lock.json"), workspace.path(folder).join(MARK));
    let wanted = fs::read(&lock).with_context(|| lock.display().to_string())?;
    if fs::read(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(true);
    }
    let mut install = workspace.program(program::npm());
    // `npm ci` wants the programs of every platform in the lock, and not every registry has them.
    install.args(["install", "--no-save", "--no-audit", "--no-fund"]).current_dir(workspace.path(folder));
    let installed = stage.run_before(later, vec![Step::new(Kind::SetUp, format!("install the packages of {folder}"), install)])?;
    if installed {
        fs::write(&mark, wanted).with_context(|| mark.display().to_string())?;
    }
    Ok(installed)
}

/// A program of a package that is among the tools.
pub(super) fn tool(workspace: &Workspace, package: &str, script: &str) -> Command {
    let mut command = workspace.program("node");
    command.arg(workspace.path("bindings-wasm/node_modules").join(package).join(script));
    command
}

fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.trim_start_matches('v').split('.').map_while(|number| number.parse().ok());
    numbers.next().zip(numbers.next()).is_some_and(|version| version >= OLDEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(["v20.19.0", "v20.20.2", "v24.1.0"].map(is_new_enough), [true; 3]);
        assert_eq!(["v20.9.0", "v18.20.4", "v8.0.0", "", "nonsense"].map(is_new_enough), [false; 5]);
    }
}
