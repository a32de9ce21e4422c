//! `dist python`: wheels for every platform, and the sources; each is tried, or said to be only built.

use std::{fmt::Write as _, fs, path::Path, process::Command};

use anyhow::{Result, bail};
use serde_json::json;

use super::{
    trial::{Figures, Trial},
    wheel::{Abi, Linker, Wheel},
};
use crate::{
    program,
    python::{Interpreter, MISSING, Venv},
    sandbox::Sandbox,
    stage::{Session, Stage},
    step::{Kind, Step},
    summary::PartReport,
    toolchain::{self, MINGW},
    workspace::Workspace,
};

/// What came of one file.
struct Built {
    wheel: Option<Wheel>,
    file: Option<String>,
    trials: Vec<Figures>,
}

/// Builds, checks and tries everything, and says what is what.
pub(super) fn run(session: &Session) -> Result<PartReport> {
    let Some(interpreter) = Interpreter::usual() else { bail!(MISSING) };
    let workspace = &session.workspace;
    let stage = session.stage("dist");
    let folder = workspace.path("dist/python");
    if folder.is_dir() {
        fs::remove_dir_all(&folder)?;
    }
    let lock = workspace.path("bindings-python/requirements/dist.txt");
    let tools = Venv::new(workspace.target.join("python").join("dist-tools"), [lock]);
    let wheels: Vec<_> = Wheel::all().collect();
    if !tools.prepare(&stage, &interpreter, wheels.len() + 6)? || !stage.run_before(wheels.len() + 5, set_up(workspace, &wheels)?)? {
        return Ok(stage.end(None));
    }
    let maker = Maker { workspace, tools: &tools, folder: &folder };
    stage.run_before(5, wheels.iter().map(|wheel| maker.build(wheel)).chain([maker.sdist()]).collect())?;
    stage.run_before(1, maker.checks())?;
    let built = maker.tried(&stage, &interpreter, &wheels)?;
    fs::write(folder.join("README.md"), page(&built, &folder))?;
    fs::write(folder.join("packages.json"), serde_json::to_string_pretty(&list(&built))?)?;
    println!("{}", page(&built, &folder));
    Ok(stage.end(None))
}

/// What has to be there before a wheel can be built.
fn set_up(workspace: &Workspace, wheels: &[Wheel]) -> Result<Vec<Step>> {
    let triples: Vec<_> = wheels.iter().flat_map(|wheel| wheel.platform.triples).copied().collect();
    let mut steps: Vec<_> = toolchain::targets(workspace, &triples)?.into_iter().collect();
    steps.extend(toolchain::mingw(workspace));
    steps.push(Sandbox::for_tests(workspace).build());
    Ok(steps)
}

struct Maker<'a> {
    workspace: &'a Workspace,
    tools: &'a Venv,
    folder: &'a Path,
}

