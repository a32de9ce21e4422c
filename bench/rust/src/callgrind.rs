//! Instructions per call, which no other work on the machine disturbs: this program again, under callgrind, twice.

use std::process::{Command, Stdio};

const CALLS: [u64; 2] = [2_000, 12_000];

/// Counts the instructions of a call of one contender; `Err` says why there is no count.
pub fn instructions(contender: &str, environment: &[(&str, &str)]) -> Result<u64, String> {
    let [few, many] = CALLS.map(|calls| total(contender, calls, environment));
    Ok(many?.saturating_sub(few?) / (CALLS[1] - CALLS[0]))
}

fn total(contender: &str, calls: u64, environment: &[(&str, &str)]) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["loop", contender, &calls.to_string()])
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(text.lines().find(|line| line.contains("panicked") || line.contains("Error")).unwrap_or("it failed").to_owned());
    }
    text.lines()
        .find_map(|line| line.split("Collected :").nth(1)?.trim().parse().ok())
        .ok_or_else(|| format!("valgrind gave no count: {}", text.lines().last().unwrap_or_default()))
}
