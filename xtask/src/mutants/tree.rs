//! A copy of the checkout that patches are applied to.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

use super::{
    net::{self, NETS},
    patch::Patch,
};

/// A folder with the checkout's files, and another one for what is built from them.
pub(super) struct Tree {
    pub(super) root: PathBuf,
    pub(super) target: PathBuf,
}

const BUILD: Duration = Duration::from_secs(15 * 60);

impl Tree {
    /// Copies what git knows or would add. A file that is the same already stays untouched: cargo goes by its time.
    pub(super) fn copy(workspace: &Workspace, number: usize) -> Result<Self> {
        let folder = workspace.target.join("mutants");
        let (root, target) = (folder.join(format!("tree-{number}")), folder.join(format!("build-{number}")));
        let listed = workspace.program("git").args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).output()?;
        if !listed.status.success() {
            bail!("git ls-files: {}", String::from_utf8_lossy(&listed.stderr).trim());
        }
        let names: BTreeSet<_> = listed.stdout.split(|byte| *byte == 0).map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        for name in names.iter().filter(|name| !name.is_empty()) {
            // Deleted, but not yet for git.
            let Ok(content) = fs::read(workspace.path(name)) else { continue };
            let copy = root.join(name);
            if fs::read(&copy).is_ok_and(|known| known == content) {
                continue;
            }
            fs::create_dir_all(copy.parent().context("a file in no folder")?)?;
            fs::write(&copy, content).with_context(|| copy.display().to_string())?;
        }
        remove_others(&root, &root, &names)?;
        Ok(Self { root, target })
    }

    /// Applies a patch, or takes it back.
    pub(super) fn apply(&self, patch: &Patch, back: bool) -> Result<()> {
        let mut command = Command::new("git");
        command.current_dir(&self.root).args(["apply", "--whitespace=nowarn"]).args(back.then_some("--reverse")).arg(&patch.path);
        // The tree lies inside of the checkout, whose paths git would count otherwise.
        command.env("GIT_CEILING_DIRECTORIES", self.root.parent().unwrap_or(&self.root));
        let applied = command.stdin(Stdio::null()).output().context("git apply")?;
        if !applied.status.success() {
            bail!("{}", String::from_utf8_lossy(&applied.stderr).trim());
        }
        Ok(())
    }

    /// Builds the nets.
    pub(super) fn build(&self) -> Result<()> {
        for arguments in net::builds(NETS) {
            let mut command = Command::new("cargo");
            command.current_dir(&self.root).args(arguments).arg("--target-dir").arg(&self.target);
            let built = net::run(&mut command, BUILD, &self.target.join("build"))?;
            match built.code {
                Some(0) => {}
                None => bail!("the build takes more than {} s", BUILD.as_secs()),
                Some(_) => bail!("{}", built.errors.lines().find(|line| line.starts_with("error")).unwrap_or("cargo build failed")),
            }
        }
        Ok(())
    }
}

/// Removes the files that are not among the names.
fn remove_others(root: &Path, folder: &Path, names: &BTreeSet<String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            remove_others(root, &path, names)?;
        } else if !names.contains(path.strip_prefix(root)?.to_string_lossy().as_ref()) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}
