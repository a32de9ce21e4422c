"""Random lives of a source: whatever is called in whatever order, the promises hold."""

from __future__ import annotations

import asyncio
import json
import random
import threading
from dataclasses import dataclass, field

import evertoken
from evertoken._waiting import ThreadWakeup
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from shifted_clock import StandingClock
from token_endpoint import eventually


@dataclass
class Grant:
    """A token that the endpoint gave."""

    sent_ms: int
    lifetime_ms: int


@dataclass
class Endpoint:
    """A token endpoint in the process, which fails, hangs and recovers as it is told."""

    clock: StandingClock
    mode: str = "grant"
    lifetime_s: int = 3600
    requests: int = 0
    active: int = 0
    held: int = 0
    most_at_once: int = 0
    gate: threading.Event = field(default_factory=threading.Event)
    grants: dict[str, Grant] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
        with self.lock:
            self.requests += 1
            self.active += 1
            self.most_at_once = max(self.most_at_once, self.active)
            number, mode, sent_ms = self.requests, self.mode, self.clock.now()[0]
        try:
            if mode == "hang":
                with self.lock:
                    gate = self.gate
                    self.held += 1
                gate.wait()
            if mode == "drop":
                raise ConnectionResetError("no answer")
            if mode in {"503", "401"}:
                return evertoken.TokenAnswer(status=int(mode), headers=(), body=b"{}")
            token = f"token-{number}"
            self.grants[f"Bearer {token}"] = Grant(sent_ms, self.lifetime_s * 1000)
            body = json.dumps({"access_token": token, "token_type": "Bearer", "expires_in": self.lifetime_s})
            return evertoken.TokenAnswer(status=200, headers=(), body=body.encode())
        finally:
            with self.lock:
                self.active -= 1

    @property
    def is_at_rest(self) -> bool:
        """Nothing runs but what is held."""
        flights = [thread for thread in threading.enumerate() if thread.name.startswith("evertoken-")]
        return len(flights) == self.held == self.active

    def release(self) -> None:
        with self.lock:
            gate, self.gate = self.gate, threading.Event()
            self.held = 0
        gate.set()


class LeapingClock(StandingClock):
    """A clock that goes on while somebody waits for nothing but time."""

    endpoint: Endpoint

    def __init__(self) -> None:
        super().__init__()
        self._random = random.Random(5)

    def entropy(self) -> int:
        return self._random.getrandbits(64)

    def wait(self, wakeup: ThreadWakeup, ms: int) -> None:
        if not wakeup.wait(0.001) and self.endpoint.is_at_rest and not wakeup.is_set():
            self.advance(ms)


