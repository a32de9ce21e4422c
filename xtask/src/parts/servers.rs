//! `test servers` and `servers`: token servers that nobody here wrote.

use std::{process::ExitCode, thread, time::Duration};

use anyhow::{Result, bail};
use serde_json::json;

use crate::{
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
    let mut steps = servers::set_up(workspace)?;
    let mut build = workspace.cargo("test");
    build.args(["-p", "evertoken-native", "--features", "real-servers", "--test", "servers", "--no-run"]);
    steps.push(Step::new(Kind::SetUp, "build the acceptance tests", build));
    if !stage.run_before(1, steps)? {
        return Ok(None);
    }
    let servers = Servers::start(stage, Lifetimes { ttl: 1800, short_ttl: 4 })?;
    let mut test = workspace.cargo("test");
    test.args(["--no-fail-fast", "-p", "evertoken-native", "--features", "real-servers", "--test", "servers"]);
    test.env("EVERTOKEN_DJANGO_URL", servers.django.url()?).env("EVERTOKEN_OIDC_URL", servers.oidc.url()?);
    stage.run(vec![Step::new(Kind::Tests, "against django-oauth-toolkit and oidc-provider", test)])?;
    Ok(None)
}

/// Starts the servers, says where they are, and stays until Ctrl-C.
pub(crate) fn serve(session: &Session, lifetimes: Lifetimes) -> Result<ExitCode> {
    if let Some(why) = servers::missing() {
        bail!(why);
    }
    let stage = session.stage("servers");
    if !stage.run(servers::set_up(&session.workspace)?)? {
        return Ok(ExitCode::FAILURE);
    }
    let servers = Servers::start(&stage, lifetimes)?;
    println!("{}", json!({ "django": servers.django.about, "oidc": servers.oidc.about }));
    session.progress.say("Ctrl-C stops them");
    loop {
        thread::sleep(Duration::from_secs(3600));
    }
}
