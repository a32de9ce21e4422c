//! The named configurations: subjects, long rows of one thing, and the pairs of all bounds.

mod pairs;
mod rows;
mod subjects;

use crate::{
    bounds::{Bounds, Thing},
    config::Config,
};

pub use pairs::product;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Sizes of the intervals that are drawn from for lives of a minute, and without a token.
const MINUTE_SIZES: [u64; 5] = [3_001, 470, 1_001, 938, 2_001];

/// Every configuration of a usual run.
#[must_use]
pub fn all() -> Vec<Config> {
    let mut all = rows::rows();
    all.push(subjects::invalidate_twice());
    all.extend(subjects::subjects());
    all.extend(pairs::pairs());
    all
}

fn bounds(of: &[(Thing, u8)]) -> Bounds {
    of.iter().fold(Bounds::none(), |bounds, (thing, number)| bounds.with(*thing, *number))
}
