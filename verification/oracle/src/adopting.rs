//! Tokens of another tab or process.

use evertoken::{Adopted, Event};

use crate::{
    Oracle, clock,
    numbers::{YEAR, spread},
    rules::{Rule, When},
    state::{Endpoint, Flight, Stage, Token},
    turn::{Answer, Ruling, Turn},
};

impl<T: Clone + Eq + std::fmt::Debug> Oracle<T> {
    pub(crate) fn adopt(&mut self, turn: &mut Turn<'_, T>, offer: &Adopted<T>) -> Ruling {
        const DONE: Ruling = (Answer::Done, Rule::Adopt);
        let now = turn.now;
        let life = offer.lifetime_ms.min(YEAR);
        let by_wall = offer.issued_at_wall.saturating_add(life).saturating_sub(now.wall);
        let left = by_wall.min(offer.remaining_ms).min(life);
        let refusal = if left == 0 {
            Some(When::AdoptOver)
        } else if self.token.as_ref().is_some_and(|token| token.token == offer.token) {
            Some(When::AdoptSame)
        } else if self.rejections.recent.contains(&offer.token) {
            Some(When::AdoptRejected)
        } else if self.rejections.last.is_some_and(|at| offer.issued_at_wall <= at.wall) {
            Some(When::AdoptStale)
        } else if self.credentials_at.is_some_and(|at| offer.issued_at_wall <= at.wall) {
            Some(When::AdoptBeforeCredentials)
        } else if self.token.as_ref().is_some_and(|token| clock::left(token.end, now) >= left) {
            Some(When::AdoptShorter)
        } else {
            None
        };
        if let Some(refusal) = refusal {
            turn.saw(refusal);
            return DONE;
        }
        turn.saw(When::Adopted);
        self.generations += 1;
        let generation = self.generations;
        turn.tell(Event::Adopted { generation });
        turn.drew = true;
        let end = clock::after(now, left);
        let token = Token {
            token: offer.token.clone(),
            generation,
            revision: 0,
            issued: clock::before(end, life),
            received: now,
            end,
            life,
            spread: (0, spread(life)),
            rejected: None,
            marked: false,
            forced: false,
            due: None,
            withheld_until: None,
        };
        self.hold(turn, token);
        DONE
    }

    /// A new token answers everybody; an attempt that runs goes on, and no longer speaks about the token before.
    pub(crate) fn hold(&mut self, turn: &mut Turn<'_, T>, token: Token<T>) {
        self.token = Some(token);
        self.answer_all(turn, When::AnsweredByToken);
        if self.owed == Some(evertoken::event::Reason::Retry) {
            self.owed = None;
        }
        match &mut self.endpoint {
            Endpoint::Flying(Flight { stage: Stage::Between { .. }, .. }) => self.endpoint = Endpoint::Idle,
            Endpoint::Flying(flight) => {
                turn.saw(When::AdoptedInFlight);
                (flight.forced, flight.renewing, flight.overtaken) = (false, false, true);
            }
            Endpoint::Idle | Endpoint::Paused(_) => {}
        }
    }

    pub(crate) fn answer_all(&mut self, turn: &mut Turn<'_, T>, when: When) {
        if !self.waiting.is_empty() {
            turn.saw(when);
        }
        turn.settles = self.settle();
    }
}
