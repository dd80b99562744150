"""How much a caller may send, ask for, and make us do."""

from __future__ import annotations

import asyncio
import base64
import logging
from typing import Any

import pytest

from pki_manager.authority.kernel import refusal_log
from pki_manager.protocols.rest.operation import INJECTED_ACTOR
from tests.protocols.rest.door import Door
from tests.protocols.rest.test_paths import mounted
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN

JSON = [("Content-Type", "application/json")]
UPLOADS = ("/certificates", "/tools/decode", "/tools/lint", "/tools/verify", "/cas", "/tokens")


def order(csr: str) -> dict[str, object]:
    return {"ca": "Issuing CA", "profile": "tls-server", "csr": csr}


def test_dos_04_a_request_with_ten_thousand_names_is_refused_by_its_size(door: Door) -> None:
    csr = make_csr("a", sans=tuple(f"host{number}.example.com" for number in range(10_000)))
    reply = door.post("/certificates", order(csr))
    assert reply.status in (413, 422)
    assert reply.json["code"] in ("too_large", "invalid_input")


def test_dos_04_a_request_of_five_megabytes_is_refused_before_it_is_parsed(door: Door) -> None:
    reply = door.post("/certificates", order("A" * 5 * 1024 * 1024))
    assert (reply.status, reply.json["code"]) == (413, "too_large")


@pytest.mark.parametrize("target", UPLOADS)
def test_enr_11_of_a_hundred_megabytes_in_chunks_only_the_first_is_taken(door: Door, target: str) -> None:
    """What is not read needs no memory: the door stops asking as soon as the cap is passed."""
    taken = 0
    answered: list[int] = []

    async def receive() -> dict[str, Any]:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": b"x" * 65536, "more_body": taken < 1600}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answered.append(message["status"])

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": target, "raw_path": target.encode(), "root_path": "", "query_string": b"", "client": None,
        "server": None, "headers": [(b"content-type", b"application/json"), (b"transfer-encoding", b"chunked")],
        "extensions": {INJECTED_ACTOR: ADMIN},
    }  # fmt: skip
    asyncio.run(door.app(scope, receive, send))
    assert answered == [413]
    assert taken <= 17


@pytest.mark.parametrize("target", UPLOADS)
@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-yaml", "application/pkcs10", ""])
def test_enr_12_another_content_type_is_not_guessed_at(door: Door, target: str, kind: str) -> None:
    reply = door.send("POST", target, b"{}", [("Content-Type", kind)] if kind else [])
    assert (reply.status, reply.json["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("wrapped", [True, False])
def test_enr_12_base64_is_read_with_and_without_line_breaks(door: Door, wrapped: bool) -> None:
    body = "".join(make_csr("lines.example.com").splitlines()[1:-1])
    text = base64.encodebytes(base64.b64decode(body)).decode() if wrapped else body
    assert door.post("/certificates", order(text)).status == 201


@pytest.mark.parametrize("target", ["/certificates", "/cas", "/profiles", "/tokens", "/jobs", "/audit"])
def test_dos_12_nobody_gets_a_billion_rows(door: Door, target: str) -> None:
    assert door.get(f"{target}?limit=1000000000").status == 422
    assert len(door.get(f"{target}?limit=200").json["items"]) <= 200


@pytest.mark.parametrize("pattern", ["(a+)+$", ".*", "%", "_", "\\", "[", "*", "a" * 512])
def test_dos_12_a_search_is_text_and_no_pattern(door: Door, pattern: str) -> None:
    from urllib.parse import quote

    reply = door.get(f"/certificates?query={quote(pattern)}")
    assert (reply.status, reply.json["items"]) == (200, [])


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2fetc%2fpasswd", "....//x", "C:%5cx", "%00"]
)
@pytest.mark.parametrize("noun", ["cas", "certificates", "profiles", "jobs", "tokens"])
def test_web_06_a_path_for_a_name_leads_nowhere(door: Door, noun: str, name: str) -> None:
    reply = mounted(door).get(f"/api/v1/{noun}/{name}")
    assert reply.status in (400, 404, 405, 422)
    assert b"root:" not in reply.body


@pytest.mark.parametrize("target", ["/certificates", "/cas", "/sessions", "/profiles/preview"])
def test_a_client_that_disconnects_within_its_body_leaves_no_fault(
    door: Door, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    noted: list[object] = []
    monkeypatch.setattr(refusal_log, "record_refusal", lambda *arguments: noted.append(arguments))
    sent: list[Any] = []
    messages = [{"type": "http.request", "body": b'{"ca"', "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": target,
        "raw_path": target.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],
        "client": None,
        "server": None,
        "extensions": {INJECTED_ACTOR: ADMIN},
    }
    asyncio.run(door.app(scope, receive, send))
    assert sent == []
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert noted == []
