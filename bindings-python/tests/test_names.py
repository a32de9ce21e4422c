"""What Python writes down of the core's catalogues is what the core says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

from evertoken import _errors, _names, _native
from evertoken._policy import Policy

CORE = Path(__file__).parents[2] / "core"


def test_the_names_are_those_of_the_catalogues() -> None:
    errors, events = map(json.loads, _native.catalogues())
    assert list(get_args(_names.ErrorCode)) == [error["code"] for error in errors]
    assert set(get_args(_names.ErrorClass)) == {error["class"] for error in errors}
    assert list(get_args(_names.EventType)) == events


def test_the_catalogues_of_the_module_are_the_published_files() -> None:
    errors, events = _native.catalogues()
    assert json.loads(errors) == json.loads((CORE / "errors.json").read_text())
    assert json.loads(events) == json.loads((CORE / "events.json").read_text())


def test_every_class_of_failure_has_an_exception_of_its_own() -> None:
    classes = _errors._CLASSES
    assert set(classes) == set(get_args(_names.ErrorClass))
    assert len(set(classes.values())) == len(classes)


def test_the_policy_has_the_numbers_of_the_core() -> None:
    assert list(Policy.__annotations__) == list(json.loads(_native.default_policy()))
