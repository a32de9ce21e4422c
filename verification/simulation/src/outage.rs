//! What an hour without a working token endpoint costs: its requests, and the longest wait of a caller.

use std::fmt::Write as _;

use evertoken::Error;

use crate::{
    plan::{After, Behaviour, Dialect, Fate, Plan, Step},
    world::World,
};

/// The lifetimes that are measured, in milliseconds.
pub const LIFETIMES: [u64; 4] = [2_000, 10_000, 60_000, 1_800_000];

/// The kinds of outage, with their names.
pub const KINDS: [(&str, Fate); 4] = [
    ("503", Fate::Fails { status: 503 }),
    ("hang", Fate::Hangs),
    ("429, Retry-After 120", Fate::Throttles { after: After::Seconds(120) }),
    ("terminal (401)", Fate::Refuses),
];

const HOUR_MS: u64 = 3_600_000;
const CALLERS: u32 = 5;
/// Each caller calls again a second after it was answered, one after another.
const EVERY_MS: u64 = 200;
/// The outage begins at so many points of a token's life, evenly.
const PHASES: u64 = 8;

/// What an outage cost, over all the points of a life at which it began.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Token requests in the hour: the least, the mean, the most.
    pub requests: [f64; 3],
    /// The longest wait of a caller that had a valid token, in milliseconds.
    pub longest_with_token_ms: u64,
    /// .. and of one that had none.
    pub longest_without_ms: u64,
}

/// Measures an outage of one hour with five callers.
///
/// # Errors
/// A world that cannot be made, or a promise that is broken meanwhile.
#[expect(clippy::cast_precision_loss, reason = "some hundreds of requests")]
pub fn measure(lifetime_ms: u64, fate: Fate) -> Result<Cost, String> {
    let mut cost = Cost { requests: [f64::MAX, 0.0, 0.0], ..Cost::default() };
    for phase in 0..PHASES {
        let (requests, longest) = run(lifetime_ms, fate, phase)?;
        let requests = requests as f64;
        cost.requests[0] = cost.requests[0].min(requests);
        cost.requests[1] += requests / PHASES as f64;
        cost.requests[2] = cost.requests[2].max(requests);
        cost.longest_with_token_ms = cost.longest_with_token_ms.max(longest[0]);
        cost.longest_without_ms = cost.longest_without_ms.max(longest[1]);
    }
    Ok(cost)
}

fn run(lifetime_ms: u64, fate: Fate, phase: u64) -> Result<(u64, [u64; 2]), String> {
    let plan = Plan { name: "outage".into(), dialect: Dialect::Oauth2, entropy: phase, timers_first: false, steps: Vec::new() };
    let mut world = World::new(&plan, false).map_err(|error: Error| error.to_string())?;
    world.take(0, &Step::Lifetime { ms: lifetime_ms });
    let mut crowd = Crowd::default();
    crowd.call(&mut world, 2_000);
    // To this point of the life of the token that is held then.
    let (left, life) = world.look(|watch| watch.reference.left_ms(watch.now())).flatten().unwrap_or((0, lifetime_ms));
    crowd.call(&mut world, left + life * phase / PHASES);
    world.take(1, &Step::Always { behaviour: Behaviour { up_ms: 20, down_ms: 20, fate } });
    let before = world.view().attempts;
    world.look(|watch| watch.longest_ms = [0; 2]);
    crowd.call(&mut world, HOUR_MS);
    let requests = world.view().attempts - before;
    let (longest, broken) = world.look(|watch| (watch.longest_ms, watch.violations.first().cloned())).unwrap_or_default();
    broken.map_or(Ok((requests, longest)), |broken| Err(format!("{}: {}", broken.invariant, broken.detail)))
}

/// Callers that call again and again.
#[derive(Default)]
struct Crowd {
    turn: u32,
    /// Each caller's last call.
    last: [u32; CALLERS as usize],
    calls: u32,
}

impl Crowd {
    fn call(&mut self, world: &mut World, ms: u64) {
        let mut left = ms;
        while left > 0 {
            let caller = (self.turn % CALLERS) as usize;
            self.turn += 1;
            if !world.waits(self.last[caller]) {
                self.calls += 1;
                self.last[caller] = self.calls;
                world.take(0, &Step::Headers { call: self.calls, min_valid_ms: 0, patience_ms: None });
            }
            let step = left.min(EVERY_MS);
            world.take(0, &Step::Advance { ms: step });
            left -= step;
        }
    }
}

/// Measures every kind of outage for every lifetime, as a Markdown table.
///
/// # Errors
/// As [`measure`].
pub fn table() -> Result<String, String> {
    let mut page =
        String::from("| lifetime | outage | requests in an hour: least | mean | most | longest wait with a valid token | without |\n");
    page.push_str("|--:|---|--:|--:|--:|--:|--:|\n");
    for lifetime_ms in LIFETIMES {
        for (name, fate) in KINDS {
            let cost = measure(lifetime_ms, fate)?;
            let [least, mean, most] = cost.requests;
            let _ = writeln!(
                page,
                "| {} s | {name} | {least:.0} | {mean:.0} | {most:.0} | {} ms | {} ms |",
                lifetime_ms / 1_000,
                cost.longest_with_token_ms,
                cost.longest_without_ms
            );
        }
    }
    Ok(page)
}
