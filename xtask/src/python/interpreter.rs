//! The Pythons that are installed.

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// A CPython 3.10 or newer that can make virtual environments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Interpreter {
    pub(crate) path: PathBuf,
    /// Such as `3.13.0`, or `3.14.1t` where it is free-threaded.
    pub(crate) version: String,
}

/// Prints the executable that a launcher in front of it starts, and the version.
const ASK: &str = "import sys, sysconfig, venv, ensurepip
sys.exit(1) if sys.version_info < (3, 10) or sys.implementation.name != 'cpython' else None
print(sys.executable)
print('%d.%d.%d' % sys.version_info[:3] + ('t' if sysconfig.get_config_var('Py_GIL_DISABLED') else ''))";

impl Interpreter {
    /// The one that a user gets by typing `python3`.
    pub(crate) fn usual() -> Option<Self> {
        ["python3", "python"].iter().find_map(|name| Self::ask(Path::new(name)))
    }

    /// Every one that can be found, one of a version, in the order of their versions. The variable `EVERTOKEN_PYTHONS` names more, as
    /// `PATH` does.
    pub(crate) fn all() -> Vec<Self> {
        let named = env::var_os("EVERTOKEN_PYTHONS").into_iter().flat_map(|paths| env::split_paths(&paths).collect::<Vec<_>>());
        let on_path = ["python3", "python"].map(PathBuf::from);
        let versioned = (10..=20).flat_map(|minor| [format!("python3.{minor}"), format!("python3.{minor}t")]).map(PathBuf::from);
        let system = [PathBuf::from("/usr/bin/python3")];
        let mut found = BTreeMap::new();
        for path in named.chain(on_path).chain(versioned).chain(system).chain(pyenv()) {
            if let Some(interpreter) = Self::ask(&path) {
                found.entry(interpreter.order()).or_insert(interpreter);
            }
        }
        found.into_values().collect()
    }

    fn ask(path: &Path) -> Option<Self> {
        let answer = Command::new(path).args(["-c", ASK]).output().ok().filter(|answer| answer.status.success())?;
        let text = String::from_utf8(answer.stdout).ok()?;
        let (executable, version) = text.trim().split_once('\n')?;
        Some(Self { path: executable.trim().into(), version: version.trim().to_owned() })
    }

    fn order(&self) -> Vec<(u32, String)> {
        let number = |part: &str| part.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0);
        self.version.split('.').map(|part| (number(part), part.to_owned())).collect()
    }
}

/// What pyenv has installed and not put on the path.
fn pyenv() -> Vec<PathBuf> {
    let root = env::var_os("PYENV_ROOT").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".pyenv")));
    let versions = root.and_then(|root| std::fs::read_dir(root.join("versions")).ok());
    versions.into_iter().flatten().flatten().map(|version| version.path().join("bin").join("python")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_python_is_no_interpreter() {
        assert_eq!(Interpreter::ask(Path::new("cargo")), None);
        assert_eq!(Interpreter::ask(Path::new("no-such-program-anywhere")), None);
    }

    #[test]
    fn versions_are_ordered_as_numbers() {
        let order = |version: &str| Interpreter { path: PathBuf::new(), version: version.to_owned() }.order();
        assert!(order("3.9.18") < order("3.10.2"));
        assert!(order("3.14.0") < order("3.14.0t"));
        assert!(order("3.14.0t") < order("3.14.1"));
    }
}
