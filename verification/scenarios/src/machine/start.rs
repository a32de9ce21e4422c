//! Where a machine scenario's clocks begin, and how its draws are chosen.

use evertoken::{Instant, Now};

/// The clocks at a scenario's time 0; nothing depends on the numbers, but wall steps back must find room.
pub const START: Instant = Instant { mono: 1_000_000_000, wall: 1_800_000_000_000 };

/// What the clocks of a step show, and which number is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clocks {
    pub(super) mono_ms: i64,
    pub(super) wall_ms: i64,
}

impl Clocks {
    pub(super) const fn now(self, draw_ms: u64) -> Now {
        Now {
            mono: START.mono.saturating_add_signed(self.mono_ms),
            wall: START.wall.saturating_add_signed(self.wall_ms),
            entropy: entropy_for(draw_ms),
        }
    }
}

/// The entropy for which the next draw from `low` to `high` is `low + offset % (high - low + 1)`: splitmix64 run backwards.
#[must_use]
pub const fn entropy_for(offset: u64) -> u64 {
    let mut z = offset;
    z ^= (z >> 31) ^ (z >> 62);
    z = z.wrapping_mul(0x3196_42b2_d24d_8ec3);
    z ^= (z >> 27) ^ (z >> 54);
    z = z.wrapping_mul(0x96de_1b17_3f11_9089);
    z ^= (z >> 30) ^ (z >> 60);
    z.wrapping_sub(0x9e37_79b9_7f4a_7c15)
}

/// The offset of the next draw of an entropy: splitmix64.
#[must_use]
pub const fn offset_of(entropy: u64) -> u64 {
    let mut z = entropy.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A time on the monotonic clock, from the start.
pub(super) const fn mono_ms(mono: u64) -> i64 {
    mono.wrapping_sub(START.mono).cast_signed()
}

/// A time on the wall clock, from the start.
pub(super) const fn wall_ms(wall: u64) -> i64 {
    wall.wrapping_sub(START.wall).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_and_its_entropy_belong_together() {
        for offset in [0, 1, 2, 250, 90_000, 720_000, u64::MAX] {
            assert_eq!(offset_of(entropy_for(offset)), offset);
        }
    }
}
