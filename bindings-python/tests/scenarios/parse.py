"""A file's text as a scenario: everything that can be wrong with it before it runs."""

from __future__ import annotations

import json
import types
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from .envelope import KINDS, Failure
from .format import (
    ACTIONS,
    Action,
    Cancel,
    ClientSpec,
    Close,
    CredentialsChanged,
    Expect,
    Head,
    Headers,
    Invalidate,
    Logout,
    Request,
    Retry,
    Scenario,
    Signed,
    Token,
)

T = TypeVar("T")


def parse(text: str) -> Scenario:
    """Reads a file; raises what the format does not have, what no step brought about, and what expects nothing."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise Failure("malformed", str(error)) from None
    if not isinstance(document, dict):
        raise Failure("malformed", "not an object")
    head = {name: document.pop(name) for name in _members(Head) if name in document}
    stated = read(Head, head).must_fail
    if stated is not None and stated.kind not in KINDS:
        raise Failure("malformed", f"no failure is of the kind `{stated.kind}`")
    clients = _read(dict[str, ClientSpec], document.pop("clients", None), "clients")
    entropy = _read(cast(Any, str | None), document.pop("entropy", None), "entropy")
    steps = _read(list[Any], document.pop("steps", None), "steps")
    for name in document:
        raise Failure("unknown_field", f"unknown field `{name}`")
    scenario = Scenario(clients, [_step(at, step) for at, step in enumerate(steps)], entropy)
    _check(scenario)
    return scenario


def _step(at: int, step: object) -> Action:
    if not isinstance(step, dict):
        raise Failure("malformed", "a step is an object", at)
    members = {name: value for name, value in step.items() if name != "note"}
    for name in members:
        if name not in ACTIONS:
            raise Failure("unknown_step", f"unknown step `{name}`", at)
    if len(members) != 1 or not isinstance(step.get("note", ""), str):
        raise Failure("malformed", f"a step is one of {', '.join(ACTIONS)}", at)
    [(name, value)] = members.items()
    try:
        return read(ACTIONS[name], value)
    except Failure as failure:
        raise Failure(failure.kind, failure.detail, at) from None


def _check(scenario: Scenario) -> None:
    begun: set[str] = set()
    for at, step in enumerate(scenario.steps):
        for client in _clients(step):
            if client not in scenario.clients:
                raise Failure("missing_step", f"the client `{client}` is made nowhere", at)
        if isinstance(step, (Headers, Token, Request)):
            if step.name in begun:
                raise Failure("malformed", f"another call is named `{step.name}`", at)
            begun.add(step.name)
        for call in _calls(step):
            if call not in begun:
                raise Failure("missing_step", f"the call `{call}` is made nowhere", at)
        if isinstance(step, Expect):
            _check_expect(at, step)
    if scenario.assertions() == 0:
        raise Failure("no_expectation", "no step expects anything")


def _check_expect(at: int, expect: Expect) -> None:
    if expect.assertions() == 0:
        raise Failure("no_expectation", "the step expects nothing", at)
    for name, call in expect.calls.items():
        for one in (call, *call.hidden.values()):
            if one.forms() != 1:
                raise Failure("malformed", f"`{name}` is to be one thing, not {one.forms()}", at)
            if one.status is None and (one.body is not None or one.headers):
                raise Failure("malformed", f"`{name}`: body and headers go with a status", at)
        for other in call.hidden.values():
            if other.assertions() != call.assertions() or other.hidden:
                raise Failure("malformed", f"`{name}`: what is hidden is compared as often as what is shown", at)


def _clients(step: Action) -> list[str]:
    if isinstance(step, (Headers, Token, Request, CredentialsChanged, Invalidate, Retry, Logout, Close)):
        return [step.client]
    return [*step.events, *step.explain] if isinstance(step, Expect) else []


def _calls(step: Action) -> list[str]:
    if isinstance(step, Cancel):
        return [step.call]
    return list(step.calls) if isinstance(step, Expect) else []


def read(kind: type[T], value: object, at: str = "") -> T:
    """Reads a JSON object as a dataclass, whose hints are the schema."""
    if not isinstance(value, dict):
        raise Failure("malformed", f"{at or kind.__name__}: not an object")
    members, hints = _members(kind), _hints(cast(Any, kind))
    for name in value:
        if name not in members:
            raise Failure("unknown_field", f"unknown field `{name}` in {at or kind.__name__}")
    read: dict[str, Any] = {}
    for name, member in members.items():
        if name in value:
            read[member.name] = _read(hints[member.name], value[name], f"{at}.{name}" if at else name)
        elif member.default is MISSING and member.default_factory is MISSING:
            raise Failure("malformed", f"{at or kind.__name__}: `{name}` is missing")
    return kind(**read)


def _members(kind: type) -> dict[str, Field[Any]]:
    assert is_dataclass(kind)
    return {member.metadata.get("name", member.name): member for member in fields(kind)}


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(hint: Any, value: Any, at: str) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return value
    if origin in (Union, types.UnionType):
        return _read_one_of(arguments, value, at)
    if origin is Literal and value in arguments:
        return value
    if origin is list and isinstance(value, list):
        return [_read(arguments[0], one, f"{at}.{index}") for index, one in enumerate(value)]
    if origin is dict and isinstance(value, dict):
        return {_read(arguments[0], name, at): _read(arguments[1], one, f"{at}.{name}") for name, one in value.items()}
    if is_dataclass(hint) and isinstance(hint, type):
        return read(hint, value, at)
    if (
        hint in (int, Signed)
        and isinstance(value, int)
        and not isinstance(value, bool)
        and (hint is Signed or value >= 0)
    ):
        return value
    if hint in (bool, str) and isinstance(value, hint):
        return value
    raise Failure("malformed", f"{at}: {value!r} is no {getattr(hint, '__name__', hint)}")


def _read_one_of(hints: tuple[Any, ...], value: Any, at: str) -> Any:
    if value is None and type(None) in hints:
        return None
    simple = [hint for hint in hints if hint is not type(None)]
    fitting = [hint for hint in simple if (hint is str) == isinstance(value, str)] if len(simple) > 1 else simple
    if not fitting:
        raise Failure("malformed", f"{at}: {value!r} is none of {hints}")
    return _read(fitting[0], value, at)
