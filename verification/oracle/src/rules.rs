//! The invariants by name, and for each the situations in which it says something.

/// A promise of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invariant {
    /// Its stable name, snake_case.
    pub name: &'static str,
    /// What it promises, in a sentence.
    pub says: &'static str,
}

/// A moment in which an invariant could have been broken: a check that never meets it has shown nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Situation {
    /// What happens in it.
    pub name: &'static str,
    /// The name of the invariant that it bears witness for.
    pub invariant: &'static str,
}

macro_rules! rules {
    ($($rule:ident $name:literal $says:literal { $($situation:ident $what:literal,)+ })+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Rule { $($rule,)+ }

        impl Rule {
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$rule => $name,)+ }
            }
        }

        /// Every invariant.
        pub(crate) const INVARIANTS: &[Invariant] = &[$(Invariant { name: $name, says: $says },)+];

        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum When { $($($situation,)+)+ }

        /// Every situation.
        pub(crate) const SITUATIONS: &[Situation] = &[$($(Situation { name: $what, invariant: $name },)+)+];
    };
}

rules! {
    OneAttempt "one_unfenced_attempt" "At most one attempt may count at a time; only its deadline, new credentials and a reset end that." {
        FirstAttempt "a request is sent while no other runs",
        AttemptBesideFenced "a request is sent while one that was given up still runs",
    }
    PastEnd "never_past_expiry" "Nobody gets a token past its life by either clock, and no snapshot promises one." {
        LastMillisecond "a token is used in its last millisecond",
    }
    TokenKept "good_token_kept" "A good token goes only by expiry, a better one, or the user's word; a failure or a stray 401 never takes it." {
        KeptAfterFailure "a token is held while its refresh fails",
        KeptAfterRejection "a token that an API rejected is used again",
    }
    NoFailure "no_failure_with_token" "No caller fails while a valid token is held." {
        UsedInPause "a caller is served while the endpoint is paused",
        UsedWithoutPatience "a caller without patience is served",
    }
    Waits "waits_within_patience" "Every wait ends within the caller's patience, and with a token held within 2 s." {
        ShortPatience "a caller waits for less than others may because its patience ends",
    }
    WindowFree "nobody_waits_in_window" "Before the hard zone nobody waits, whatever the endpoint does." {
        UsedInWindow "a caller is served in the window while a refresh runs",
    }
    OneForced "one_forced_refresh_per_generation" "A generation gets one forced refresh between changes of credentials and forks." {
        ForcedBefore "a generation that had its forced refresh is rejected again",
    }
    Budget "request_budget" "Requests are at most two a lifetime, and one or two more for each thing that calls for them." {
        Paid "a request is sent",
    }
    Versions "snapshots_only_grow" "Each published snapshot is newer than all before, or the same one again for those who wait." {
        NewRevision "a token gets another snapshot",
        SameSnapshot "those who wait are answered with the snapshot that stands",
    }
    Ordered "ask_before_use_until" "A snapshot's ask_at is never after its use_until." {
        AskIsUseUntil "both are the same",
        AskIsEarlier "ask_at is earlier",
    }
    Misuse "misuse_changes_nothing" "What makes no sense is answered with a typed failure, and nothing else happens." {
        UnknownAttempt "the end of an attempt that does not run is reported",
    }

    Absent "absent_token_is_fetched" "Without a token, the first caller starts a request unless a pause forbids it." {
        Fetched "a caller without a token starts a request",
    }
    Window "refresh_from_window_start" "A refresh starts with the first caller at or after the drawn start of the window, or in the hard zone, and not before." {
        Refreshed "a caller in the window starts a refresh",
        NotYetDue "a caller before the window starts none",
        LastMomentBefore "a caller in the millisecond before the window starts none",
        RefreshDemanded "a refresh starts before the window because new credentials or a rejection demand one",
    }
    Tick "tick_starts_for_a_reason" "A tick starts something only for those who wait, for what is owed, or to keep fresh." {
        TickStarts "a tick that keeps fresh starts a refresh",
        TickIdle "a tick in the window starts nothing",
    }
    AttemptTimes "attempt_fence_and_abort" "An attempt is given up 10 s after its start, or at its flight's 14 s, and aborted after 30 s." {
        FenceDeadline "an attempt has its 10 s",
        FenceFlightEnd "an attempt ends with its flight",
    }
    Attempts "flight_of_3_attempts" "Without a token a flight has three attempts in 14 s, 0.5 s and 1 s apart, while somebody waits; one after a failed flight." {
        SecondAttempt "a flight has its second attempt",
        ThirdAttempt "a flight has its third attempt",
        NobodyLeft "an attempt is due and nobody waits",
        SingleAttempt "a flight after a failed one ends with its first attempt",
        FlightTimeOver "an attempt would come after the flight's end",
    }
    FetchPause "pause_after_failed_flight" "After a transiently failed flight the pause is 2 s, doubling to 15 s, drawn from its upper half." {
        FetchPaused "a first flight fails",
        FetchPausedLonger "another flight fails",
    }
    RefreshPause "pause_after_failed_refresh" "After a transiently failed refresh the pause is drawn from the policy's interval, at least 250 ms, at the latest to exp." {
        RefreshPaused "a first refresh fails",
        RefreshPausedLonger "another refresh fails",
        RefreshFloor "the drawn pause is below the floor",
        PausedToEnd "the pause ends with the token",
    }
    LastTry "last_try_at_hard_zone" "A pause ends at exp - H where that is at least 250 ms away and all failures were transient without Retry-After." {
        LastTry "a pause ends at exp - H",
        LastTryBarred "a pause does not end at exp - H after a terminal failure or a Retry-After",
    }
    TerminalPause "pause_after_terminal_failure" "After a terminal failure the pause is 5 s, doubling to 5 min; a flight ends at once." {
        TerminalHeld "a refresh fails terminally",
        TerminalAbsent "a flight without a token fails terminally",
        TerminalAgain "another terminal failure",
    }
    RetryAfter "retry_after_honoured" "A Retry-After up to 1 h is waited for where it is later than the pause, and ends a flight at once." {
        RetryAfterLater "the Retry-After is later than the pause",
        RetryAfterEarlier "the pause is later than the Retry-After",
        RetryAfterCapped "a Retry-After of more than an hour",
        OutlivesToken "a pause outlives the token",
    }
    AbandonedPause "abandoned_attempts_are_paced" "Without a token the first abandoned attempt is followed at once, the next after 250 ms, doubling to 5 s; one that a token of another tab has overtaken is no failure." {
        AbandonedOnce "the first attempt is abandoned while somebody waits",
        AbandonedAlone "the first attempt is abandoned and nobody waits",
        AbandonedTwice "another attempt is abandoned",
        AbandonedHeld "a refresh is abandoned",
        AbandonedOvertaken "an attempt is abandoned after another tab's token came",
    }
    SameToken "same_token_again" "The held token again keeps its generation, may only live longer, and pauses for half of what is left." {
        SameToken "the held token comes again",
        SameTokenGrows "it comes with a later end",
    }
    SingleUse "single_use_tokens" "A token without a life is handed to those who wait, never published; such flights start 1 s apart." {
        Handed "it is handed to those who wait",
        HandedToNobody "nobody waits for it",
        SingleUsePaced "the next flight waits",
        SingleUseSlow "it came after the second was over",
        DeadWhileHeld "it comes while a token is held, and counts as a failure",
    }
    RejectedBytes "rejected_token_again" "One of the last 8 rejected tokens counts as a failed refresh while a token is held, and is accepted without one." {
        RejectedRefused "a rejected token comes while a token is held",
        RejectedTaken "a rejected token comes while none is held",
    }
    Granted "granted_token_is_held" "A granted token is held from its sending on, also with an earlier end than the one before; counters start anew." {
        GrantedFirst "a token comes where none is held",
        GrantedReplaces "a token replaces another",
        GrantedShorter "a token replaces one that would have lived longer",
    }
    Late "late_success" "A late success counts from an attempt that only its deadline fenced, if it outlives what is held; it ends pauses but a Retry-After." {
        LateUsed "a late success is used",
        LateRefused "a late success does not outlive the held token",
        LateDead "a late success is over when it comes",
        LateFencedForGood "a late success from before new credentials or a reset is not used",
        LateEndsPause "a late success ends a pause",
        LateKeepsRetryAfter "a late success leaves a Retry-After",
        LateSame "the held token comes late",
        LateBesideAttempt "a late success is used while an attempt runs",
    }
    FencedEnd "end_of_fenced_attempt" "The end of an attempt that was given up is no misuse, once." {
        FencedEnded "it is reported",
        FencedEndedTwice "it is reported again, which is misuse",
    }
    HardZone "hard_zone_wait" "In the hard zone callers wait behind an attempt at most min(2 s, H/4), all together once, and not during a pause." {
        HardWaits "a caller waits in the hard zone",
        HardWaitShared "a later caller waits for what is left of it",
        HardWaitOver "it is used up, and a caller is served at once",
        UsedInHardZone "a caller is served in the hard zone",
        HardPause "nobody waits in the hard zone during a pause",
    }
    MinValid "min_valid_wait" "A caller whose min_valid (at most T/2) is not met waits behind an attempt at most min(2 s, T/40), then gets the token." {
        MinValidStarts "min_valid starts a refresh",
        MinValidWaits "a caller waits for a longer life",
        MinValidMet "min_valid is met",
        MinValidCapped "min_valid counts as half of the lifetime",
    }
    AbsentWait "absent_token_wait" "Without a token a caller waits for its patience; without patience it fails with deadline, without a ticket." {
        AbsentWaits "a caller waits",
        NoPatience "a caller without patience fails",
    }
    PausedCaller "paused_without_token" "Without a token in a pause a caller waits it out if it ends 1 s inside its patience, and else fails with the error and retry_at." {
        FailsFast "a terminal pause fails a caller at once",
        PauseTooLong "a pause ends too late for a caller",
        WaitsPauseOut "a caller waits a pause out",
        PauseJustShort "a pause ends exactly 1 s inside a caller's patience",
    }
    FlightError "failed_flight_tells_all" "All callers of a failed flight get the same error, with the time of the next attempt." {
        CallersFail "a flight fails its callers",
        FailsAlone "a flight fails and nobody waits",
    }
    Answered "waiters_are_answered" "Everybody who waits is answered by a new token, by the held one when its refresh ends, or by the flight's failure." {
        AnsweredByToken "those who wait get a new token",
        AnsweredByOld "those who wait get the old token",
        Lapsed "a caller has stopped waiting",
    }

    Rejected1 "rejected_1_retried" "A call that was retried already gets the API's answer." {
        Retried "a retried call is rejected",
    }
    Rejected2 "rejected_2_replaced" "A rejection of a token that is not held acts as a caller that has waited." {
        ReplacedMeanwhile "a rejected call is retried with the newer token",
        RejectedWithoutToken "a rejected call waits for a token",
    }
    Rejected3 "rejected_3_grace" "A token younger than min(10 s, T/10) is tried again after min(1 s, T/10)." {
        Grace "a young token is rejected",
        GraceOver "a token is rejected as its grace ends",
    }
    Rejected4 "rejected_4_attempt_runs" "An attempt that runs becomes the forced refresh; the rejected caller waits for its patience." {
        JoinsAttempt "a token is rejected while an attempt runs",
    }
    Rejected5 "rejected_5_pause" "In a pause, or once marked, a rejection surfaces and marks the token." {
        PauseSurfaces "a token is rejected in a pause",
        MarkedSurfaces "a marked token is rejected",
        SameTokenForces "a token is rejected in the pause after it came again",
    }
    Shortens "rejection_shortens_pause" "A rejection ends a transient pause at the later of not_before and 15 s from now, once a hold." {
        PauseShortened "a pause is shortened",
        PauseNotShortened "a terminal pause is not",
        PauseShortenedOnce "a pause was shortened within the hold",
    }
    Rejected6 "rejected_6_hold" "Within the hold after a forced refresh a rejection surfaces; it doubles while new tokens are rejected soon." {
        TooSoon "a rejection comes within the hold",
        HoldDoubled "the hold doubles",
        HoldAgain "another forced refresh starts after the hold",
    }
    Rejected7 "rejected_7_forced_refresh" "A rejection starts one forced refresh, withholds the token, and its caller waits for its patience." {
        Forced "a forced refresh starts",
    }
    NotReplayable "not_replayable_surfaces" "A call that cannot be sent again gets the API's answer, and waits for nothing." {
        NotReplayable "such a call is rejected",
    }
    Withheld "withheld_for_a_moment" "A rejected token is withheld for min(2 s, H/4), at least 250 ms, then published again." {
        WithheldWaits "a caller waits for a withheld token",
        WithheldOver "a withheld token is published again",
        WithheldUsed "a withheld token is used by a caller without patience",
    }
    Marks "failed_forced_refresh_marks" "A forced refresh that fails leaves the token held and marked: it is due, and surfaces." {
        Marked "a forced refresh fails",
        RenewalDue "a refresh for new credentials fails, and stays due",
    }

    PauseEnds "pause_ends_in_time" "A pause ends at its time: those who wait start a flight then, or the next caller does." {
        PauseOverWaiting "a pause ends while somebody waits",
        PauseOverIdle "a pause ends and nobody waits",
        PauseOverOwed "a pause ends and a refresh is owed",
    }
    Retry "retry_by_the_user" "Retry ends a pause when it is 1 s old or at the end of a Retry-After, fetches without a token, and else does nothing." {
        RetryEndsPause "a retry ends a pause",
        RetryShortensPause "a retry brings a pause's end nearer",
        RetryFetches "a retry fetches without a token",
        RetryDue "a retry starts a refresh that is due",
        RetryNothing "a retry with a good token does nothing",
    }
    Invalidate "invalidate_by_the_user" "Invalidate drops the held generation and brings the end of a pause nearer, once a second, never of a terminal one." {
        Invalidated "the held token is dropped",
        InvalidatedOther "another generation is invalidated",
        InvalidateEndsPause "it ends or shortens a pause",
        InvalidateSoon "it does so again within the second",
        InvalidateTerminal "a terminal pause stays",
    }
    Credentials "new_credentials" "New credentials fence for good, start one refresh (after a Retry-After), keep the token unless told to drop it." {
        CredentialsRefresh "they start a refresh",
        CredentialsFence "they fence an attempt",
        CredentialsWait "they wait for a Retry-After",
        CredentialsUnused "nothing was in use",
        CredentialsDrop "they drop the token",
        CredentialsEndPause "they end a pause",
    }
    Fork "fork" "A fork forgets attempts and callers, keeps the token and pauses, and publishes a withheld token again." {
        ForkInFlight "a fork while an attempt runs",
        ForkPaused "a fork in a pause",
        ForkWithheld "a fork while the token is withheld",
        ForkRenewing "a fork while new credentials are tried",
    }
    Logout "logout" "A logout drops the token, fences for good, cancels callers and keeps only a Retry-After." {
        LogoutToken "a logout drops the token",
        LogoutCallers "a logout cancels callers",
        LogoutRetryAfter "a logout keeps a Retry-After",
        LogoutPause "a logout ends a pause",
    }
    Close "close" "After a close every input but a reset fails with closed." {
        Closed "a source is closed",
        ClosedInput "a closed source is used",
    }
    Adopt "adopt" "A token of another process is taken if it is newer than rejections and credentials, its bytes are new, and it outlives the held one." {
        Adopted "it is taken",
        AdoptedInFlight "it is taken while an attempt runs",
        AdoptStale "it was issued before the last rejection",
        AdoptBeforeCredentials "it was issued before the last credentials",
        AdoptShorter "it does not outlive the held token",
        AdoptRejected "its bytes were rejected",
        AdoptSame "its bytes are the held ones",
        AdoptOver "its life is over",
    }
    WallStep "wall_step_replaces_attempt" "An attempt that is over by the wall clock alone is replaced at once for the same callers, once a flight." {
        WallReplaced "an attempt is replaced",
        WallReplacedOnce "the replacement is over by the wall clock alone too, and counts as failed",
        WallBetween "a flight between two attempts is replaced",
    }
    Clocks "clock_steps_are_reported" "A mono clock that runs back is clamped and reported, as a wall clock that moves 30 s more than mono." {
        MonoBack "mono runs back",
        WallForward "the wall clock is set forward",
        WallBack "the wall clock is set back",
    }
    Times "snapshot_times" "use_until is exp - H, and exp in a pause; ask_at is the drawn start, the attempt's deadline, or the pause's end." {
        TimesIdle "a snapshot while the endpoint is idle",
        TimesFlying "a snapshot while an attempt runs",
        TimesPaused "a snapshot in a pause",
    }
    Truth "snapshot_truth" "A snapshot carries the token, generation, lifetime and issue of what is held, and comes when something has changed." {
        Published "a token is published for the first time",
    }
    Retracted "retract" "A token is retracted where it is dropped or withheld, and not otherwise." {
        Retracted "a token is retracted",
    }
    Wake "wake_ups" "A call is asked for at an attempt's end, a withheld token's return, and a pause's end where somebody waits; at most 1 h ahead." {
        WakeAttempt "for an attempt",
        WakePause "for a pause that somebody waits for",
        WakeWithheld "for a withheld token",
        WakeFresh "to keep fresh",
        WakeCapped "an hour ahead, for more",
    }
    Events "events_tell" "Each thing that happens is told once, as it was." {
        Told "something is told",
        Expired "a token's end is told",
    }
}

/// Which situations were met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Seen([u64; 4]);

impl Seen {
    pub(crate) const fn note(&mut self, when: When) {
        let at = when as usize;
        self.0[at / 64] |= 1 << (at % 64);
    }

    /// Adds what another has seen.
    pub const fn merge(&mut self, other: Self) {
        let mut at = 0;
        while at < self.0.len() {
            self.0[at] |= other.0[at];
            at += 1;
        }
    }

    /// Says whether the situation at this place of the list was met.
    #[must_use]
    pub const fn contains(&self, at: usize) -> bool {
        self.0[at / 64] & (1 << (at % 64)) != 0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_situations_fit() {
        let names: BTreeSet<_> = INVARIANTS.iter().map(|invariant| invariant.name).collect();
        assert_eq!(names.len(), INVARIANTS.len());
        assert!(SITUATIONS.len() <= 256);
        assert!(INVARIANTS.iter().all(|invariant| SITUATIONS.iter().any(|situation| situation.invariant == invariant.name)));
    }
}
