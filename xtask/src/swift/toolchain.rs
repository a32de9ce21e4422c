//! The Swift that is on the path, else Debian's in a root of its own.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{
    program,
    stage::Stage,
    step::{Kind, Step},
    workspace::Workspace,
};

/// The oldest that the package's manifest allows.
const OLDEST: (u32, u32) = (6, 0);

/// Debian's release with a Swift whose package is complete, and what of it is needed.
const SUITE: &str = "trixie";
const VERSION: &str = "6.0.3";
const PACKAGES: &str = "swiftlang,ca-certificates,libc6-dev,libstdc++-14-dev,git";

/// Enters the root with the folders that it shares with this machine; what is mounted is seen by nobody else and ends with the command.
const ENTER: &str = r#"set -e
root=$1 checkout=$2 target=$3
shift 3
mount -t proc proc "$root/proc"
for folder in /dev /tmp "$checkout" "$target"; do
    mkdir -p "$root$folder"
    mount --bind "$folder" "$root$folder"
done
exec chroot "$root" /usr/bin/env HOME=/root PATH=/usr/libexec/swift/bin:/usr/bin:/bin sh -c 'cd "$0" && exec "$@"' "$checkout" "$@"
"#;

/// A Swift that can be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Toolchain {
    OnPath,
    InRoot(PathBuf),
}

impl Toolchain {
    /// Why there is none, and none can be installed without asking anybody.
    pub(crate) fn missing() -> Option<String> {
        let there = is_on_path() || root().is_some_and(|root| root.is_dir() && may_enter());
        let installable = root().is_some() && may_enter() && (program::answers("debootstrap") || program::may_install());
        let needed = format!("Swift {}.{} or newer is not installed", OLDEST.0, OLDEST.1);
        (!there && !installable).then(|| format!("{needed}, and Debian's in a root of its own takes Linux, root and debootstrap"))
    }

    /// Installs it if it is missing, where as many `later` steps are to follow; none if that failed.
    pub(crate) fn prepare(stage: &Stage<'_>, later: usize) -> Result<Option<Self>> {
        if is_on_path() {
            return Ok(Some(Self::OnPath));
        }
        let root = root().context("there is no folder for caches: neither HOME nor XDG_CACHE_HOME is set")?;
        if !root.is_dir() {
            let partial = root.with_file_name(format!("swift-{VERSION}-partial"));
            if !stage.run_before(later, install(&stage.session.workspace, &partial)?)? {
                return Ok(None);
            }
            fs::rename(&partial, &root).with_context(|| root.display().to_string())?;
        }
        Ok(Some(Self::InRoot(root)))
    }

    /// A program of it, started in the checkout.
    pub(crate) fn program(&self, workspace: &Workspace, name: &str) -> Command {
        match self {
            Self::OnPath => {
                let mut command = workspace.program(name);
                if let Some(path) = path_with_tools() {
                    command.env("PATH", path);
                }
                command
            }
            Self::InRoot(root) => {
                let mut command = isolated(workspace);
                command.args(["sh", "-c", ENTER, "sh"]).arg(root).arg(&workspace.root).arg(&workspace.target).arg(name);
                command
            }
        }
    }
}

fn install(workspace: &Workspace, folder: &Path) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    if !program::answers("debootstrap") {
        let apt = |arguments: &[&str]| {
            let mut command = workspace.program("apt-get");
            command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
            command
        };
        let install = apt(&["install", "--yes", "--quiet", "--no-install-recommends", "debootstrap"]);
        steps.push(Step::new(Kind::SetUp, "apt-get update", apt(&["update", "--quiet"])));
        steps.push(Step::new(Kind::SetUp, "apt-get install debootstrap", install));
    }
    if folder.is_dir() {
        fs::remove_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent)?;
    }
    // Isolated: had it to be stopped, its mounts are gone with it, and the folder can be removed.
    let mut debootstrap = isolated(workspace);
    debootstrap.args(["debootstrap", "--variant=minbase", &format!("--include={PACKAGES}"), SUITE]).arg(folder);
    steps.push(Step::new(Kind::SetUp, format!("install Debian's Swift {VERSION} in a root of its own (2 min, 3.4 GB)"), debootstrap));
    Ok(steps)
}

fn root() -> Option<PathBuf> {
    let caches = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute());
    let caches = caches.or_else(|| Some(env::home_dir()?.join(".cache")))?;
    Some(caches.join("evertoken").join(format!("swift-{VERSION}")))
}

/// A command that its arguments name, with mounts of its own.
fn isolated(workspace: &Workspace) -> Command {
    let mut command = workspace.program("unshare");
    command.args(["--mount", "--propagation", "private"]);
    command
}

/// Packages link only the compiler onto the path; `docc` and `swift-format` stand beside what is linked.
fn path_with_tools() -> Option<OsString> {
    let path = env::var_os("PATH")?;
    let swift = env::split_paths(&path).map(|folder| folder.join("swift")).find(|file| file.is_file())?;
    let tools = fs::canonicalize(swift).ok()?.parent()?.to_owned();
    env::join_paths([tools].into_iter().chain(env::split_paths(&path))).ok()
}

fn may_enter() -> bool {
    let asked = Command::new("unshare").args(["--mount", "--propagation", "private", "true"]).output();
    cfg!(target_os = "linux") && asked.is_ok_and(|answer| answer.status.success())
}

fn is_on_path() -> bool {
    let asked = Command::new("swift").arg("--version").output().ok().filter(|answer| answer.status.success());
    asked.is_some_and(|answer| is_new_enough(&String::from_utf8_lossy(&answer.stdout)))
}

/// OpenStack's client is called `swift` too.
fn is_new_enough(answer: &str) -> bool {
    let version = answer.split_once("Swift version ").map_or("", |(_, version)| version);
    let mut numbers = version.split(['.', ' ', '-']).map_while(|number| number.parse().ok());
    numbers.next().zip(numbers.next()).is_some_and(|version| version >= OLDEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_on_every_system() {
        let answers = [
            "Swift version 6.0.3 (swift-6.0.3-RELEASE)\nTarget: x86_64-pc-linux-gnu",
            "swift-driver version: 1.127.14.1 Apple Swift version 6.2 (swiftlang-6.2.0.19.9 clang-1700.3.19.1)",
            "Swift version 6.3-dev (LLVM 0123456789abcde, Swift 0123456789abcde)",
        ];
        assert_eq!(answers.map(is_new_enough), [true; 3]);
    }

    #[test]
    fn what_is_too_old_or_something_else_is_refused() {
        assert_eq!(["Swift version 5.10.1 (swift-5.10.1-RELEASE)", "python-swiftclient 4.6.0", ""].map(is_new_enough), [false; 3]);
    }
}
