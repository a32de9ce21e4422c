//! Short scenes that lead to states that chance alone seldom meets: a withheld token, a rejected one, late answers.

use crate::{
    chance::{Chance, View},
    plan::{After, Behaviour, Fate, Step},
};

/// How many scenes there are.
pub(crate) const SCENES: u64 = 11;

/// Draws the steps of a scene.
pub(crate) fn scene(chance: &mut Chance, scene: u64, view: &View) -> Vec<Step> {
    match scene {
        0 => withheld(chance),
        1 | 2 => rejected(chance),
        3 => late(chance, view, chance_zone),
        4 => without(chance),
        5 => short(chance),
        6 | 7 => outage(chance, view),
        8 => edge(chance),
        9 => twice(chance),
        _ => late(chance, view, |_, (left, _)| left),
    }
}

fn request(chance: &mut Chance) -> Step {
    Step::Request { call: chance.call(), patience_ms: None, replayable: true, replica: 0 }
}

fn headers(chance: &mut Chance) -> Step {
    Step::Headers { call: chance.call(), min_valid_ms: 0, patience_ms: chance.of(&[None, Some(0)]) }
}

/// Something that a user, a device or a server does by itself.
fn deed(chance: &mut Chance) -> Vec<Step> {
    let call = chance.call();
    match chance.below(9) {
        0 => vec![Step::Headers { call, min_valid_ms: 0, patience_ms: None }, Step::Cancel { call }],
        1..4 => vec![chance.user()],
        4..6 => vec![chance.clock()],
        6 => vec![Step::Adopt { from: crate::plan::Tab::Fetched, age_ms: 3, ahead_ms: 0, lifetime_ms: 3_600_000 }],
        7 => vec![Step::Skew { ms: 60_000 }],
        _ => vec![Step::Revoke { all: true }],
    }
}

/// A rejected token is kept from callers while another is fetched.
fn withheld(chance: &mut Chance) -> Vec<Step> {
    let late = Behaviour { up_ms: 10, down_ms: 12_000 + chance.below(300), fate: chance.fate() };
    let forced = Behaviour { up_ms: chance.of(&[5, 50, 1_000, 20_000]), down_ms: 5, fate: chance.fate() };
    let mut steps = if chance.one_in(3) {
        // A request that was given up, whose answer comes in the middle of it all.
        vec![
            Step::Answers { next: vec![late, Behaviour::of(Fate::Works)] },
            Step::Retry,
            Step::CredentialsChanged { drop_token: false, key: 0 },
            Step::Advance { ms: 12_000 - 30 },
        ]
    } else {
        vec![Step::Lifetime { ms: 600_000 }, headers(chance), Step::Advance { ms: 10_100 }]
    };
    steps.push(Step::Answers { next: vec![forced] });
    if chance.one_in(2) {
        steps.push(Step::Stray { times: 1 });
    } else {
        steps.push(Step::Revoke { all: false });
    }
    steps.extend([request(chance), request(chance), Step::Advance { ms: 31 }]);
    steps.extend(deed(chance));
    steps.extend([headers(chance), Step::Advance { ms: chance.of(&[1, 300, 2_100]) }]);
    steps
}

/// A token that its API rejects and its server does not replace.
fn rejected(chance: &mut Chance) -> Vec<Step> {
    let failure = Behaviour::of(chance.of(&[Fate::Fails { status: 503 }, Fate::Refuses, Fate::RequestLost, Fate::Dropped]));
    let slow = Behaviour { up_ms: 10, down_ms: chance.of(&[100, 5_000, 12_000, 27_000]), fate: chance.fate() };
    let mut steps = vec![
        Step::Lifetime { ms: 3_600_000 },
        headers(chance),
        Step::Advance { ms: 10_100 },
        Step::Answers { next: vec![failure, slow] },
        Step::Revoke { all: false },
        request(chance),
        Step::Advance { ms: 40 },
    ];
    match chance.below(4) {
        // In the pause.
        0 => steps.extend(deed(chance)),
        // The pause is over, and nobody has called.
        1 => {
            steps.push(Step::Advance { ms: 16_000 });
            steps.extend(deed(chance));
        }
        // Another request is on its way.
        2 => {
            steps.extend([Step::Advance { ms: 16_000 }, headers(chance), Step::Advance { ms: 20 }]);
            steps.extend(deed(chance));
        }
        // .. and answers late, while the next pause is on or over.
        _ => steps.extend([
            Step::Advance { ms: 16_000 },
            headers(chance),
            Step::Advance { ms: 10_001 },
            headers(chance),
            Step::Advance { ms: chance.of(&[2_000, 16_990]) },
        ]),
    }
    steps.extend([request(chance), Step::Advance { ms: 60 }]);
    steps
}

fn chance_zone(chance: &mut Chance, (left, life): (u64, u64)) -> u64 {
    let (window, hard) = (life / 5, (life / 10).min(60_000));
    left.saturating_sub(chance.of(&[window, hard, hard / 2]))
}

