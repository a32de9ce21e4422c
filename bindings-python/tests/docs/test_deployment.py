"""What docs/python/deployment.md says of servers that fork, shown on those servers."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from internet import PACKAGE, Internet

PAGE = (Path(__file__).parents[3] / "docs" / "python" / "deployment.md").read_text(encoding="utf-8")

APPLICATION = """
import os
import evertoken

piwik = evertoken.Client(evertoken.piwik_pro({account!r}))
{preloaded}

def app(environ, start_response):
    status = piwik.get("/api/apps/v2").status_code
    start_response("200 OK", [("content-type", "text/plain")])
    return [f"{{os.getpid()}} {{status}}".encode()]

application = app
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def serving(command: list[str], port: int, environment: dict[str, str], folder: Path) -> Iterator[str]:
    """Starts a server, waits until it listens, and ends it with all its workers."""
    log = folder / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            command, env=environment, cwd=folder, stdout=output, stderr=output, start_new_session=True
        )
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert server.poll() is None, log.read_text()
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    except BaseException:
        print(log.read_text())
        raise
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def workers_that_answered(url: str, calls: int = 40) -> set[str]:
    """Makes calls on fresh connections, several at once, and returns the process ids that served them."""

    def call(_: int) -> str:
        answer = httpx.get(url, timeout=30, trust_env=False)
        pid, status = answer.text.split()
        assert status == "200"
        return pid

    with ThreadPoolExecutor(8) as pool:
        return set(pool.map(call, range(calls)))


def written(folder: Path, sandbox: Any, *, preloaded: bool) -> None:
    account = sandbox.about["piwik_pro"]["http"]
    text = APPLICATION.format(account=account, preloaded="piwik.source.headers()" if preloaded else "")
    (folder / "app.py").write_text(text)


def token_requests(sandbox: Any) -> int:
    return int(sandbox.control("GET", "/counts")["piwik_pro"]["token"])


WORKERS = [["--worker-class", "sync", "--preload"], ["--worker-class", "gthread", "--threads", "4", "--preload"]]
if sys.version_info < (3, 14):  # newer ones have no gevent yet
    WORKERS.append(["--worker-class", "gevent"])  # with --preload it would patch too late


@pytest.mark.parametrize("worker", WORKERS, ids=lambda worker: worker[1])
def test_each_gunicorn_worker_fetches_one_token(
    worker: list[str], internet: Internet, fresh_sandbox: Any, tmp_path: Path
) -> None:
    written(tmp_path, fresh_sandbox, preloaded=False)
    port = free_port()
    bound = ["--bind", f"127.0.0.1:{port}", "--workers", "2"]
    command = [sys.executable, "-m", "gunicorn", *bound, *worker, "app:app"]
    with serving(command, port, internet.environment(), tmp_path) as url:
        assert token_requests(fresh_sandbox) == 0
        pids = workers_that_answered(url)
        assert token_requests(fresh_sandbox) == len(pids)


def test_gunicorn_workers_keep_the_token_that_was_fetched_before_the_fork(
    internet: Internet, fresh_sandbox: Any, tmp_path: Path
) -> None:
    written(tmp_path, fresh_sandbox, preloaded=True)
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--bind",
        f"127.0.0.1:{port}",
        "--workers",
        "2",
        "--preload",
        "app:app",
    ]
    with serving(command, port, internet.environment(), tmp_path) as url:
        workers_that_answered(url)
        assert token_requests(fresh_sandbox) == 1


@pytest.mark.parametrize("told", [True, False], ids=["told", "untold"])
@pytest.mark.parametrize("preloaded", [False, True], ids=["cold", "preloaded"])
def test_uwsgi_works_with_the_lines_that_the_page_shows(
    preloaded: bool, told: bool, internet: Internet, fresh_sandbox: Any, tmp_path: Path
) -> None:
    written(tmp_path, fresh_sandbox, preloaded=preloaded)
    shown = re.search(r"```ini\n(.*?)```", PAGE, re.DOTALL)
    assert shown is not None
    hook = "py-call-uwsgi-fork-hooks = true\n"
    assert hook in shown[1]
    port = free_port()
    (tmp_path / "uwsgi.ini").write_text(
        f"{shown[1] if told else shown[1].replace(hook, '')}"
        f"http-socket = 127.0.0.1:{port}\nmaster = true\nprocesses = 2\nneed-app = true\n"
        f"wsgi-file = app.py\npythonpath = {PACKAGE}\ndie-on-term = true\n"
    )
    uwsgi = Path(sys.executable).with_name("uwsgi")
    environment = internet.environment(VIRTUAL_ENV=sys.prefix)
    with serving([str(uwsgi), "--ini", "uwsgi.ini", "--home", sys.prefix], port, environment, tmp_path) as url:
        pids = workers_that_answered(url)
        assert token_requests(fresh_sandbox) == (1 if preloaded else len(pids))


SUBINTERPRETERS = """
try:
    import _interpreters
    kinds = ["isolated", "legacy"]
    run = lambda kind: _interpreters.run_string(_interpreters.create(kind), "import evertoken")
except ImportError:
    import _xxsubinterpreters
    kinds = [True, False]
    run = lambda kind: _xxsubinterpreters.run_string(_xxsubinterpreters.create(isolated=kind), "import evertoken")

for kind in kinds:
    try:
        print(kind, run(kind))
    except Exception as error:
        print(kind, error)
"""


def test_every_kind_of_subinterpreter_is_refused_with_what_to_do(internet: Internet, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SUBINTERPRETERS],
        env=internet.environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    refusals = [line for line in done.stdout.splitlines() if "ImportError" in line]
    assert len(refusals) == 2, done.stdout
    assert all("WSGIApplicationGroup %{GLOBAL}" in line for line in refusals)


if sys.version_info >= (3, 14):  # uWSGI is not there yet
    del test_uwsgi_works_with_the_lines_that_the_page_shows
