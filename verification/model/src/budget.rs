//! How many states each configuration had when it was last looked at: a search that shrinks is noticed.

use std::{collections::BTreeMap, fs, io, path::PathBuf};

use serde::{Deserialize, Serialize};

/// The states of each configuration, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// States by configuration.
    pub states: BTreeMap<String, u64>,
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("budget.json")
}

impl Budget {
    /// Reads the budget file.
    ///
    /// # Errors
    /// A file that cannot be read or is no budget.
    pub fn read() -> io::Result<Self> {
        serde_json::from_str(&fs::read_to_string(path())?).map_err(io::Error::other)
    }

    /// Writes the budget file.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self) -> io::Result<()> {
        fs::write(path(), serde_json::to_string_pretty(self).map_err(io::Error::other)? + "\n")
    }

    /// Says what is wrong with a configuration's number of states: 10 % fewer than it had, or a configuration that is new.
    #[must_use]
    pub fn complaint(&self, name: &str, states: u64) -> Option<String> {
        match self.states.get(name) {
            None => Some(format!("{name} is not in budget.json; --update writes it")),
            Some(expected) if states * 10 <= expected * 9 => {
                Some(format!("{name} has {states} states, not {expected}; --update accepts it"))
            }
            Some(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drop_of_a_tenth_is_noticed_and_growth_is_not() {
        let budget = Budget { states: BTreeMap::from([("a".to_string(), 1_000)]) };
        assert_eq!([900, 901, 1_000, 5_000].map(|states| budget.complaint("a", states).is_some()), [true, false, false, false]);
        assert!(budget.complaint("b", 1_000).is_some());
    }
}
