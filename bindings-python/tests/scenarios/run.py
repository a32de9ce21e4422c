"""The runner: one sandbox, one library, one file after another."""

from __future__ import annotations

import os
from typing import Any

from .check import Check
from .envelope import Count, Failure, File, Record, record
from .format import (
    Action,
    Advance,
    Cancel,
    Close,
    Control,
    CredentialsChanged,
    Expect,
    Headers,
    Invalidate,
    Logout,
    Request,
    Retry,
    Scenario,
    StepWall,
    Suspend,
    Token,
)
from .libraries import Library, Trust
from .parse import parse
from .sandbox import Control as ControlApi
from .sandbox import SandboxError, filled_in
from .shown import Log, secrets, shown
from .world import World

AT_THE_END = 3
"""What is compared at the end of each file: calls, requests, secrets."""


class Runner:
    """Runs files over one library."""

    def __init__(self, library: Library, about: dict[str, Any]) -> None:
        for name in [name for name in os.environ if name.startswith(("PIWIK_PRO_", "DIDOMI_", "ORO_"))]:
            del os.environ[name]  # what a file leaves out is missing
        self._library = library
        self._about = about
        self._control = ControlApi(about["control"])
        self._trust = Trust(about["ca_pem_file"])
        self._stage = library.stage()

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *_: object) -> None:
        self._stage.close()
        self._control.close()

    def record(self, file: File) -> Record:
        """Runs a file and tells the result."""
        text = filled_in(file.text, self._about)
        return record(file, lambda count: self._play(parse(text), count))

    def _play(self, scenario: Scenario, count: Count) -> None:
        with Log() as log:
            world = World(self._control, self._stage, self._library, self._trust, scenario)
            try:
                _steps(scenario, world, count)
                tokens, texts = self._control.all_tokens(), list(shown(world))
            except Failure as failure:
                # A token's name says more than the token.
                for name, token in self._control.all_tokens().items():
                    failure.detail = failure.detail.replace(token, name)
                raise
            finally:
                left = world.stop()
        if left:
            raise Failure("stuck", f"left over after the clients were closed: {', '.join(left)}")
        count.made += 1
        hidden = secrets(scenario, tokens)
        for text in (*texts, *log.texts):
            if any(secret in text for secret in hidden):
                raise Failure("secret_shown", f"a secret stands in: {text}")


def _steps(scenario: Scenario, world: World, count: Count) -> None:
    check = Check(world, count)
    for at, step in enumerate(scenario.steps):
        try:
            _act(step, world, check)
            world.settle()
        except Failure as failure:
            failure.step = at
            raise
        except SandboxError as error:
            raise Failure("malformed", str(error), at) from None
    check.end()


def _act(step: Action, world: World, check: Check) -> None:
    match step:
        case Control():
            check.control(step)
            status, answer = world.control.send(step.method, step.path, step.body)
            if not 200 <= status <= 299:
                raise Failure("malformed", f"the sandbox answers {status}: {answer}")
        case Headers() | Token() | Request():
            world.begin(step)
        case Cancel():
            world.cancel(step.call)
        case Invalidate():
            world.tell(step.client, lambda source: source.invalidate())
        case Retry():
            world.tell(step.client, lambda source: source.retry())
        case Logout():
            world.tell(step.client, lambda source: source.logout())
        case Close():
            world.tell(step.client, lambda source: source.close())
        case CredentialsChanged(credentials, drop_token=drop_token):
            world.tell(step.client, lambda source: source.credentials_changed(credentials, drop_token=drop_token))
        case Advance():
            world.advance(step.ms)
        case Suspend():
            world.suspend(step.ms)
        case StepWall():
            world.step_wall(step.ms)
        case Expect():
            check.expect(step)
