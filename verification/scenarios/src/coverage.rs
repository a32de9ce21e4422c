//! What the scenarios show: the closed list `core/scenarios/coverage.json`, held against the files.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::envelope::{self, File};

/// One thing to be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// What scenario files call it in `shows`.
    pub id: String,
    /// What it is, in one sentence.
    pub says: String,
    /// Why no scenario shows it, and what does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<String>,
}

/// Which scenarios show what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    entries: Vec<Entry>,
    shown: BTreeMap<String, Vec<String>>,
}

impl Coverage {
    /// Reads the list and the files of both levels; wrong files show nothing.
    ///
    /// # Errors
    /// A file that cannot be read, with its name.
    pub fn read() -> Result<Self, String> {
        let path = envelope::root().join("coverage.json");
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut files = envelope::files("machine")?;
        files.extend(envelope::files("client")?);
        Self::of(&text, &files)
    }

    /// Makes a coverage of a list and files.
    ///
    /// # Errors
    /// A list or file that is not of its form, with its name.
    pub fn of(list: &str, files: &[File]) -> Result<Self, String> {
        let entries = serde_json::from_str(list).map_err(|error| format!("coverage.json: {error}"))?;
        let mut shown: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for file in files {
            let (head, _) = file.parse().map_err(|failure| format!("{}: {failure}", file.file))?;
            for id in head.shows {
                shown.entry(id).or_default().push(file.file.clone());
            }
        }
        Ok(Self { entries, shown })
    }

    /// Returns each entry with the files that show it.
    pub fn entries(&self) -> impl Iterator<Item = (&Entry, &[String])> {
        self.entries.iter().map(|entry| (entry, self.shown.get(&entry.id).map_or(&[][..], Vec::as_slice)))
    }

    /// Returns what is wrong with the list or the files, in words; nothing where all is shown.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut known = BTreeSet::new();
        for (entry, files) in self.entries() {
            if !known.insert(entry.id.as_str()) {
                problems.push(format!("{} is listed twice", entry.id));
            }
            match (&entry.elsewhere, files) {
                (None, []) => problems.push(format!("no scenario shows {}: {}", entry.id, entry.says)),
                (Some(elsewhere), []) => problems.extend(missing_file(&entry.id, elsewhere)),
                (Some(_), [file, ..]) => problems.push(format!("{} is said to be shown elsewhere, and {file} shows it", entry.id)),
                (None, _) => {}
            }
        }
        for (id, files) in self.shown.iter().filter(|(id, _)| !known.contains(id.as_str())) {
            problems.push(format!("{id} is not listed, and shown by {}", files.join(", ")));
        }
        problems
    }
}

/// A file that `elsewhere` names must be there.
fn missing_file(id: &str, elsewhere: &str) -> Option<String> {
    let named = elsewhere.split([' ', ':', ',', ';']).find(|word| word.contains('/') && word.contains('.'))?;
    let path = envelope::root().join("../..").join(named);
    if path.exists() { None } else { Some(format!("{id} is said to be shown by {named}, which is not there")) }
}
