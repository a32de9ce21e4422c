"""Everything that clients have shown to their users beside tokens, and the secrets that must not stand in it."""

from __future__ import annotations

import json
import logging
import pickle
import traceback
from collections.abc import Iterator, Mapping

from .api import Answer
from .calls import Client, Failed, HttpFailure
from .format import CredentialsChanged, Scenario
from .world import World

SHORTEST = 8
"""Shorter secrets may stand in any text by chance."""


class Log(logging.Handler):
    """Keeps what is logged while a file runs."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))

    def __enter__(self) -> Log:
        root, ours = logging.getLogger(), logging.getLogger("evertoken")
        self._before = [(root, root.level), (ours, ours.level)]
        root.addHandler(self)
        root.setLevel(logging.INFO)
        ours.setLevel(logging.DEBUG)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self)
        for logger, level in self._before:
            logger.setLevel(level)


def shown(world: World) -> Iterator[str]:
    """Collects errors, events, explanations and debug forms, with their causes and serialised."""
    for events in world.events.values():
        for event in events:
            yield f"{event} {event!r} {json.dumps(dict(event.fields), default=repr)}"
    for name, client in world.clients.items():
        if isinstance(client, Client):
            explanation = world.explain(name)
            yield f"{client.source!r} {client.source.provider!r} {client.api!r} {client.source.hint}"
            yield f"{explanation} {explanation!r}"
        else:
            yield from _error(client)
    for calls in world.calls.values():
        for call in calls:
            match call.returned:
                case Failed(error):
                    yield from _error(error)
                    yield pickle.dumps(error).decode("latin-1")
                case HttpFailure(error):
                    yield from _error(error)
                case Answer(hint=str(hint)):
                    yield hint


def _error(error: BaseException) -> Iterator[str]:
    yield "".join(traceback.format_exception(error))
    cause: BaseException | None = error
    while cause is not None:
        yield f"{cause} {cause!r} {cause.args!r} {vars(cause)!r}"
        cause = cause.__cause__ or cause.__context__


def secrets(scenario: Scenario, tokens: Mapping[str, str]) -> list[str]:
    """Returns what must stand in no text: the file's secrets and every token."""
    credentials = [client.credentials for client in scenario.clients.values()]
    credentials += [step.credentials for step in scenario.steps if isinstance(step, CredentialsChanged)]
    named = [value for given in credentials for name, value in given.items() if name not in ("client_id", "key")]
    return [secret for secret in (*named, *tokens.values()) if len(secret) >= SHORTEST]
