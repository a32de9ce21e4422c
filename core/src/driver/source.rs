//! The source of tokens that a program shares.

use alloc::{boxed::Box, sync::Arc};
use core::{fmt, future::Future};

use crate::{
    error::Error,
    io::{Adopted, Input, Reset, Snapshot},
    machine::Explanation,
    policy::Policy,
    provider::{Credentials, Grant},
    secret::AccessToken,
    time::Now,
};

use super::{
    builder::Builder,
    clock::{Clock, SystemClock},
    drive::drive,
    recovery::{Recovery, Rejection},
    shell::Shell,
    timer::Timer,
    transport::Transport,
};

/// A valid access token, whenever asked: fetched once however many callers wait, reused, refreshed before it ends.
///
/// Make one per grant and share it: a clone is another handle of the same source. It is `Send` and `Sync` when its
/// transport, flights and timer are. It spawns nothing: callers move it, or [`TokenSource::drive`] while there are none.
/// Dropping the last handle aborts what is on its way.
///
/// Errors are of the [classes](crate::Class) that the token endpoint's answers have, and
/// [`Code::Deadline`](crate::Code::Deadline) when the patience runs out, [`Code::Closed`](crate::Code::Closed) after
/// [`TokenSource::close`], [`Code::Cancelled`](crate::Code::Cancelled) for who waits during a [`TokenSource::logout`], and
/// [`Code::Reentrant`](crate::Code::Reentrant) for a call from within its own transport.
pub struct TokenSource<Tr: Transport, Ti, C = SystemClock> {
    shell: Arc<Shell<Tr, Ti, C>>,
}

/// What a call asks of the token; the default asks for any valid one, with the policy's patience.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeaderOptions {
    /// How long the token must still live, in milliseconds, as for a long upload; counts as at most half of its lifetime.
    pub min_valid_ms: u64,
    /// How long the call may wait, in milliseconds; [`Policy::patience_ms`](Policy::patience_ms) if `None`.
    pub patience_ms: Option<u64>,
}

impl<Tr: Transport, Ti: Timer> TokenSource<Tr, Ti> {
    /// Makes a source with the default policy and the system's clocks; nothing is sent before the first call.
    ///
    /// # Errors
    /// As [`Builder::build`].
    pub fn new(grant: Grant, credentials: Credentials, transport: Tr, timer: Ti) -> Result<Self, Error> {
        Self::builder(grant, credentials, transport, timer).build()
    }

    /// Begins a source whose policy, clock or listener is another than the default.
    pub fn builder(grant: Grant, credentials: Credentials, transport: Tr, timer: Ti) -> Builder<Tr, Ti> {
        Builder::new(grant, credentials, transport, timer, SystemClock)
    }
}

impl<Tr: Transport, Ti: Timer, C: Clock> TokenSource<Tr, Ti, C> {
    pub(super) fn from_shell(shell: Shell<Tr, Ti, C>) -> Self {
        Self { shell: Arc::new(shell) }
    }

    /// Returns what tokens are asked for.
    #[must_use]
    pub fn grant(&self) -> &Grant {
        &self.shell.grant
    }

