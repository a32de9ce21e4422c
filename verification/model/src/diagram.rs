//! The state diagram of `docs/machine.md`, drawn from the changes of state that a search has met.

use std::{fmt::Write as _, fs, io, path::PathBuf};

use crate::{
    coverage::Coverage,
    label::{Label, STATES},
};

const BEGIN: &str = "```mermaid\n";
const END: &str = "```\n";

/// Draws the diagram, one line for each pair of states.
#[must_use]
pub fn draw(coverage: &Coverage) -> String {
    let mut text = "stateDiagram-v2\n".to_string();
    for (name, title) in STATES {
        let _ = writeln!(text, "    state \"{title}\" as {name}");
    }
    text.push_str("    [*] --> none_idle\n");
    for (from, to, labels) in coverage.edges() {
        let labels: Vec<_> = labels.into_iter().map(Label::name).collect();
        let _ = writeln!(text, "    {} --> {}: {}", STATES[from].0, STATES[to].0, labels.join(", "));
    }
    text
}

/// The page with the diagram.
#[must_use]
pub fn page() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/machine.md")
}

/// Reads the diagram of the page.
///
/// # Errors
/// A page that cannot be read, or has no diagram.
pub fn shown() -> io::Result<String> {
    let page = fs::read_to_string(page())?;
    let diagram = page.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)).map(|(diagram, _)| diagram.to_string());
    diagram.ok_or_else(|| io::Error::other("docs/machine.md has no diagram"))
}

/// Replaces the diagram of the page.
///
/// # Errors
/// A page that cannot be read or written, or has no diagram.
pub fn write(drawn: &str) -> io::Result<()> {
    let text = fs::read_to_string(page())?;
    let Some((before, rest)) = text.split_once(BEGIN) else { return Err(io::Error::other("docs/machine.md has no diagram")) };
    let Some((_, after)) = rest.split_once(END) else { return Err(io::Error::other("the diagram has no end")) };
    fs::write(page(), format!("{before}{BEGIN}{drawn}{END}{after}"))
}

/// Says what differs between the diagram that is shown and the one that was drawn.
#[must_use]
pub fn differences(shown: &str, drawn: &str) -> Vec<String> {
    let missing = drawn.lines().filter(|line| !shown.lines().any(|other| other == *line)).map(|line| format!("not shown: {}", line.trim()));
    let untrue = shown.lines().filter(|line| !drawn.lines().any(|other| other == *line)).map(|line| format!("not so: {}", line.trim()));
    missing.chain(untrue).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_missing_or_untrue_is_noticed() {
        let drawn = "    a --> b: want\n    b --> a: time\n";
        assert_eq!(differences(drawn, drawn), Vec::<String>::new());
        assert_eq!(differences("    a --> b: want\n", drawn), ["not shown: b --> a: time"]);
        assert_eq!(differences("    a --> b: want, time\n    b --> a: time\n", drawn).len(), 2);
    }
}
