//! One subject each, with all that bears on it.

use crate::{
    bounds::Thing,
    config::{Answer, Bytes, Config, Draws, Offer, Rejection, Reset, Want},
};

use super::{DAY, HOUR, MINUTE, MINUTE_SIZES, SECOND, bounds};

/// Returns one configuration for each subject, with all that bears on it.
pub(super) fn subjects() -> Vec<Config> {
    vec![
        cold(),
        window("window_minute", MINUTE, &MINUTE_SIZES),
        window("window_hour", HOUR, &[180_001, 2_501]),
        window("window_10_s", 10 * SECOND, &[501, 79]),
        window("window_day", DAY, &[720_001, 2_501]),
        window("window_tiny", 100, &[6, 2]),
        hard_zone("hard_zone_minute", MINUTE),
        hard_zone("hard_zone_half_hour", 30 * MINUTE),
        min_valid("min_valid_minute", MINUTE),
        min_valid("min_valid_hour", HOUR),
        rejected("rejected_minute", MINUTE),
        rejected("rejected_hour", HOUR),
        rejected_pauses(),
        same_token(),
        single_use(),
        late(),
        commands(),
        misuse(),
        pause_exits(),
        adopt(),
        clocks(),
        mono_back(),
        ticks(),
    ]
}

fn cold() -> Config {
    use Thing::{Answers, Moves, Near, Ticks, Wants};
    Config {
        attempts: 4,
        reach: 4,
        answers: vec![Answer::Transient, Answer::Terminal, Answer::Throttled(20 * SECOND), Answer::Throttled(100), Answer::Token(MINUTE)],
        wants: vec![Want::Usual, Want::Patience(0), Want::Patience(3 * SECOND), Want::Exact],
        draws: Draws::Both,
        sizes: MINUTE_SIZES.to_vec(),
        ..Config::new(
            "cold",
            "no token: flights, their attempts and deadlines, callers of much and little patience",
            bounds(&[(Wants, 3), (Answers, 3), (Moves, 3), (Near, 1), (Ticks, 2)]),
        )
    }
}

fn window(name: &'static str, life: u64, sizes: &[u64]) -> Config {
    use Thing::{Answers, Moves, Near, Wants};
    Config {
        reach: 4,
        answers: vec![
            Answer::Token(life),
            Answer::Transient,
            Answer::Terminal,
            Answer::Throttled(life / 8),
            Answer::Throttled(life),
            Answer::Same(life),
        ],
        wants: vec![Want::Usual, Want::Passing],
        draws: Draws::Both,
        sizes: sizes.to_vec(),
        ..Config::new(
            name,
            "a token from its first to its last moment, and what its refresh may answer",
            bounds(&[(Wants, 3), (Answers, 2), (Moves, 3), (Near, 1)]),
        )
    }
}

fn hard_zone(name: &'static str, life: u64) -> Config {
    use Thing::{Answers, Moves, Near, Wants};
    Config {
        attempts: 2,
        reach: 4,
        answers: vec![Answer::Token(life), Answer::Transient],
        wants: vec![Want::Usual, Want::Patience(700), Want::Waited(SECOND), Want::Passing],
        ..Config::new(
            name,
            "three callers between the hard zone's beginning and the token's end",
            bounds(&[(Wants, 4), (Answers, 2), (Moves, 3), (Near, 1)]),
        )
    }
}

fn min_valid(name: &'static str, life: u64) -> Config {
    use Thing::{Answers, Moves, Near, Wants};
    Config {
        attempts: 3,
        reach: 4,
        answers: vec![Answer::Token(life), Answer::Transient, Answer::Token(life / 4)],
        wants: vec![
            Want::MinValid(life / 4),
            Want::MinValid(life / 2),
            Want::MinValid(u64::MAX),
            Want::MinValidPatience(u64::MAX, 0),
            Want::MinValidPatience(life / 2, 300),
            Want::Usual,
        ],
        ..Config::new(
            name,
            "callers that need a longer life than the token has left",
            bounds(&[(Wants, 3), (Answers, 2), (Moves, 3), (Near, 1)]),
        )
    }
}

fn rejected(name: &'static str, life: u64) -> Config {
    use Thing::{Answers, Moves, Near, Rejections, Wants};
    Config {
        reach: 4,
        answers: vec![Answer::Token(life), Answer::Transient, Answer::Terminal, Answer::Same(2 * life), Answer::Rejected(life)],
        wants: vec![Want::Usual, Want::Patience(300), Want::Passing],
        rejections: vec![Rejection::Held, Rejection::Older, Rejection::Retried, Rejection::Once, Rejection::Patience(300)],
        ..Config::new(
            name,
            "an API rejects the token: grace, forced refresh, withholding, hold",
            bounds(&[(Wants, 2), (Answers, 2), (Moves, 3), (Near, 1), (Rejections, 2)]),
        )
    }
}

