//! `evertoken`: calls an API with a valid access token, from the command line.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command prints")]

mod arguments;
mod credentials;
mod target;

use std::{
    io::{Read, Write},
    process::ExitCode,
};

use clap::Parser;
use evertoken::{Code, Error};
use evertoken_native::{
    Client, Response,
    story::{Story, brief, in_words},
};

use arguments::Arguments;

/// The exit codes that `--help` lists.
mod exit {
    pub(crate) const API_ERROR: u8 = 1;
    pub(crate) const USAGE: u8 = 2;
    pub(crate) const NO_TOKEN: u8 = 3;
    pub(crate) const NO_ANSWER: u8 = 4;
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let story = Story::new();
    let ended = match client(&arguments, &story) {
        Ok(client) => {
            let ended = call(&client, &arguments, &story).await;
            if arguments.explain {
                eprint!("what happened:\n{story}what comes next:\n{}", indented(&client.source().explain().to_string()));
            }
            ended
        }
        Err(error) => Err(error.into()),
    };
    match ended {
        Ok(code) => code,
        Err(error) => failed(&error),
    }
}

fn client(arguments: &Arguments, story: &Story) -> Result<Client, Error> {
    let grant = target::grant(arguments)?;
    let credentials = credentials::from_environment(grant.provider())?;
    let listener = story.clone();
    let mut client = Client::builder(grant, credentials).on_event(move |event| listener.tell(in_words(event)));
    if let Some(file) = &arguments.ca {
        client = client.trust(&target::read(file, "ca")?)?;
    }
    client.build()
}

async fn call(client: &Client, arguments: &Arguments, story: &Story) -> Result<ExitCode, evertoken_native::Error> {
    let mut request = client.request(arguments.method.clone(), &arguments.path).time_out(arguments.time_out);
    for (name, value) in &arguments.headers {
        request = request.header(name, value);
    }
    if let Some(data) = &arguments.data {
        request = request.json(&json(data)?);
    }
    let answer = request.send().await?;
    story.tell(format!("the API answered {}", answer.status()));
    let status = answer.status();
    if arguments.verbose {
        head(&answer);
    }
    if let Some(hint) = answer.hint() {
        eprintln!("hint: {hint}");
    }
    print(answer).await?;
    Ok(if status.as_u16() < 400 { ExitCode::SUCCESS } else { exit_with(exit::API_ERROR, &format!("the API answered {status}")) })
}

/// Reads the body as it was typed: JSON, `@FILE` or `@-`.
fn json(data: &str) -> Result<serde_json::Value, Error> {
    let text = match data.strip_prefix('@') {
        Some("-") => {
            let mut text = Vec::new();
            std::io::stdin().read_to_end(&mut text).map_err(|error| target::refused("data", &error.to_string()))?;
            text
        }
        Some(file) => target::read(file.as_ref(), "data")?,
        None => data.as_bytes().to_vec(),
    };
    serde_json::from_slice(&text).map_err(|error| target::refused("data", &format!("it is no JSON: {error}")))
}

fn head(answer: &Response) {
    eprintln!("{}", answer.status());
    for (name, value) in answer.headers() {
        eprintln!("{name}: {}", String::from_utf8_lossy(value.as_bytes()));
    }
    eprintln!();
}

/// Copies the body to standard output as it comes.
async fn print(mut answer: Response) -> Result<(), evertoken_native::Error> {
    let mut last = None;
    while let Some(chunk) = answer.chunk().await? {
        last = chunk.last().copied().or(last);
        if std::io::stdout().write_all(&chunk).is_err() {
            return Ok(()); // Who reads it has seen enough, as with `| head`.
        }
    }
    if last.is_some_and(|byte| byte != b'\n') {
        let _ = std::io::stdout().write_all(b"\n");
    }
    let _ = std::io::stdout().flush();
    Ok(())
}

fn failed(error: &evertoken_native::Error) -> ExitCode {
    match error {
        evertoken_native::Error::Token(error) => exit_with(code_of(error), &format!("{}\n  fix: {}", brief(error), error.fix())),
        other => {
            let mut said = other.to_string();
            let mut cause = std::error::Error::source(other);
            while let Some(inner) = cause {
                said = format!("{said}: {inner}");
                cause = inner.source();
            }
            exit_with(exit::NO_ANSWER, &format!("the call brought no answer: {said}"))
        }
    }
}

/// Tells what was typed wrong from what a server said.
fn code_of(error: &Error) -> u8 {
    match error.code {
        Code::InvalidAccount
        | Code::InvalidDescriptor
        | Code::InvalidEndpoint
        | Code::InvalidOption
        | Code::MissingCredentials
        | Code::OriginNotAllowed => exit::USAGE,
        _ => exit::NO_TOKEN,
    }
}

fn exit_with(code: u8, message: &str) -> ExitCode {
    eprintln!("evertoken: {message}");
    ExitCode::from(code)
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}
