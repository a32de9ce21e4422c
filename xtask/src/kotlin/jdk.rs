//! Java on this machine.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::program;

/// The oldest that the tools run on.
const OLDEST: u32 = 17;

/// The oldest that what they write runs on.
const TARGET: u32 = 11;

/// An installed JDK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Jdk {
    pub(crate) version: u32,
    home: PathBuf,
}

impl Jdk {
    /// Those beside the one that Maven takes, one of each version, the newest first.
    pub(crate) fn others() -> Vec<Self> {
        let installed = fs::read_dir("/usr/lib/jvm").into_iter().flatten().flatten().map(|entry| entry.path());
        // Where hosted runners have theirs.
        let named =
            env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("JAVA_HOME_")).map(|(_, home)| PathBuf::from(home));
        let mut all: Vec<_> = installed.chain(named).filter_map(Self::at).collect();
        all.sort_by_key(|jdk| std::cmp::Reverse(jdk.version));
        all.dedup_by_key(|jdk| jdk.version);
        let usual = version_of("javac");
        all.retain(|jdk| jdk.version >= TARGET && Some(jdk.version) != usual);
        all
    }

    /// What Maven is told to run the tests on it.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let java = self.home.join("bin").join(format!("java{}", env::consts::EXE_SUFFIX));
        let mut arguments = vec![format!("-Djvm={}", java.display())];
        arguments.extend((self.version < OLDEST).then(|| "-DargLine=-ea".to_owned()));
        arguments
    }

    fn at(home: PathBuf) -> Option<Self> {
        Some(Self { version: version_of(home.join("bin/javac"))?, home })
    }
}

/// Why nothing of Kotlin can run here.
pub(crate) fn missing() -> Option<String> {
    let needed = format!("a JDK {OLDEST} or newer and Maven are needed");
    let javac = env::var_os("JAVA_HOME").map_or_else(|| PathBuf::from("javac"), |home| Path::new(&home).join("bin/javac"));
    match version_of(javac) {
        None => Some(format!("{needed}, and javac is not installed")),
        Some(version) if version < OLDEST => Some(format!("{needed}, and javac is {version}")),
        Some(_) => (!program::answers(program::mvn())).then(|| format!("{needed}, and mvn is not installed")),
    }
}

fn version_of(javac: impl AsRef<Path>) -> Option<u32> {
    let answer = Command::new(javac.as_ref()).arg("-version").output().ok()?;
    feature(&String::from_utf8_lossy(&answer.stdout))
}

/// `25` of `javac 25.0.1`.
fn feature(version: &str) -> Option<u32> {
    version.trim().strip_prefix("javac ")?.split(['.', '-', '+']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_feature_version_is_read() {
        let versions = ["javac 17.0.15\n", "javac 25", "javac 26-ea", "javac 1.8.0_402", "", "nonsense"];
        assert_eq!(versions.map(feature), [Some(17), Some(25), Some(26), Some(1), None, None]);
    }
}
