//! `dist swift`: the package's sources, the libraries that it is linked to on Linux, and on a Mac its xcframework; each is tried, or said to
//! be only built.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};

use crate::{
    sandbox::Sandbox,
    stage::{Session, Stage},
    step::{Kind, Step},
    summary::PartReport,
    swift::{Package, Pages, Toolchain},
    toolchain,
    workspace::Workspace,
};

/// A system that the core is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slice {
    name: &'static str,
    triple: &'static str,
    /// What the archive is called; Apple's become one xcframework, which only a Mac can make.
    archive: Option<&'static str>,
}

const SLICES: [Slice; 5] = [
    Slice { name: "Linux x86_64, glibc 2.17", triple: "x86_64-unknown-linux-gnu", archive: Some("linux-x86_64") },
    Slice { name: "Linux aarch64, glibc 2.17", triple: "aarch64-unknown-linux-gnu", archive: Some("linux-aarch64") },
    Slice { name: "macOS x86_64", triple: "x86_64-apple-darwin", archive: None },
    Slice { name: "macOS aarch64", triple: "aarch64-apple-darwin", archive: None },
    Slice { name: "iOS aarch64", triple: "aarch64-apple-ios", archive: None },
];

/// What of the repository is the package.
const SOURCES: [&str; 6] = ["Package.swift", "README.md", "CHANGELOG.md", "bindings-uniffi/swift", "docs/swift", "examples/swift"];

/// What goes along with everything that is published.
const LICENCES: [&str; 3] = ["LICENSE-APACHE", "LICENSE-MIT", "bindings-uniffi/NOTICE"];

const LIBRARY: &str = "libevertoken_uniffi.a";

/// Builds, packs and tries everything, and says what is what.
pub(super) fn run(session: &Session) -> Result<PartReport> {
    if let Some(why) = Toolchain::missing() {
        bail!(why);
    }
    let workspace = &session.workspace;
    let (stage, folder) = (session.stage("swift"), workspace.path("dist/swift"));
    empty(&folder)?;
    let later = SLICES.len() + 6;
    let Some(package) = Package::prepare(&stage, later + 2)? else { return Ok(stage.end(None)) };
    let triples = SLICES.map(|slice| slice.triple);
    let set_up = toolchain::targets(workspace, &triples)?.into_iter().chain([Sandbox::for_tests(workspace).build()]);
    let maker = Maker { workspace, package, folder };
    if stage.run_before(later, set_up.collect())? && stage.run_before(4, maker.build()?)? {
        let tried = maker.try_out(&stage)?;
        let page = maker.page(tried)?;
        fs::write(maker.folder.join("README.md"), &page)?;
        println!("{page}");
    }
    Ok(stage.end(None))
}

struct Maker<'a> {
    workspace: &'a Workspace,
    package: Package<'a>,
    folder: PathBuf,
}

