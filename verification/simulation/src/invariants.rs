//! What is held against every simulated life, beside the oracle: each promise by its name.

/// A promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invariant {
    /// Its stable name.
    pub name: &'static str,
    /// What it says.
    pub says: &'static str,
}

macro_rules! invariants {
    ($($name:literal $says:literal;)+) => {
        /// Every promise that the simulation checks by itself, in alphabetical order.
        pub const INVARIANTS: &[Invariant] = &[$(Invariant { name: $name, says: $says }),+];
    };
}

invariants! {
    "a-deadline-fences" "An attempt whose deadline is over counts as failed at the next call.";
    "a-flight-ends-after-14-seconds" "Without a token no attempt begins more than 14 s after the flight.";
    "a-flight-has-three-attempts" "Without a token a flight has three attempts at most.";
    "a-flight-is-replaced-once-and-by-the-wall-clock" "Only a deadline that the wall clock alone has passed replaces an attempt at once, and once per flight.";
    "a-late-success-only-if-it-outlives" "The answer of an attempt that was given up counts only if its token lives longer than the held one.";
    "a-pause-has-a-cause" "No pause without a failure, an abandoned attempt, the same token again or a token for a single use.";
    "a-rejected-token-is-replaced" "A rejected token is replaced, unless it is young, was already tried to be replaced, or another was a short while ago.";
    "a-token-is-withheld-for-a-moment" "A valid token is kept from callers only while a rejected one is replaced, and for at most two seconds.";
    "abandoned-attempts-pause" "From the second abandoned attempt without a token on, the next waits 250 ms, doubling to 5 s.";
    "an-attempt-has-ten-seconds" "An attempt counts as failed after 10 s, or at the end of its flight.";
    "an-attempt-is-aborted-after-thirty" "No connection is kept for longer than 30 s.";
    "answers-mean-what-their-vendor-says" "Each answer of a token endpoint gets the class and the Retry-After that its vendor documents.";
    "attempts-keep-their-distance" "Between the attempts of a flight lie 0.5 s, then 1 s.";
    "call-fails-only-without-token" "No call fails while a valid token is held.";
    "call-within-patience" "Every call ends within its patience.";
    "closed-is-closed" "A closed source sends and publishes nothing.";
    "every-fault-hits-every-state" "Each fault hits each state that it can hit.";
    "forced-refreshes-keep-their-distance" "Between refreshes that rejections force lie 60 s, doubling while fresh tokens are rejected.";
    "grants-never-share" "A token goes to the callers of its own grant alone.";
    "header-as-documented" "The header is Authorization, and its value the token behind Bearer.";
    "lifetimes-as-stated" "A token lives as long as its server states, up to what is believed.";
    "no-header-past-its-life" "No caller gets a token whose life is over by either clock of its client.";
    "no-header-past-its-true-life" "No caller gets a token that its server counts as expired, unless a clock was set back.";
    "no-misuse" "No call ends with an error that says that a host broke its contract.";
    "no-request-in-a-pause" "No token request is sent in a pause.";
    "no-request-too-soon" "No token request is sent before the window without a reason that its client knows.";
    "no-snapshot-without-a-token" "Hosts have no snapshot when no token is held.";
    "no-timer-after-close" "A closed source leaves no timer behind.";
    "no-token-of-a-stranger" "Every token that a caller gets was issued to its client.";
    "nobody-waits-after-close" "A closed source leaves no caller waiting.";
    "nobody-who-waits-fails-while-a-token-is-held" "Callers that wait are not failed while a valid token is held.";
    "nothing-on-its-way-after-close" "A closed source leaves no token request on its way.";
    "nothing-turns-in-circles" "Nothing goes round in circles while time stands still.";
    "one-forced-refresh-a-generation" "A token is tried to be replaced once because of rejections.";
    "one-retry-a-call" "A rejected call is sent again once.";
    "one-unfenced-attempt" "No two attempts that may count are on their way.";
    "only-a-better-token-is-adopted" "Another tab's token is taken only if it is another one and lives longer.";
    "only-a-dead-token-is-handed" "Only a token without a life of its own is handed out and not kept.";
    "only-its-deadline-fails-a-silent-attempt" "An attempt that reports nothing fails by its deadline alone.";
    "only-replayable-is-retried" "A request whose body is gone is not sent again.";
    "only-the-user-invalidates" "A token is invalidated by the user alone.";
    "only-what-came-is-published" "The published token is the one that came, with its lifetime.";
    "only-who-holds-a-token-is-served" "A failure is hidden from callers only while a token is held.";
    "outage-pacing" "After a transient failure the source pauses as long as documented, drawn from the upper half.";
    "refreshes-are-spread" "Over many lives refreshes begin everywhere in the first fifth of the window.";
    "rejections-as-documented" "A rejected call is told what the seven rules say.";
    "request-budget" "No more token requests than lifetimes, failures and the user's own deeds explain.";
    "requests-in-the-vendors-dialect" "Every token request is one that its vendor documents.";
    "retry-after-is-honoured" "No token request is sent before the server's Retry-After is over.";
    "served-once-the-server-works" "Once the token endpoint works, a call is served before long.";
    "single-use-flights-keep-their-distance" "Flights for tokens of a single use begin a second apart.";
    "snapshots-as-documented" "What a host may do by itself is what the policy says: when to ask, until when to use.";
    "terminal-failures-pause" "After a terminal failure the source pauses 5 s, doubling to 5 min.";
    "the-same-token-pauses" "After the same token came again, the next request waits for half of what is left.";
    "waits-as-documented" "A caller is served, waits, or fails as documented, and waits exactly as long.";
    "wakes-within-an-hour" "No wake-up is asked for that is more than an hour away.";
    "what-is-due-is-sent" "A request that is due is sent as soon as somebody calls.";
    "what-was-given-up-for-good-stays-so" "The answer to old credentials never counts.";
}
