"""Programs that end, or are interrupted, while a token request hangs."""

from __future__ import annotations

import pytest
from program import Program, interpreters
from token_endpoint import TokenEndpoint

every_interpreter = pytest.mark.parametrize("python", interpreters())


@every_interpreter
def test_ctrl_c_ends_a_wait_at_once_and_the_source_works_afterwards(endpoint: TokenEndpoint, python: str) -> None:
    endpoint.hold()
    with Program("interrupted_wait.py", endpoint, python) as program:
        assert program.line() == "waiting"
        endpoint.wait_until_held()
        program.interrupt()
        assert program.line() == "interrupted"
        assert endpoint.held == 1
        endpoint.release()
        program.go_on()
        assert program.line() == "Bearer "
        assert program.end() == (0, [], "")
    assert endpoint.token_requests == 1


def test_ctrl_c_ends_a_wait_in_asyncio_and_the_source_works_in_the_next_loop(endpoint: TokenEndpoint) -> None:
    endpoint.hold(times=1)
    with Program("interrupted_loop.py", endpoint) as program:
        assert program.line() == "waiting"
        endpoint.wait_until_held()
        program.interrupt()
        assert program.line() == "interrupted"
        program.go_on()
        assert program.line() == "Bearer "
        assert program.end() == (0, [], "")
    assert endpoint.token_requests == 2


@every_interpreter
def test_the_interpreter_exits_while_a_token_request_hangs(endpoint: TokenEndpoint, python: str) -> None:
    endpoint.hold()
    with Program("exit_in_a_flight.py", endpoint, python) as program:
        assert program.line() == "leaving"
        endpoint.wait_until_held()
        program.go_on()
        assert program.end() == (0, [], "")


@every_interpreter
def test_the_interpreter_exits_while_a_refresh_in_the_background_hangs(endpoint: TokenEndpoint, python: str) -> None:
    with Program("exit_in_a_background_refresh.py", endpoint, python) as program:
        assert program.line() == "warm"
        endpoint.hold()
        program.go_on()
        assert program.line() == "leaving"
        endpoint.wait_until_held()
        program.go_on()
        assert program.end() == (0, [], "")
    assert endpoint.token_requests == 2


def test_an_event_loop_ends_while_a_token_request_hangs(endpoint: TokenEndpoint) -> None:
    endpoint.hold()
    with Program("exit_in_asyncio.py", endpoint) as program:
        assert program.line() == "leaving"
        endpoint.wait_until_held()
        program.go_on()
        assert program.end() == (0, [], "")


@every_interpreter
def test_the_interpreter_exits_while_daemon_threads_wait_for_and_use_sources(
    endpoint: TokenEndpoint, python: str
) -> None:
    with Program("at_exit_of_a_daemon.py", endpoint, python) as program:
        assert program.line() == "warm"
        endpoint.hold()
        program.go_on()
        assert program.line() == "leaving"
        endpoint.wait_until_held()
        program.go_on()
        assert program.end() == (0, [], "")


@every_interpreter
@pytest.mark.parametrize(("name", "served"), [("at_exit.py", 3), ("at_exit_of_threads.py", 2)])
def test_sources_serve_when_the_interpreter_is_ending(
    endpoint: TokenEndpoint, python: str, name: str, served: int
) -> None:
    with Program(name, endpoint, python) as program:
        assert program.end() == (0, ["Bearer "] * served, "")


def test_a_source_that_is_forgotten_in_a_flight_goes_without_a_trace(endpoint: TokenEndpoint) -> None:
    endpoint.hold()
    with Program("forgotten_source.py", endpoint) as program:
        assert program.line() == "gone"
        endpoint.release()
        program.go_on()
        assert program.end() == (0, ["1"], "")


def test_a_source_that_is_forgotten_in_a_flight_ends_its_task(endpoint: TokenEndpoint) -> None:
    endpoint.hold()
    with Program("forgotten_source_of_a_loop.py", endpoint) as program:
        assert program.line() == "asked"
        endpoint.wait_until_held()
        program.go_on()
        assert program.end() == (0, ["gone", "1"], "")
    assert endpoint.token_requests == 1


@every_interpreter
def test_a_signal_handler_and_a_finaliser_may_use_a_source_in_the_middle_of_its_use(
    endpoint: TokenEndpoint, python: str
) -> None:
    with Program("signal_handler.py", endpoint, python) as program:
        assert program.end() == (0, ["True"], "")


@every_interpreter
def test_a_finaliser_may_use_a_source_while_the_source_makes_what_it_hands_out(
    endpoint: TokenEndpoint, python: str
) -> None:
    with Program("finaliser_in_the_middle.py", endpoint, python) as program:
        assert program.end() == (0, ["2"], "")


@every_interpreter
def test_tasks_that_begin_where_they_are_made_are_served(endpoint: TokenEndpoint, python: str) -> None:
    with Program("eager_tasks.py", endpoint, python) as program:
        assert program.end() == (0, ["{'Bearer sandbox-token'} 2 idle"], "")


def test_fifty_greenlets_make_one_token_request_and_block_no_other(endpoint: TokenEndpoint) -> None:
    endpoint.hold()
    with Program("fifty_greenlets.py", endpoint) as program:
        assert program.line() == "waiting"
        endpoint.wait_until_held()
        assert program.line() == "alive"
        endpoint.release()
        assert program.line() == "1"
        assert program.end() == (0, [], "")
    assert endpoint.token_requests == 1


def test_fifty_greenlets_on_requests_make_one_token_request(endpoint: TokenEndpoint) -> None:
    with Program("fifty_greenlets_of_requests.py", endpoint) as program:
        assert program.end() == (0, ["{200}"], "")
    assert endpoint.token_requests == 1
