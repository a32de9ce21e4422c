//! What arrived, byte for byte, and what became of it.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use serde::{Deserialize, Serialize, Serializer};

use crate::answer::encode_base64;
use crate::fault::Fault;
use crate::vendor::{Kind, Received, Vendor};

/// Older entries are forgotten beyond this many entries or bytes; the counts go on.
const ENTRIES: usize = 50_000;
const BYTES: usize = 64 << 20;

/// One request that arrived at a vendor.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Counts all requests of all vendors from 1 and is never reset.
    pub seq: u64,
    /// Who was asked.
    pub vendor: Vendor,
    /// What for.
    pub kind: Kind,
    /// The request as it arrived.
    pub request: Received,
    /// When it arrived, in milliseconds since 1970 by the sandbox's clock.
    pub at_ms: u64,
    /// What has become of it.
    pub state: Progress,
    /// The status of the answer, once there is one.
    pub status: Option<u16>,
    /// The faults that hit it, by their ids.
    pub faults: Vec<u64>,
}

/// What has become of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// It is read, decided or written at this moment.
    Working,
    /// Its answer waits for the clock.
    Delayed,
    /// Its answer waits for a release.
    Held,
    /// Its answer was written.
    Answered,
    /// The sandbox closed the connection on purpose.
    Dropped,
    /// The client went away before it had the answer.
    Aborted,
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Line<'a> {
            seq: u64,
            vendor: Vendor,
            kind: Kind,
            scheme: &'a str,
            version: &'a str,
            method: &'a str,
            target: &'a str,
            headers: &'a [(String, String)],
            body_base64: String,
            body_text: Option<&'a str>,
            at_ms: u64,
            state: Progress,
            status: Option<u16>,
            faults: &'a [u64],
        }
        let Received { scheme, version, method, target, headers, body } = &self.request;
        Line {
            seq: self.seq,
            vendor: self.vendor,
            kind: self.kind,
            scheme,
            version,
            method,
            target,
            headers,
            body_base64: encode_base64(body),
            body_text: std::str::from_utf8(body).ok(),
            at_ms: self.at_ms,
            state: self.state,
            status: self.status,
            faults: &self.faults,
        }
        .serialize(serializer)
    }
}

/// Requests of one vendor since the log was cleared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct VendorCounts {
    /// Requests to the token endpoint.
    pub token: u64,
    /// Tokens handed out by it.
    pub granted: u64,
    /// Requests to the API.
    pub api: u64,
    /// CORS preflights, which are counted nowhere else.
    pub options: u64,
}

/// Requests by vendor since the log was cleared.
pub type Counts = BTreeMap<Vendor, VendorCounts>;

/// Whether anything is going on, so that a clock may be moved. Numbers are since the log was cleared, `working`,
/// `delayed` and `held` are of this moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Idle {
    /// Nothing is being worked on: every request is over, held, or waits for the clock.
    pub idle: bool,
    /// Requests that have arrived, preflights included. Compare with what the client has sent.
    pub received: u64,
    /// Requests that are read, decided or written at this moment.
    pub working: u64,
    /// Answers that wait for the clock.
    pub delayed: u64,
    /// When the next of these is due, in milliseconds since 1970.
    pub next_due_ms: Option<u64>,
    /// Answers that wait for a release.
    pub held: u64,
    /// Answers written.
    pub answered: u64,
    /// Connections closed on purpose.
    pub dropped: u64,
    /// Requests whose client went away.
    pub aborted: u64,
    /// Connections that are open, busy or not.
    pub connections: u64,
    /// Requests by vendor and kind.
    pub counts: Counts,
}

/// Which entries to read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogQuery {
    /// Only this vendor's.
    pub vendor: Option<Vendor>,
    /// Only of this kind; without it, preflights are left out.
    pub kind: Option<Kind>,
    /// Only entries with a greater `seq`.
    pub after: u64,
}

impl LogQuery {
    /// Asks for a vendor's requests of one kind.
    pub fn of(vendor: Vendor, kind: Kind) -> Self {
        Self { vendor: Some(vendor), kind: Some(kind), after: 0 }
    }
}

/// How a waiting request goes on.
#[derive(Debug, Clone)]
pub(crate) enum Order {
    Proceed,
    Instead(Fault),
    Close,
}

/// A request that is not over.
#[derive(Debug)]
struct Open {
    vendor: Vendor,
    kind: Kind,
    waiting: Waiting,
    order: Option<Order>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waiting {
    No,
    UntilReleased,
    UntilUs(u64),
}

#[derive(Default)]
pub(crate) struct Log {
    entries: VecDeque<Entry>,
    bytes: usize,
    last_seq: u64,
    cleared_at: u64,
    open: BTreeMap<u64, Open>,
    counts: Counts,
    received: u64,
    ended: [u64; 3],
    pub(crate) connections: u64,
}

impl Log {
    pub(crate) fn arrived(&mut self, vendor: Vendor, kind: Kind, request: Received, at_us: u64) -> u64 {
        self.last_seq += 1;
        let seq = self.last_seq;
        self.received += 1;
        let counts = self.counts.entry(vendor).or_default();
        match kind {
            Kind::Token => counts.token += 1,
            Kind::Api => counts.api += 1,
            Kind::Options => counts.options += 1,
        }
        self.open.insert(seq, Open { vendor, kind, waiting: Waiting::No, order: None });
        self.bytes += weight(&request);
        self.entries.push_back(Entry {
            seq,
            vendor,
            kind,
            request,
            at_ms: at_us / 1000,
            state: Progress::Working,
            status: None,
            faults: Vec::new(),
        });
        self.forget_the_oldest();
        seq
    }

