//! States by 128 bits, alike where they differ only in when they are.
//!
//! A machine compares instants with each other and with now, and nothing else: two states whose instants all lie equally
//! far from now behave alike for ever. The checker's clocks begin at numbers that no duration reaches, so the hasher knows
//! instants when it meets them and takes their distance from now. What the machine remembers of the last reading of the
//! clocks is left out, for states are taken right after a call: it is now.

use std::hash::{Hash, Hasher};

use evertoken::{Input, Instant, Machine, Now, Policy, trace::Alias};
use evertoken_oracle::Oracle;
use rustc_stable_hash::{FromStableHash, SipHasher128Hash, StableSipHasher128};

/// Where the checker's monotonic clock begins.
pub const MONO: u64 = 1 << 50;
/// Where its wall clock begins.
pub const WALL: u64 = 3 << 50;
/// All instants lie this close to those beginnings.
const NEAR: u64 = 1 << 48;

/// A state's 128 bits.
pub type Print = u128;

/// Which writes of a machine's and an oracle's hash are left out.
#[derive(Clone, Debug)]
pub struct Fingerprint {
    machine: Vec<bool>,
    oracle: Vec<bool>,
}

impl Fingerprint {
    /// Finds out where machines and oracles remember the last reading of the clocks.
    #[must_use]
    pub fn new(start: &Machine<Alias>) -> Self {
        let at = |ms: u64| {
            let (mut machine, mut oracle) = (start.clone(), Oracle::<Alias>::new());
            let now = Now { mono: MONO + ms, wall: WALL + 3 * ms, entropy: 0 };
            let input = Input::Tick { keep_fresh: false };
            let step = machine.handle(now, input.clone());
            let _ = oracle.observe(now, &input, &step);
            (written(&machine), written(&oracle))
        };
        let ((machine, oracle), (machine_later, oracle_later)) = (at(1), at(2));
        let differ = |a: &[u64], b: &[u64]| a.iter().zip(b).map(|(a, b)| a != b).collect::<Vec<_>>();
        let mut machine = differ(&machine, &machine_later);
        // The numbers that it follows are the same everywhere; they come first.
        let policy = written(start.policy()).len();
        if written(&start)[..policy.min(machine.len())] == written(start.policy())[..] {
            machine[..policy].fill(true);
        }
        Self { machine, oracle: differ(&oracle, &oracle_later) }
    }

    /// Takes the fingerprint of what a machine and its onlooker are at a time.
    #[must_use]
    pub fn of(&self, machine: &Machine<Alias>, oracle: &Oracle<Alias>, now: Instant) -> Print {
        let mut hasher = Relative { inner: StableSipHasher128::new(), now, skip: &self.machine, at: 0 };
        machine.hash(&mut hasher);
        (hasher.skip, hasher.at) = (&self.oracle, 0);
        oracle.hash(&mut hasher);
        hasher.inner.finish::<Bits>().0
    }
}

/// Mixes something small into a fingerprint.
#[must_use]
pub fn with(print: Print, more: &impl Hash) -> Print {
    let mut hasher = StableSipHasher128::new();
    print.hash(&mut hasher);
    more.hash(&mut hasher);
    hasher.finish::<Bits>().0
}

struct Bits(u128);

impl FromStableHash for Bits {
    type Hash = SipHasher128Hash;

    fn from(SipHasher128Hash([a, b]): SipHasher128Hash) -> Self {
        Self(u128::from(a) << 64 | u128::from(b))
    }
}

struct Relative<'a> {
    inner: StableSipHasher128,
    now: Instant,
    skip: &'a [bool],
    at: usize,
}

impl Relative<'_> {
    fn skips(&mut self) -> bool {
        let skip = self.skip.get(self.at).copied().unwrap_or_default();
        self.at += 1;
        skip
    }
}

impl Hasher for Relative<'_> {
    fn finish(&self) -> u64 {
        Hasher::finish(&self.inner)
    }

    fn write(&mut self, bytes: &[u8]) {
        if !self.skips() {
            self.inner.write(bytes);
        }
    }

    fn write_u64(&mut self, value: u64) {
        if self.skips() {
            return;
        }
        let relative = if value.abs_diff(MONO) < NEAR {
            value.wrapping_sub(self.now.mono) ^ 1 << 62
        } else if value.abs_diff(WALL) < NEAR {
            value.wrapping_sub(self.now.wall) ^ 1 << 61
        } else {
            value
        };
        self.inner.write_u64(relative);
    }

    fn write_u8(&mut self, value: u8) {
        if !self.skips() {
            self.inner.write_u8(value);
        }
    }

    fn write_u32(&mut self, value: u32) {
        if !self.skips() {
            self.inner.write_u32(value);
        }
    }

    fn write_usize(&mut self, value: usize) {
        if !self.skips() {
            self.inner.write_usize(value);
        }
    }

    fn write_isize(&mut self, value: isize) {
        if !self.skips() {
            self.inner.write_isize(value);
        }
    }
}

/// What something writes when it is hashed, one number a write.
fn written(of: &impl Hash) -> Vec<u64> {
    let mut list = List(Vec::new());
    of.hash(&mut list);
    list.0
}

struct List(Vec<u64>);

impl Hasher for List {
    fn finish(&self) -> u64 {
        0
    }

    fn write(&mut self, bytes: &[u8]) {
        let mut eight = [0; 8];
        eight.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        self.0.push(u64::from_le_bytes(eight));
    }
}

/// Makes the machine that the checker is about, with the default policy.
///
/// # Errors
/// The policy's own, were the default refused.
pub fn new_machine() -> Result<Machine<Alias>, evertoken::Error> {
    Machine::new(Policy::default())
}
