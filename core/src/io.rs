//! The machine's interface as plain data: what goes in, what comes out, and the snapshot that a host may use by itself.
//!
//! Every type is generic over the token `T`, which the machine only compares and hands on: [`AccessToken`] in a program,
//! a small alias in a trace, a simulation or a model check.

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::{error::Error, event::Event, secret::AccessToken, time::Instant};

/// What a host tells the machine.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input<T = AccessToken> {
    /// A caller wants a token.
    Want {
        /// How long the token must still live, in milliseconds; counts as at most half of the lifetime.
        min_valid_ms: u64,
        /// How long the caller may wait, in milliseconds: what is left of its one budget.
        patience_ms: u64,
        /// The caller comes back from a `Wait`, or does not want to wait while a valid token is there.
        waited: bool,
    },
    /// An API answered that the token of this generation is bad.
    Rejected {
        /// The generation of the snapshot that was sent.
        generation: u64,
        /// The request can be sent again.
        replayable: bool,
        /// The call was already retried once.
        retried: bool,
        /// How long the caller may still wait, in milliseconds.
        patience_ms: u64,
    },
    /// An attempt has ended with an answer or a failure.
    Finished {
        /// The attempt of the `Start`.
        attempt: u64,
        /// How it ended.
        outcome: Outcome<T>,
    },
    /// An attempt has ended without an outcome: its task was dropped or cancelled.
    Abandoned {
        /// The attempt of the `Start`.
        attempt: u64,
    },
    /// The user says that the token of this generation is no good; not a server's rejection.
    Invalidate {
        /// The generation to drop.
        generation: u64,
    },
    /// Another tab or process of the same grant has fetched a token.
    Adopt {
        /// The token and its times.
        token: Adopted<T>,
    },
    /// The credentials have changed.
    CredentialsChanged {
        /// The held token must not be used any more.
        drop_token: bool,
    },
    /// The user asks to try again now.
    Retry,
    /// The source starts over.
    Reset(Reset),
    /// A timer fired, or the host asks whether there is something to do.
    Tick {
        /// Refresh also while nobody asks.
        keep_fresh: bool,
    },
}

/// How a source starts over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reset {
    /// The source is closed for good.
    Close,
    /// The process has forked: the host has forgotten its attempts and tickets.
    Fork,
    /// The token is dropped; a later `Want` fetches another.
    Logout,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome<T = AccessToken> {
    /// The server gave a token.
    Granted {
        /// The token.
        token: T,
        /// Its lifetime in milliseconds, counted from the moment of sending; 0 means a single use.
        lifetime_ms: u64,
    },
    /// The exchange failed.
    Failed {
        /// Why.
        error: Error,
        /// What the server's Retry-After asks for, in milliseconds.
        retry_after_ms: Option<u64>,
    },
}

/// A token that was fetched elsewhere, with times that mean the same in every process: no monotonic clock.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Adopted<T = AccessToken> {
    /// The token.
    pub token: T,
    /// When its request was sent, in Unix milliseconds.
    pub issued_at_wall: u64,
    /// Its whole lifetime in milliseconds.
    pub lifetime_ms: u64,
    /// What its sender saw left of it, in milliseconds.
    pub remaining_ms: u64,
}

/// What the machine answers to an input.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[must_use = "the host obeys the verdict"]
pub enum Verdict<T = AccessToken> {
    /// Use this snapshot.
    Use(Snapshot<T>),
    /// Wait for the ticket to be settled; at `until_mono` call `Want { waited: true }` with the rest of the patience.
    Wait {
        /// The ticket; a `Publish`, `Hand` or `Fail` with `settles` at or above it answers it.
        ticket: u64,
        /// Monotonic milliseconds.
        until_mono: u64,
    },
    /// Send the rejected request again, with this snapshot.
    RetryWith(Snapshot<T>),
    /// Wait `ms` milliseconds, then `Want`; the call counts as retried.
    RetryAfter {
        /// Milliseconds.
        ms: u64,
    },
    /// Give the caller the API's own answer.
    Surface(SurfaceReason),
    /// The call fails.
    Fail(Error),
    /// Nothing more to do.
    Done,
}

