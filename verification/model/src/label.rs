//! Names of inputs and states, for tables and the diagram.

use evertoken_oracle::{EndpointState, Place};

macro_rules! labels {
    ($($label:ident $name:literal,)+) => {
        /// What an input is called.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Label { $(#[doc = $name] $label,)+ }

        impl Label {
            /// Every label, in the order of their names in the diagram.
            pub const ALL: &'static [Self] = &[$(Self::$label,)+];

            /// Returns its name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$label => $name,)+ }
            }
        }
    };
}

labels! {
    Abandoned "abandoned",
    Adopt "adopt",
    Close "close",
    Credentials "credentials changed",
    CredentialsDropped "credentials changed and token dropped",
    Failed "failed",
    FailedLate "failed late",
    Fork "fork",
    Granted "granted",
    GrantedAgain "granted again",
    GrantedLate "granted late",
    GrantedRejected "granted a rejected one",
    GrantedWithoutLife "granted without a life",
    Invalidate "invalidate",
    KeepFresh "keep fresh",
    Logout "logout",
    Misuse "misuse",
    Rejected "rejected",
    Retry "retry",
    Tick "tick",
    Time "time",
    Want "want",
    WantMinValid "want with min_valid",
}

/// The six states: short name, title.
pub const STATES: [(&str, &str); 6] = [
    ("none_idle", "no token, idle"),
    ("none_in_flight", "no token, in flight"),
    ("none_paused", "no token, paused"),
    ("token_idle", "token, idle"),
    ("token_in_flight", "token, in flight"),
    ("token_paused", "token, paused"),
];

/// Returns a state's place in [`STATES`].
#[must_use]
pub const fn index(place: Place) -> usize {
    let endpoint = match place.endpoint {
        EndpointState::Idle => 0,
        EndpointState::InFlight => 1,
        EndpointState::Paused => 2,
    };
    if place.held { endpoint + 3 } else { endpoint }
}
