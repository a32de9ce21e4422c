//! The checks on the driver as it is, and the proof that each removed re-check is found by one of them.

use std::{env, process::Command};

macro_rules! holds {
    ($($check:ident)+) => { $(#[test] fn $check() { crate::whole::checks::$check(); })+ };
}

holds! {
    a_caller_that_gives_up_takes_no_answer_along
    a_replaced_snapshot_is_kept_by_nobody
    a_settled_ticket_wakes_its_caller
    a_ticket_that_another_caller_settles_wakes_its_caller
    an_end_that_is_noted_while_another_polls_is_collected
    callers_at_once_start_one_attempt
    closing_wakes_all
    dropping_wakes_drivers
    every_event_is_heard_once
    no_thread_reads_an_older_snapshot_than_another_told_of
    no_thread_reads_an_older_snapshot_than_before
}

/// Runs a check in a process of its own, for a failed one leaves loom unusable, and compares what it says.
fn is_found(removal: &str, says: &str) {
    let test = format!("tests::removed::{removal}");
    let run = Command::new(env::current_exe().unwrap()).args(["--exact", &test, "--ignored", "--nocapture"]).output().unwrap();
    let said = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    assert!(said.contains("running 1 test"), "no such test: {test}");
    assert!(!run.status.success(), "{removal}: nothing was found\n{said}");
    assert!(said.contains(says), "{removal}: found something else\n{said}");
}

macro_rules! found {
    ($($removal:ident by $check:ident says $says:literal;)+) => {
        mod removed {
            $(#[test] #[ignore = "fails, as its proof expects"] fn $removal() { crate::$removal::checks::$check(); })+
        }

        mod proof {
            $(#[test] fn $removal() { super::is_found(stringify!($removal), $says); })+
        }
    };
}

found! {
    without_a_look_after_polling by an_end_that_is_noted_while_another_polls_is_collected says "deadlock";
    with_news_forgotten_after_polling by a_settled_ticket_wakes_its_caller says "deadlock";
    with_news_noted_after_waking by a_settled_ticket_wakes_its_caller says "deadlock";
    without_a_look_after_registering by a_ticket_that_another_caller_settles_wakes_its_caller says "deadlock";
    with_a_seat_given_after_the_lock by a_ticket_that_another_caller_settles_wakes_its_caller says "deadlock";
    without_a_look_at_the_version_under_the_lock by a_replaced_snapshot_is_kept_by_nobody says "is kept alive";
    with_the_version_counted_relaxed by no_thread_reads_an_older_snapshot_than_before says "was published before";
    with_the_version_counted_once by no_thread_reads_an_older_snapshot_than_another_told_of says "though another thread had";
    without_waking_drivers_at_the_end by dropping_wakes_drivers says "deadlock";
    without_events_that_came_meanwhile by every_event_is_heard_once says "was not heard";
}
