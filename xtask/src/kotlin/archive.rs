//! The archive for Android, as Gradle takes it.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::Package;
use crate::{
    step::{Kind, Step},
    workspace::Workspace,
};

/// The zip file of no entries.
pub(super) const EMPTY_ZIP: [u8; 22] = *b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// As Android calls the processors that it runs on.
const ABIS: [&str; 4] = ["arm64-v8a", "armeabi-v7a", "x86", "x86_64"];

/// `evertoken-android.aar`. Without the libraries of Android's NDK it has another name, and is published nowhere.
pub(crate) struct Archive<'a> {
    workspace: &'a Workspace,
    /// Where the job that has an NDK says that its libraries are, a folder for each ABI: those of an earlier build are not of these classes.
    natives: Option<PathBuf>,
}

impl<'a> Archive<'a> {
    /// With the libraries that are there.
    pub(crate) fn new(workspace: &'a Workspace) -> Self {
        Self { workspace, natives: env::var_os("EVERTOKEN_ANDROID_NATIVES").map(|folder| workspace.root.join(folder)) }
    }

    /// The file's name.
    pub(crate) fn name(&self) -> &'static str {
        if self.has_natives() { "evertoken-android.aar" } else { "evertoken-android-no-natives.aar" }
    }

    /// What has to be known of it.
    pub(crate) fn remark(&self) -> &'static str {
        if self.has_natives() { "no device has loaded it" } else { "without native libraries, which need Android's NDK" }
    }

    /// Puts it together in a folder, and if it is whole into the repository beside.
    pub(crate) fn pack(&self, package: &Package<'_>, folder: &Path) -> Result<Vec<Step>> {
        let contents = package.folder().join("published").join("aar");
        if contents.is_dir() {
            fs::remove_dir_all(&contents)?;
        }
        fs::create_dir_all(&contents)?;
        let sources = package.sources("evertoken-android");
        let of_ours = ["AndroidManifest.xml", "proguard.txt"].map(|file| sources.join(file));
        let of_all = ["LICENSE-APACHE", "LICENSE-MIT", "bindings-uniffi/NOTICE"].map(|file| self.workspace.path(file));
        for file in of_ours.iter().chain(&of_all) {
            fs::copy(file, contents.join(file.file_name().unwrap_or_default())).with_context(|| file.display().to_string())?;
        }
        fs::write(contents.join("R.txt"), "")?;
        // The classes are those of evertoken-core.
        fs::write(contents.join("classes.jar"), EMPTY_ZIP)?;
        if let Some(natives) = &self.natives {
            for abi in ABIS {
                fs::create_dir_all(contents.join("jni").join(abi))?;
                fs::copy(library(natives, abi), contents.join("jni").join(abi).join("libevertoken_uniffi.so"))?;
            }
        }
        let file = folder.join(self.name());
        let mut zip = self.workspace.program("jar");
        zip.args(["--create", "--no-manifest", "--date=2026-01-01T00:00:00Z", "--file"]).arg(&file).arg("-C").arg(&contents).arg(".");
        let mut steps = vec![Step::new(Kind::Check, self.name(), zip)];
        if self.has_natives() {
            let mut deploy = package.maven(&["org.apache.maven.plugins:maven-deploy-plugin:3.1.4:deploy-file", "--non-recursive"]);
            deploy.args(["-Dpackaging=aar", "-DrepositoryId=dist"]).arg(format!("-Dfile={}", file.display()));
            deploy.arg(format!("-DpomFile={}", sources.join("pom.xml").display()));
            deploy.arg(format!("-Durl=file://{}", folder.join("repository").display()));
            steps.push(Step::new(Kind::Check, "the archive in the repository", deploy));
        }
        Ok(steps)
    }

    fn has_natives(&self) -> bool {
        self.natives.is_some()
    }
}

fn library(natives: &Path, abi: &str) -> PathBuf {
    natives.join(abi).join("libevertoken_uniffi.so")
}
