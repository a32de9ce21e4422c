//! Where things are, and what the manifests say.

use std::{
    collections::BTreeSet,
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The checkout that this command belongs to.
pub(crate) struct Workspace {
    /// The folder with the workspace manifest.
    pub(crate) root: PathBuf,
    /// Cargo's target folder, wherever the user has put it.
    pub(crate) target: PathBuf,
    metadata: Value,
}

impl Workspace {
    /// Asks cargo.
    pub(crate) fn find() -> Result<Self> {
        let here = env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = here.parent().context("xtask lies inside the workspace")?.to_path_buf();
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let answer = Command::new(cargo)
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .current_dir(&root)
            .output()
            .context("cargo metadata could not be run")?;
        if !answer.status.success() {
            bail!("cargo metadata: {}", String::from_utf8_lossy(&answer.stderr).trim());
        }
        let metadata: Value = serde_json::from_slice(&answer.stdout).context("cargo metadata's answer")?;
        let target = metadata["target_directory"].as_str().context("cargo metadata names no target folder")?.into();
        Ok(Self { root, target, metadata })
    }

    /// Whether the package has a target (a test, a binary) of that name.
    pub(crate) fn has_target(&self, package: &str, kind: &str, name: &str) -> bool {
        self.package(package)["targets"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|target| target["name"] == name && target["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|it| it == kind)))
    }

    /// The features of a package, without `default`.
    pub(crate) fn features(&self, package: &str) -> BTreeSet<String> {
        let features = self.package(package)["features"].as_object().into_iter().flatten();
        features.map(|(name, _)| name.clone()).filter(|name| name != "default").collect()
    }

    /// Every choice of a package's features that differs in what it turns on, the empty one first.
    pub(crate) fn feature_sets(&self, package: &str) -> Vec<Vec<String>> {
        let sets = self.features(package).into_iter().fold(vec![BTreeSet::new()], |sets, feature| {
            let with: Vec<_> = sets.iter().map(|set| self.turned_on(package, set.iter().chain([&feature]))).collect();
            sets.into_iter().chain(with).collect()
        });
        let mut seen = BTreeSet::new();
        sets.into_iter().filter(|set| seen.insert(set.clone())).map(|set| set.into_iter().collect()).collect()
    }

    /// These features and those that they imply.
    fn turned_on<'a>(&self, package: &str, features: impl Iterator<Item = &'a String>) -> BTreeSet<String> {
        let mut open: Vec<_> = features.cloned().collect();
        let mut all = BTreeSet::new();
        while let Some(feature) = open.pop() {
            if all.insert(feature.clone()) {
                let implied = self.package(package)["features"][&feature].as_array().into_iter().flatten();
                // `dep:url` and `other/feature` are no features of this package.
                open.extend(implied.filter_map(|name| name.as_str()).filter(|name| !name.contains([':', '/'])).map(str::to_owned));
            }
        }
        all
    }

    /// The oldest Rust that the packages state, as a toolchain's name.
    pub(crate) fn oldest_rust(&self) -> Result<String> {
        let stated = self.package("evertoken")["rust_version"].as_str().context("evertoken states no rust-version")?;
        Ok(if stated.matches('.').count() == 1 { format!("{stated}.0") } else { stated.to_owned() })
    }

    /// The path of a file of this repository.
    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    fn package(&self, name: &str) -> &Value {
        let packages = self.metadata["packages"].as_array().into_iter().flatten();
        packages.into_iter().find(|package| package["name"] == name).unwrap_or(&Value::Null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_of_features_is_listed_once() {
        let features = serde_json::json!({"default": [], "x": ["dep:x"], "y": ["x"], "z": []});
        let metadata = serde_json::json!({"packages": [{"name": "a", "features": features}]});
        let workspace = Workspace { root: PathBuf::new(), target: PathBuf::new(), metadata };
        let sets: Vec<_> = workspace.feature_sets("a").iter().map(|set| set.join(",")).collect();
        assert_eq!(sets, ["", "x", "x,y", "z", "x,z", "x,y,z"]);
    }
}
