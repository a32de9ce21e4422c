//! `test servers` and `servers`: token servers that nobody here wrote.

use std::{process::ExitCode, thread, time::Duration};

use anyhow::{Context, Result, bail};
use serde_json::json;

use super::python::{self, Package};
use crate::{
    python::{Interpreter, MISSING},
    servers::{self, Lifetimes, Servers},
    stage::{Session, Stage},
    step::{Kind, Step},
};

/// Runs the acceptance tests; an answer is the reason why not.
pub(super) fn run(stage: &Stage<'_>) -> Result<Option<String>> {
    if let Some(why) = servers::missing() {
        return Ok(Some(why));
    }
    let workspace = &stage.session.workspace;
    let interpreter = Interpreter::usual().context(MISSING)?;
    let builder = python::builder(workspace);
    let package = Package::install(stage, &interpreter, &builder, 5)?;
    let ready = servers::set_up(stage, 3)?;
    let mut build = workspace.cargo("test");
    build.args(["-p", "evertoken-native", "--features", "real-servers", "--test", "servers", "--no-run"]);
    let built = stage.run_before(2, vec![Step::new(Kind::SetUp, "build the acceptance tests", build)])?;
    let (Some(package), true, true) = (package, ready, built) else { return Ok(None) };
    let servers = Servers::start(stage, Lifetimes { ttl: 1800, short_ttl: 4 })?;
    let mut native = workspace.cargo("test");
    native.args(["--no-fail-fast", "-p", "evertoken-native", "--features", "real-servers", "--test", "servers"]);
    let mut steps = Vec::new();
    for (language, mut tests) in [("Rust", native), ("Python", package.acceptance())] {
        tests.env("EVERTOKEN_DJANGO_URL", servers.django.url()?).env("EVERTOKEN_OIDC_URL", servers.oidc.url()?);
        steps.push(Step::new(Kind::Tests, format!("{language} against django-oauth-toolkit and oidc-provider"), tests));
    }
    stage.run(steps)?;
    Ok(None)
}

/// Starts the servers, says where they are, and stays until Ctrl-C.
pub(crate) fn serve(session: &Session, lifetimes: Lifetimes) -> Result<ExitCode> {
    if let Some(why) = servers::missing() {
        bail!(why);
    }
    let stage = session.stage("servers");
    if !servers::set_up(&stage, 0)? {
        return Ok(ExitCode::FAILURE);
    }
    let servers = Servers::start(&stage, lifetimes)?;
    println!("{}", json!({ "django": servers.django.about, "oidc": servers.oidc.about }));
    session.progress.say("Ctrl-C stops them");
    loop {
        thread::sleep(Duration::from_secs(3600));
    }
}
