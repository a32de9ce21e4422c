//! What a host may do by itself, by comparing numbers.

use evertoken::Instant;

use super::{Reference, numbers, requests::Flight};

impl Reference {
    /// The snapshot that hosts have is the one that the documentation asks for.
    pub(super) fn check_standing(&mut self, now: Instant) {
        let Some(token) = &self.token else {
            let none = self.standing.is_none();
            return self.ensure(none, "no-snapshot-without-a-token", String::new);
        };
        let Some(standing) = &self.standing else {
            let withheld = token.withheld.is_some_and(|until| !until.is_over(now));
            return self.ensure(withheld, "a-token-is-withheld-for-a-moment", || "a valid token is kept from callers".into());
        };
        let (window, leeway) = (numbers::window(token.life), numbers::leeway(token.life));
        let hard = token.ends.minus(leeway);
        let at = |at: Instant| (at, at);
        let ((low, high), use_until) = match &self.flight {
            Flight::Paused(pause) => (at(pause.until.earlier(token.ends)), token.ends),
            Flight::Running(run) => (at(run.fence.earlier(hard)), hard),
            Flight::Idle | Flight::Between { .. } if token.due => ((Instant { mono: 0, wall: 0 }, hard), hard),
            Flight::Idle | Flight::Between { .. } => {
                let begin = token.ends.minus(window);
                ((begin.earlier(hard), begin.plus(numbers::spread(token.life)).earlier(hard)), hard)
            }
        };
        let ask = standing.ask_at;
        let within = (low.mono..=high.mono).contains(&ask.mono) && (low.wall..=high.wall).contains(&ask.wall);
        let (standing_until, revision) = (standing.use_until, standing.revision);
        let good = within && standing_until == use_until;
        self.ensure(good, "snapshots-as-documented", || {
            format!("revision {revision} asks at {ask:?} ({low:?} to {high:?}) and ends at {standing_until:?} ({use_until:?})")
        });
    }
}
