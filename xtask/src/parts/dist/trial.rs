//! A package tried as a user gets it: in an environment that has nothing else, by the example of its README.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;
use serde_json::Value;

use crate::{
    python::{Interpreter, Venv},
    stage::Stage,
    step::{Kind, Step},
};

/// A package on one Python.
pub(super) struct Trial<'a> {
    pub(super) file: &'a Path,
    pub(super) interpreter: &'a Interpreter,
    pub(super) sandbox: &'a Path,
}

/// What was measured.
pub(super) struct Figures {
    pub(super) version: String,
    pub(super) installed_bytes: u64,
    pub(super) import_ms: f64,
}

impl Trial<'_> {
    /// Installs and runs it; none if anything failed.
    pub(super) fn run(&self, stage: &Stage<'_>, later: usize) -> Result<Option<Figures>> {
        let workspace = &stage.session.workspace;
        let version = &self.interpreter.version;
        let what = if self.file.extension().is_some_and(|extension| extension == "whl") { "wheel" } else { "sdist" };
        let venv = Venv::new(workspace.target.join("python").join(format!("{what}-{version}")), []);
        if !venv.prepare_anew(stage, self.interpreter, later + 2)? {
            return Ok(None);
        }
        let mut install = workspace.program(venv.python());
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        install.arg(format!("{}[httpx]", self.file.display()));
        let figures = venv.python().with_file_name("figures.json");
        let mut example = workspace.program(venv.python());
        example.arg(workspace.path("bindings-python/tests/packaging/trial.py"));
        example.arg(workspace.path("bindings-python/README.md")).arg(self.sandbox).arg(&figures).env_remove("PYTHONPATH");
        let steps = vec![
            Step::new(Kind::SetUp, format!("install the {what} on Python {version}"), install),
            Step::new(Kind::Tests, format!("the {what} on Python {version}, by the README's examples"), example),
        ];
        Ok(if stage.run_before(later, steps)? { read(&figures, version)? } else { None })
    }
}

fn read(file: &PathBuf, version: &str) -> Result<Option<Figures>> {
    let figures: Value = serde_json::from_slice(&fs::read(file)?)?;
    let read = || {
        Some(Figures {
            version: version.to_owned(),
            installed_bytes: figures["installed_bytes"].as_u64()?,
            import_ms: figures["import_ms"].as_f64()?,
        })
    };
    Ok(read())
}
