//! The Rust client's runner: one sandbox, one file after another.

use std::time::Duration;

use evertoken_sandbox::{Options, Sandbox};
use reqwest::Certificate;
use serde_json::{Map, Value};
use tokio::runtime::{Builder, Runtime};

use super::{
    check::{Check, Covered},
    control::ControlApi,
    format::{Action, Body, MAIN},
    parse::parse,
    spec,
    world::World,
};
use crate::envelope::{Failure, File, Kind, Level, Record};

/// A sandbox and a runtime on which files are run, one after another.
pub struct Runner {
    /// Stops when it is dropped.
    _sandbox: Sandbox,
    ca: Certificate,
    control: ControlApi,
    runtime: Runtime,
    urls: Vec<(String, String)>,
    give_up: Duration,
}

/// How long clients and sandbox may take to come to rest, for a machine that is busy with something else.
const GIVE_UP: Duration = Duration::from_secs(30);

impl Runner {
    /// Starts a sandbox.
    ///
    /// # Errors
    /// Why it cannot start.
    pub fn start() -> Result<Self, String> {
        let sandbox = Sandbox::start_blocking(Options::default()).map_err(|error| error.to_string())?;
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
        let control = ControlApi::new(sandbox.control.clone())?;
        let ca = Certificate::from_pem(sandbox.ca_pem.as_bytes()).map_err(|error| error.to_string())?;
        let announced = serde_json::to_value(sandbox.announcement()).map_err(|error| error.to_string())?;
        Ok(Self { urls: urls(&announced), _sandbox: sandbox, ca, control, runtime, give_up: GIVE_UP })
    }

    /// Waits so long for clients and sandbox to come to rest before a file has failed; 30 s unless set.
    #[must_use]
    pub const fn giving_up_after(mut self, give_up: Duration) -> Self {
        self.give_up = give_up;
        self
    }

    /// Runs a file and tells the result.
    #[must_use]
    pub fn record(&self, file: &File) -> Record {
        // The sandbox's addresses differ from start to start: a file names them.
        let text = self.urls.iter().fold(file.text.clone(), |text, (name, url)| text.replace(name, url));
        let file = File { file: file.file.clone(), text };
        file.record(Level::Client, |_, fields, assertions| self.run(fields, assertions))
    }

    fn run(&self, fields: Map<String, Value>, assertions: &mut usize) -> Result<(), Failure> {
        let body = parse(fields)?;
        self.runtime.block_on(self.play(&body, assertions))
    }

    async fn play(&self, body: &Body, assertions: &mut usize) -> Result<(), Failure> {
        let unusable = |why: String| Failure::of_file(Kind::Malformed, why);
        let mut world = World::begin(&self.control, body, &self.ca, self.give_up).await.map_err(unusable)?;
        let mut check = Check { step: None, assertions };
        let mut covered = Covered::default();
        let played = play(body, &mut world, &mut check, &mut covered).await;
        let (names, shown) = (world.names().await, world.shown());
        world.stop().await;
        // A token's name says more than the token.
        let named = |detail| names.iter().fold(detail, |text: String, (name, token)| text.replace(token.as_str(), name));
        played.map_err(|failure| Failure { detail: named(failure.detail), ..failure })?;
        let secrets = secrets(body, &names);
        check.step = None;
        *check.assertions += 1;
        if let Some(text) = shown.iter().find(|text| secrets.iter().any(|secret| text.contains(secret.as_str()))) {
            return check.fail(Kind::SecretShown, format!("a secret stands in: {text}"));
        }
        Ok(())
    }
}

async fn play(body: &Body, world: &mut World<'_>, check: &mut Check<'_>, covered: &mut Covered) -> Result<(), Failure> {
    for (at, step) in body.steps.iter().enumerate() {
        check.step = Some(at);
        act(&step.action, world, check, covered).await?;
        if let Err(why) = world.settle().await {
            return check.fail(Kind::Stuck, why);
        }
    }
    check.end(world, covered).await
}

