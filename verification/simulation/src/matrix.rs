//! How often each fault hit each state: what was never hit was never tried.

use std::fmt::Write as _;

/// What goes wrong, or what a user does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The connection breaks before the request arrives.
    RequestLost,
    /// The connection breaks before the answer arrives.
    AnswerLost,
    /// An answer takes two seconds or more.
    Delay,
    /// An answer comes after the one to a later request.
    Reorder,
    /// The same answer comes again.
    Duplicate,
    /// No answer comes.
    Hang,
    /// The client's task is gone.
    FlightDropped,
    /// 500, 502 or 503.
    Outage,
    /// 429 that does not say when to come back.
    ThrottledUnsaid,
    /// 429 with a short Retry-After.
    ThrottledShort,
    /// 429 with a Retry-After of half a minute or more.
    ThrottledLong,
    /// 429 with a date.
    ThrottledDate,
    /// The server refuses whatever key is shown.
    Terminal,
    /// The key that is shown was deleted or never made.
    KeyDeleted,
    /// Nonsense.
    Hostile,
    /// The held token again.
    SameToken,
    /// An older token.
    OlderToken,
    /// A token for a single use.
    ZeroLifetime,
    /// A token that lives otherwise than usual.
    OddLifetime,
    /// The device sleeps.
    Suspend,
    /// The wall clock is set forward.
    WallForward,
    /// The wall clock is set back.
    WallBack,
    /// The monotonic clock runs back.
    MonoBack,
    /// The servers' clock goes wrong.
    Skew,
    /// Tokens are revoked.
    Revocation,
    /// The API rejects a bad token.
    Rejection,
    /// The API rejects a good token.
    Stray,
    /// A caller gives up.
    Cancel,
    /// The user drops the token.
    Invalidate,
    /// The user asks to try again.
    Retry,
    /// The user replaces the key.
    KeyReplaced,
    /// .. and drops the token.
    KeyReplacedAndDropped,
    /// The user logs out.
    Logout,
    /// Another tab shows a token.
    Adopt,
}

/// Every fault with its name, in order.
pub const FAULTS: [(Fault, &str); 34] = [
    (Fault::RequestLost, "request lost"),
    (Fault::AnswerLost, "answer lost"),
    (Fault::Delay, "delay"),
    (Fault::Reorder, "reorder"),
    (Fault::Duplicate, "duplicate"),
    (Fault::Hang, "hang"),
    (Fault::FlightDropped, "flight dropped"),
    (Fault::Outage, "outage (5xx)"),
    (Fault::ThrottledUnsaid, "429 alone"),
    (Fault::ThrottledShort, "429, short"),
    (Fault::ThrottledLong, "429, long"),
    (Fault::ThrottledDate, "429, a date"),
    (Fault::Terminal, "terminal 401"),
    (Fault::KeyDeleted, "key deleted"),
    (Fault::Hostile, "hostile body"),
    (Fault::SameToken, "same token"),
    (Fault::OlderToken, "older token"),
    (Fault::ZeroLifetime, "lifetime 0"),
    (Fault::OddLifetime, "odd lifetime"),
    (Fault::Suspend, "suspend"),
    (Fault::WallForward, "wall forward"),
    (Fault::WallBack, "wall back"),
    (Fault::MonoBack, "mono back"),
    (Fault::Skew, "server skew"),
    (Fault::Revocation, "revocation"),
    (Fault::Rejection, "401 rightly"),
    (Fault::Stray, "401 stray"),
    (Fault::Cancel, "caller cancelled"),
    (Fault::Invalidate, "invalidate"),
    (Fault::Retry, "retry"),
    (Fault::KeyReplaced, "new credentials"),
    (Fault::KeyReplacedAndDropped, ".. token dropped"),
    (Fault::Logout, "logout"),
    (Fault::Adopt, "adopt"),
];

