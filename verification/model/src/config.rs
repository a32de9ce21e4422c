//! A configuration: what the world around the machine may do, and how much of it.

use crate::bounds::{Bounds, Thing};

/// How a token endpoint answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A new token with a lifetime in milliseconds.
    Token(u64),
    /// The held token again, with a lifetime.
    Same(u64),
    /// The token that an API has rejected last, with a lifetime.
    Rejected(u64),
    /// The very first token, with a lifetime.
    First(u64),
    /// A failure that passes.
    Transient,
    /// A failure that only new credentials mend.
    Terminal,
    /// Too many requests, with a Retry-After in milliseconds.
    Throttled(u64),
    /// A failure that only new credentials mend, with a Retry-After.
    TerminalLater(u64),
    /// The run was given up.
    Cancelled,
}

/// How a caller wants a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// With the usual patience.
    Usual,
    /// In passing: the snapshot does, the machine is only told.
    Passing,
    /// With a patience in milliseconds.
    Patience(u64),
    /// With a patience that ends exactly, or a millisecond before, 1 s after a pause.
    Exact,
    /// With a life in milliseconds that must be left.
    MinValid(u64),
    /// With a life that must be left, and a patience.
    MinValidPatience(u64, u64),
    /// Back from a wait, with a patience.
    Waited(u64),
}

/// How a caller reports a rejection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// Of the held token.
    Held,
    /// Of the token before.
    Older,
    /// Of the held token, after the call was retried.
    Retried,
    /// Of the held token, with a body that cannot be sent again.
    Once,
    /// Of the held token, with a patience.
    Patience(u64),
}

/// What a fork, a logout and a close are to a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reset {
    /// The process forks.
    Fork,
    /// The user logs out.
    Logout,
    /// The source is closed.
    Close,
}

/// A token that another process offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Its age in milliseconds.
    pub age: u64,
    /// Its lifetime.
    pub life: u64,
    /// What its sender says is left.
    pub left: u64,
    /// Whose bytes it has.
    pub bytes: Bytes,
}

/// Whose bytes an offered token has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bytes {
    /// Its own.
    New,
    /// Those of the held token.
    Held,
    /// Those of a rejected one.
    Rejected,
}

/// Which numbers the machine draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draws {
    /// The lowest.
    Low,
    /// The highest.
    High,
    /// Both, each in its own branch.
    Both,
}

/// A bounded world.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its stable name.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// How often each thing may happen.
    pub bounds: Bounds,
    /// At most so many callers wait.
    pub callers: usize,
    /// States with more attempts are not followed.
    pub attempts: u64,
    /// States with more tokens are not followed.
    pub generations: u64,
    /// Calls of the machine in a row.
    pub depth: u16,
    /// How many of the next boundaries time may move to.
    pub reach: usize,
    /// Answers of the attempt that runs.
    pub answers: Vec<Answer>,
    /// Answers of attempts that were given up.
    pub lates: Vec<Answer>,
    /// Ways to want.
    pub wants: Vec<Want>,
    /// Ways to reject.
    pub rejections: Vec<Rejection>,
    /// Ways to start over.
    pub resets: Vec<Reset>,
    /// Tokens of other processes.
    pub offers: Vec<Offer>,
    /// Ticks that keep fresh, and those that do not.
    pub ticks: Vec<bool>,
    /// What a change of credentials does with the token.
    pub drops: Vec<bool>,
    /// How far the wall clock is set forward, beside steps to boundaries.
    pub forward: Vec<u64>,
    /// How far the wall clock is set back.
    pub back: Vec<u64>,
    /// The draws.
    pub draws: Draws,
    /// Sizes of intervals from which the highest number is drawn.
    pub sizes: Vec<u64>,
    /// What the first inputs must be, in their order; after them anything.
    pub script: Vec<Thing>,
    /// Ends of attempts that never ran are reported.
    pub misuse: bool,
}

impl Config {
    /// Makes a world in which nothing happens yet.
    #[must_use]
    pub fn new(name: &'static str, about: &'static str, bounds: Bounds) -> Self {
        Self {
            name,
            about,
            bounds,
            callers: 3,
            attempts: 3,
            generations: 3,
            depth: 60,
            reach: 3,
            answers: Vec::new(),
            lates: Vec::new(),
            wants: vec![Want::Usual],
            rejections: vec![Rejection::Held],
            resets: vec![Reset::Fork, Reset::Logout],
            offers: Vec::new(),
            ticks: vec![false],
            drops: vec![false, true],
            forward: vec![3_600_000],
            back: vec![3_600_000],
            draws: Draws::Low,
            sizes: Vec::new(),
            script: Vec::new(),
            misuse: false,
        }
    }
}
