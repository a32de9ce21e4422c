//! The token server and the API behind it: they keep the truth about every token.

use std::collections::{BTreeSet, VecDeque};

use evertoken::{Request, Response};

use crate::plan::{Behaviour, Dialect, Fate};

/// As Didomi documents it.
const DIDOMI_LONGEST_MS: u64 = 3_600_000;
/// No client believes a longer one.
const LONGEST_MS: u64 = 31_536_000_000;

/// The servers of one client; the truth that a client's beliefs are held against.
pub struct Server {
    dialect: Dialect,
    client: String,
    keys: BTreeSet<u32>,
    /// Milliseconds that the servers' clock is ahead of the truth.
    pub skew_ms: i64,
    /// How long new tokens live.
    pub lifetime_ms: u64,
    /// What happens to requests for which nothing else was said.
    pub always: Behaviour,
    /// What happens to the next requests.
    pub next: VecDeque<Behaviour>,
    /// How late the API's replicas learn.
    pub lag_ms: u64,
    /// So many good tokens are rejected.
    pub stray: u32,
    tokens: Vec<Issued>,
    /// What the last answer stated of its token's lifetime.
    stated_ms: Option<u64>,
    /// What was wrong with requests.
    pub complaints: Vec<String>,
    /// Requests that arrived.
    pub arrivals: u64,
    rejections: u64,
}

/// A token as its server knows it.
#[derive(Clone, Debug)]
pub struct Issued {
    /// Its text.
    pub text: String,
    /// When it was issued, by the true time.
    pub issued: u64,
    /// How long it lives.
    pub lifetime_ms: u64,
    /// What its first answer said of that.
    pub stated_ms: u64,
    /// When it was revoked.
    pub revoked: Option<u64>,
}

impl Server {
    /// Starts the servers of a client, which has the key number 0.
    #[must_use]
    pub fn new(dialect: Dialect, client: &str) -> Self {
        Self {
            dialect,
            client: client.into(),
            keys: BTreeSet::from([0]),
            skew_ms: 0,
            lifetime_ms: 1_800_000,
            always: Behaviour { up_ms: 20, down_ms: 20, fate: Fate::Works },
            next: VecDeque::new(),
            lag_ms: 0,
            stray: 0,
            tokens: Vec::new(),
            stated_ms: None,
            complaints: Vec::new(),
            arrivals: 0,
            rejections: 0,
        }
    }

    /// Says what happens to the request that is sent now.
    pub fn behave(&mut self) -> Behaviour {
        self.next.pop_front().unwrap_or(self.always)
    }

    /// Acts on a request that has arrived, and answers.
    pub fn act(&mut self, request: &Request, fate: Fate, truth: u64) -> Response {
        self.arrivals += 1;
        let shown = match self.dialect.read(request) {
            Ok((client, key)) if client == self.client => key,
            Ok((client, _)) => {
                self.complaints.push(format!("a request of {client}"));
                None
            }
            Err(complaint) => {
                self.complaints.push(complaint);
                None
            }
        };
        let server_ms = self.clock(truth);
        match fate {
            Fate::Fails { status } => self.dialect.fails(status),
            Fate::Throttles { after } => self.dialect.throttles(after, server_ms),
            Fate::Refuses => self.dialect.refuses(),
            Fate::Hostile { kind } => self.dialect.nonsense(kind),
            _ if shown.is_none_or(|key| !self.keys.contains(&key)) => self.dialect.refuses(),
            Fate::Same => match self.newest() {
                Some(last) => self.grant(&last, (last.issued + last.lifetime_ms).saturating_sub(truth)),
                None => self.issue(self.lifetime_ms, truth),
            },
            Fate::Again => match self.newest() {
                Some(last) => {
                    let answer = self.grant(&last, last.stated_ms);
                    if let Some(last) = self.tokens.last_mut() {
                        last.lifetime_ms += truth - last.issued;
                        last.revoked = None;
                    }
                    answer
                }
                None => self.issue(self.lifetime_ms, truth),
            },
            Fate::Older { by } => match self.tokens.iter().rev().nth(usize::try_from(by).unwrap_or(0)).cloned() {
                Some(old) => self.grant(&old, (old.issued + old.lifetime_ms).saturating_sub(truth)),
                None => self.issue(self.lifetime_ms, truth),
            },
            Fate::Lives { ms } => self.issue(ms, truth),
            Fate::Works | Fate::RequestLost | Fate::AnswerLost | Fate::Hangs | Fate::Dropped => self.issue(self.lifetime_ms, truth),
        }
    }

