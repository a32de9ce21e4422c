//! Long rows of one thing: what doubles, what is capped, what is forgotten.

use crate::{
    bounds::Thing,
    config::{Answer, Bytes, Config, Draws, Offer, Reset, Want},
};

use super::{DAY, HOUR, MINUTE, MINUTE_SIZES, SECOND, bounds};

/// Long rows of one thing: what doubles, what is capped, what is forgotten.
pub(super) fn rows() -> Vec<Config> {
    use Thing::{Abandoned, Adoptions, Answers, Credentials, Lates, Moves, Near, Rejections, Resets, Ticks, Wants};
    let row = |name, about, of: &[(Thing, u8)]| Config {
        attempts: 20,
        generations: 20,
        callers: 1,
        reach: 2,
        wants: vec![Want::Usual],
        drops: vec![false],
        ..Config::new(name, about, bounds(of))
    };
    vec![
        Config {
            answers: vec![Answer::Transient],
            draws: Draws::High,
            sizes: vec![1_001, 2_001, 4_001, 7_501],
            ..row("row_of_failed_flights", "flights that fail one after another", &[(Wants, 5), (Answers, 6), (Moves, 9), (Ticks, 3)])
        },
        Config {
            answers: vec![Answer::Terminal],
            resets: vec![Reset::Logout],
            ..row(
                "row_of_terminal_failures",
                "terminal failures one after another",
                &[(Wants, 9), (Answers, 9), (Moves, 9), (Credentials, 1), (Resets, 1)],
            )
        },
        Config {
            answers: vec![Answer::Token(MINUTE)],
            ..row(
                "row_of_abandoned",
                "attempts that are abandoned one after another",
                &[(Wants, 2), (Abandoned, 8), (Answers, 1), (Moves, 7), (Ticks, 7)],
            )
        },
        Config {
            answers: vec![Answer::Token(HOUR), Answer::Transient],
            draws: Draws::Both,
            sizes: vec![2_501, 5_001, 10_001, 20_001, 40_001],
            wants: vec![Want::Passing],
            ..row(
                "row_of_failed_refreshes_hour",
                "refreshes of an hour's token that fail one after another",
                &[(Wants, 6), (Answers, 6), (Moves, 6)],
            )
        },
        Config {
            answers: vec![Answer::Token(DAY), Answer::Transient],
            draws: Draws::High,
            sizes: vec![2_501, 5_001, 10_001, 20_001, 40_001, 80_001],
            wants: vec![Want::Passing],
            attempts: 14,
            script: [vec![Wants, Answers, Credentials], [Answers, Wants].repeat(10)].concat(),
            ..row(
                "row_of_failed_refreshes_day",
                "refreshes for new credentials of a day's token that fail one after another",
                &[(Wants, 12), (Answers, 12), (Moves, 12), (Credentials, 1)],
            )
        },
        Config {
            answers: vec![Answer::Token(2 * SECOND), Answer::Transient, Answer::Throttled(100)],
            draws: Draws::Both,
            sizes: vec![17, 32, 63, 101],
            wants: vec![Want::Passing],
            ..row(
                "row_of_failed_refreshes_2_s",
                "refreshes of a token of two seconds that fail one after another",
                &[(Wants, 5), (Answers, 4), (Moves, 5), (Near, 1)],
            )
        },
        Config {
            answers: vec![Answer::Token(MINUTE), Answer::Transient, Answer::Terminal, Answer::Throttled(SECOND)],
            draws: Draws::High,
            sizes: MINUTE_SIZES.to_vec(),
            wants: vec![Want::Passing],
            reach: 3,
            ..row(
                "row_of_mixed_refreshes",
                "refreshes of a minute's token that fail in turns",
                &[(Wants, 5), (Answers, 4), (Moves, 5), (Near, 1)],
            )
        },
        Config {
            answers: vec![Answer::Token(DAY), Answer::Transient],
            draws: Draws::High,
            sizes: vec![2_501, 5_001, 10_001, 20_001, 40_001, 80_001],
            wants: vec![Want::Passing],
            script: [vec![Wants, Answers, Credentials], [Answers, Wants].repeat(3), vec![Answers, Rejections, Wants, Answers, Rejections]]
                .concat(),
            ..row(
                "row_of_rejections_in_pauses",
                "rejections in pauses that grow longer",
                &[(Wants, 6), (Answers, 6), (Moves, 6), (Rejections, 2), (Credentials, 1)],
            )
        },
        Config {
            answers: vec![Answer::Token(30 * MINUTE)],
            reach: 3,
            script: [vec![Wants, Answers, Rejections, Answers], [Rejections, Rejections, Answers].repeat(5)].concat(),
            ..row(
                "row_of_forced_refreshes",
                "tokens that are rejected one after another",
                &[(Answers, 7), (Rejections, 11), (Moves, 11), (Wants, 1)],
            )
        },
        Config {
            answers: vec![Answer::Token(10 * MINUTE)],
            reach: 4,
            ..row(
                "row_of_forced_refreshes_short",
                "tokens of ten minutes that are rejected one after another",
                &[(Answers, 4), (Rejections, 5), (Moves, 5), (Near, 1), (Wants, 1)],
            )
        },
        Config {
            answers: vec![Answer::Token(10 * HOUR), Answer::First(10 * HOUR)],
            script: [vec![Wants, Answers], [Rejections, Credentials, Answers].repeat(10)].concat(),
            ..row(
                "row_of_rejected_bytes",
                "more rejected tokens than are remembered",
                &[(Answers, 12), (Rejections, 10), (Wants, 1), (Credentials, 11)],
            )
        },
        Config {
            answers: vec![Answer::Token(DAY)],
            lates: vec![Answer::Token(2 * DAY), Answer::Transient],
            attempts: 21,
            misuse: true,
            ..row(
                "row_of_lost_attempts",
                "more attempts that never end than are remembered",
                &[(Wants, 1), (Answers, 1), (Lates, 1), (Credentials, 19)],
            )
        },
        Config {
            answers: vec![Answer::Token(MINUTE), Answer::Transient],
            offers: vec![Offer { age: 0, life: 2 * MINUTE, left: 2 * MINUTE, bytes: Bytes::New }],
            ..row(
                "row_of_overtaken_attempts",
                "attempts that a token of another tab overtakes, given up or not",
                &[(Wants, 3), (Answers, 2), (Adoptions, 1), (Abandoned, 1), (Moves, 3), (Rejections, 1)],
            )
        },
        Config {
            answers: vec![Answer::Throttled(3 * HOUR), Answer::Token(HOUR)],
            ..row("row_of_throttles", "long Retry-Afters", &[(Wants, 5), (Answers, 4), (Moves, 5), (Near, 2), (Ticks, 2)])
        },
    ]
}
