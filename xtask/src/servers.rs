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
    python::{self, Interpreter, Venv},
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

/// What decides whether an installation of oidc-provider is current.
const LOCK: &str = "package-lock.json";

const READY_WITHIN: Duration = Duration::from_secs(60);

/// Why they cannot run on this machine.
pub(crate) fn missing() -> Option<String> {
    if Interpreter::usual().is_none() {
        return Some(python::MISSING.to_owned());
    }
    let there = program::answers("node") && program::answers(program::npm());
    (!there).then(|| "Node.js with npm is not installed".to_owned())
}

/// Installs what is missing, where as many `later` steps are to follow. True if both can be started.
pub(crate) fn set_up(stage: &Stage<'_>, later: usize) -> Result<bool> {
    let workspace = &stage.session.workspace;
    let interpreter = Interpreter::usual().context(python::MISSING)?;
    let ready = django(workspace).prepare(stage, &interpreter, later)?;
    let oidc = Oidc::new(workspace);
    if oidc.is_ready()? {
        return Ok(ready);
    }
    let installed = stage.run_before(later, vec![oidc.install(workspace)?])?;
    if installed {
        oidc.mark_ready()?;
    }
    Ok(ready && installed)
}

impl Servers {
    /// Starts both and waits until they listen.
    pub(crate) fn start(stage: &Stage<'_>, lifetimes: Lifetimes) -> Result<Self> {
        let workspace = &stage.session.workspace;
        let oidc = Oidc::new(workspace);
        let mut command = workspace.program(django(workspace).python());
        command.arg(workspace.path("examples/servers/django/server.py"));
        let django = Starting::new("django-oauth-toolkit", command, lifetimes, &stage.log("django"))?;
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

/// The environment of django-oauth-toolkit.
fn django(workspace: &Workspace) -> Venv {
    let lock = workspace.path("examples/servers/django/requirements.txt");
    Venv::new(workspace.target.join("servers").join("django"), [lock])
}

/// Where oidc-provider is installed, and from what.
struct Oidc {
    folder: PathBuf,
    source: PathBuf,
}

impl Oidc {
    fn new(workspace: &Workspace) -> Self {
        let source = workspace.path("examples/servers/oidc-provider");
        Self { folder: workspace.target.join("servers").join("oidc-provider"), source }
    }

    fn install(&self, workspace: &Workspace) -> Result<Step> {
        fs::create_dir_all(&self.folder)?;
        for file in ["package.json", LOCK, ".npmrc"] {
            fs::copy(self.source.join(file), self.folder.join(file)).with_context(|| file.to_owned())?;
        }
        let mut install = workspace.program(program::npm());
        install.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&self.folder);
        Ok(Step::new(Kind::SetUp, "install oidc-provider", install))
    }

    fn is_ready(&self) -> Result<bool> {
        let lock = self.source.join(LOCK);
        let wanted = fs::read(&lock).with_context(|| lock.display().to_string())?;
        Ok(fs::read(self.mark()).is_ok_and(|installed| installed == wanted))
    }

    /// Called only after the installation went well.
    fn mark_ready(&self) -> Result<()> {
        fs::copy(self.source.join(LOCK), self.mark()).with_context(|| self.mark().display().to_string())?;
        Ok(())
    }

    fn mark(&self) -> PathBuf {
        self.folder.join("installed")
    }
}