    /// Issues a token to another tab of the same client and returns its text.
    pub fn issue_elsewhere(&mut self, lifetime_ms: u64, issued: u64) -> String {
        let text = self.dialect.token(&format!("{}-{}", self.client, self.tokens.len() + 1), lifetime_ms, self.clock(issued));
        self.tokens.push(Issued { text: text.clone(), issued, lifetime_ms, stated_ms: lifetime_ms, revoked: None });
        text
    }

    fn issue(&mut self, lifetime_ms: u64, truth: u64) -> Response {
        self.issue_elsewhere(lifetime_ms, truth);
        match self.newest() {
            Some(last) => self.grant(&last, lifetime_ms),
            None => self.dialect.refuses(),
        }
    }

    fn grant(&mut self, token: &Issued, left_ms: u64) -> Response {
        // What stands in a JWT stays there.
        let stated_ms = if self.dialect == Dialect::Didomi { token.stated_ms.min(DIDOMI_LONGEST_MS) } else { left_ms };
        self.stated_ms = Some(stated_ms.min(LONGEST_MS));
        self.dialect.grants(&token.text, left_ms)
    }

    /// Takes what the last answer stated of its token's lifetime.
    pub fn take_stated(&mut self) -> Option<u64> {
        self.stated_ms.take()
    }

    /// Answers a request to the API, and says whether it rejects a good token.
    pub fn call_api(&mut self, token: &str, replica: u32, truth: u64) -> (Response, bool) {
        let seen = if replica == 0 { truth } else { truth.saturating_sub(self.lag_ms) };
        let good = self.token(token).is_some_and(|issued| issued.issued <= seen && issued.is_good(seen, truth));
        let stray = good && self.stray > 0;
        self.stray -= u32::from(stray);
        if good && !stray {
            return (Response::new(200, b"{}".to_vec()).with_header("Content-Type", "application/json"), false);
        }
        self.rejections += 1;
        (self.dialect.rejects(self.rejections), stray)
    }

    /// Returns the truth about a token.
    #[must_use]
    pub fn token(&self, text: &str) -> Option<&Issued> {
        self.tokens.iter().rev().find(|issued| issued.text == text)
    }

    /// Returns the token that was issued last.
    #[must_use]
    pub fn newest(&self) -> Option<Issued> {
        self.tokens.last().cloned()
    }

    /// Revokes the newest token, or all of them.
    pub fn revoke(&mut self, all: bool, truth: u64) {
        let from = if all { 0 } else { self.tokens.len().saturating_sub(1) };
        self.tokens.iter_mut().skip(from).for_each(|token| _ = token.revoked.get_or_insert(truth));
    }

    /// Deletes or creates a key.
    pub fn set_key(&mut self, key: u32, valid: bool) {
        if valid {
            self.keys.insert(key);
        } else {
            self.keys.remove(&key);
        }
    }

    fn clock(&self, truth: u64) -> u64 {
        (truth + 1_762_712_000_000).saturating_add_signed(self.skew_ms)
    }
}

impl Issued {
    /// Says whether the token is good for who has seen everything until `seen`, at the true time `now`.
    #[must_use]
    pub fn is_good(&self, seen: u64, now: u64) -> bool {
        now < self.issued + self.lifetime_ms && self.revoked.is_none_or(|at| at > seen)
    }
}
