//! What a host keeps around a machine: who waits, which attempts run, when to call again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use evertoken::{
    AccessToken, Code, Desk, Error, Event, Input, Now, Outcome, Policy, Reset,
    desk::{Errands, Ruling},
    time::Instant,
};

/// A desk whose callers are known by names.
struct World {
    desk: Desk<&'static str>,
    ms: u64,
}

impl World {
    fn new() -> Self {
        Self { desk: Desk::new(Policy::default()).unwrap(), ms: 1_000 }
    }

    fn now(&self) -> Now {
        Now { mono: self.ms, wall: 1_800_000_000_000 + self.ms, entropy: 0x61c8_8646_80b5_83eb }
    }

    fn want(&mut self, caller: &'static str) -> (Ruling, Errands<&'static str>) {
        self.desk.want(self.now(), 0, 15_000, false, |_| caller)
    }

    fn enter(&mut self, input: Input) -> Errands<&'static str> {
        self.desk.enter(self.now(), input, |_| "nobody").1
    }

    fn granted(&mut self, attempt: u64, token: &str) -> Errands<&'static str> {
        let token = AccessToken::new("Authorization", "Bearer ", token);
        self.enter(Input::Finished { attempt, outcome: Outcome::Granted { token, lifetime_ms: 1_800_000 } })
    }

    fn published(&self) -> Option<&str> {
        self.desk.published().map(|snapshot| snapshot.token.token())
    }
}

fn answered(errands: &Errands<&'static str>) -> Vec<(&'static str, String)> {
    let text = |answer: &Result<_, Error>| match answer {
        Ok(snapshot) => std::sync::Arc::<evertoken::Snapshot>::clone(snapshot).token.token().to_owned(),
        Err(error) => error.code.to_string(),
    };
    errands.settled.iter().map(|(caller, answer)| (*caller, text(answer))).collect()
}

#[test]
fn all_who_wait_are_answered_with_one_token_of_one_attempt() {
    let mut world = World::new();
    let (ruling, errands) = world.want("first");
    assert!(matches!(ruling, Ruling::Wait { .. }));
    assert_eq!(errands.starts.iter().map(|start| start.attempt).collect::<Vec<_>>(), [1]);
    assert!(world.want("second").1.starts.is_empty());
    assert_eq!(world.desk.waiters().collect::<Vec<_>>(), [&"first", &"second"]);
    let errands = world.granted(1, "token-1");
    assert_eq!(answered(&errands), [("first", "token-1".into()), ("second", "token-1".into())]);
    assert_eq!((world.published(), world.desk.waiters().count()), (Some("token-1"), 0));
}

#[test]
fn a_fresh_token_is_used_without_the_machine_and_shared() {
    let mut world = World::new();
    let _ = world.want("first");
    let _ = world.granted(1, "token-1");
    let published = world.desk.published().cloned().unwrap();
    let (ruling, errands) = world.want("second");
    let Ruling::Use(used) = ruling else { panic!("{ruling:?}") };
    assert!(std::sync::Arc::ptr_eq(&used, &published));
    assert!(errands.starts.is_empty() && errands.events.is_empty());
}

#[test]
fn in_the_window_the_token_is_used_and_one_refresh_begins() {
    let mut world = World::new();
    let _ = world.want("first");
    let _ = world.granted(1, "token-1");
    world.ms += 1_440_000;
    let (ruling, errands) = world.want("second");
    assert!(matches!(ruling, Ruling::Use(_)));
    assert_eq!(errands.starts.len(), 1);
    assert!(world.want("third").1.starts.is_empty());
    assert_eq!(world.desk.waiters().count(), 0);
}

#[test]
fn who_has_gone_is_forgotten_and_the_others_are_answered() {
    let mut world = World::new();
    let _ = world.want("gone");
    let _ = world.want("there");
    world.desk.forget(|caller| *caller == "gone");
    assert_eq!(answered(&world.granted(1, "token-1")), [("there", "token-1".into())]);
}

#[test]
fn an_attempt_whose_io_is_overdue_is_given_up_and_told_to_the_machine_once() {
    let mut world = World::new();
    let (_, errands) = world.want("caller");
    let abort_at = errands.starts.first().unwrap().abort_at;
    assert!(world.desk.alarm().is_some_and(|alarm| alarm.mono <= abort_at.mono));
    world.ms = abort_at.mono;
    let errands = world.enter(Input::Tick { keep_fresh: false });
    assert_eq!(errands.given_up, [1]);
    assert!(world.enter(Input::Tick { keep_fresh: false }).given_up.is_empty());
}

#[test]
fn new_credentials_a_logout_and_a_close_give_up_what_is_on_its_way() {
    for input in [Input::CredentialsChanged { drop_token: false }, Input::Reset(Reset::Logout), Input::Reset(Reset::Close)] {
        let mut world = World::new();
        let _ = world.want("caller");
        assert_eq!(world.enter(input.clone()).given_up, [1], "{input:?}");
    }
}

#[test]
fn a_logout_takes_the_token_away_and_fails_who_waits() {
    let mut world = World::new();
    let _ = world.want("caller");
    assert_eq!(answered(&world.enter(Input::Reset(Reset::Logout))), [("caller", Code::Cancelled.to_string())]);
    let _ = world.want("later");
    let _ = world.granted(2, "token-2");
    assert_eq!(world.published(), Some("token-2"));
    let _ = world.enter(Input::Reset(Reset::Logout));
    assert_eq!(world.published(), None);
}

#[test]
fn after_a_fork_the_callers_and_attempts_of_the_parent_do_not_exist() {
    let mut world = World::new();
    let _ = world.want("of the parent");
    let errands = world.enter(Input::Reset(Reset::Fork));
    assert!(errands.given_up.is_empty() && errands.settled.is_empty());
    assert_eq!(world.desk.waiters().count(), 0);
}

#[test]
fn a_token_whose_life_is_over_is_taken_away_with_its_event() {
    let mut world = World::new();
    let _ = world.want("caller");
    let _ = world.granted(1, "token-1");
    world.ms += 1_800_000;
    let errands = world.enter(Input::Tick { keep_fresh: false });
    assert!(errands.events.contains(&Event::Expired { generation: 1 }));
    assert_eq!(world.published(), None);
}

#[test]
fn an_earlier_alarm_is_said() {
    let mut world = World::new();
    let (_, errands) = world.want("caller");
    assert!(errands.alarm_is_earlier);
    let alarm: Instant = world.desk.alarm().unwrap();
    assert_eq!(alarm.mono, world.ms + 10_000);
    assert!(!world.want("another").1.alarm_is_earlier);
}
