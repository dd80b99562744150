"""Sign-in by device code (RFC 8628): a command line gets a token that a user confirmed in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from pki_manager.authority.people import device_sign_in
from pki_manager.authority.people.device_sign_in import MAX_OPEN_OF_NETWORK
from pki_manager.domain.errors import TooManyAttempts
from pki_manager.domain.people.device import USER_CODE_ALPHABET, DeviceClient
from pki_manager.domain.rights.actor import Role
from pki_manager.policy.throttle import USER_CODE
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.storage.repositories.devices import SqlDevices
from tests.protocols.rest.door import House
from tests.support.devices import approve_device, begin_device, poll_device
from tests.support.people import VISITOR, Browser, make_user, signed_in


@pytest.fixture(autouse=True)
def _none_open(house: House) -> Iterator[None]:
    """Let the sign-ins of other tests expire, before and after."""
    house.clock.advance(device_sign_in.VALIDITY)
    yield
    house.clock.advance(device_sign_in.VALIDITY)


@pytest.fixture
def browser(house: House) -> Browser:
    return signed_in(house.door, make_user(house.ctx, Role.REQUESTER))


def code_of(reply: Any) -> tuple[int, str]:
    return reply.status, reply.json["code"]


def test_a_confirmed_command_line_gets_a_token_of_that_user_once(house: House, browser: Browser) -> None:
    codes = begin_device(house.door, role="requester", expires="PT8H")
    assert codes["verification_uri"] == "http://localhost:8080/device"
    assert (codes["expires_in"], codes["interval"]) == (600, 3)
    waiting = browser.post("/device/check", {"user_code": codes["user_code"].lower().replace("-", " ")}).json
    assert (waiting["client_id"], waiting["role"], waiting["expires"]) == ("pkim 1.0", "requester", "PT8H")
    assert waiting["state"] == "pending"
    assert approve_device(browser, codes["user_code"]).json["state"] == "approved"
    got = poll_device(house.door, codes)
    assert (got.status, got.json["token_type"], got.json["expires_in"]) == (200, "Bearer", 3600)
    me = house.door.with_token(got.json["access_token"]).get("/me").json
    assert (me["kind"], me["roles"]) == ("token", ["requester"])
    (listed,) = browser.get("/tokens").json["items"]
    assert (listed["id"], listed["name"]) == (got.json["token_id"], f"pkim 1.0 on {waiting['host']}")
    assert got.json["access_token"].startswith(listed["prefix"])
    assert code_of(poll_device(house.door, codes)) == (400, "expired_token")


def test_the_token_ends_with_the_other_tokens_of_its_user(house: House, browser: Browser) -> None:
    codes = begin_device(house.door)
    approve_device(browser, codes["user_code"])
    got = poll_device(house.door, codes).json
    assert browser.post(f"/tokens/{got['token_id']}/revoke").status == 200
    assert house.door.with_token(got["access_token"]).get("/me").status == 401


def test_a_token_that_was_revoked_before_it_was_fetched_is_not_delivered(house: House, browser: Browser) -> None:
    codes = begin_device(house.door)
    approve_device(browser, codes["user_code"])
    (token,) = browser.get("/tokens").json["items"]
    browser.post(f"/tokens/{token['id']}/revoke")
    assert code_of(poll_device(house.door, codes)) == (400, "access_denied")


def test_polls_wait_and_slow_down_and_leave_no_audit_event(house: House) -> None:
    codes = begin_device(house.door)

    def poll_after(seconds: int) -> tuple[str, str]:
        house.clock.advance(timedelta(seconds=seconds))
        reply = poll_device(house.door, codes)
        assert reply.status == 400
        assert not events_of(house, reply.headers["x-request-id"])
        return reply.json["code"], reply.headers["retry-after"]

    assert poll_after(3) == ("authorization_pending", "3")
    assert poll_after(3) == ("authorization_pending", "3")
    assert poll_after(1) == ("slow_down", "8")
    assert poll_after(8) == ("authorization_pending", "8")
    for _ in range(20):
        assert poll_after(0)[0] == "slow_down"
    assert poll_after(0) == ("slow_down", "60")


def events_of(house: House, request_id: str) -> list[bytes]:
    with house.ctx.ports.storage.read() as reader:
        return [one.body for one in reader.audit.page(AuditFilter(), None, 10).items if request_id.encode() in one.body]


def test_a_denied_sign_in_gets_no_token(house: House, browser: Browser) -> None:
    codes = begin_device(house.door)
    assert browser.post("/device/deny", {"user_code": codes["user_code"]}).json["state"] == "denied"
    assert code_of(poll_device(house.door, codes)) == (400, "access_denied")
    assert code_of(approve_device(browser, codes["user_code"])) == (409, "conflict")


def test_codes_expire(house: House, browser: Browser) -> None:
    codes = begin_device(house.door)
    house.clock.advance(device_sign_in.VALIDITY)
    assert code_of(browser.post("/device/check", {"user_code": codes["user_code"]})) == (404, "not_found")
    assert code_of(poll_device(house.door, codes)) == (400, "expired_token")


def test_an_approved_token_must_be_fetched_in_time(house: House, browser: Browser) -> None:
    codes = begin_device(house.door)
    approve_device(browser, codes["user_code"], expires="P30D")
    house.clock.advance(device_sign_in.VALIDITY)
    assert code_of(poll_device(house.door, codes)) == (400, "expired_token")


def test_only_a_session_with_recent_authentication_can_approve(house: House, browser: Browser) -> None:
    codes = begin_device(house.door)
    body = {"user_code": codes["user_code"], "role": "requester", "expires": "PT1H"}
    assert code_of(house.door.post("/device/approve", body)) == (403, "forbidden")
    assert code_of(house.door.with_token(None).post("/device/approve", body)) == (401, "unauthenticated")
    house.clock.advance(timedelta(minutes=6))
    assert code_of(approve_device(browser, codes["user_code"])) == (403, "fresh_authentication_required")
    assert browser.post("/device/check", {"user_code": codes["user_code"]}).json["state"] == "pending"


@pytest.mark.parametrize(
    ("role", "expires", "refused"),
    [
        ("administrator", "PT1H", (403, "forbidden")),
        ("requester", "P4000D", (422, "invalid_input")),
        ("requester", "soon", (422, "invalid_input")),
    ],
)
def test_the_token_has_at_most_the_rights_of_its_user_and_the_longest_lifetime(
    house: House, browser: Browser, role: str, expires: str, refused: tuple[int, str]
) -> None:
    codes = begin_device(house.door)
    assert code_of(approve_device(browser, codes["user_code"], role, expires)) == refused
    assert code_of(poll_device(house.door, codes)) == (400, "authorization_pending")


def test_a_repeated_approval_with_its_key_creates_one_token(house: House, browser: Browser) -> None:
    codes = begin_device(house.door)
    body = {"user_code": codes["user_code"], "role": "requester", "expires": "PT1H"}
    for _ in range(2):
        assert browser.send("POST", "/device/approve", body, idempotency_key="once").status == 200
    assert len(browser.get("/tokens").json["items"]) == 1


def test_wrong_codes_are_throttled_and_a_right_one_forgets_them(house: House, browser: Browser) -> None:
    codes = begin_device(house.door)

    def guess(code: str) -> int:
        return browser.post("/device/check", {"user_code": code}).status

    assert [guess("BBBB-BBBB") for _ in range(USER_CODE.free)] == [404] * USER_CODE.free
    assert guess(codes["user_code"]) == 200
    assert [guess("BBBB-BBBB") for _ in range(USER_CODE.free + 1)] == [404] * (USER_CODE.free + 1)
    assert guess(codes["user_code"]) == 429
    house.clock.advance(timedelta(seconds=2))
    assert guess(codes["user_code"]) == 200


def test_only_hashes_of_the_codes_are_stored(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    stored: list[object] = []
    add = SqlDevices.add

    def watched(self: SqlDevices, *row: Any) -> bool:
        stored.extend(row)
        return add(self, *row)

    monkeypatch.setattr(SqlDevices, "add", watched)
    codes = begin_device(house.door)
    letters = codes["user_code"].replace("-", "")
    assert set(letters) <= set(USER_CODE_ALPHABET)
    assert len(letters) == 8
    assert len(stored) == 3
    assert letters not in repr(stored)
    assert codes["device_code"] not in repr(stored)
    assert sha256(letters.encode()).digest() not in stored


def test_each_network_and_all_together_have_a_limit(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    client = DeviceClient(client_id="pkim", host="laptop")

    def begin(peer: str) -> int:
        try:
            device_sign_in.begin(house.ctx, replace(VISITOR, peer=peer), client)
        except TooManyAttempts:
            return 429
        return 200

    assert [begin("192.0.2.1") for _ in range(MAX_OPEN_OF_NETWORK + 1)] == [200] * MAX_OPEN_OF_NETWORK + [429]
    assert [begin(f"2001:db8::{one:x}") for one in range(MAX_OPEN_OF_NETWORK + 1)].count(200) == MAX_OPEN_OF_NETWORK
    monkeypatch.setattr(device_sign_in, "MAX_OPEN", 2 * MAX_OPEN_OF_NETWORK + 1)
    assert [begin("192.0.2.2"), begin("192.0.2.3")] == [200, 429]
    house.clock.advance(device_sign_in.VALIDITY)
    assert begin("192.0.2.1") == 200


@pytest.mark.parametrize("body", [{"host": ""}, {"host": "a\nb"}, {"host": "x" * 65}, {"expires": "soon"}, {"more": 1}])
def test_what_a_command_line_says_about_itself_is_checked(house: House, body: dict[str, object]) -> None:
    reply = house.door.with_token(None).post("/device/authorization", {"client_id": "pkim", "host": "a", **body})
    assert code_of(reply) == (422, "invalid_input")