/// What is held.
pub const HELD: [&str; 6] = ["none", "fresh", "window", "hard", "withheld", "rejected"];

/// What is done about the token endpoint.
pub const FLIGHTS: [&str; 4] = ["idle", "running", "between", "paused"];

/// A state of a client, as an onlooker tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// Which of [`HELD`].
    pub held: usize,
    /// Which of [`FLIGHTS`].
    pub flight: usize,
}

/// Hits of faults by state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    hits: Vec<[[u64; 4]; 6]>,
}

impl Default for Matrix {
    fn default() -> Self {
        Self { hits: vec![[[0; 4]; 6]; FAULTS.len()] }
    }
}

impl Matrix {
    /// Counts a hit.
    pub fn hit(&mut self, fault: Fault, state: State) {
        self.hits[fault as usize][state.held][state.flight] += 1;
    }

    /// Adds the hits of another life.
    pub fn add(&mut self, other: &Self) {
        for (row, more) in self.hits.iter_mut().flatten().flatten().zip(other.hits.iter().flatten().flatten()) {
            *row += more;
        }
    }

    /// Says in how many states something was hit.
    #[must_use]
    pub fn states(&self) -> usize {
        let hit = |held: usize, flight: usize| self.hits.iter().any(|row| row[held][flight] > 0);
        (0..HELD.len()).map(|held| (0..FLIGHTS.len()).filter(|flight| hit(held, *flight)).count()).sum()
    }

    /// Names the cells that could be hit and were not, and those that were hit and cannot be.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        let mut all = Vec::new();
        for (fault, name) in FAULTS {
            for (held, held_name) in HELD.iter().enumerate() {
                for (flight, flight_name) in FLIGHTS.iter().enumerate() {
                    let hits = self.hits[fault as usize][held][flight];
                    match unreachable(fault, State { held, flight }) {
                        None if hits == 0 => all.push(format!("{name} never hit {held_name}, {flight_name}")),
                        Some(reason) if hits > 0 => {
                            all.push(format!("{name} hit {held_name}, {flight_name} {hits} times, though {reason}"));
                        }
                        _ => {}
                    }
                }
            }
        }
        all
    }

    /// Writes the matrix as a Markdown table; a dash is a cell that cannot be hit.
    #[must_use]
    pub fn table(&self) -> String {
        let mut page = String::from("| fault |");
        let columns = || {
            (0..HELD.len())
                .flat_map(|held| (0..FLIGHTS.len()).map(move |flight| State { held, flight }))
                .filter(|state| nowhere(*state).is_none())
        };
        for state in columns() {
            let _ = write!(page, " {}, {} |", HELD[state.held], FLIGHTS[state.flight]);
        }
        page.push_str("\n|---|");
        columns().for_each(|_| page.push_str("--:|"));
        for (fault, name) in FAULTS {
            let _ = write!(page, "\n| {name} |");
            for state in columns() {
                let hits = self.hits[fault as usize][state.held][state.flight];
                let _ = match unreachable(fault, state) {
                    Some(_) if hits == 0 => write!(page, " - |"),
                    _ => write!(page, " {hits} |"),
                };
            }
        }
        page.push('\n');
        page
    }
}

/// Why no client can be in a state.
#[must_use]
pub const fn nowhere(state: State) -> Option<&'static str> {
    match (state.held, state.flight) {
        (1.., 2) => Some("a flight has further attempts only while no token is held"),
        (4, 0 | 3) => Some("a token is withheld only while its replacement is on its way"),
        _ => None,
    }
}

/// Why a fault cannot hit a state.
#[must_use]
pub const fn unreachable(fault: Fault, state: State) -> Option<&'static str> {
    if let Some(reason) = nowhere(state) {
        return Some(reason);
    }
    match (fault, state.held, state.flight) {
        (Fault::Hang, _, 0 | 2 | 3) => Some("a request that begins to hang is on its way"),
        _ => None,
    }
}
