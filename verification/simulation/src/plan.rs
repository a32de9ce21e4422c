//! A plan: what happens in a simulated world, step by step, with every value written down.

use serde::{Deserialize, Serialize};

/// A life of a client among its servers, from the first step to the last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// A sentence about it, or the seed that it was drawn from.
    pub name: String,
    /// Whose token endpoint and API the servers are.
    pub dialect: Dialect,
    /// The seed of the client's random numbers.
    pub entropy: u64,
    /// Of a timer and a message in the same instant the timer comes first.
    #[serde(default)]
    pub timers_first: bool,
    /// What happens.
    pub steps: Vec<Step>,
}

/// Whose messages the servers speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// Piwik PRO: JSON in, `expires_in` out.
    PiwikPro,
    /// Didomi: JSON in, a JWT out, 400 for bad credentials.
    Didomi,
    /// OroCommerce: JSON in, a JSON:API behind it.
    OroCommerce,
    /// OAuth 2: a form with HTTP Basic.
    Oauth2,
}

impl Dialect {
    /// Every dialect.
    pub const ALL: [Self; 4] = [Self::PiwikPro, Self::Didomi, Self::OroCommerce, Self::Oauth2];
}

/// One thing that happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// Time passes, and everything that is due happens on the way.
    Advance {
        /// Milliseconds.
        ms: u64,
    },
    /// The device sleeps.
    Suspend {
        /// Milliseconds.
        ms: u64,
    },
    /// The client's wall clock is set.
    WallStep {
        /// Milliseconds forward, or back if negative.
        ms: i64,
    },
    /// The client's monotonic clock breaks: it runs back.
    MonoBack {
        /// Milliseconds.
        ms: u64,
    },
    /// A caller asks for the header.
    Headers {
        /// Names the call.
        call: u32,
        /// How long the token must still live.
        #[serde(default, skip_serializing_if = "is_zero")]
        min_valid_ms: u64,
        /// How long the caller waits; the default if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        patience_ms: Option<u64>,
    },
    /// A caller sends a request to the API, and recovers if its token is rejected.
    Request {
        /// Names the call.
        call: u32,
        /// How long the caller waits for tokens; the default if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        patience_ms: Option<u64>,
        /// Its body can be sent again.
        replayable: bool,
        /// Which replica of the API answers; number 0 never lags.
        replica: u32,
    },
    /// A caller gives up.
    Cancel {
        /// Its call.
        call: u32,
    },
    /// A caller of another grant, in the same process, asks for its header.
    Other {
        /// Names the call.
        call: u32,
    },
    /// The user says that the token is no good.
    Invalidate,
    /// The user asks to try again.
    Retry,
    /// The user replaces the credentials.
    CredentialsChanged {
        /// The old token must not be used any more.
        drop_token: bool,
        /// Which key the client uses from here on.
        key: u32,
    },
    /// The user logs out.
    Logout,
    /// Another tab's token comes in.
    Adopt {
        /// Which token.
        from: Tab,
        /// How long ago it was fetched.
        age_ms: u64,
        /// How far the other tab's wall clock is ahead.
        #[serde(default, skip_serializing_if = "is_even")]
        ahead_ms: i64,
        /// Its lifetime.
        lifetime_ms: u64,
    },
    /// The host keeps the source fresh, or stops doing so.
    Drive {
        /// It does from here on.
        on: bool,
    },
    /// What the token server does with the next requests, one each.
    Answers {
        /// In their order; whatever was left of an earlier list goes first.
        next: Vec<Behaviour>,
    },
    /// What the token server does with requests for which nothing else was said.
    Always {
        /// From here on.
        behaviour: Behaviour,
    },
    /// How long tokens live that are issued from here on.
    Lifetime {
        /// Milliseconds.
        ms: u64,
    },
    /// The servers' clock goes wrong.
    Skew {
        /// Milliseconds ahead of the truth.
        ms: i64,
    },
    /// Tokens are revoked.
    Revoke {
        /// All of them, not the newest alone.
        all: bool,
    },
    /// The API answers that a token is bad though it is good.
    Stray {
        /// So many times.
        times: u32,
    },
    /// The API's replicas learn of new and revoked tokens late.
    Lag {
        /// Milliseconds.
        ms: u64,
    },
    /// A key is deleted.
    DeleteKey {
        /// Which one.
        key: u32,
    },
    /// A key is created.
    CreateKey {
        /// Which one.
        key: u32,
    },
    /// The source is closed.
    Close,
}

/// Which token another tab shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tab {
    /// One that it fetched itself.
    Fetched,
    /// The one that was issued to this client last.
    Issued,
}

/// What happens to a token request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Behaviour {
    /// How long the request travels.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub up_ms: u64,
    /// How long the answer travels.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub down_ms: u64,
    /// What becomes of it.
    pub fate: Fate,
}

impl Behaviour {
    /// The same, at once.
    #[must_use]
    pub const fn of(fate: Fate) -> Self {
        Self { up_ms: 0, down_ms: 0, fate }
    }
}

/// What becomes of a token request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// A new token for who shows a valid key, a refusal for others.
    Works,
    /// A new token of another lifetime.
    Lives {
        /// Milliseconds; 0 is for a single use.
        ms: u64,
    },
    /// The last token again, with what is left of its life.
    Same,
    /// The last token again, with its whole lifetime once more.
    Again,
    /// An older token.
    Older {
        /// So many tokens ago.
        by: u32,
    },
    /// The connection breaks before the request arrives.
    RequestLost,
    /// The server acts, and the connection breaks before its answer arrives.
    AnswerLost,
    /// No answer ever comes.
    Hangs,
    /// The client's own task is gone.
    Dropped,
    /// The server fails.
    Fails {
        /// Its status, 5xx.
        status: u16,
    },
    /// The server asks for fewer requests.
    Throttles {
        /// When to come back.
        after: After,
    },
    /// The server refuses for good, whatever key is shown.
    Refuses,
    /// The server answers nonsense.
    Hostile {
        /// Which.
        kind: u8,
    },
}

/// How a server says when to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum After {
    /// It does not.
    Unsaid,
    /// In so many seconds.
    Seconds(u32),
    /// In so many tenths of a second, written as a fraction.
    Tenths(u32),
    /// At a date, so many seconds from now by its own clock.
    Date(u32),
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_zero(ms: &u64) -> bool {
    *ms == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_even(ms: &i64) -> bool {
    *ms == 0
}
