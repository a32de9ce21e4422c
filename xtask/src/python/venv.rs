//! Virtual environments under the target folder, made anew when what they are made from has changed.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{
    program,
    python::Interpreter,
    stage::Stage,
    step::{Kind, Step},
};

/// A virtual environment that holds what lock files name.
pub(crate) struct Venv {
    folder: PathBuf,
    locks: Vec<PathBuf>,
}

impl Venv {
    /// The environment in this folder; no locks make an empty one.
    pub(crate) fn new(folder: PathBuf, locks: impl IntoIterator<Item = PathBuf>) -> Self {
        Self { folder, locks: locks.into_iter().collect() }
    }

    /// Its Python.
    pub(crate) fn python(&self) -> PathBuf {
        program::python_of(&self.folder)
    }

    /// A program that was installed into it.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.python().with_file_name(format!("{name}{}", env::consts::EXE_SUFFIX))
    }

    /// The path on which programs are looked for, with its own first.
    pub(crate) fn first_on_path(&self) -> OsString {
        let own = self.python().parent().map(Path::to_path_buf);
        let path = env::var_os("PATH").unwrap_or_default();
        env::join_paths(own.into_iter().chain(env::split_paths(&path))).unwrap_or(path)
    }

    /// Makes it if it is not there or not current, where as many `later` steps are to follow. True if it is ready.
    pub(crate) fn prepare(&self, stage: &Stage<'_>, interpreter: &Interpreter, later: usize) -> Result<bool> {
        let wanted = self.wanted(interpreter)?;
        if fs::read(self.mark()).is_ok_and(|made_from| made_from == wanted) {
            return Ok(true);
        }
        let ready = stage.run_before(later, self.steps(stage, interpreter))?;
        if ready {
            fs::write(self.mark(), wanted).with_context(|| self.mark().display().to_string())?;
        }
        Ok(ready)
    }

    /// The same, but made anew in any case: for what must have nothing else in it.
    pub(crate) fn prepare_anew(&self, stage: &Stage<'_>, interpreter: &Interpreter, later: usize) -> Result<bool> {
        // That it is not there is what is wanted.
        let _ = fs::remove_file(self.mark());
        self.prepare(stage, interpreter, later)
    }

    fn steps(&self, stage: &Stage<'_>, interpreter: &Interpreter) -> Vec<Step> {
        let workspace = &stage.session.workspace;
        let name = self.folder.file_name().map(|name| name.display().to_string()).unwrap_or_default();
        let mut make = workspace.program(&interpreter.path);
        make.args(["-m", "venv", "--clear"]).arg(&self.folder);
        let make = Step::new(Kind::SetUp, format!("a virtual environment: {name}, Python {}", interpreter.version), make);
        if self.locks.is_empty() {
            return vec![make];
        }
        let mut install = workspace.program(self.python());
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", "--prefer-binary"]);
        // Else urllib3-future, where it is among them, takes the place of urllib3.
        install.env("URLLIB3_NO_OVERRIDE", "1");
        self.locks.iter().for_each(|lock| {
            install.arg("--requirement").arg(lock);
        });
        vec![make, Step::new(Kind::SetUp, format!("install what {name} needs"), install)]
    }

    fn wanted(&self, interpreter: &Interpreter) -> Result<Vec<u8>> {
        let mut text = format!("{} {}\n", interpreter.path.display(), interpreter.version).into_bytes();
        for lock in &self.locks {
            text.extend(read(lock)?);
        }
        Ok(text)
    }

    fn mark(&self) -> PathBuf {
        self.folder.join("installed")
    }
}

fn read(lock: &Path) -> Result<Vec<u8>> {
    fs::read(lock).with_context(|| lock.display().to_string())
}
