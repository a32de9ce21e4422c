//! `dist kotlin`: a Maven repository of jars with their sources and documentation, and the archive for Android; each is tried, or said to
//! be only built.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::{
    kotlin::{self, Archive, NATIVES, Package},
    program,
    python::{Interpreter, MISSING, Venv},
    sandbox::Sandbox,
    stage::{Session, Stage},
    step::{Kind, Step},
    summary::PartReport,
    toolchain,
    workspace::Workspace,
};

/// The modules that have a jar; with each go its sources and its documentation.
const JARS: [&str; 5] = ["evertoken-core", "evertoken-jvm", "evertoken-okhttp", "evertoken-ktor", "evertoken-jdk"];

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
    let later = NATIVES.len() + 7;
    let Some(package) = Package::prepare(&stage, later + 2)? else { return Ok(stage.end(None)) };
    let ready = zig.prepare(&stage, &interpreter, later + 1)? && stage.run_before(later, set_up(workspace)?)?;
    let maker = Maker { workspace, package, folder };
    if ready && maker.natives(&stage, &zig)? && stage.run_before(4, vec![maker.deploy()?])? {
        let archive = Archive::new(workspace);
        let packed = stage.run_before(2, archive.pack(&maker.package, &maker.folder)?)?;
        let tried = maker.tried(&stage)?;
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
        let built = stage.run_before(5, NATIVES.iter().map(|native| native.build(self.workspace, zig)).collect())?;
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

    /// Uses the jars in a project that has nothing else, by the examples of the README. True if that went well.
    fn tried(&self, stage: &Stage<'_>) -> Result<bool> {
        let (kotlin, project) = (self.package.sources(""), self.package.folder().join("trial"));
        empty(&project.join("src"))?;
        empty(&project.join("target"))?;
        // The jars of the last time.
        empty(&project.join("downloads/dev/evertoken"))?;
        fs::copy(kotlin.join("trial/pom.xml"), project.join("pom.xml"))?;
        let mut pages = self.workspace.program("java");
        pages.arg(kotlin.join("docs/src/pages/Pages.java")).arg(&self.workspace.root);
        pages.args([project.join("src/pages"), project.join("src/pages")]);
        if !stage.run_before(1, vec![Step::new(Kind::SetUp, "take the examples", pages)])? {
            return Ok(false);
        }
        let example = "ReadmeTest.kt";
        fs::create_dir_all(project.join("src/test/kotlin"))?;
        fs::copy(project.join("src/pages").join(example), project.join("src/test/kotlin").join(example))
            .context("the README shows no Kotlin")?;
        let mut trial = self.workspace.program(program::mvn());
        trial.args(["--batch-mode", "--no-transfer-progress", "test", "--file"]).arg(project.join("pom.xml"));
        trial.arg(format!("-Dmaven.repo.local={}", project.join("downloads").display()));
        trial.arg(format!("-Devertoken.repository={}", url(&self.repository())));
        trial.arg(format!("-Devertoken.kotlin={}", kotlin.display()));
        trial.env("EVERTOKEN_SANDBOX", Sandbox::for_tests(self.workspace).program());
        stage.run(vec![Step::new(Kind::Tests, "the jars in an empty project, by the README's examples", trial)])
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
