"""Each program in examples/python runs against the sandbox and makes as few token requests as it says."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import evertoken
import trustme

EXAMPLES = Path(__file__).parents[3] / "examples" / "python"
PACKAGE = Path(evertoken.__file__).parents[1]


def environment(sandbox: Any, **more: str) -> dict[str, str]:
    keys = sandbox.about["keys"]
    kept = {
        name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT")
    }
    return {
        **kept,
        "PYTHONPATH": str(PACKAGE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PIWIK_PRO_ACCOUNT": sandbox.about["piwik_pro"]["http"],
        "PIWIK_PRO_CLIENT_ID": keys["piwik_pro"]["id"],
        "PIWIK_PRO_CLIENT_SECRET": keys["piwik_pro"]["secret"],
        "DIDOMI_ENDPOINT": sandbox.about["didomi"]["http"],
        "DIDOMI_API_KEY": keys["didomi"]["id"],
        "DIDOMI_API_SECRET": keys["didomi"]["secret"],
        "ORO_CLIENT_ID": keys["oro_back_office"]["id"],
        "ORO_CLIENT_SECRET": keys["oro_back_office"]["secret"],
        "CLIENT_ID": keys["oauth2"]["id"],
        "CLIENT_SECRET": keys["oauth2"]["secret"],
        **more,
    }


def run(sandbox: Any, *command: str, folder: Path = EXAMPLES, **more: str) -> str:
    done = subprocess.run(
        [sys.executable, *command],
        env=environment(sandbox, **more),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def requests(sandbox: Any, vendor: str) -> tuple[int, int]:
    """Returns how many token requests and calls of the API the sandbox saw."""
    counts = sandbox.control("GET", "/counts")[vendor]
    return counts["token"], counts["api"]


def test_the_piwik_pro_program_reads_creates_and_deletes(fresh_sandbox: Any) -> None:
    printed = run(fresh_sandbox, "piwik_pro.py", fresh_sandbox.about["piwik_pro"]["http"])
    assert "Sandbox" in printed
    assert "deleted it" in printed
    assert requests(fresh_sandbox, "piwik_pro") == (1, 3)


def test_the_didomi_program_lists_properties(fresh_sandbox: Any) -> None:
    assert run(fresh_sandbox, "didomi.py", "sandbox").strip()
    assert requests(fresh_sandbox, "didomi") == (1, 1)


def test_the_oro_commerce_program_lists_users(fresh_sandbox: Any) -> None:
    assert "users" in run(fresh_sandbox, "oro_commerce.py", fresh_sandbox.about["oro"]["http"])
    assert requests(fresh_sandbox, "oro") == (1, 1)


def test_the_fan_out_makes_one_token_request_for_all_calls(fresh_sandbox: Any) -> None:
    printed = run(fresh_sandbox, "fan_out.py", fresh_sandbox.about["piwik_pro"]["http"], "--calls", "300")
    assert "{200: 300}" in printed
    assert "token 1" in printed or "number 1" in printed
    assert requests(fresh_sandbox, "piwik_pro") == (1, 300)


def test_the_urllib3_program_recovers_from_a_rejected_token(fresh_sandbox: Any) -> None:
    fresh_sandbox.control("POST", "/piwik_pro/faults", {"kind": "api", "times": 1, "fault": {"type": "reject"}})
    assert run(fresh_sandbox, "urllib3_headers.py", fresh_sandbox.about["piwik_pro"]["http"]).startswith("200 ")
    assert requests(fresh_sandbox, "piwik_pro") == (2, 2)


FASTAPI_PROGRAM = """
from fastapi.testclient import TestClient
from fastapi_dependency import app

with TestClient(app) as client:
    for _ in range(5):
        print(client.get("/apps").json())
    answer = client.get("/apps")
    print(answer.status_code)
"""


def test_the_fastapi_application_shares_one_token_among_its_requests(fresh_sandbox: Any) -> None:
    printed = run(fresh_sandbox, "-c", FASTAPI_PROGRAM)
    assert printed.splitlines() == ["['Sandbox']"] * 5 + ["200"]
    assert requests(fresh_sandbox, "piwik_pro") == (1, 6)


def test_the_fastapi_application_says_503_where_there_is_no_token(fresh_sandbox: Any) -> None:
    program = """
from fastapi.testclient import TestClient
from fastapi_dependency import app

with TestClient(app) as client:
    answer = client.get("/apps")
    print(answer.status_code, answer.json(), answer.headers.get("retry-after"))
