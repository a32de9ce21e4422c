//! `fuzz`: libFuzzer over the parsers and the machine.

use std::process::ExitCode;

use anyhow::Result;

use crate::stage::Session;

/// Runs one target, or each.
pub(crate) fn run(_session: &Session, _target: Option<&str>, _minutes: u32) -> Result<ExitCode> {
    anyhow::bail!("being built")
}
