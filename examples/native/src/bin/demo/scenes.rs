//! What happens in the demo, scene by scene. Each waits for what it wants to show, not for the clock.

use std::time::{Duration, Instant};

use evertoken::{Code, machine::TokenView};
use evertoken_native::story;
use evertoken_sandbox::{ControlError, Fault, KeyRequest, Kind, Release, Rule, Sandbox, Vendor};
use tokio::time::sleep;

use crate::{
    lane::{Lane, credentials},
    verdicts::Verdicts,
    view::View,
};

/// How many callers come at once while no token is there.
const COLD_CALLERS: u64 = 500;
/// How many calls are served per provider while the answers to the refreshes are held back.
const CALLS_WHILE_HELD: u64 = 30;

pub(crate) struct Scenes<'a> {
    pub(crate) sandbox: &'a Sandbox,
    pub(crate) lanes: &'a [Lane],
    pub(crate) view: &'a View,
    pub(crate) lifetime_s: u64,
}

impl Scenes<'_> {
    pub(crate) async fn play(&self, verdicts: &mut Verdicts) -> Result<(), ControlError> {
        for lane in self.lanes {
            self.sandbox.control().change_settings(lane.vendor, |settings| settings.lifetime_ms = self.lifetime_s * 1000);
        }
        self.cold(verdicts).await;
        self.early_refresh(verdicts).await?;
        self.outage(verdicts).await?;
        self.revocation(verdicts).await;
        self.deleted_key(verdicts).await
    }

    async fn cold(&self, verdicts: &mut Verdicts) {
        self.view.scene(1, &format!("Cold start: {COLD_CALLERS} callers of each provider come at once, tokens live {} s", self.lifetime_s));
        let mut callers = tokio::task::JoinSet::new();
        for lane in self.lanes {
            for _ in 0..COLD_CALLERS {
                let source = lane.client.source().clone();
                callers.spawn(async move { source.headers().await.is_ok() });
            }
        }
        let served = callers.join_all().await.into_iter().filter(|served| *served).count() as u64;
        let requests = self.token_requests();
        let lanes = self.lanes.len() as u64;
        let met = served == COLD_CALLERS * lanes && requests == lanes;
        self.view.result(&verdicts.expect(met, format!("{served} callers served by {requests} token requests, one a provider")));
        self.lanes.iter().for_each(Lane::call_on);
    }

    async fn early_refresh(&self, verdicts: &mut Verdicts) -> Result<(), ControlError> {
        self.view.scene(2, "Reuse, then an early refresh: the answers to the refreshes are held back, and nobody waits for them");
        let failed = self.failed();
        for lane in self.lanes {
            lane.take_longest_wait();
            self.sandbox.control().add_fault(lane.vendor, Rule::token(Fault::Hang { decide: Default::default() }).times(1))?;
        }
        let mut at_held = vec![None; self.lanes.len()];
        self.until(self.lifetime(), || {
            let held = self.sandbox.control().idle().held;
            for (at, lane) in at_held.iter_mut().zip(self.lanes) {
                if at.is_none() && held > 0 && lane.explain().attempts > 1 {
                    *at = Some(lane.served());
                }
            }
            self.lanes.iter().zip(&at_held).all(|(lane, at)| at.is_some_and(|at| lane.served() >= at + CALLS_WHILE_HELD))
        })
        .await;
        let held = self.sandbox.control().idle().held;
        let meanwhile: Vec<_> =
            self.lanes.iter().zip(&at_held).map(|(lane, at)| at.map_or(0, |at| lane.served().saturating_sub(at))).collect();
        let longest = self.lanes.iter().map(Lane::take_longest_wait).max().unwrap_or_default();
        for lane in self.lanes {
            self.sandbox.control().release(lane.vendor, Release { kind: Some(Kind::Token), ..Release::default() })?;
        }
        self.until(self.lifetime(), || self.lanes.iter().all(|lane| lane.explain().generations >= 2)).await;
        let fewest = meanwhile.iter().min().copied().unwrap_or_default();
        let met = held == self.lanes.len() as u64 && fewest >= CALLS_WHILE_HELD && self.failed() == failed;
        let what = format!(
            "{} calls served while {held} refreshes were held back; the longest wait for a token was {:.1} ms",
            meanwhile.iter().sum::<u64>(),
            longest.as_secs_f64() * 1000.0
        );
        self.view.result(&verdicts.expect(met, what));
        Ok(())
    }

    async fn outage(&self, verdicts: &mut Verdicts) -> Result<(), ControlError> {
        // It begins before the first refresh is due and lasts through the window of the last.
        let begins_ms = self.earliest(|token, now| token.refresh_at.left_ms(now)).saturating_sub(800);
        sleep(Duration::from_millis(begins_ms)).await;
        self.view.scene(3, "Outage: the token endpoints answer 503, hang, and close the connection; the held tokens serve");
        let (failed, served) = (self.failed(), self.served());
        let failed_before = self.token_requests();
        for (lane, fault) in self.lanes.iter().zip(outages()) {
            self.sandbox.control().add_fault(lane.vendor, Rule::token(fault))?;
        }
        sleep(Duration::from_millis(self.earliest(|token, now| token.hard_at.left_ms(now)).saturating_sub(50))).await;
        let requests = self.token_requests() - failed_before;
        let served = self.served() - served;
        for lane in self.lanes {
            self.sandbox.control().clear_faults(lane.vendor);
            // What hung is cut off, as by a server that restarts.
            self.sandbox.control().release(lane.vendor, Release { instead: Some(Fault::Drop), ..Release::default() })?;
        }
        self.view.result("  the token endpoints are back");
        self.until(self.lifetime(), || self.lanes.iter().all(|lane| lane.explain().generations >= 3)).await;
        let callers_failures = self.failed() - failed;
        let recovered = self.lanes.iter().all(|lane| lane.explain().generations >= 3);
        let met = callers_failures == 0 && requests >= 3 && recovered;
        let what =
            format!("{served} calls served through the outage, {requests} token requests failed, {callers_failures} callers noticed");
        self.view.result(&verdicts.expect(met, what));
        Ok(())
    }

    async fn revocation(&self, verdicts: &mut Verdicts) {
        // A token that is just out may be unknown to a replica yet, so it is old enough to be believed bad.
        let age_ms = self.lifetime_s * 1000 / 10 + 600;
        self.until(self.lifetime(), || {
            self.lanes.iter().all(|lane| {
                let picture = lane.explain();
                picture.token.is_some_and(|token| picture.now.wall.saturating_sub(token.issued_at.wall) >= age_ms)
            })
        })
        .await;
        self.view.scene(4, "Revocation: every token is revoked at once, and the APIs answer 401");
        let (failed, requests) = (self.failed(), self.token_requests());
        let generations: Vec<_> = self.lanes.iter().map(|lane| lane.explain().generations).collect();
        for lane in self.lanes {
            self.sandbox.control().revoke_all(lane.vendor);
        }
        let recovered = || self.lanes.iter().zip(&generations).all(|(lane, before)| lane.explain().generations > *before);
        self.until(self.lifetime(), recovered).await;
        sleep(Duration::from_millis(300)).await;
        let requests = self.token_requests() - requests;
        let callers_failures = self.failed() - failed;
        let met = callers_failures == 0 && requests == self.lanes.len() as u64 && recovered();
        let what = format!("recovered with {requests} token requests, one a provider; {callers_failures} callers noticed");
        self.view.result(&verdicts.expect(met, what));
    }

    async fn deleted_key(&self, verdicts: &mut Verdicts) -> Result<(), ControlError> {
        let Some(lane) = self.lanes.iter().find(|lane| lane.vendor == Vendor::Didomi) else { return Ok(()) };
        self.view.scene(5, "A key is deleted at Didomi: its token serves to its end, then the error says what to fix");
        let (failed, served) = (self.failed(), lane.served());
        self.sandbox.control().delete_key(lane.vendor, &lane.key.id, false)?;
        self.until(self.lifetime() * 2, || self.failed() > failed).await;
        // At the first failure the token has come to its end.
        let picture = lane.explain();
        let calls = lane.served() - served;
        let met = picture.token.is_none()
            && calls >= CALLS_WHILE_HELD
            && lane.last_error().is_some_and(|error| error.code == Code::CredentialsRejected);
        self.view.result(&verdicts.expect(met, format!("{calls} calls served by the last token of the deleted key, to its end")));
        if let Some(error) = lane.last_error() {
            self.view.result(&format!("  {}", story::brief(&error)));
            self.view.result(&format!("  fix: {}", error.fix()));
        }
        sleep(Duration::from_millis(1200)).await;

        self.view.scene(6, "The fix: a new key, handed to the running program");
        let key = self.sandbox.control().create_key(lane.vendor, KeyRequest::named("New key"))?;
        let served = lane.served();
        lane.client.source().credentials_changed(credentials(lane.vendor, &key), false);
        let recovered = || lane.served() >= served + 10;
        self.until(self.lifetime(), recovered).await;
        self.view.result(&verdicts.expect(recovered(), "Didomi's callers are served again".to_owned()));
        let others = self.lanes.iter().filter(|other| other.vendor != lane.vendor).map(Lane::failed).sum::<u64>();
        self.view.result(&verdicts.expect(others == 0, format!("{others} callers of the other providers saw a failure in the whole demo")));
        Ok(())
    }

    /// Looks again and again until it is so, or the time is up.
    async fn until(&self, at_most: Duration, mut is_so: impl FnMut() -> bool) {
        let until = Instant::now() + at_most;
        while !is_so() && Instant::now() < until {
            sleep(Duration::from_millis(5)).await;
        }
    }

    fn lifetime(&self) -> Duration {
        Duration::from_secs(self.lifetime_s)
    }

    fn earliest(&self, left_ms: impl Fn(&TokenView, evertoken::Instant) -> u64) -> u64 {
        let pictures = self.lanes.iter().map(Lane::explain);
        pictures.filter_map(|picture| Some(left_ms(picture.token.as_ref()?, picture.now))).min().unwrap_or_default()
    }

    fn failed(&self) -> u64 {
        self.lanes.iter().map(Lane::failed).sum()
    }

    fn served(&self) -> u64 {
        self.lanes.iter().map(Lane::served).sum()
    }

    fn token_requests(&self) -> u64 {
        let counts = self.sandbox.control().counts();
        self.lanes.iter().filter_map(|lane| counts.get(&lane.vendor)).map(|count| count.token).sum()
    }
}

/// A way to fail for each provider.
fn outages() -> [Fault; 3] {
    [Fault::Throttle { status: 503, retry_after: None }, Fault::Hang { decide: Default::default() }, Fault::Drop]
}
