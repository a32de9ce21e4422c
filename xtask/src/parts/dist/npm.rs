//! `dist npm`: the package as it goes to npm, tried from an empty folder.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};

use crate::{
    javascript::{self, Package},
    program,
    sandbox::Sandbox,
    stage::Session,
    step::{Kind, Step},
    summary::PartReport,
};

/// Packs, checks and tries it, and says how large it is.
pub(super) fn run(session: &Session) -> Result<PartReport> {
    if let Some(why) = javascript::missing() {
        bail!(why);
    }
    let workspace = &session.workspace;
    let (stage, folder) = (session.stage("npm"), workspace.path("dist/npm"));
    if folder.is_dir() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    if let Some(package) = Package::build(&stage, 3)? {
        let sandbox = Sandbox::for_tests(workspace);
        let mut pack = workspace.program(program::npm());
        pack.args(["pack", "--ignore-scripts", "--pack-destination"]).arg(&folder).arg(package.folder());
        let packed = stage.run_before(1, vec![sandbox.build(), Step::new(Kind::Check, "npm pack", pack)])?;
        if packed {
            let tarball = tarball(&folder)?;
            let mut trial = package.script("bindings-wasm/tests/packaging/main.mjs");
            trial.args(["--full", "--tarball"]).arg(folder.join(&tarball)).env("EVERTOKEN_SANDBOX", sandbox.program());
            stage.run(vec![Step::new(Kind::Tests, "the packed package, in bundlers and runtimes", trial)])?;
            println!("{}", sizes(&folder.join(&tarball), &package.folder())?);
        }
    }
    Ok(stage.end(None))
}

fn tarball(folder: &Path) -> Result<String> {
    let names = fs::read_dir(folder)?.flatten().map(|file| file.file_name().to_string_lossy().into_owned());
    names.into_iter().find(|name| name.ends_with(".tgz")).context("npm pack left no tarball")
}

/// A line for each file.
fn sizes(tarball: &Path, folder: &Path) -> Result<String> {
    let bytes = |file: &Path| fs::metadata(file).map(|file| file.len());
    let mut files: Vec<_> = fs::read_dir(folder)?.flatten().map(|file| file.path()).collect();
    files.sort();
    let mut lines = vec![format!("{:>9} bytes  {}", bytes(tarball)?, tarball.display())];
    for file in files.iter().filter(|file| file.is_file()) {
        lines.push(format!("{:>9} bytes    {}", bytes(file)?, file.file_name().unwrap_or_default().display()));
    }
    Ok(lines.join("\n"))
}
