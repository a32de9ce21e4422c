"""What the pages run against."""

from collections.abc import Iterator
from typing import Any

import pytest
from internet import Internet


@pytest.fixture(scope="session")
def whole_internet(sandbox: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Internet]:
    with Internet(sandbox.about, tmp_path_factory.mktemp("authority")) as internet:
        yield internet


@pytest.fixture
def internet(whole_internet: Internet, fresh_sandbox: Any) -> Internet:
    """The internet, with the credentials that the pages write out; a reset leaves only the sandbox's own."""
    for vendor, key, secret in [
        ("piwik_pro", "the client id", "the client secret"),
        ("didomi", "the key", "the secret"),
        ("oauth2", "the client id", "the client secret"),
    ]:
        fresh_sandbox.control("POST", f"/{vendor}/keys", {"name": "Docs", "id": key, "secret": secret})
    return whole_internet