impl Maker<'_> {
    fn build(&self, wheel: &Wheel) -> Step {
        let mut command = self.maturin("build");
        command.args(["--profile", "wheel", "--target-dir"]).arg(self.workspace.target.join("python").join("dist")).args(wheel.arguments());
        command.env("RUSTFLAGS", toolchain::without_paths(self.workspace).join(" "));
        if wheel.platform.linker == Linker::MinGw {
            command.env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER", MINGW);
        }
        Step::new(Kind::Check, format!("{}, CPython {}", wheel.platform.name, wheel.abi.name()), command)
    }

    fn sdist(&self) -> Step {
        Step::new(Kind::Check, "the sources", self.maturin("sdist"))
    }

    fn maturin(&self, subcommand: &str) -> Command {
        let mut command = self.workspace.program(self.tools.program("maturin"));
        command.args([subcommand, "--manifest-path"]).arg(self.workspace.path("bindings-python/Cargo.toml")).arg("--out").arg(self.folder);
        if subcommand == "build" && program::ci() {
            command.arg("--locked");
        }
        // maturin looks for zig there.
        command.env("PATH", self.tools.first_on_path());
        command
    }

    /// What PyPI and the tools of its users would say.
    fn checks(&self) -> Vec<Step> {
        let tool = |arguments: &[&str]| {
            let mut command = self.workspace.program(self.tools.python());
            command.args(arguments);
            command
        };
        let files = |part: &str| {
            let names = fs::read_dir(self.folder).into_iter().flatten().flatten().map(|file| file.path());
            let mut files: Vec<_> = names.filter(|file| file.to_string_lossy().contains(part)).collect();
            files.sort();
            files
        };
        let mut twine = tool(&["-m", "twine", "check", "--strict"]);
        twine.args(files("evertoken-"));
        let mut abi3audit = tool(&["-m", "abi3audit", "--strict", "--report", "--summary"]);
        abi3audit.args(files("-cp310-abi3-"));
        let mut contents = tool(&[]);
        contents.arg(self.workspace.path("bindings-python/tests/packaging/contents.py")).args(files("evertoken-"));
        vec![
            Step::new(Kind::Check, "twine: metadata and README", twine),
            Step::new(Kind::Check, "abi3audit: only the stable ABI is used", abi3audit),
            Step::new(Kind::Tests, "contents: what belongs in, nothing else, no path of this machine", contents),
        ]
    }

    /// Tries on each Python of this machine the wheel that pip would take there, and the sources on the usual one.
    fn tried(&self, stage: &Stage<'_>, usual: &Interpreter, wheels: &[Wheel]) -> Result<Vec<Built>> {
        let sandbox = Sandbox::for_tests(self.workspace).program();
        let mut built: Vec<_> =
            wheels.iter().map(|wheel| Built { wheel: Some(*wheel), file: wheel.file(self.folder), trials: Vec::new() }).collect();
        built.push(Built { wheel: None, file: sources(self.folder), trials: Vec::new() });
        let host = toolchain::host()?;
        for built in &mut built {
            let Some(file) = built.file.as_ref().map(|file| self.folder.join(file)) else { continue };
            let interpreters = match built.wheel {
                None => vec![usual.clone()],
                Some(wheel) if wheel.platform.triples.contains(&host.as_str()) => Interpreter::all(),
                Some(_) => Vec::new(),
            };
            for interpreter in interpreters.iter().filter(|it| built.wheel.is_none_or(|wheel| wheel.abi == Abi::of(&it.version))) {
                let trial = Trial { file: &file, interpreter, sandbox: &sandbox };
                built.trials.extend(trial.run(stage, 0)?);
            }
        }
        Ok(built)
    }
}

fn sources(folder: &Path) -> Option<String> {
    let names = fs::read_dir(folder).ok()?.flatten().map(|file| file.file_name().to_string_lossy().into_owned());
    names.into_iter().find(|name| name.ends_with(".tar.gz"))
}

fn state(built: &Built) -> String {
    let versions: Vec<_> = built.trials.iter().map(|trial| trial.version.as_str()).collect();
    match (&built.file, &versions[..]) {
        (None, _) => "not built".to_owned(),
        (Some(_), []) => "only built".to_owned(),
        (Some(_), versions) => format!("tested on {}", versions.join(", ")),
    }
}

fn list(built: &[Built]) -> serde_json::Value {
    built
        .iter()
        .map(|built| {
            json!({
                "file": built.file,
                "platform": built.wheel.map(|wheel| wheel.platform.name),
                "python": built.wheel.map(|wheel| wheel.abi.name()),
                "tested_on": built.trials.iter().map(|trial| &trial.version).collect::<Vec<_>>(),
            })
        })
        .collect()
}

fn page(built: &[Built], folder: &Path) -> String {
    let mut page = "# The Python package, as built by `cargo xtask dist python`\n\n".to_owned();
    page.push_str("| for | CPython | state | KiB | file |\n|---|---|---|--:|---|\n");
    for built in built {
        let (platform, abi) = built.wheel.map_or(("sources", "3.10+, any"), |wheel| (wheel.platform.name, wheel.abi.name()));
        let bytes = built.file.as_ref().and_then(|file| fs::metadata(folder.join(file)).ok()).map_or(0, |data| data.len());
        let file = built.file.as_deref().unwrap_or("");
        // Writing to a String cannot fail.
        let _ = writeln!(page, "| {platform} | {abi} | {} | {} | {file} |", state(built), bytes / 1024);
    }
    let trials = || built.iter().filter(|built| built.wheel.is_some()).flat_map(|built| &built.trials);
    if let Some(largest) = trials().map(|trial| trial.installed_bytes).max() {
        let times: Vec<_> = trials().map(|trial| format!("{:.1} ms on {}", trial.import_ms, trial.version)).collect();
        let mib = largest as f64 / f64::from(1 << 20);
        let _ = writeln!(page, "\nInstalled: {mib:.2} MiB (goal 0.6). `import evertoken` (goal 5 ms): {}.", times.join(", "));
    }
    page
}