/// A request is sent in some zone of the token's life, and its answer comes when it is given up.
fn late(chance: &mut Chance, view: &View, until: impl FnOnce(&mut Chance, (u64, u64)) -> u64) -> Vec<Step> {
    let Some(token) = view.left else { return without(chance) };
    let ms = until(chance, token);
    let (fate, ms_late) = (chance.fate(), chance.of(&[10_500, 12_000, 16_000, 27_000]));
    // What is lost on its way up, or with its task, is lost late as well.
    let (up_ms, down_ms) = if matches!(fate, Fate::RequestLost | Fate::Dropped) { (ms_late, 0) } else { (10, ms_late) };
    let late = Behaviour { up_ms, down_ms, fate };
    let mut steps = vec![Step::Answers { next: vec![late] }, Step::Advance { ms }, headers(chance), Step::Advance { ms: 10_001 }];
    if chance.one_in(2) {
        steps.push(headers(chance));
    }
    if chance.one_in(3) {
        steps.push(Step::Adopt { from: crate::plan::Tab::Fetched, age_ms: 0, ahead_ms: 0, lifetime_ms: chance.of(&[60_000, 3_600_000]) });
    }
    steps.extend([Step::Advance { ms: 17_100 }, headers(chance)]);
    steps
}

/// A flight without a token, between its attempts.
fn without(chance: &mut Chance) -> Vec<Step> {
    let late = Behaviour { up_ms: 10, down_ms: chance.of(&[10_200, 10_400, 12_000, 27_000]), fate: chance.fate() };
    let failure = Behaviour::of(Fate::Fails { status: 502 });
    let mut steps = vec![Step::Answers { next: vec![late, failure, failure] }, Step::Logout];
    let call = chance.call();
    steps.push(Step::Headers { call, min_valid_ms: 0, patience_ms: Some(40_000) });
    steps.push(Step::Advance { ms: chance.of(&[10_001, 10_100, 10_499]) });
    steps.extend(deed(chance));
    steps.push(Step::Advance { ms: chance.of(&[100, 399, 500, 4_000]) });
    steps
}

/// A token whose zones are shorter than a request to the API.
fn short(chance: &mut Chance) -> Vec<Step> {
    let ms = chance.of(&[125, 250]);
    vec![
        Step::Answers { next: vec![Behaviour::of(Fate::Lives { ms })] },
        Step::Logout,
        headers(chance),
        Step::Advance { ms: chance.of(&[80, 85, 90]) + ms - 125 },
        if chance.one_in(2) { Step::Stray { times: 1 } } else { Step::Revoke { all: false } },
        request(chance),
        Step::Advance { ms: 31 },
    ]
}

/// The refresh fails in some zone of the token's life, and something happens in the pause.
fn outage(chance: &mut Chance, view: &View) -> Vec<Step> {
    let Some((left, life)) = view.left else { return without(chance) };
    let ms = chance_zone(chance, (left, life));
    let failure = Behaviour::of(chance.of(&[Fate::Fails { status: 503 }, Fate::Refuses, Fate::Throttles { after: After::Seconds(30) }]));
    let mut steps = vec![Step::Answers { next: vec![failure] }, Step::Advance { ms }, headers(chance), Step::Advance { ms: 1 }];
    if chance.one_in(2) {
        steps.extend([if chance.one_in(2) { Step::Stray { times: 1 } } else { Step::Revoke { all: false } }, request(chance)]);
        steps.push(Step::Advance { ms: 31 });
    } else {
        steps.extend(deed(chance));
    }
    steps.push(headers(chance));
    steps
}

/// A request is on its way to the API while the pause after a refusal, five seconds to the millisecond, ends.
fn edge(chance: &mut Chance) -> Vec<Step> {
    let rejection = if chance.one_in(2) { Step::Stray { times: 2 } } else { Step::Revoke { all: false } };
    vec![
        Step::Lifetime { ms: 3_600_000 },
        Step::Logout,
        headers(chance),
        Step::Advance { ms: 10_100 },
        Step::Answers { next: vec![Behaviour::of(Fate::Refuses)] },
        rejection,
        request(chance),
        Step::Advance { ms: 30 },
        Step::Advance { ms: 4_985 },
        request(chance),
        Step::Advance { ms: 31 },
    ]
}

/// The user drops two tokens within a second, each while a short Retry-After is over and its pause is not.
fn twice(chance: &mut Chance) -> Vec<Step> {
    let throttled = Behaviour::of(Fate::Throttles { after: After::Tenths(2) });
    let changed = Step::CredentialsChanged { drop_token: false, key: chance.key() };
    vec![
        Step::Lifetime { ms: 3_600_000 },
        Step::CreateKey { key: chance.key() },
        headers(chance),
        Step::Advance { ms: 50 },
        Step::Answers { next: vec![throttled, throttled] },
        changed.clone(),
        Step::Advance { ms: 250 },
        Step::Invalidate,
        Step::Adopt { from: crate::plan::Tab::Fetched, age_ms: 0, ahead_ms: 0, lifetime_ms: 3_600_000 },
        changed,
        Step::Advance { ms: 250 },
        Step::Invalidate,
        headers(chance),
        Step::Advance { ms: 1_000 },
    ]
}