fn rejected_pauses() -> Config {
    use Thing::{Answers, Moves, Near, Rejections, Wants};
    Config {
        attempts: 4,
        reach: 5,
        answers: vec![
            Answer::Token(HOUR),
            Answer::Transient,
            Answer::Terminal,
            Answer::Throttled(40 * SECOND),
            Answer::Throttled(10 * MINUTE),
            Answer::Same(2 * HOUR),
        ],
        wants: vec![Want::Passing, Want::Usual],
        ..Config::new(
            "rejected_pauses",
            "rejections in pauses of every kind: marks, and pauses that are shortened once",
            bounds(&[(Wants, 2), (Answers, 2), (Moves, 3), (Near, 1), (Rejections, 3)]),
        )
    }
}

fn same_token() -> Config {
    use Thing::{Answers, Invalidated, Moves, Rejections, Retries, Wants};
    Config {
        attempts: 4,
        reach: 4,
        answers: vec![Answer::Token(MINUTE), Answer::Same(MINUTE), Answer::Same(70 * SECOND), Answer::Same(10 * SECOND), Answer::Transient],
        wants: vec![Want::Usual, Want::Passing, Want::MinValid(30 * SECOND)],
        ..Config::new(
            "same_token",
            "the server gives the held token again",
            bounds(&[(Wants, 2), (Answers, 3), (Moves, 3), (Rejections, 1), (Retries, 1), (Invalidated, 1)]),
        )
    }
}

fn single_use() -> Config {
    use Thing::{Answers, Moves, Near, Retries, Ticks, Wants};
    Config {
        attempts: 4,
        reach: 4,
        answers: vec![Answer::Token(0), Answer::Token(500), Answer::Token(MINUTE), Answer::Token(1), Answer::Same(5 * SECOND)],
        wants: vec![Want::Usual, Want::Patience(0), Want::Exact],
        ticks: vec![true, false],
        ..Config::new(
            "single_use",
            "tokens without a life, and tokens that are over as they come",
            bounds(&[(Wants, 3), (Answers, 2), (Moves, 3), (Near, 1), (Ticks, 1), (Retries, 1)]),
        )
    }
}

fn late() -> Config {
    use Thing::{Answers, Credentials, Lates, Moves, Rejections, Resets, Wants};
    Config {
        attempts: 4,
        reach: 3,
        answers: vec![Answer::Token(MINUTE), Answer::Transient, Answer::Throttled(20 * SECOND)],
        lates: vec![
            Answer::Token(MINUTE),
            Answer::Token(2 * MINUTE),
            Answer::Token(15 * SECOND),
            Answer::Same(2 * MINUTE),
            Answer::Rejected(5 * MINUTE),
            Answer::Transient,
        ],
        wants: vec![Want::Usual, Want::Passing],
        ..Config::new(
            "late",
            "answers of attempts that were given up, by their deadline or for good",
            bounds(&[(Wants, 2), (Answers, 2), (Lates, 1), (Moves, 2), (Credentials, 1), (Resets, 1), (Rejections, 1)]),
        )
    }
}

fn commands() -> Config {
    use Thing::{Answers, Credentials, Invalidated, Moves, Resets, Retries, Wants};
    Config {
        attempts: 4,
        reach: 3,
        answers: vec![Answer::Token(MINUTE), Answer::Transient, Answer::Throttled(30 * SECOND)],
        wants: vec![Want::Usual, Want::Passing],
        resets: vec![Reset::Fork, Reset::Logout, Reset::Close],
        ticks: vec![false],
        ..Config::new(
            "commands",
            "what the user says, in every state: new credentials, retry, invalidate, fork, logout, close",
            bounds(&[(Wants, 2), (Answers, 2), (Moves, 1), (Credentials, 1), (Resets, 1), (Retries, 1), (Invalidated, 1)]),
        )
    }
}

fn misuse() -> Config {
    use Thing::{Abandoned, Answers, Lates, Moves, Resets, Wants};
    Config {
        reach: 2,
        answers: vec![Answer::Token(MINUTE), Answer::Transient, Answer::Cancelled],
        lates: vec![Answer::Token(5 * SECOND), Answer::Transient, Answer::Cancelled],
        resets: vec![Reset::Close, Reset::Fork],
        misuse: true,
        ..Config::new(
            "misuse",
            "ends of attempts that never ran or have ended, and inputs after the end",
            bounds(&[(Wants, 2), (Answers, 2), (Abandoned, 1), (Lates, 1), (Moves, 2), (Resets, 1)]),
        )
    }
}