/// Why a rejected call gets the API's own answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SurfaceReason {
    /// The call was already retried.
    AlreadyRetried,
    /// Its body cannot be sent again.
    NotReplayable,
    /// A pause is on, or a forced refresh for this token was tried and did not help.
    Paused,
    /// The last forced refresh is too recent.
    TooSoon,
}

/// What the host carries out, in order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Output<T = AccessToken> {
    /// Run an exchange and report its end with `Finished` or `Abandoned`.
    Start {
        /// Names the attempt in the report.
        attempt: u64,
        /// The machine counts it as failed from here on; nothing for the host to do but to call by then.
        fence_at: Instant,
        /// The host aborts its I/O here.
        abort_at: Instant,
    },
    /// Replace the snapshot; an older (generation, revision) than the held one is ignored.
    Publish {
        /// The new snapshot.
        snapshot: Snapshot<T>,
        /// Tickets up to this one are answered with it; 0 for none.
        settles: u64,
    },
    /// Answer these tickets with a snapshot that nobody else may use and that is not kept.
    Hand {
        /// The snapshot of a token without a life of its own.
        snapshot: Snapshot<T>,
        /// Tickets up to this one are answered with it.
        settles: u64,
    },
    /// Forget the snapshot of this generation, until a higher revision of it comes.
    Retract {
        /// The generation.
        generation: u64,
    },
    /// Answer these tickets with an error.
    Fail {
        /// Tickets up to this one are answered with it.
        settles: u64,
        /// The one error that all of them get.
        error: Error,
    },
    /// Call `Tick` then; replaces the earlier one. A hint: every validity is checked on use.
    WakeAt {
        /// When.
        until: Instant,
    },
    /// Tell whoever listens.
    Event(Event),
}

/// The answer to one input: the outputs are carried out first, then the verdict is obeyed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[must_use = "the host carries out the outputs and obeys the verdict"]
pub struct Step<T = AccessToken> {
    /// For the caller that brought the input.
    pub verdict: Verdict<T>,
    /// For the host.
    pub outputs: Vec<Output<T>>,
}

/// All that a host may decide by itself about a token, by comparing numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Snapshot<T = AccessToken> {
    /// Counts the tokens of this machine.
    pub generation: u64,
    /// Counts the snapshots of this token.
    pub revision: u64,
    /// The token, as the header that carries it.
    pub token: T,
    /// From here on the token is still used, and the machine is asked; never after `use_until`.
    pub ask_at: Instant,
    /// From here on the machine decides.
    pub use_until: Instant,
    /// When the token's request was sent.
    pub issued_at: Instant,
    /// The whole lifetime in milliseconds.
    pub lifetime_ms: u64,
}

/// What a host does with a snapshot at a given time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Use it; no call.
    Fresh,
    /// Use it, and call `Want { patience_ms: 0, waited: true }`.
    Window,
    /// `Want` decides.
    Ask,
}

impl<T> Snapshot<T> {
    /// Says what a host does with this snapshot: the one decision that every shell repeats, by comparing numbers.
    #[must_use]
    pub fn freshness(&self, now: Instant, min_valid_ms: u64) -> Freshness {
        if self.use_until.is_over(now) || self.use_until.left_ms(now) < min_valid_ms {
            Freshness::Ask
        } else if self.ask_at.is_over(now) {
            Freshness::Window
        } else {
            Freshness::Fresh
        }
    }

    /// Returns what is left of the token's life, in milliseconds.
    #[must_use]
    pub fn left_ms(&self, now: Instant) -> u64 {
        self.issued_at.plus(self.lifetime_ms).left_ms(now)
    }

    /// Returns what another process may adopt.
    #[must_use]
    pub fn adopted(&self, now: Instant) -> Adopted<T>
    where
        T: Clone,
    {
        Adopted {
            token: self.token.clone(),
            issued_at_wall: self.issued_at.wall,
            lifetime_ms: self.lifetime_ms,
            remaining_ms: self.left_ms(now),
        }
    }

    /// Says whether this snapshot replaces another one.
    #[must_use]
    pub fn is_newer_than(&self, generation: u64, revision: u64) -> bool {
        (self.generation, self.revision) > (generation, revision)
    }
}
