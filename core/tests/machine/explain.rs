//! What the machine tells of itself, in words.

use evertoken::{Code, Now, Reset};

use crate::bench::{Bench, HOUR, MINUTE, SECOND};

fn told(bench: &Bench) -> String {
    bench.machine.explain(Now { mono: bench.mono, wall: bench.wall, entropy: 0 }).to_string()
}

/// Whether a line of what is told begins so.
#[track_caller]
fn expect(bench: &Bench, lines: &[&str]) {
    let told = told(bench);
    for line in lines {
        assert!(told.lines().any(|told| told.starts_with(line)), "not told: {line}\n{told}");
    }
}

#[test]
fn a_new_machine_fetches_with_the_next_call() {
    let bench = Bench::new();
    expect(&bench, &["token: none", "token endpoint: idle", "next: the next call fetches a token"]);
}

#[test]
fn an_attempt_is_told_with_its_end() {
    let mut bench = Bench::new();
    let _ = bench.want();
    bench.advance(1_500);
    expect(
        &bench,
        &[
            "token endpoint: attempt 1 (Absent) runs; counts as failed in 8.5 s",
            "so far: 1 token requests, 0 tokens, 1 callers waiting",
            "next: the token endpoint answers, or the attempt counts as failed (in 8.5 s)",
        ],
    );
    bench.finish_err(Code::ServerError, None);
    expect(&bench, &["token endpoint: attempt 1 (Absent) failed; the next is due in 0.5 s"]);
}

#[test]
fn a_token_is_told_with_its_zone_and_the_next_refresh() {
    let mut bench = Bench::holding(HOUR);
    expect(
        &bench,
        &[
            "token: number 1, fresh, lives 3600 s; refresh in 2700.0 s, callers wait for one in 3540.0 s, over in 3600.0 s",
            "next: the first call from then on starts a refresh that nobody waits for (in 2700.0 s)",
        ],
    );
    bench.go_to(46 * MINUTE);
    expect(&bench, &["token: number 1, window, lives 3600 s; refresh now"]);
    bench.go_to(HOUR);
    expect(&bench, &["token: none", "next: the next call fetches a token"]);
}

#[test]
fn a_pause_is_told_with_its_failure_and_what_comes_after_it() {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(46 * MINUTE);
    let _ = bench.want_in_passing();
    bench.finish_err(Code::CredentialsRejected, None);
    expect(
        &bench,
        &[
            "token endpoint: paused (terminal), over in 5.0 s; credentials_rejected",
            "next: the first call after the pause starts a refresh; until then the token serves (in 5.0 s)",
        ],
    );
    let _ = bench.invalidate(1);
    expect(&bench, &["next: the first call after the pause asks the token endpoint again (in 5.0 s)"]);
}

#[test]
fn a_withheld_token_is_told_as_long_as_it_is_withheld() {
    let mut bench = Bench::holding(HOUR);
    bench.advance(11 * SECOND);
    let _ = bench.rejected(1);
    expect(&bench, &["token: number 1, withheld"]);
    bench.advance(2 * SECOND);
    expect(&bench, &["token: number 1, fresh"]);
}

#[test]
fn a_closed_source_does_nothing() {
    let mut bench = Bench::holding(HOUR);
    let _ = bench.reset(Reset::Close);
    expect(&bench, &["next: nothing: the source is closed"]);
}