    /// Returns the numbers that the source follows.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.shell.policy
    }

    /// Returns the header that carries a valid token: at once while one is held, else when the token endpoint has answered.
    ///
    /// Cancelling the call, by dropping its future, harms no other.
    ///
    /// # Errors
    /// See [`TokenSource`].
    pub async fn headers(&self) -> Result<Arc<Snapshot>, Error> {
        self.headers_with(HeaderOptions::default()).await
    }

    /// As [`TokenSource::headers`], for a token that lives a while longer, or with another patience.
    ///
    /// # Errors
    /// See [`TokenSource`].
    pub async fn headers_with(&self, options: HeaderOptions) -> Result<Arc<Snapshot>, Error> {
        if let Some(snapshot) = self.shell.good(options.min_valid_ms) {
            return Ok(snapshot);
        }
        // On the heap: the future of a call that finds a token stays small.
        Box::pin(self.shell.obtain(options.min_valid_ms, self.shell.patience(options.patience_ms))).await
    }

    /// Returns the token alone.
    ///
    /// # Errors
    /// See [`TokenSource`].
    pub async fn token(&self) -> Result<AccessToken, Error> {
        Ok(self.headers().await?.token.clone())
    }

    /// Returns the snapshot if it can be used right now; otherwise [`TokenSource::headers`] gets one.
    ///
    /// It waits for nothing and takes no lock, unless a refresh is due, which it starts on the way.
    #[must_use]
    #[inline]
    pub fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.shell.good(0)
    }

    /// Calls `with` with the header's name and value if there is one that can be used right now, without making a copy.
    ///
    /// As [`TokenSource::snapshot`] otherwise; the shortest way to a header.
    #[inline]
    pub fn with_header<R>(&self, with: impl FnOnce(&str, &str) -> R) -> Option<R> {
        let snapshot = self.shell.good(0)?;
        Some(with(snapshot.token.header_name(), snapshot.token.header_value()))
    }

    /// Says what to do with a call whose token an API has rejected; waits for another token if that helps.
    ///
    /// Call it once per rejected answer; after [`Recovery::RetryWith`] the call counts as retried. However many calls are
    /// rejected together, one token request is sent.
    pub async fn rejected(&self, rejection: Rejection) -> Recovery {
        self.shell.recover(rejection).await
    }

    /// Drops the held token because the user knows that it is no good; the next call fetches another.
    pub fn invalidate(&self) {
        let _ = self.shell.enter_with(|state| Input::Invalidate { generation: state.generation });
    }

    /// As [`TokenSource::invalidate`], unless the token has been replaced since this snapshot.
    pub fn invalidate_snapshot(&self, snapshot: &Snapshot) {
        let _ = self.shell.enter(Input::Invalidate { generation: snapshot.generation });
    }

    /// Takes a token that another process of the same grant has fetched, if it serves longer than the held one.
    ///
    /// What another process may adopt is [`Snapshot::adopted`].
    pub fn adopt(&self, token: Adopted) {
        let _ = self.shell.enter(Input::Adopt { token });
    }

    /// Ends a pause after failures, except for what the server itself asked for: the user says that it may work now.
    pub fn retry(&self) {
        let _ = self.shell.enter(Input::Retry);
    }

    /// Replaces the credentials; a refresh with the new ones starts if the source is in use.
    ///
    /// The held token serves until it is replaced, unless `drop_token` says that it must not be used any more.
    pub fn credentials_changed(&self, credentials: Credentials, drop_token: bool) {
        let _ = self.shell.enter_with(|state| {
            state.credentials = Arc::new(credentials);
            Input::CredentialsChanged { drop_token }
        });
    }

    /// Drops the token and everything on its way; a later call fetches another.
    pub fn logout(&self) {
        self.shell.reset(Reset::Logout);
    }

    /// Ends the source for all its handles; a second time does nothing.
    pub fn close(&self) {
        self.shell.reset(Reset::Close);
    }

    /// Says what the source holds, does and will do next; nothing secret.
    #[must_use]
    pub fn explain(&self) -> Explanation {
        self.shell.collect();
        let state = self.shell.lock();
        let now = self.shell.clock.now();
        state.machine.explain(Now { mono: now.mono, wall: now.wall, entropy: 0 })
    }

    /// Keeps the source fresh while nobody calls it; ends when the source is closed or its last handle is dropped.
    ///
    /// It is optional: spawn it where idle programs should find a fresh token at their next call. It holds no handle.
    pub fn drive(&self) -> impl Future<Output = ()> + use<Tr, Ti, C> {
        drive(Arc::downgrade(&self.shell))
    }
}

impl<Tr: Transport, Ti, C> Clone for TokenSource<Tr, Ti, C> {
    fn clone(&self) -> Self {
        Self { shell: Arc::clone(&self.shell) }
    }
}

impl<Tr: Transport, Ti, C> fmt::Debug for TokenSource<Tr, Ti, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource").field("grant", &self.shell.grant).finish_non_exhaustive()
    }
}
