//! Tokens that another tab or process of the same grant has fetched.

use crate::{event::Event, io::Adopted, time::Instant};

use super::{
    Machine,
    held::Held,
    turn::{Decision, Turn},
};

impl<T: Clone + Eq> Machine<T> {
    /// Takes a token of another process if nothing that is known here speaks against it and it outlives the held one.
    pub(super) fn adopt(&mut self, turn: &mut Turn<T>, adopted: Adopted<T>) -> Decision {
        let now = turn.now;
        let Adopted { token, issued_at_wall, lifetime_ms, remaining_ms } = adopted;
        let lifetime_ms = lifetime_ms.min(self.policy.lifetime_max_ms);
        let left_ms = remaining_ms.min(lifetime_ms).min(issued_at_wall.saturating_add(lifetime_ms).saturating_sub(now.wall));
        let stale = |since: Option<Instant>| since.is_some_and(|since| issued_at_wall <= since.wall);
        let outlived = self.held.as_ref().is_some_and(|held| held.token == token || held.expires_at.left_ms(now) >= left_ms);
        if left_ms == 0
            || outlived
            || stale(self.rejections.last_first_at)
            || stale(self.credentials_changed_at)
            || self.rejections.contains(&token)
        {
            return Decision::Done;
        }
        let spread_ms = self.draw_spread(turn, lifetime_ms);
        self.generations += 1;
        let generation = self.generations;
        turn.event(Event::Adopted { generation });
        let expires_at = now.plus(left_ms);
        let mut held = Held::new(token, generation, expires_at.minus(lifetime_ms), lifetime_ms, spread_ms, now);
        // Where this process started later than the token, its monotonic clock has no instant for the issue.
        held.expires_at = expires_at;
        self.hold(turn, held);
        Decision::Done
    }
}