class LifeOfASource(RuleBasedStateMachine):
    """Calls in any order, against an endpoint in any mood, at any time."""

    @initialize()
    def begin(self) -> None:
        self.clock = LeapingClock()
        self.endpoint = self.clock.endpoint = Endpoint(self.clock)
        provider = evertoken.oauth2(
            "https://idp.example/t", api="https://a.example", client_id="i", client_secret="sandbox-secret-s"
        )
        self.heard: list[str] = []
        self.source = evertoken.TokenSource(
            provider, transport=self.endpoint, clock=self.clock, on_event=lambda event: self.heard.append(event.type)
        )
        self.late: set[str] = set()
        self.in_doubt()

    def in_doubt(self) -> None:
        """From here on only tokens that come count as good."""
        self.doubted = set(self.endpoint.grants)
        self.doubted_ms = self.clock.now()[0]

    @property
    def now_ms(self) -> int:
        return self.clock.now()[0]

    def good(self, part: float) -> bool:
        """Says whether a token is held whose age is below a part of its lifetime, and that nothing speaks against."""
        return any(
            self.now_ms - grant.sent_ms < part * grant.lifetime_ms
            for header, grant in self.endpoint.grants.items()
            if header not in self.doubted and grant.sent_ms >= self.doubted_ms and header in self.timely
        )

    def settle(self) -> None:
        """Waits until nothing runs but what is held."""
        eventually(lambda: self.endpoint.is_at_rest)

    @property
    def timely(self) -> set[str]:
        """Tokens whose answers came in time."""
        return {header for header in self.endpoint.grants if header not in self.late}

    def handed_out(self, header: str) -> None:
        grant = self.endpoint.grants[header]
        assert self.now_ms < grant.sent_ms + grant.lifetime_ms, "a header past its expiry"

    def call(self, patience: float, *, asynchronous: bool = False, min_valid: float = 0.0) -> None:
        fresh, usable, before = self.good(0.75), self.good(0.9), self.endpoint.requests
        try:
            if asynchronous:
                headers = asyncio.run(self.source.aheaders(patience=patience, min_valid=min_valid))
            else:
                headers = self.source.headers(patience=patience, min_valid=min_valid)
        except evertoken.EvertokenError as error:
            refused: evertoken.EvertokenError | None = error
        else:
            refused = None
            self.handed_out(headers["Authorization"])
        assert refused is None or not usable, f"{refused} while a token was good"
        assert refused is None or refused.code != "misuse"
        self.settle()
        if fresh and not min_valid:
            assert self.endpoint.requests == before, "a token request while a token was fresh"

    @rule()
    def asks_without_patience(self) -> None:
        self.call(0)

    @rule()
    def asks_with_patience(self) -> None:
        self.call(3)

    @rule()
    def asks_in_asyncio(self) -> None:
        self.call(0, asynchronous=True)

    @rule(min_valid=st.sampled_from([1, 60, 3600, 10**6]))
    def asks_for_a_long_call(self, min_valid: int) -> None:
        self.call(0, min_valid=min_valid)

    @rule(retried=st.booleans(), replayable=st.booleans())
    def is_rejected(self, retried: bool, replayable: bool) -> None:
        token = self.source.explain().token
        generation = 0 if token is None else token.generation
        self.in_doubt()
        snapshot = self.source._recover(generation, replayable=replayable, retried=retried, patience_ms=1_000)
        if snapshot is not None:
            self.handed_out(snapshot.header_value)
            assert replayable
            assert not retried
        self.settle()
        self.in_doubt()

    @rule()
    def invalidates(self) -> None:
        self.in_doubt()
        self.source.invalidate()
        self.settle()

    @rule()
    def retries(self) -> None:
        fresh, before = self.good(0.75), self.endpoint.requests
        self.source.retry()
        self.settle()
        assert not fresh or self.endpoint.requests == before

    @rule(drop_token=st.booleans())
    def changes_credentials(self, drop_token: bool) -> None:
        self.late |= set(self.endpoint.grants)
        self.in_doubt()
        self.source.credentials_changed(
            {"client_id": "i", "client_secret": f"sandbox-secret-{self.endpoint.requests}"}, drop_token=drop_token
        )
        self.settle()

    @rule()
    def logs_out(self) -> None:
        self.in_doubt()
        self.source.logout()
        assert self.source.explain().token is None

    @rule(ms=st.sampled_from([1, 250, 1_000, 5_000, 60_000, 900_000, 2_800_000, 3_600_000, 86_400_000]))
    def time_passes(self, ms: int) -> None:
        self.clock.advance(ms)

    @rule(mode=st.sampled_from(["grant", "grant", "hang", "503", "401", "drop"]))
    def the_endpoint_changes_its_mood(self, mode: str) -> None:
        self.endpoint.mode = mode

    @rule(lifetime_s=st.sampled_from([10, 60, 3_600, 86_400]))
    def tokens_get_another_lifetime(self, lifetime_s: int) -> None:
        self.endpoint.lifetime_s = lifetime_s

    @rule()
    def held_answers_come(self) -> None:
        before = set(self.endpoint.grants)
        self.endpoint.release()
        self.settle()
        # Whether a late or overtaken answer counts is the machine's business, so none of them is counted on.
        self.late |= set(self.endpoint.grants) - before

    @invariant()
    def a_picture_can_be_taken(self) -> None:
        if hasattr(self, "source"):
            assert "token-" not in str(self.source.explain())

    @invariant()
    def attempts_overlap_only_where_one_was_given_up(self) -> None:
        if hasattr(self, "endpoint"):
            given_up = self.heard.count("failed") + self.heard.count("reset") + self.heard.count("credentials_changed")
            assert self.endpoint.most_at_once <= 1 + given_up

    def teardown(self) -> None:
        if hasattr(self, "endpoint"):
            self.source.close()
            self.endpoint.mode = "drop"
            self.endpoint.release()
            self.settle()


LifeOfASource.TestCase.settings = settings(
    max_examples=100,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestLifeOfASource = LifeOfASource.TestCase
