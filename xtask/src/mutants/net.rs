//! The nets that a mutant should be caught in: scenarios, simulation, exhaustive check.

use std::{
    fs::{self, File},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::group::Group;

use super::tree::Tree;

/// A program that looks for what is wrong and names it.
pub(super) struct Net {
    pub(super) name: &'static str,
    package: &'static str,
    binary: &'static str,
    profile: &'static str,
}

pub(super) const NETS: &[Net] = &[
    Net { name: "scenarios", package: "evertoken-scenarios", binary: "scenarios", profile: "dev" },
    Net { name: "simulation", package: "evertoken-simulation", binary: "simulate", profile: "verify" },
    Net { name: "check", package: "evertoken-model", binary: "model", profile: "verify" },
];

/// How long a net may look at one mutant.
const LIMIT: Duration = Duration::from_secs(20);

/// What a net said to a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// These invariants or scenarios failed, by name.
    Killed(Vec<String>),
    /// Nothing was noticed.
    Silent,
    /// The net did not come to an end: not a kill.
    TimedOut,
    /// The net ended without saying what fails, as after a panic: not a kill.
    Broken,
}

impl Answer {
    pub(super) const fn is_killed(&self) -> bool {
        matches!(self, Self::Killed(_))
    }

    /// Keeps the names that the net said it could fail with; without one of them nothing was named.
    pub(super) fn of(self, names: &[String]) -> Self {
        let Self::Killed(failed) = self else { return self };
        let failed: Vec<_> = failed.into_iter().filter(|name| names.contains(name)).collect();
        if failed.is_empty() { Self::Broken } else { Self::Killed(failed) }
    }
}

impl Net {
    /// Runs the net on what the tree was built from.
    pub(super) fn cast(&self, tree: &Tree) -> Result<Answer> {
        let ran = run(&mut self.command(tree, &["--quick", "--json"]), LIMIT, &tree.target.join(self.name))?;
        let Some(code) = ran.code else { return Ok(Answer::TimedOut) };
        let answer: Option<Value> = ran.output.lines().last().and_then(|line| serde_json::from_str(line).ok());
        let failed = answer.as_ref().and_then(|answer| answer["failed"].as_array());
        let names =
            |failed: &Vec<Value>| -> Vec<String> { failed.iter().filter_map(|it| it["name"].as_str()).map(str::to_owned).collect() };
        Ok(match (code, failed.map(names)) {
            (0, Some(names)) if names.is_empty() => Answer::Silent,
            (1, Some(names)) if !names.is_empty() => Answer::Killed(names),
            _ => Answer::Broken,
        })
    }

    /// Everything that this net could fail with.
    pub(super) fn names(&self, tree: &Tree) -> Result<Vec<String>> {
        let ran = run(&mut self.command(tree, &["--names"]), LIMIT, &tree.target.join(self.name))?;
        let last = ran.output.lines().last().unwrap_or_default();
        serde_json::from_str(last).with_context(|| format!("{} --names does not answer with a list of names", self.binary))
    }

    fn command(&self, tree: &Tree, arguments: &[&str]) -> Command {
        let folder = if self.profile == "dev" { "debug" } else { self.profile };
        let program = tree.target.join(folder).join(format!("{}{}", self.binary, std::env::consts::EXE_SUFFIX));
        let mut command = if cfg!(unix) {
            // A mutant may make a net collect without end.
            let mut shell = Command::new("sh");
            shell.args(["-c", "ulimit -v 8000000; exec \"$0\" \"$@\""]).arg(program);
            shell
        } else {
            Command::new(program)
        };
        command.args(arguments).current_dir(&tree.root);
        command
    }
}

/// The arguments of the cargo calls that build the nets, one call a profile.
pub(super) fn builds(nets: &[Net]) -> Vec<Vec<&'static str>> {
    let mut profiles: Vec<_> = nets.iter().map(|net| net.profile).collect();
    profiles.sort_unstable();
    profiles.dedup();
    let of = |profile| {
        let members = nets.iter().filter(move |net| net.profile == profile);
        ["build", "--quiet", "--profile", profile]
            .into_iter()
            .chain(members.flat_map(|net| ["--package", net.package, "--bin", net.binary]))
    };
    profiles.into_iter().map(|profile| of(profile).collect()).collect()
}

/// What a program printed and how it ended; no code where it had to be stopped or was ended by a signal.
pub(super) struct Ran {
    pub(super) code: Option<i32>,
    pub(super) output: String,
    pub(super) errors: String,
}

/// Runs a program for so long at most; what it prints goes through two files, which never fill up as a pipe does.
pub(super) fn run(command: &mut Command, limit: Duration, files: &Path) -> Result<Ran> {
    let (out, err) = (files.with_extension("out"), files.with_extension("err"));
    fs::create_dir_all(files.parent().context("a file in no folder")?)?;
    command.stdin(Stdio::null()).stdout(File::create(&out)?).stderr(File::create(&err)?);
    let mut group = Group::spawn(command).with_context(|| format!("{command:?}"))?;
    let deadline = Instant::now() + limit;
    let status = loop {
        match group.ended()? {
            Some(status) => break Some(status),
            None if Instant::now() > deadline => break None,
            None => thread::sleep(Duration::from_millis(20)),
        }
    };
    drop(group);
    let read = |path: &Path| fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    match status {
        None => Ok(Ran { code: None, output: read(&out)?, errors: read(&err)? }),
        Some(status) => Ok(Ran { code: Some(status.code().unwrap_or(-1)), output: read(&out)?, errors: read(&err)? }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_net_fails_with_has_to_be_among_its_names() {
        let names = ["x".to_owned(), "y".to_owned()];
        let killed = |names: &[&str]| Answer::Killed(names.iter().map(|&name| name.to_owned()).collect());
        assert_eq!(killed(&["z", "y"]).of(&names), killed(&["y"]));
        assert_eq!(killed(&["z"]).of(&names), Answer::Broken);
        assert_eq!(Answer::Silent.of(&names), Answer::Silent);
    }
}
