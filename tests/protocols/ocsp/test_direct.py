"""What the status listener sends from memory is what it would send anyway, and never an older response."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta

import pytest

from pki_manager.domain.revocation import RevocationReason
from pki_manager.protocols.status import StatusApp
from tests.protocols.driver import asked
from tests.protocols.ocsp.conftest import GOOD, World
from tests.support.responders import ocsp_request

TYPE = (b"content-type", b"application/ocsp-request")


def known(world: World, app: StatusApp | None = None) -> tuple[bytes, bytes]:
    """A request that was answered from the store, by POST and by GET: its body and its path."""
    body = ocsp_request(world.ca.cert_id(GOOD))
    path = "/ocsp/" + b64encode(body).decode()
    app = app or world.app
    assert asked(app, "POST", "/ocsp", body=body, headers={"Content-Type": "application/ocsp-request"}).status == 200
    assert asked(app, "GET", path).status == 200
    return body, path.encode()


def direct(app: StatusApp, body: bytes, path: bytes) -> list[bytes | None]:
    return [app.find_direct(b"GET", path, [], b""), app.find_direct(b"POST", b"/ocsp", [TYPE], body)]


def test_a_direct_response_has_the_fields_and_the_body_of_the_usual_one(world: World) -> None:
    body, path = known(world)
    usual = asked(world.app, "GET", path.decode())
    before = world.app.requests["ocsp", 200]
    for found in direct(world.app, body, path):
        assert found is not None
        head, _, content = found.partition(b"\r\n\r\n")
        assert content == usual.body
        assert dict(line.split(": ", 1) for line in head.decode().split("\r\n")) == usual.headers
    assert world.app.requests["ocsp", 200] == before + 2


def test_what_the_status_app_has_to_look_at_is_not_answered_directly(world: World) -> None:
    body, path = known(world)
    none = [
        world.app.find_direct(b"GET", path, [(b"if-none-match", b'"x"')], b""),
        world.app.find_direct(b"GET", path, [], b"body"),
        world.app.find_direct(b"GET", path + b"?x", [], b""),
        world.app.find_direct(b"POST", b"/ocsp", [], body),
        world.app.find_direct(b"POST", b"/crl", [TYPE], body),
        world.app.find_direct(b"POST", b"/ocsp", [TYPE], body + b"\0"),
    ]
    assert none == [None] * len(none)


def test_a_new_status_ends_direct_responses_with_the_old_one(world: World) -> None:
    body, path = known(world)
    world.ca.revoke(GOOD, RevocationReason.SUPERSEDED)
    world.ca.publish(world.store, [GOOD])
    world.clock.advance(timedelta(seconds=0.2))
    assert direct(world.app, body, path) == [None, None]


def test_an_outdated_response_is_not_sent_directly(world: World) -> None:
    body, path = known(world)
    world.clock.advance(timedelta(days=2))
    assert direct(world.app, body, path) == [None, None]


@pytest.mark.parametrize("again", [False, True])
def test_a_store_that_may_be_older_than_the_database_is_not_sent_directly(world: World, again: bool) -> None:
    current = [True]
    app = StatusApp(world.store, world.ca, world.clock, is_current=lambda: current[0])
    try:
        body, path = known(world, app)
        assert None not in direct(app, body, path)
        current[0] = False
        assert direct(app, body, path) == [None, None]
        current[0] = again
        assert direct(app, body, path) == [None, None]  # forgotten: it is read anew
    finally:
        app.close()
