"""Exceptions of signals, which may come between any two steps of a call."""

from __future__ import annotations

import threading

import evertoken
import pytest
from canned_transport import CannedTransport
from evertoken._flight import Flight
from evertoken._waiting import ThreadWakeup


def new_source(**options: object) -> evertoken.TokenSource:
    provider = evertoken.piwik_pro("acme.piwik.pro", client_id="fake-id", client_secret="fake-secret")
    return evertoken.TokenSource(provider, transport=CannedTransport(), **options)  # type: ignore[arg-type]


def test_an_attempt_that_nobody_began_is_replaced_by_the_next_call() -> None:
    source = new_source()
    step = source._shell.machine.want(0, 5_000, False)
    assert len(step.starts) == 1
    del step
    assert source.headers(patience=2)
    assert source.explain().requests == 2


def test_who_waits_is_served_when_the_thread_that_was_to_ask_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    source = new_source()
    interrupted = threading.Event()
    start_thread = Flight.start_thread
    others: list[threading.Thread] = []
    served: list[object] = []

    def interrupt(flight: Flight) -> None:
        monkeypatch.setattr(Flight, "start_thread", start_thread)
        other = threading.Thread(target=lambda: served.append(source.headers(patience=5)))
        other.start()
        others.append(other)
        while source.explain().waiting < 2:
            pass
        interrupted.set()
        raise KeyboardInterrupt

    monkeypatch.setattr(Flight, "start_thread", interrupt)
    with pytest.raises(KeyboardInterrupt):
        source.headers()
    assert interrupted.is_set()
    for other in others:
        other.join()
    assert served == [{"Authorization": "Bearer token-1"}]


def test_an_event_that_was_taken_and_not_told_keeps_no_other_from_being_told() -> None:
    heard: list[str] = []
    source = new_source(on_event=lambda event: heard.append(event.type))
    shell = source._shell
    shell.machine.invalidate(1)
    shell.machine.logout()
    assert shell.machine.take_event() is not None
    source.headers()
    assert heard[-2:] == ["started", "granted"]


def test_events_that_nobody_takes_are_forgotten_in_the_end() -> None:
    source = new_source()
    machine = source._shell.machine
    for _ in range(10_100):
        machine.logout()
    count = 0
    while machine.take_event() is not None:
        count += 1
    assert count == 10_000


def test_a_wakeup_that_is_set_before_the_wait_is_not_lost_and_can_be_set_twice() -> None:
    wakeup = ThreadWakeup()
    assert not wakeup.wait(0)
    wakeup.set()
    wakeup.set()
    assert wakeup.wait()
    assert wakeup.is_set()
    wakeup.clear()
    assert not wakeup.is_set()
    assert not wakeup.wait(0)