async fn act(action: &Action, world: &mut World<'_>, check: &mut Check<'_>, covered: &mut Covered) -> Result<(), Failure> {
    let client = |world: &World<'_>, name: &Option<String>| {
        let name = name.as_deref().unwrap_or(MAIN);
        world.clients.get(name).cloned().unwrap_or_else(|| Err(evertoken::Code::Misuse.into()))
    };
    let moved = match action {
        Action::Control(control) => {
            if control.path == "/reset" || (control.method == "DELETE" && control.path == "/log") {
                covered.forget_counts();
            }
            match world.control.send(&control.method, &control.path, control.body.as_ref()).await {
                Ok((200..=299, _)) => Ok(()),
                Ok((status, answer)) => return check.fail(Kind::Malformed, format!("the sandbox answers {status}: {answer}")),
                Err(why) => Err(why),
            }
        }
        Action::Headers(call) => {
            let client = client(world, &call.client);
            world.headers(&client, call);
            Ok(())
        }
        Action::Token(call) => {
            let client = client(world, &call.client);
            world.token(&client, call);
            Ok(())
        }
        Action::Request(call) => {
            let client = client(world, &call.client);
            world.request(&client, call);
            Ok(())
        }
        Action::Cancel(cancel) => {
            world.calls.get_mut(&cancel.call).into_iter().flatten().for_each(super::call::Call::cancel);
            Ok(())
        }
        Action::Invalidate(of) => client(world, &of.client).map(|client| client.source().invalidate()).or(Ok(())),
        Action::Retry(of) => client(world, &of.client).map(|client| client.source().retry()).or(Ok(())),
        Action::Logout(of) => client(world, &of.client).map(|client| client.source().logout()).or(Ok(())),
        Action::Close(of) => client(world, &of.client).map(|client| client.source().close()).or(Ok(())),
        Action::CredentialsChanged(change) => client(world, &change.client)
            .map(|client| client.source().credentials_changed(spec::credentials(&change.credentials), change.drop_token))
            .or(Ok(())),
        Action::Advance(by) => world.advance(by.ms).await,
        Action::Suspend(by) => world.suspend(by.ms).await,
        Action::StepWall(by) => world.step_wall(by.ms).await,
        Action::Expect(expect) => return check.expect(expect, world, covered).await,
    };
    moved.or_else(|why: String| check.fail(Kind::Stuck, why))
}

/// Collects what must stand in no error, event or explanation: secrets of the file, and every token.
fn secrets(body: &Body, names: &[(String, String)]) -> Vec<String> {
    /// Shorter ones may stand in any text by chance.
    const SHORTEST: usize = 8;
    let mut secrets = Vec::new();
    let mut take = |named: &std::collections::BTreeMap<String, String>| {
        let secret = named.iter().filter(|(name, _)| !["client_id", "key"].contains(&name.as_str()));
        secrets.extend(secret.map(|(_, value)| value.clone()));
    };
    body.clients.values().for_each(|spec| take(&spec.credentials));
    for step in &body.steps {
        if let Action::CredentialsChanged(change) = &step.action {
            take(&change.credentials);
        }
    }
    secrets.extend(names.iter().map(|(_, token)| token.clone()));
    secrets.retain(|secret| secret.len() >= SHORTEST);
    secrets
}

/// Returns what stands for the sandbox's addresses in a file, such as `${oro.https}`, and the addresses.
fn urls(announced: &Value) -> Vec<(String, String)> {
    let Some(members) = announced.as_object() else { return Vec::new() };
    let of = |(vendor, urls): (&String, &Value)| {
        let vendor = vendor.clone();
        let url = move |scheme: &str, urls: &Value| Some((format!("${{{vendor}.{scheme}}}"), urls.get(scheme)?.as_str()?.to_owned()));
        [url("http", urls), url("https", urls)]
    };
    members.iter().flat_map(of).flatten().collect()
}
