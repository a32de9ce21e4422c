//! What a configuration lets happen, and how often.

use std::ops::{Index, IndexMut};

use serde::Serialize;

/// Things of which a configuration allows a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Thing {
    /// A caller wants a token.
    Wants,
    /// A caller says that an API rejected its token.
    Rejections,
    /// The attempt that runs is answered.
    Answers,
    /// An attempt that was given up is answered.
    Lates,
    /// An attempt is dropped.
    Abandoned,
    /// The credentials change.
    Credentials,
    /// A fork or a logout.
    Resets,
    /// The user asks to try again.
    Retries,
    /// The user drops a token.
    Invalidated,
    /// Another process's token comes.
    Adoptions,
    /// A timer fires, or the host keeps fresh.
    Ticks,
    /// Time moves to a boundary.
    Moves,
    /// It moves to a millisecond beside one.
    Near,
    /// Both clocks move by an hour without a call.
    Suspends,
    /// The wall clock is set forward.
    Forward,
    /// The wall clock is set back.
    Back,
    /// The monotonic clock runs back.
    MonoBack,
}

const THINGS: usize = 17;

/// How many of each thing are left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bounds([u8; THINGS]);

impl Bounds {
    /// Allows nothing.
    #[must_use]
    pub const fn none() -> Self {
        Self([0; THINGS])
    }

    /// Allows a number of a thing.
    #[must_use]
    pub const fn with(mut self, thing: Thing, number: u8) -> Self {
        self.0[thing as usize] = number;
        self
    }

    /// Says whether one more is allowed.
    #[must_use]
    pub fn allows(&self, thing: Thing) -> bool {
        self[thing] > 0
    }

    /// Takes one away.
    pub fn spend(&mut self, thing: Thing) {
        self[thing] = self[thing].saturating_sub(1);
    }

    /// Counts the inputs that are left; time is none.
    #[must_use]
    pub fn inputs(&self) -> usize {
        ALL.iter().filter(|thing| **thing as usize <= Thing::Ticks as usize).map(|thing| usize::from(self[*thing])).sum()
    }

    /// Returns every thing that is allowed, and how often.
    pub fn iter(&self) -> impl Iterator<Item = (Thing, u8)> + '_ {
        ALL.iter().map(|thing| (*thing, self[*thing])).filter(|(_, number)| *number > 0)
    }
}

impl Index<Thing> for Bounds {
    type Output = u8;

    fn index(&self, thing: Thing) -> &u8 {
        &self.0[thing as usize]
    }
}

impl IndexMut<Thing> for Bounds {
    fn index_mut(&mut self, thing: Thing) -> &mut u8 {
        &mut self.0[thing as usize]
    }
}

const ALL: [Thing; THINGS] = [
    Thing::Wants,
    Thing::Rejections,
    Thing::Answers,
    Thing::Lates,
    Thing::Abandoned,
    Thing::Credentials,
    Thing::Resets,
    Thing::Retries,
    Thing::Invalidated,
    Thing::Adoptions,
    Thing::Ticks,
    Thing::Moves,
    Thing::Near,
    Thing::Suspends,
    Thing::Forward,
    Thing::Back,
    Thing::MonoBack,
];

impl Thing {
    /// Returns the thing's name for tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wants => "wants",
            Self::Rejections => "rejections",
            Self::Answers => "answers",
            Self::Lates => "late answers",
            Self::Abandoned => "abandoned",
            Self::Credentials => "credentials",
            Self::Resets => "resets",
            Self::Retries => "retries",
            Self::Invalidated => "invalidated",
            Self::Adoptions => "adoptions",
            Self::Ticks => "ticks",
            Self::Moves => "moves",
            Self::Near => "moves ±1",
            Self::Suspends => "suspends",
            Self::Forward => "wall forward",
            Self::Back => "wall back",
            Self::MonoBack => "mono back",
        }
    }
}
