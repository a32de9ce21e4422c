//! The way of one call through the machine's states.

use crate::view::EndpointState;

/// A state of the machine: whether a token is held, and what is done about the endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// A token is held.
    pub held: bool,
    /// What is done about the token endpoint.
    pub endpoint: EndpointState,
}

/// Who takes the machine from one state to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Time alone.
    Time,
    /// The input.
    Input,
}

const LONGEST: usize = 10;

/// The states that a call goes through, with what leads to each.
#[derive(Clone, Copy, Debug)]
pub struct Trail {
    places: [(Place, Cause); LONGEST],
    len: usize,
    /// Where the input was taken.
    taken_at: Place,
}

impl Trail {
    pub(crate) const fn new(start: Place) -> Self {
        Self { places: [(start, Cause::Time); LONGEST], len: 1, taken_at: start }
    }

    pub(crate) const fn mark(&mut self, place: Place, cause: Cause) {
        if self.len < LONGEST {
            self.places[self.len] = (place, cause);
            self.len += 1;
        }
    }

    pub(crate) const fn take_at(&mut self, place: Place) {
        self.taken_at = place;
    }

    /// Returns the state in which the input was taken.
    #[must_use]
    pub const fn taken_at(&self) -> Place {
        self.taken_at
    }

    /// Returns the changes of state: from, to, and what led there.
    pub fn changes(&self) -> impl Iterator<Item = (Place, Place, Cause)> {
        let places = &self.places[..self.len];
        places.windows(2).map(|pair| (pair[0].0, pair[1].0, pair[1].1)).filter(|(from, to, _)| from != to)
    }
}
