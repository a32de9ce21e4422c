//! What both levels of scenario files have in common: the envelope, how files are found, and how results are told.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Which runner a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Inputs and outputs of the token machine.
    Machine,
    /// A client that speaks HTTP to the sandbox.
    Client,
}

/// Why a scenario failed; the closed list of every runner in every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The file is no JSON, or a value in it has the wrong type or form.
    Malformed,
    /// A field that the format does not have.
    UnknownField,
    /// A step that the format does not have.
    UnknownStep,
    /// The file, or a step that must say what it expects, expects nothing.
    NoExpectation,
    /// The file leaves out a step that it needs: a thing is named that no step brought about, or one is left open.
    MissingStep,
    /// The number of token requests is not the expected one.
    WrongCount,
    /// A token request that no step expects.
    ExtraRequest,
    /// An expected token request did not come.
    MissingRequest,
    /// A request's method, path, header or body is not the expected one.
    WrongBytes,
    /// An error's code is not the expected one.
    WrongCode,
    /// The machine's verdict is another one.
    WrongVerdict,
    /// A result of a call is not the expected one.
    WrongResult,
    /// An API answer's status is not the expected one.
    WrongStatus,
    /// A time or a duration is not the expected one.
    WrongTime,
    /// A token, its generation or its revision is not the expected one.
    WrongToken,
    /// Other tickets are settled than expected.
    WrongSettles,
    /// A ticket or an attempt has another number.
    WrongNumber,
    /// An expected output did not come.
    MissingOutput,
    /// An output came that no step expects.
    ExtraOutput,
    /// The events are not the expected ones.
    WrongEvents,
    /// What `explain` tells is not the expected.
    WrongExplanation,
    /// A call did not end, though nothing stands in its way.
    Stuck,
    /// A token or a secret stands in an error, an event or an explanation.
    SecretShown,
    /// A file of the folder of wrong files passed.
    NotFailed,
    /// A file of the folder of wrong files failed for another reason, or at another step, than it states.
    FailedOtherwise,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = serde_json::to_value(self).unwrap_or_default();
        f.write_str(name.as_str().unwrap_or("unknown"))
    }
}

/// How a wrong file must be reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MustFail {
    /// The stated reason.
    pub kind: Kind,
    /// The step, counted from 0; none where the file as a whole is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<usize>,
}

/// What went wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Failure {
    /// Why.
    pub kind: Kind,
    /// The step, counted from 0; none where the file as a whole is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<usize>,
    /// What was expected and what came instead.
    pub detail: String,
}

impl Failure {
    /// Makes a failure of a step.
    pub fn at(step: usize, kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, step: Some(step), detail: detail.into() }
    }

    /// Makes a failure of the whole file.
    pub fn of_file(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, step: None, detail: detail.into() }
    }

    /// Makes a failure of what `serde` says of a part of a file, perhaps after its path: an unknown field, or a wrong value.
    #[must_use]
    pub fn of_json(step: Option<usize>, error: &serde_json::Error) -> Self {
        let detail = error.to_string();
        let reason = detail.split_once(": ").map_or(detail.as_str(), |(_, reason)| reason);
        let is_unknown = [&detail, reason].iter().any(|text| text.starts_with("unknown field"));
        let kind = if is_unknown { Kind::UnknownField } else { Kind::Malformed };
        Self { kind, step, detail }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.step {
            Some(step) => write!(f, "step {step}: {}: {}", self.kind, self.detail),
            None => write!(f, "{}: {}", self.kind, self.detail),
        }
    }
}

/// How a scenario ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Outcome {
    /// Everything is as the file says; a wrong file was reported for its stated reason.
    Passed,
    /// It is not.
    Failed(Failure),
}

/// The result of one file: one line of a runner's report.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Record {
    /// The scenario's name; the file's where it could not be read.
    pub name: String,
    /// The file, relative to `core/scenarios`.
    pub file: String,
    /// Its level.
    pub level: Level,
    /// How many comparisons were made.
    pub assertions: usize,
    /// How it ended.
    pub outcome: Outcome,
}

impl Record {
    /// Says whether the scenario passed.
    #[must_use]
    pub const fn passed(&self) -> bool {
        matches!(self.outcome, Outcome::Passed)
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outcome {
            Outcome::Passed => write!(f, "{} ({}): passed, {} assertions", self.name, self.file, self.assertions),
            Outcome::Failed(failure) => write!(f, "{} ({}): {failure}", self.name, self.file),
        }
    }
}

