"""A body over the limit gets its 413 on every listener, also for clients that send all of it before they read."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from tests.services.installation import Installation, Server, administrator_token

BODY = bytes(40_000_000)
"""More than sockets buffer: a connection that the server closes with unread data would be reset."""

DOORS = {
    "/api/v1/certificates": "application/json",
    "/api/v1/tools/decode": "application/json",
    "/acme/new-account": "application/jose+json",
    "/.well-known/cmp/p/Issuing%20CA/tls-server": "application/pkixcmp",
    "/scep/Issuing%20CA/tls-server?operation=PKIOperation": "application/x-pki-message",
}
WAYS = [
    *[(listener, path, kind) for listener in ("management", "tls") for path, kind in DOORS.items()],
    ("tls", "/.well-known/est/tls-server/simpleenroll", "application/pkcs10"),
    ("status", "/ocsp", "application/ocsp-request"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Installation(tmp_path_factory.mktemp("large")).serving() as server:
        yield server


@pytest.fixture(scope="module")
def token(server: Server) -> str:
    return administrator_token(server.installation)


@pytest.mark.parametrize(("listener", "path", "kind"), WAYS, ids=[f"{listener} {path}" for listener, path, _ in WAYS])
def test_a_large_body_gets_its_413_and_no_reset(
    server: Server, token: str, listener: str, path: str, kind: str
) -> None:
    headers = {"Content-Type": kind, "Authorization": f"Bearer {token}"}
    request = urllib.request.Request(getattr(server, listener) + path, BODY, headers)
    unverified = ssl._create_unverified_context()
    with pytest.raises(urllib.error.HTTPError, match="HTTP Error 413") as refused:
        urllib.request.urlopen(request, timeout=60, context=unverified)
    assert refused.value.read()