    pub(crate) fn body(&mut self, seq: u64, body: Bytes) {
        self.bytes += body.len();
        if let Some(entry) = self.entry(seq) {
            entry.request.body = body;
        }
        self.forget_the_oldest();
    }

    pub(crate) fn faults(&mut self, seq: u64, faults: Vec<u64>) {
        if let Some(entry) = self.entry(seq) {
            entry.faults = faults;
        }
    }

    pub(crate) fn granted(&mut self, vendor: Vendor) {
        self.counts.entry(vendor).or_default().granted += 1;
    }

    pub(crate) fn status(&mut self, seq: u64, status: u16) {
        if let Some(entry) = self.entry(seq) {
            entry.status = Some(status);
        }
    }

    pub(crate) fn waits(&mut self, seq: u64, waiting: Waiting) {
        if let Some(open) = self.open.get_mut(&seq) {
            open.waiting = waiting;
        }
    }

    /// Takes the order that a waiting request has got, which ends its waiting. A request that is over gets `Close`.
    pub(crate) fn take_order(&mut self, seq: u64) -> Option<Order> {
        let Some(open) = self.open.get_mut(&seq) else { return Some(Order::Close) };
        let order = open.order.take()?;
        open.waiting = Waiting::No;
        Some(order)
    }

    /// Gives an order to waiting requests, oldest first, and says how many there were.
    pub(crate) fn order(&mut self, order: &Order, limit: usize, mut which: impl FnMut(u64, Vendor, Kind, Waiting) -> bool) -> usize {
        let waiting = |open: &Open| open.waiting != Waiting::No && open.order.is_none();
        let chosen = self.open.iter_mut().filter(|(_, open)| waiting(open));
        let chosen = chosen.filter(|(seq, open)| which(**seq, open.vendor, open.kind, open.waiting));
        chosen.take(limit).map(|(_, open)| open.order = Some(order.clone())).count()
    }

    pub(crate) fn ended(&mut self, seq: u64, how: Progress) {
        if self.open.remove(&seq).is_none() {
            return;
        }
        if seq > self.cleared_at {
            match how {
                Progress::Answered => self.ended[0] += 1,
                Progress::Dropped => self.ended[1] += 1,
                _ => self.ended[2] += 1,
            }
        }
        if let Some(entry) = self.entry(seq) {
            entry.state = how;
        }
    }

    pub(crate) fn read(&self, query: &LogQuery, now_us: u64) -> Vec<Entry> {
        let wanted = |entry: &&Entry| {
            entry.seq > query.after
                && query.vendor.is_none_or(|vendor| vendor == entry.vendor)
                && query.kind.map_or(entry.kind != Kind::Options, |kind| kind == entry.kind)
        };
        let present = |entry: &Entry| Entry { state: self.state(entry, now_us), ..entry.clone() };
        self.entries.iter().filter(wanted).map(present).collect()
    }

    pub(crate) fn counts(&self) -> Counts {
        Vendor::ALL.iter().map(|vendor| (*vendor, self.counts.get(vendor).copied().unwrap_or_default())).collect()
    }

    pub(crate) fn idle(&self, now_us: u64) -> Idle {
        let states = self.open.values().map(|open| progress(open, now_us));
        let count = |wanted| states.clone().filter(|state| *state == wanted).count() as u64;
        let due = self.open.values().filter_map(|open| match open.waiting {
            Waiting::UntilUs(due_us) if due_us > now_us => Some(due_us / 1000),
            _ => None,
        });
        let working = count(Progress::Working);
        Idle {
            idle: working == 0,
            received: self.received,
            working,
            delayed: count(Progress::Delayed),
            next_due_ms: due.min(),
            held: count(Progress::Held),
            answered: self.ended[0],
            dropped: self.ended[1],
            aborted: self.ended[2],
            connections: self.connections,
            counts: self.counts(),
        }
    }

    /// Forgets all entries and counts. Requests that are not over stay open but are counted no more.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.counts.clear();
        (self.bytes, self.received, self.ended) = (0, 0, [0; 3]);
        self.cleared_at = self.last_seq;
    }

    fn state(&self, entry: &Entry, now_us: u64) -> Progress {
        self.open.get(&entry.seq).map_or(entry.state, |open| progress(open, now_us))
    }

    fn entry(&mut self, seq: u64) -> Option<&mut Entry> {
        let at = self.entries.binary_search_by_key(&seq, |entry| entry.seq).ok()?;
        self.entries.get_mut(at)
    }

    fn forget_the_oldest(&mut self) {
        while self.entries.len() > ENTRIES || (self.bytes > BYTES && self.entries.len() > 1) {
            let Some(entry) = self.entries.pop_front() else { return };
            self.bytes = self.bytes.saturating_sub(weight(&entry.request));
        }
    }
}

fn weight(request: &Received) -> usize {
    let headers: usize = request.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    request.target.len() + headers + request.body.len()
}

fn progress(open: &Open, now_us: u64) -> Progress {
    match open.waiting {
        _ if open.order.is_some() => Progress::Working,
        Waiting::No => Progress::Working,
        Waiting::UntilReleased => Progress::Held,
        Waiting::UntilUs(due_us) if due_us > now_us => Progress::Delayed,
        Waiting::UntilUs(_) => Progress::Working,
    }
}