impl Maker<'_> {
    /// Compiles the core for every system, and packs what is published.
    fn build(&self) -> Result<Vec<Step>> {
        let mut steps: Vec<_> = SLICES.iter().map(|slice| self.compile(slice)).collect();
        for slice in SLICES.iter().filter(|slice| slice.archive.is_some()) {
            let built = self.workspace.target.join(slice.triple).join("wheel");
            let mut pack = self.tar(&["-czf"], &self.folder.join(name(slice)));
            pack.args(LICENCES).arg("-C").arg(built).arg(LIBRARY);
            steps.push(Step::new(Kind::Check, format!("pack the library for {}", slice.name), pack));
        }
        let mut pack = self.tar(&["-czf"], &self.sources());
        pack.args(self.tracked()?);
        steps.push(Step::new(Kind::Check, "pack the sources", pack));
        if cfg!(target_os = "macos") {
            let mut make = self.workspace.program(self.workspace.path("bindings-uniffi/swift/xcframework.sh"));
            make.arg(&self.folder);
            steps.push(Step::new(Kind::Check, "the xcframework for Apple's platforms", make));
        }
        Ok(steps)
    }

    fn compile(&self, slice: &Slice) -> Step {
        let mut command = self.workspace.cargo("rustc");
        command.args(["-p", "evertoken-uniffi", "--lib", "--profile", "wheel", "--crate-type", "staticlib", "--target", slice.triple]);
        // Separated so that a folder's name may hold a space.
        command.env("CARGO_ENCODED_RUSTFLAGS", toolchain::without_paths(self.workspace).join("\u{1f}"));
        Step::new(Kind::Check, format!("the core for {}", slice.name), command)
    }

    /// The files of the package, as git knows them.
    fn tracked(&self) -> Result<Vec<String>> {
        let answer =
            self.workspace.program("git").args(["ls-files", "-z"]).args(SOURCES).args(LICENCES).output().context("git could not be run")?;
        let names = String::from_utf8(answer.stdout).context("a file's name")?;
        Ok(names.split_terminator('\0').map(str::to_owned).collect())
    }

    /// Uses the packed files in a project that has nothing else, by the example of the README. True if that worked.
    fn try_out(&self, stage: &Stage<'_>) -> Result<bool> {
        let host = toolchain::host()?;
        let Some(slice) = SLICES.iter().find(|slice| slice.triple == host && slice.archive.is_some()) else {
            stage.skip("the trial", "the library of this system is part of the xcframework");
            return Ok(false);
        };
        let trial = self.workspace.target.join("swift").join("trial");
        let (package, library) = (trial.join("evertoken"), trial.join("library"));
        empty(&trial)?;
        let unpack = |archive: PathBuf, folder: &Path| -> Result<Step> {
            empty(folder)?;
            let mut unpack = self.tar(&["-xzf"], &archive);
            unpack.arg("-C").arg(folder);
            Ok(Step::new(Kind::SetUp, format!("unpack {}", archive.file_name().unwrap_or_default().display()), unpack))
        };
        let steps = vec![unpack(self.sources(), &package)?, unpack(self.folder.join(name(slice)), &library)?];
        if !stage.run_before(1, steps)? {
            return Ok(false);
        }
        let project = Pages::of_readme(self.workspace, &trial.join("project"), &package)?;
        let test = self.package.swift_in("test", project.folder(), &trial.join("build"), &library);
        stage.run(vec![Step::new(Kind::Tests, "the package in an empty project, by the README's example", test)])
    }

    fn tar(&self, flags: &[&str], archive: &Path) -> Command {
        let mut command = self.workspace.program("tar");
        command.args(flags).arg(archive);
        command
    }

    fn sources(&self) -> PathBuf {
        self.folder.join(format!("evertoken-{}-swift.tar.gz", env!("CARGO_PKG_VERSION")))
    }

    fn page(&self, tried: bool) -> Result<String> {
        let host = toolchain::host()?;
        let kib = |file: &Path| fs::metadata(file).map_or(0, |data| data.len()) / 1024;
        let mut page = "# The Swift package, as built by `cargo xtask dist swift`\n\n".to_owned();
        page.push_str("SwiftPM takes the sources from the repository; they are packed here for who has none.\n\n");
        page.push_str("| for | state | KiB | file |\n|---|---|--:|---|\n");
        let sources = self.sources();
        let state = |tested: bool| if tested && tried { "tested" } else { "only built" };
        let file = |path: &Path| path.file_name().unwrap_or_default().display().to_string();
        // Writing to a String cannot fail.
        let _ = writeln!(page, "| sources | {} | {} | {} |", state(true), kib(&sources), file(&sources));
        for slice in SLICES {
            let (state, file) = match slice.archive {
                Some(_) => (state(slice.triple == host), self.folder.join(name(&slice))),
                None => ("only compiled, for the xcframework", self.workspace.target.join(slice.triple).join("wheel").join(LIBRARY)),
            };
            let shown = slice.archive.map_or(String::new(), |_| name(&slice));
            let _ = writeln!(page, "| {} | {state} | {} | {shown} |", slice.name, kib(&file));
        }
        let framework = self.folder.join("EvertokenFFI.xcframework.zip");
        if framework.is_file() {
            let _ = writeln!(page, "| Apple's platforms | only built | {} | {} |", kib(&framework), file(&framework));
        } else {
            page.push_str("| Apple's platforms | not built: that takes a Mac and `bindings-uniffi/swift/xcframework.sh` | | |\n");
        }
        Ok(page)
    }
}

fn name(slice: &Slice) -> String {
    format!("evertoken-{}-swift-{}.tar.gz", env!("CARGO_PKG_VERSION"), slice.archive.unwrap_or(slice.triple))
}

/// Makes a folder anew.
fn empty(folder: &Path) -> Result<()> {
    if folder.is_dir() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())
}
