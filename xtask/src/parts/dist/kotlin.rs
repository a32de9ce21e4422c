//! `dist kotlin`: a Maven repository of jars with their sources and documentation, and the archive for Android; each is tried, or said to
//! be only built.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::{
    kotlin::{self, Archive, JARS, NATIVES, Package},
    python::{Interpreter, MISSING, Venv},
    sandbox::Sandbox,
    stage::{Session, Stage},
    step::{Kind, Step},
    summary::PartReport,
    toolchain,
    workspace::Workspace,
};

/// Builds, packs and tries everything, and says what is what.
pub(super) fn run(session: &Session) -> Result<PartReport> {
    if let Some(why) = kotlin::missing() {
        bail!(why);
    }
    let Some(interpreter) = Interpreter::usual() else { bail!(MISSING) };
    let workspace = &session.workspace;
    let (stage, folder) = (session.stage("kotlin"), workspace.path("dist/kotlin"));
    empty(&folder)?;
    let zig = Venv::new(workspace.target.join("python").join("zig"), [workspace.path("bindings-uniffi/requirements/natives.txt")]);
    let later = NATIVES.len() + 6;
    let Some(package) = Package::prepare(&stage, later + 2)? else { return Ok(stage.end(None)) };
    let ready = zig.prepare(&stage, &interpreter, later + 1)? && stage.run_before(later, set_up(workspace)?)?;
    let maker = Maker { workspace, package, folder };
    if ready && maker.natives(&stage, &zig)? && stage.run_before(2, vec![maker.deploy()?])? {
        let archive = Archive::new(workspace);
        let packed = stage.run_before(1, archive.pack(&maker.package, &maker.folder)?)?;
        let tried = stage.run(vec![maker.trial()?])?;
        if packed {
            let page = maker.page(&archive, tried)?;
            fs::write(maker.folder.join("README.md"), &page)?;
            println!("{page}");
        }
    }
    Ok(stage.end(None))
}

/// What has to be there before a library can be built.
fn set_up(workspace: &Workspace) -> Result<Vec<Step>> {
    let triples = NATIVES.map(|native| native.triple);
    let mut steps: Vec<_> = toolchain::targets(workspace, &triples)?.into_iter().collect();
    steps.extend(toolchain::mingw(workspace));
    steps.push(Sandbox::for_tests(workspace).build());
    Ok(steps)
}

struct Maker<'a> {
    workspace: &'a Workspace,
    package: Package<'a>,
    folder: PathBuf,
}

impl Maker<'_> {
    /// Builds those libraries that this machine can link. True if all are there.
    fn natives(&self, stage: &Stage<'_>, zig: &Venv) -> Result<bool> {
        let built = stage.run_before(3, NATIVES.iter().map(|native| native.build(self.workspace, zig)).collect())?;
        let folder = self.published_natives();
        empty(&folder)?;
        for native in NATIVES {
            let file = native.built(self.workspace);
            if file.is_file() {
                fs::create_dir_all(folder.join(native.folder))?;
                fs::copy(&file, folder.join(native.folder).join(native.file)).with_context(|| file.display().to_string())?;
            }
        }
        Ok(built)
    }

    fn published_natives(&self) -> PathBuf {
        self.package.folder().join("published").join("natives")
    }

    fn repository(&self) -> PathBuf {
        self.folder.join("repository")
    }

    /// Packs the modules and puts them into a repository as Maven lays it out.
    fn deploy(&self) -> Result<Step> {
        let modules = self.package.folder().join("published").join("modules");
        empty(&modules)?;
        let mut command = self.package.maven(&["--activate-profiles", "publish", "-Dmaven.test.skip=true", "--also-make", "--projects"]);
        command.arg(JARS.join(",")).arg("deploy");
        command.arg(format!("-Devertoken.natives={}", self.published_natives().display()));
        command.arg(format!("-Devertoken.build={}", modules.display()));
        command.arg(format!("-DaltDeploymentRepository=dist::{}", url(&self.repository())));
        Ok(Step::new(Kind::Check, "jars, sources and documentation", command))
    }

    /// Uses the jars in a project that has nothing else, by the example of the README.
    fn trial(&self) -> Result<Step> {
        // What is downloaded is kept, but for the jars of the last time.
        let downloads = self.package.folder().join("trial-downloads");
        empty(&downloads.join("dev/evertoken"))?;
        let mut trial = self.package.maven_in("trial", &["test"]);
        trial.arg(format!("-Dmaven.repo.local={}", downloads.display()));
        Ok(Step::new(Kind::Tests, "the jars in an empty project, by the README's example", trial))
    }

    fn page(&self, archive: &Archive<'_>, tried: bool) -> Result<String> {
        let state = |tested: bool| if tested && tried { "tested" } else { "only built" };
        let mut page = "# The Kotlin packages, as built by `cargo xtask dist kotlin`\n\n".to_owned();
        page.push_str("`repository` is one as Maven lays it out, with sources and documentation beside each jar.\n\n");
        page.push_str("| artifact | state | KiB |\n|---|---|--:|\n");
        for module in JARS {
            let jar =
                find(&self.repository().join("dev/evertoken").join(module), ".jar").with_context(|| format!("{module} has no jar"))?;
            // Writing to a String cannot fail.
            let _ = writeln!(page, "| {module} | {} | {} |", state(true), kib(&jar));
        }
        let _ = writeln!(page, "| {} | only built: {} | {} |", archive.name(), archive.remark(), kib(&self.folder.join(archive.name())));
        page.push_str("\n| native library in evertoken-jvm | state | KiB |\n|---|---|--:|\n");
        let host = toolchain::host()?;
        for native in NATIVES {
            let _ = writeln!(page, "| {} | {} | {} |", native.name, state(native.triple == host), kib(&native.built(self.workspace)));
        }
        Ok(page)
    }
}

/// Makes a folder anew.
fn empty(folder: &Path) -> Result<()> {
    if folder.is_dir() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())
}

/// The shortest name of this ending: those of sources and documentation have more to them.
fn find(folder: &Path, ending: &str) -> Option<PathBuf> {
    let versions = fs::read_dir(folder).ok()?.flatten().filter_map(|version| fs::read_dir(version.path()).ok());
    let files = versions.flatten().flatten().map(|file| file.path());
    files.filter(|file| file.to_string_lossy().ends_with(ending)).min_by_key(|file| file.as_os_str().len())
}

fn kib(file: &Path) -> u64 {
    fs::metadata(file).map_or(0, |data| data.len()) / 1024
}

fn url(folder: &Path) -> String {
    format!("file://{}", folder.display())
}