/// What every scenario file begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The schema, relative to the file.
    #[serde(rename = "$schema")]
    pub schema: String,
    /// One sentence, unique among all files.
    pub name: String,
    /// Which runner the file is for.
    pub level: Level,
    /// Identifiers of `coverage.json` that this file shows.
    pub shows: Vec<String>,
    /// Why the behaviour is wanted.
    pub why: String,
    /// How the file must be reported, for one that is wrong on purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub must_fail: Option<MustFail>,
}

const HEAD: [&str; 6] = ["$schema", "name", "level", "shows", "why", "must_fail"];

/// A scenario file as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path relative to `core/scenarios`, with `/`.
    pub file: String,
    /// Its text.
    pub text: String,
}

impl File {
    /// Reads the text as JSON and parts the common fields from those of the file's level.
    ///
    /// # Errors
    /// No JSON, no object, or a common field that is missing or wrong.
    pub fn parse(&self) -> Result<(Head, Map<String, Value>), Failure> {
        let value: Value = serde_json::from_str(&self.text).map_err(|error| Failure::of_json(None, &error))?;
        let Value::Object(mut fields) = value else { return Err(Failure::of_file(Kind::Malformed, "not an object")) };
        let head = HEAD.iter().filter_map(|name| Some(((*name).to_owned(), fields.remove(*name)?))).collect();
        let head = serde_json::from_value(Value::Object(head)).map_err(|error| Failure::of_json(None, &error))?;
        Ok((head, fields))
    }

    /// Runs the file and tells the result; a file that is wrong on purpose passes where it fails as it states.
    pub fn record(&self, level: Level, run: impl FnOnce(&Head, Map<String, Value>, &mut usize) -> Result<(), Failure>) -> Record {
        let mut assertions = 0;
        let (name, must_fail, result) = match self.parse() {
            Err(failure) => (self.file.clone(), self.stated(), Err(failure)),
            Ok((head, _)) if head.level != level => {
                let failure = Failure::of_file(Kind::Malformed, "a file of the other level");
                (head.name.clone(), head.must_fail, Err(failure))
            }
            Ok((head, fields)) => {
                let result = run(&head, fields, &mut assertions);
                (head.name.clone(), head.must_fail, result)
            }
        };
        Record { name, file: self.file.clone(), level, assertions, outcome: judged(must_fail, result) }
    }

    /// What a file states of its failure, also where its common fields are wrong themselves.
    fn stated(&self) -> Option<MustFail> {
        let value: Value = serde_json::from_str(&self.text).ok()?;
        serde_json::from_value(value.get("must_fail")?.clone()).ok()
    }
}

/// Turns round what a wrong file came to.
fn judged(must_fail: Option<MustFail>, result: Result<(), Failure>) -> Outcome {
    match (must_fail, result) {
        (None, Ok(())) => Outcome::Passed,
        (None, Err(failure)) => Outcome::Failed(failure),
        (Some(stated), Ok(())) => {
            Outcome::Failed(Failure { kind: Kind::NotFailed, step: stated.step, detail: format!("{} was not reported", stated.kind) })
        }
        (Some(stated), Err(failure)) if (stated.kind, stated.step) == (failure.kind, failure.step) => Outcome::Passed,
        (Some(stated), Err(failure)) => Outcome::Failed(Failure {
            kind: Kind::FailedOtherwise,
            step: failure.step,
            detail: format!("expected {} at step {:?}, got {failure}", stated.kind, stated.step),
        }),
    }
}

/// Returns `core/scenarios` of this repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../core/scenarios")
}

/// Reads the scenario files of a folder below [`root`], such as `machine` or `must-fail/machine`, in the order of their names.
///
/// # Errors
/// A folder or file that cannot be read, with its name.
pub fn files(folder: &str) -> Result<Vec<File>, String> {
    let path = root().join(folder);
    let entries = fs::read_dir(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| format!("{}: {error}", path.display()))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if Path::new(&name).extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let text = fs::read_to_string(entry.path()).map_err(|error| format!("{folder}/{name}: {error}"))?;
        found.push(File { file: format!("{folder}/{name}"), text });
    }
    found.sort_by(|one, other| one.file.cmp(&other.file));
    Ok(found)
}
