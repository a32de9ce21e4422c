"""The client scenarios of all languages, through the public API, over every HTTP library that has an adapter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from scenarios.envelope import Failure, File, files
from scenarios.libraries import LIBRARIES
from scenarios.parse import parse
from scenarios.run import AT_THE_END, Runner

if TYPE_CHECKING:
    from conftest import Sandbox

# httpx leaves the generators of an answer that is not read to its end to the collector, and trio tells of it.
pytestmark = pytest.mark.filterwarnings("ignore:Async generator .* was garbage collected:ResourceWarning")

SCENARIOS = list(files("client"))
WRONG = list(files("must-fail/client"))


@pytest.fixture(scope="module")
def runner(request: pytest.FixtureRequest, sandbox: Sandbox) -> Iterator[Runner]:
    """A runner over one of the libraries."""
    with Runner(LIBRARIES[request.param](), sandbox.about) as runner:
        yield runner


def over_each_library(files: list[File]) -> pytest.MarkDecorator:
    """Runs a test with each file over each library that can run it."""
    libraries = [(name, make()) for name, make in LIBRARIES.items()]
    runs = [(name, file) for name, library in libraries for file in files if library.leaves_out(file) is None]
    ids = [f"{name}-{file.name.removesuffix('.json')}" for name, file in runs]
    return pytest.mark.parametrize(("runner", "file"), runs, indirect=["runner"], ids=ids)


@over_each_library(SCENARIOS)
def test_a_scenario_passes_and_compares_all_that_it_names(runner: Runner, file: File) -> None:
    record = runner.record(file)
    assert record.passed, str(record)
    assert record.assertions == parse(file.text).assertions() + AT_THE_END


@over_each_library(WRONG)
def test_a_wrong_file_is_reported_for_its_stated_reason(runner: Runner, file: File) -> None:
    record = runner.record(file)
    assert file.must_fail is not None
    assert record.passed, str(record)


@pytest.mark.parametrize("runner", LIBRARIES, indirect=True)
@pytest.mark.parametrize(
    ("stated", "other", "kind"),
    [
        ('"kind": "wrong_count"', '"kind": "wrong_bytes"', "failed_otherwise"),
        ('"step": 2', '"step": 1', "failed_otherwise"),
        ('{"token": 2}', '{"token": 1}', "not_failed"),
    ],
)
def test_a_wrong_file_that_is_not_reported_as_it_states_is_a_failure(
    runner: Runner, stated: str, other: str, kind: str
) -> None:
    [file] = files("must-fail/client", only="/wrong-count.json")
    assert stated in file.text
    failure = runner.record(replace(file, text=file.text.replace(stated, other))).failure
    assert failure is not None
    assert failure.kind == kind


def test_a_library_leaves_out_only_what_it_cannot_do() -> None:
    whole = [name for name, make in LIBRARIES.items() if not any(make().leaves_out(file) for file in SCENARIOS)]
    assert whole == [name for name in LIBRARIES if not name.startswith("python-bare")]
    bare = LIBRARIES["python-bare"]()
    assert sum(bare.leaves_out(file) is None for file in SCENARIOS) >= 80


def test_there_are_as_many_files_as_other_languages_run() -> None:
    assert len(SCENARIOS) >= 140
    assert len(WRONG) >= 32
    assert all(file.must_fail is None for file in SCENARIOS)


@pytest.mark.parametrize(
    ("text", "kind", "step"),
    [
        ("{", "malformed", None),
        ("[]", "malformed", None),
        ('{"name": 1}', "malformed", None),
        ('{"clients": {"main": {"provider": "nobody"}}, "steps": []}', "malformed", None),
        ('{"clients": {"main": {"provider": "fixed"}}, "steps": []}', "no_expectation", None),
        ('{"clients": {"main": {"provider": "fixed", "colour": 1}}, "steps": []}', "unknown_field", None),
        ('{"clients": {}, "steps": [{"advance": {"ms": -1}}]}', "malformed", 0),
        ('{"clients": {}, "steps": [{"advance": {"ms": true}}]}', "malformed", 0),
        (
            '{"clients": {}, "steps": [{"expect": {"calls": {"a": {"status": 200, "waiting": true}}}}]}',
            "missing_step",
            0,
        ),
    ],
)
def test_a_file_of_another_form_is_refused(text: str, kind: str, step: int | None) -> None:
    head = '{"$schema": "s", "name": "n", "level": "client", "shows": [], "why": "w", '
    with pytest.raises(Failure) as failed:
        parse(text.replace('{"clients"', head + '"clients"'))
    assert (failed.value.kind, failed.value.step) == (kind, step)
