//! The bounds that must meet, two and two, and all of them at once.

use crate::{
    bounds::Thing,
    config::{Answer, Bytes, Config, Draws, Offer, Rejection, Want},
};

use super::{MINUTE, MINUTE_SIZES, SECOND, bounds};

/// All bounds, in groups such that each two of them meet: callers, late attempts, generations, credentials, rejections,
/// suspend, wall steps forward and back; every kind of answer in each group.
pub(super) fn pairs() -> Vec<Config> {
    use Thing::{Answers, Back, Credentials, Forward, Lates, Moves, Rejections, Suspends, Wants};
    const GROUPS: [(&str, [usize; 4]); 6] = [
        ("pairs_callers_late_generations_credentials", [0, 1, 2, 3]),
        ("pairs_callers_late_rejections_suspend", [0, 1, 4, 5]),
        ("pairs_callers_late_forward_back", [0, 1, 6, 7]),
        ("pairs_generations_credentials_rejections_suspend", [2, 3, 4, 5]),
        ("pairs_generations_credentials_forward_back", [2, 3, 6, 7]),
        ("pairs_rejections_suspend_forward_back", [4, 5, 6, 7]),
    ];
    let group = |name, has: &[usize; 4]| {
        let number = |bound: usize, number: u8| if has.contains(&bound) { number } else { 0 };
        let callers = number(0, 3).max(1);
        let limits = bounds(&[
            (Wants, if callers == 3 { 3 } else { 2 }),
            (Answers, if has.contains(&2) { 3 } else { 2 }),
            (Lates, number(1, 1)),
            (Credentials, number(3, 1)),
            (Rejections, number(4, 2)),
            (Suspends, number(5, 1)),
            (Forward, number(6, 1)),
            (Back, number(7, 1)),
            (Moves, 2),
        ]);
        Config {
            callers: usize::from(callers),
            generations: if has.contains(&2) { 3 } else { 2 },
            reach: 2,
            answers: every_answer(),
            lates: vec![Answer::Token(2 * MINUTE), Answer::Token(15 * SECOND)],
            ..Config::new(name, "bounds that meet", limits)
        }
    };
    GROUPS.iter().map(|(name, has)| group(*name, has)).collect()
}

fn every_answer() -> Vec<Answer> {
    vec![
        Answer::Token(MINUTE),
        Answer::Same(2 * MINUTE),
        Answer::Token(20 * SECOND),
        Answer::Token(0),
        Answer::Transient,
        Answer::Terminal,
        Answer::Throttled(5 * SECOND),
        Answer::Throttled(5 * MINUTE),
    ]
}

/// All bounds at once, and every answer: more than can be explored in a day.
#[must_use]
pub fn product() -> Config {
    use Thing::{
        Abandoned, Adoptions, Answers, Back, Credentials, Forward, Invalidated, Lates, Moves, Near, Rejections, Resets, Retries, Suspends,
        Ticks, Wants,
    };
    Config {
        reach: 6,
        answers: every_answer(),
        lates: every_answer(),
        wants: vec![Want::Usual, Want::Passing, Want::Patience(700), Want::MinValid(30 * SECOND)],
        rejections: vec![Rejection::Held, Rejection::Older, Rejection::Retried, Rejection::Once],
        draws: Draws::Both,
        sizes: MINUTE_SIZES.to_vec(),
        offers: vec![Offer { age: 0, life: 2 * MINUTE, left: 2 * MINUTE, bytes: Bytes::New }],
        ..Config::new(
            "product",
            "everything",
            bounds(&[
                (Wants, 6),
                (Answers, 3),
                (Lates, 1),
                (Abandoned, 1),
                (Rejections, 2),
                (Credentials, 1),
                (Resets, 1),
                (Retries, 1),
                (Invalidated, 1),
                (Adoptions, 1),
                (Ticks, 2),
                (Moves, 8),
                (Near, 2),
                (Suspends, 1),
                (Forward, 1),
                (Back, 1),
            ]),
        )
    }
}
