"""Each operation that needs no authentication says what bounds the rows that strangers can make it write."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from pki_manager.domain.rights.permission import PUBLIC, Permission
from pki_manager.policy import throttle as limits
from pki_manager.protocols.rest.app import create_rest
from pki_manager.storage.tables.columns import metadata
from tests.conftest import MAC_KEY, lock_path, open_engine
from tests.protocols.acme.client import Door as AcmeDoor
from tests.protocols.acme.client import new_client
from tests.protocols.rest.corp import Corp
from tests.protocols.rest.door import Reply, furnish
from tests.services.forger import forger
from tests.support.authenticator import ORIGIN, Authenticator, b64

ENOUGH = limits.VISITOR.free + 10
MORE = 25


class Request(NamedTuple):
    method: str
    target: str
    content_type: str = ""
    body: bytes = b""


def as_json(method: str, target: str, body: object) -> Request:
    return Request(method, target, "application/json", json.dumps(body).encode())


def by_passkey(_: int) -> Request:
    key = Authenticator()
    answer = key.sign({"rpId": "localhost", "challenge": b64(secrets.token_bytes(32))})
    return as_json("POST", "/sessions/passkey", {"passkey": answer})


def by_password(number: int) -> Request:
    return as_json("POST", "/sessions", {"login": f"nobody{number}", "password": "wrong wrong wrong"})


def by_link(number: int) -> Request:
    return as_json(
        "POST", "/invitations/accept", {"secret": f"secret {number}", "password": "a long enough passphrase"}
    )


def by_checked_link(number: int) -> Request:
    return as_json("POST", "/invitations/check", {"secret": f"secret {number}"})


def by_logout_token(number: int) -> Request:
    form = urlencode({"logout_token": f"x.{number}.y"}).encode()
    return Request("POST", "/oidc/corp/back-channel-logout", "application/x-www-form-urlencoded", form)


class Bound(NamedTuple):
    why: str
    request: Callable[[int], Request]


BOUNDS: Mapping[str, Bound] = {
    "accept_invitation": Bound("writes nothing without a valid link", by_link),
    "start_oidc_sign_in": Bound("VISITOR", lambda _: as_json("POST", "/oidc/corp/begin", {})),
    "check_invitation": Bound("reads", by_checked_link),
    "begin_device_sign_in": Bound(
        "MAX_OPEN_OF_NETWORK",
        lambda n: as_json("POST", "/device/authorization", {"client_id": "pkim", "host": f"host-{n}"}),
    ),
    "redeem_device_code": Bound(
        "writes nothing without a code", lambda n: as_json("POST", "/device/token", {"device_code": f"code {n}"})
    ),
    "create_session": Bound("PEER", by_password),
    "create_session_by_passkey": Bound("PEER", by_passkey),
    "complete_oidc_sign_in": Bound(
        "VISITOR, and repeats are counted", lambda n: as_json("POST", "/oidc/corp/finish", {"state": f"none {n}"})
    ),
    "get_identity_sign_out": Bound("reads", lambda _: Request("GET", "/oidc/corp/sign-out")),
    "get_passkey_options": Bound("VISITOR", lambda _: Request("POST", "/sessions/passkey-options")),
    "submit_second_factor": Bound(
        "requires a session", lambda _: as_json("POST", "/sessions/second-factor", {"totp": "000000"})
    ),
    "receive_backchannel_logout": Bound("writes nothing without a token of the provider", by_logout_token),
    "list_identity_providers": Bound("reads", lambda _: Request("GET", "/oidc")),
}


@pytest.fixture
def at(sqlcipher_url: str, tmp_path: Path) -> Iterator[Corp]:
    house = furnish(tmp_path, open_engine(sqlcipher_url), MAC_KEY, lock_path(sqlcipher_url))
    with forger(house.clock.now) as provider:
        one = Corp(house.ctx, house.clock, provider, house.door)
        one.offer()
        yield one
    house.ctx.ports.storage.close()


@pytest.fixture
def rows(sqlcipher_url: str) -> Iterator[Callable[[], int]]:
    """How many rows the database has."""
    engine = open_engine(sqlcipher_url)

    def count() -> int:
        with engine.connect() as connection:
            tables = [sa.select(sa.func.count()).select_from(table) for table in metadata.sorted_tables]
            return sum(connection.execute(statement).scalar_one() for statement in tables)

    yield count
    engine.dispose()


def test_each_operation_for_strangers_has_its_bound() -> None:
    document: dict[str, Any] = create_rest(lambda: pytest.fail("the document needs no authority")).openapi()
    declared = [one for operations in document["paths"].values() for one in operations.values()]
    assert BOUNDS.keys() == {one["operationId"] for one in declared if Permission(one["x-permission"]) in PUBLIC}


@pytest.mark.parametrize("name", sorted(BOUNDS))
def test_a_stranger_who_asks_again_and_again_writes_no_more(at: Corp, rows: Callable[[], int], name: str) -> None:
    door, bound = at.door.with_token(None), BOUNDS[name]

    def ask(number: int) -> Reply:
        asked = bound.request(number)
        headers = [("content-type", asked.content_type)] if asked.content_type else []
        return door.send(
            asked.method, asked.target, asked.body, [("host", "localhost:8080"), ("origin", ORIGIN), *headers]
        )

    before = rows()
    for number in range(ENOUGH):
        assert ask(number).status < 500
    filled = rows()
    assert filled - before <= 2 * ENOUGH
    for number in range(ENOUGH, ENOUGH + MORE):
        assert ask(number).status < 500
    assert rows() - filled <= 1


def test_acme_requests_by_unknown_keys_write_no_more_after_a_while(at: Corp, rows: Callable[[], int]) -> None:
    door = AcmeDoor(at.ctx)
    known, unknown = new_client(door), new_client(door, registered=False)

    def ask() -> int:
        return unknown.by_key(unknown.url("/new-account"), {"onlyReturnExisting": True}).status

    before = rows()
    statuses = [ask() for _ in range(ENOUGH)]
    assert set(statuses) == {400, 429}
    filled = rows()
    assert filled - before <= 2 * ENOUGH
    assert {ask() for _ in range(MORE)} == {429}
    assert rows() - filled <= 1
    assert known.post(known.kid).status == 200