"""
    printed = run(fresh_sandbox, "-c", program, PIWIK_PRO_CLIENT_SECRET="mistyped")
    assert printed.startswith("503 {'error': 'analytics_unavailable'}")
    assert "mistyped" not in printed


DJANGO_PROGRAM = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
import django
django.setup()
from django.test import Client
for _ in range(3):
    print(Client().get("/apps").content.decode())
"""


def test_the_django_project_serves_its_page(fresh_sandbox: Any) -> None:
    printed = run(fresh_sandbox, "-c", DJANGO_PROGRAM, folder=EXAMPLES / "django_celery")
    assert printed.splitlines() == ['{"apps": ["Sandbox"]}'] * 3
    assert requests(fresh_sandbox, "piwik_pro") == (1, 3)


CELERY_CALLER = """
import sys
from worker import list_apps

results = [list_apps.delay() for _ in range(int(sys.argv[1]))]
print([result.get(timeout=60) for result in results])
"""
# Files as broker and result store, so that the real prefork pool runs without a server.
CELERY_WORKER = """
from tasks import app, list_apps

app.conf.update(
    broker_url="filesystem://",
    broker_transport_options={{
        "data_folder_in": "{folder}/queue",
        "data_folder_out": "{folder}/queue",
        "control_folder": "{folder}/control",
    }},
    result_backend="file://{folder}/results",
)
"""


def test_the_celery_tasks_run_in_forked_children_with_a_token_each(fresh_sandbox: Any, tmp_path: Path) -> None:
    for name in ("queue", "control", "results"):
        (tmp_path / name).mkdir()
    (tmp_path / "worker.py").write_text(CELERY_WORKER.format(folder=tmp_path))
    path = {"PYTHONPATH": os.pathsep.join([str(PACKAGE), str(EXAMPLES / "django_celery"), str(tmp_path)])}
    with (tmp_path / "log").open("w") as log:
        worker = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "celery",
                "--app",
                "worker",
                "worker",
                "--pool",
                "prefork",
                "--concurrency",
                "2",
                "--loglevel",
                "INFO",
            ],
            env=environment(fresh_sandbox, **path),
            cwd=tmp_path,
            stdout=log,
            stderr=log,
        )
    try:
        printed = run(fresh_sandbox, "-c", CELERY_CALLER, "20", folder=tmp_path, **path)
    finally:
        worker.terminate()
        worker.wait(30)
    said = (tmp_path / "log").read_text()
    assert printed.strip() == str([["Sandbox"]] * 20), said
    children = set(re.findall(r"(ForkPoolWorker-\d+)\] Task tasks.list_apps\[[^]]*\] succeeded", said))
    token, api = requests(fresh_sandbox, "piwik_pro")
    assert api == 20
    assert token == len(children)


GRPC_SERVER = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import grpc


class Echo(grpc.GenericRpcHandler):
    def service(self, details):
        metadata = dict(details.invocation_metadata)
        return grpc.unary_unary_rpc_method_handler(lambda _, __: metadata["authorization"].encode())


key, chain = (Path(name).read_bytes() for name in sys.argv[1:])
server = grpc.server(ThreadPoolExecutor(2), handlers=[Echo()])
print(server.add_secure_port("localhost:0", grpc.ssl_server_credentials([(key, chain)])), flush=True)
server.start()
sys.stdin.read()
server.stop(0)
"""


def test_the_grpc_program_sends_the_token_as_metadata(fresh_sandbox: Any, tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    certificate = authority.issue_cert("localhost")
    certificate.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    certificate.cert_chain_pems[0].write_to_path(str(tmp_path / "chain.pem"))
    server = subprocess.Popen(
        [sys.executable, "-c", GRPC_SERVER, str(tmp_path / "key.pem"), str(tmp_path / "chain.pem")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with server:
        assert server.stdout is not None
        target = f"localhost:{server.stdout.readline().strip()}"
        endpoint = f"{fresh_sandbox.about['oauth2']['http']}/oauth2/token"
        printed = run(
            fresh_sandbox,
            "grpc_metadata.py",
            endpoint,
            target,
            "/shop.Orders/List",
            SSL_CERT_FILE=str(tmp_path / "ca.pem"),
        )
    issued = fresh_sandbox.control("GET", "/log?vendor=oauth2&kind=token")
    assert len(issued) == 1
    assert len(printed.splitlines()) == 3
    assert len(set(printed.splitlines())) == 1
    assert printed.startswith("Bearer ")


if sys.version_info >= (3, 15):  # gRPC is not there yet
    del test_the_grpc_program_sends_the_token_as_metadata
