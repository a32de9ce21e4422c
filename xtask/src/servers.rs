//! The token servers that nobody here wrote: set up under the target folder, started on free ports, stopped when dropped.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;

use crate::{
    group::Group,
    program,
    stage::Stage,
    step::{Kind, Step},
    workspace::Workspace,
};

/// How long tokens last, in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lifetimes {
    pub(crate) ttl: u32,
    pub(crate) short_ttl: u32,
}

/// A running server. Dropped, it is stopped; it also ends by itself when this process does.
pub(crate) struct Server {
    _group: Group,
    /// The line it printed: its URL and its clients.
    pub(crate) about: Value,
}

/// Both of them.
pub(crate) struct Servers {
    pub(crate) django: Server,
    pub(crate) oidc: Server,
}

const READY_WITHIN: Duration = Duration::from_secs(60);

/// Why they cannot run on this machine.
pub(crate) fn missing() -> Option<String> {
    if python().is_none() {
        return Some("Python 3.10 or newer with venv is not installed (Debian: python3-venv)".to_owned());
    }
    let there = program::answers("node") && program::answers(program::npm());
    (!there).then(|| "Node.js with npm is not installed".to_owned())
}

/// The steps that install what is missing.
pub(crate) fn set_up(workspace: &Workspace) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    let (django, oidc) = (Home::django(workspace), Home::oidc(workspace));
    if !django.is_ready()? {
        let python = python().context("no Python")?;
        let mut venv = workspace.program(python);
        venv.args(["-m", "venv", "--clear"]).arg(django.folder.join("venv"));
        steps.push(Step::new(Kind::SetUp, "a virtual environment", venv));
        let mut install = workspace.program(program::python_of(&django.folder.join("venv")));
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(&django.lock);
        steps.push(Step::new(Kind::SetUp, "install django-oauth-toolkit", install));
    }
    if !oidc.is_ready()? {
        fs::create_dir_all(&oidc.folder)?;
        for file in ["package.json", "package-lock.json", ".npmrc"] {
            fs::copy(oidc.source.join(file), oidc.folder.join(file)).with_context(|| file.to_owned())?;
        }
        let mut install = workspace.program(program::npm());
        install.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&oidc.folder);
        steps.push(Step::new(Kind::SetUp, "install oidc-provider", install));
    }
    Ok(steps)
}

impl Servers {
    /// Starts both and waits until they listen.
    pub(crate) fn start(stage: &Stage<'_>, lifetimes: Lifetimes) -> Result<Self> {
        let workspace = &stage.session.workspace;
        let (django, oidc) = (Home::django(workspace), Home::oidc(workspace));
        django.mark_ready()?;
        oidc.mark_ready()?;
        let mut python = workspace.program(program::python_of(&django.folder.join("venv")));
        python.arg(django.source.join("server.py"));
        let django = Starting::new("django-oauth-toolkit", python, lifetimes, &stage.log("django"))?;
        let script = oidc.folder.join("server.mjs");
        // Node looks for packages beside the script.
        fs::copy(oidc.source.join("server.mjs"), &script)?;
        let mut node = workspace.program("node");
        node.arg(script);
        let oidc = Starting::new("oidc-provider", node, lifetimes, &stage.log("oidc"))?;
        let deadline = Instant::now() + READY_WITHIN;
        Ok(Self { django: django.ready(deadline)?, oidc: oidc.ready(deadline)? })
    }
}

impl Server {
    /// Where it listens.
    pub(crate) fn url(&self) -> Result<&str> {
        self.about["url"].as_str().context("a server printed no url")
    }
}

/// A server that was told to start.
struct Starting {
    name: &'static str,
    group: Group,
    line: mpsc::Receiver<String>,
    log: PathBuf,
}

impl Starting {
    fn new(name: &'static str, mut command: Command, lifetimes: Lifetimes, log: &Path) -> Result<Self> {
        if let Some(folder) = log.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = File::create(log).with_context(|| format!("the log {}", log.display()))?;
        command.args(["--ttl", &lifetimes.ttl.to_string(), "--short-ttl", &lifetimes.short_ttl.to_string(), "--until-stdin-closes"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(file);
        let mut group = Group::spawn(&mut command).with_context(|| format!("{name} could not be started"))?;
        let stdout = group.child().stdout.take().context("a pipe")?;
        let (sender, line) = mpsc::channel();
        thread::spawn(move || BufReader::new(stdout).lines().map_while(Result::ok).for_each(|line| drop(sender.send(line))));
        Ok(Self { name, group, line, log: log.to_path_buf() })
    }

    fn ready(self, deadline: Instant) -> Result<Server> {
        let line = self.line.recv_timeout(deadline.saturating_duration_since(Instant::now())).map_err(|silence| {
            let said = fs::read_to_string(&self.log).unwrap_or_default();
            let what = match silence {
                RecvTimeoutError::Timeout => format!("did not listen within {} s", READY_WITHIN.as_secs()),
                RecvTimeoutError::Disconnected => "ended before it listened".to_owned(),
            };
            anyhow!("{} {what}: {}", self.name, said.lines().last().unwrap_or("it said nothing"))
        })?;
        let Ok(about) = serde_json::from_str(&line) else { bail!("{} began with: {line}", self.name) };
        Ok(Server { _group: self.group, about })
    }
}

/// Where a server is installed, and from what.
struct Home {
    folder: PathBuf,
    source: PathBuf,
    /// What decides whether an installation is current.
    lock: PathBuf,
}

impl Home {
    fn django(workspace: &Workspace) -> Self {
        let source = workspace.path("examples/servers/django");
        Self { folder: workspace.target.join("servers").join("django"), lock: source.join("requirements.txt"), source }
    }

    fn oidc(workspace: &Workspace) -> Self {
        let source = workspace.path("examples/servers/oidc-provider");
        Self { folder: workspace.target.join("servers").join("oidc-provider"), lock: source.join("package-lock.json"), source }
    }

    fn is_ready(&self) -> Result<bool> {
        let wanted = fs::read(&self.lock).with_context(|| self.lock.display().to_string())?;
        Ok(fs::read(self.mark()).is_ok_and(|installed| installed == wanted))
    }

    /// Called only after the installation went well.
    fn mark_ready(&self) -> Result<()> {
        fs::copy(&self.lock, self.mark()).with_context(|| self.mark().display().to_string())?;
        Ok(())
    }

    fn mark(&self) -> PathBuf {
        self.folder.join("installed")
    }
}

/// A Python that can make virtual environments.
fn python() -> Option<&'static str> {
    let able = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))";
    ["python3", "python"]
        .into_iter()
        .find(|name| Command::new(name).args(["-c", able]).output().is_ok_and(|answer| answer.status.success()))
}