fn pause_exits() -> Config {
    use Thing::{Answers, Credentials, Invalidated, Moves, Near, Retries, Wants};
    Config {
        attempts: 4,
        reach: 3,
        answers: vec![
            Answer::Token(MINUTE),
            Answer::Transient,
            Answer::Terminal,
            Answer::Throttled(20 * SECOND),
            Answer::TerminalLater(20 * SECOND),
        ],
        wants: vec![Want::Usual, Want::Passing],
        resets: vec![Reset::Fork, Reset::Logout],
        ..Config::new(
            "pause_exits",
            "how pauses end before their time, and when they do not",
            bounds(&[(Wants, 2), (Answers, 2), (Moves, 3), (Near, 1), (Credentials, 1), (Retries, 1), (Invalidated, 1)]),
        )
    }
}

fn adopt() -> Config {
    use Thing::{Adoptions, Answers, Credentials, Moves, Near, Rejections, Wants};
    let offer = |age, life, left, bytes| Offer { age, life, left, bytes };
    Config {
        reach: 3,
        answers: vec![Answer::Token(MINUTE), Answer::Transient, Answer::Same(3 * MINUTE)],
        wants: vec![Want::Usual, Want::Passing],
        resets: vec![Reset::Logout],
        drops: vec![false],
        offers: vec![
            offer(0, 2 * MINUTE, 2 * MINUTE, Bytes::New),
            offer(0, MINUTE, MINUTE, Bytes::New),
            offer(0, 2 * MINUTE, 70 * SECOND, Bytes::New),
            offer(10 * MINUTE, 11 * MINUTE, 11 * MINUTE, Bytes::New),
            offer(0, MINUTE, 0, Bytes::New),
            offer(0, 5 * MINUTE, 5 * MINUTE, Bytes::Held),
            offer(0, 5 * MINUTE, 5 * MINUTE, Bytes::Rejected),
            offer(1, 500 * DAY, 500 * DAY, Bytes::New),
        ],
        ..Config::new(
            "adopt",
            "tokens of other tabs and processes, fit and unfit",
            bounds(&[(Wants, 2), (Answers, 2), (Moves, 2), (Near, 1), (Adoptions, 1), (Credentials, 1), (Rejections, 1)]),
        )
    }
}

fn clocks() -> Config {
    use Thing::{Answers, Back, Forward, Lates, Moves, Rejections, Wants};
    Config {
        attempts: 4,
        reach: 3,
        answers: vec![Answer::Token(MINUTE), Answer::Transient, Answer::Throttled(20 * SECOND)],
        lates: vec![Answer::Token(2 * MINUTE)],
        wants: vec![Want::Usual, Want::Passing],
        forward: vec![30_000, 30_001, HOUR],
        back: vec![30_000, 30_001, HOUR],
        ..Config::new(
            "clocks",
            "a wall clock that is set forward and back",
            bounds(&[(Wants, 2), (Answers, 2), (Moves, 2), (Forward, 1), (Back, 1), (Lates, 1), (Rejections, 1)]),
        )
    }
}

fn mono_back() -> Config {
    use Thing::{Answers, Forward, MonoBack, Moves, Rejections, Wants};
    Config {
        reach: 3,
        answers: vec![Answer::Token(MINUTE), Answer::Transient, Answer::Throttled(20 * SECOND)],
        wants: vec![Want::Usual, Want::Passing],
        forward: vec![],
        ..Config::new(
            "mono_back",
            "a monotonic clock that runs back, and a wall clock that is set forward to a boundary",
            bounds(&[(Wants, 3), (Answers, 2), (Moves, 1), (MonoBack, 1), (Forward, 1), (Rejections, 1)]),
        )
    }
}

pub(super) fn invalidate_twice() -> Config {
    use Thing::{Answers, Credentials, Invalidated, Moves, Near, Wants};
    Config {
        attempts: 4,
        reach: 2,
        answers: vec![Answer::Token(HOUR), Answer::Throttled(100)],
        drops: vec![false],
        script: [Wants, Answers, Credentials, Answers, Invalidated].repeat(2),
        ..Config::new(
            "invalidate_twice",
            "tokens that the user drops in pauses, twice within a second",
            bounds(&[(Wants, 3), (Answers, 4), (Moves, 3), (Near, 1), (Credentials, 2), (Invalidated, 2)]),
        )
    }
}

fn ticks() -> Config {
    use Thing::{Abandoned, Answers, Moves, Near, Ticks, Wants};
    Config {
        attempts: 4,
        reach: 3,
        answers: vec![Answer::Token(MINUTE), Answer::Token(DAY), Answer::Transient, Answer::Throttled(2 * HOUR)],
        wants: vec![Want::Usual],
        ticks: vec![true, false],
        ..Config::new(
            "ticks",
            "a host that only ticks, with and without keeping fresh",
            bounds(&[(Wants, 1), (Answers, 2), (Abandoned, 1), (Moves, 4), (Near, 1), (Ticks, 4)]),
        )
    }
}
