"""ISS-09: the same POST under the same Idempotency-Key happens once, and is answered the same."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.protocols.rest.door import Door, unique
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN


def key(value: str | None = None) -> list[tuple[str, str]]:
    return [("Idempotency-Key", value or unique("key"))]


def order() -> dict[str, str]:
    return {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr(f"{unique('www')}.example.com")}


def test_iss_09_twenty_at_once_are_one_certificate_with_one_body(door: Door) -> None:
    body, headers = order(), key()
    with ThreadPoolExecutor(20) as pool:
        replies = list(pool.map(lambda _: door.post("/certificates", body, headers), range(20)))
    assert {reply.status for reply in replies} == {201}
    assert len({hashlib.sha256(reply.body).digest() for reply in replies}) == 1


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("/cas", {"name": "Once", "subject": "CN=Once"}),
        ("/cas/Issuing%20CA/crls", None),
    ],
)
def test_a_replay_has_the_same_status_and_body(door: Door, target: str, body: object) -> None:
    headers = key()
    first, second = door.post(target, body, headers), door.post(target, body, headers)
    assert (first.status, first.body) == (201, second.body)
    assert second.status == 201


def test_revoking_again_under_the_key_is_no_conflict(door: Door) -> None:
    made = door.post("/certificates", order()).json
    headers = key()
    first = door.post(f"/certificates/{made['id']}/revoke", {"reason": "superseded"}, headers)
    second = door.post(f"/certificates/{made['id']}/revoke", {"reason": "superseded"}, headers)
    assert (first.status, first.body) == (200, second.body)
    assert second.status == 200


def test_another_body_under_the_key_is_refused(door: Door) -> None:
    headers = key()
    assert door.post("/certificates", order(), headers).status == 201
    reply = door.post("/certificates", order(), headers)
    assert (reply.status, reply.json["code"]) == (422, "idempotency_key_reused")


def test_another_object_under_the_key_is_refused(door: Door) -> None:
    headers = key()
    first, second = (door.post("/certificates", order()).json["id"] for _ in range(2))
    assert door.post(f"/certificates/{first}/revoke", {}, headers).status == 200
    assert door.post(f"/certificates/{second}/revoke", {}, headers).status == 422
    assert door.get(f"/certificates/{second}").json["state"] == "valid"


def test_another_query_under_the_key_is_refused(door: Door) -> None:
    """The query says what a bulk job does: the answer about an export is no answer about a revocation."""
    made = door.post("/certificates", order()).json
    body, headers = f"certificate\n{made['id']}\n".encode(), [*key(), ("Content-Type", "text/csv")]
    first = door.send("POST", "/certificates/bulk?action=export", body, headers)
    assert first.status == 202, first.body
    other = door.send("POST", "/certificates/bulk?action=revoke", body, headers)
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")


def test_the_same_query_in_another_order_is_a_retry(door: Door) -> None:
    body = f'csr\n"{make_csr(unique("www"))}"\n'.encode()
    headers = [*key(), ("Content-Type", "text/csv")]
    parts = ["action=issue", "ca=Issuing%20CA", "profile=tls-server"]
    first = door.send("POST", f"/certificates/bulk?{'&'.join(parts)}", body, headers)
    again = door.send("POST", f"/certificates/bulk?{'&'.join(reversed(parts))}", body, headers)
    assert (first.status, again.status, again.json["id"]) == (202, 202, first.json["id"])


def test_a_key_belongs_to_its_actor_and_its_operation(door: Door) -> None:
    body, headers = order(), key()
    first = door.post("/certificates", body, headers).json["id"]
    other = replace(door, actor=replace(ADMIN, id="local:other"))
    assert other.post("/certificates", body, headers).json["id"] != first
    assert door.post("/cas/Issuing%20CA/crls", None, headers).status == 201


def test_a_replayed_token_is_told_without_its_secret(door: Door) -> None:
    body, headers = {"name": unique("t"), "role": "auditor", "expires": "P1D"}, key()
    first, second = door.post("/tokens", body, headers), door.post("/tokens", body, headers)
    assert (first.status, second.status) == (201, 201)
    assert first.json["token"].startswith("pkim_")
    assert second.json == {**first.json, "token": None, "secret_delivered": True}


def test_without_a_key_each_post_is_its_own(door: Door) -> None:
    body = order()
    assert door.post("/certificates", body).json["id"] != door.post("/certificates", body).json["id"]


@pytest.mark.parametrize("value", ["", "x" * 256, "a\tb", "\x7f", "\xe9"])
def test_a_key_is_1_to_255_printable_ascii_characters(door: Door, value: str) -> None:
    reply = door.post("/certificates", order(), [("Idempotency-Key", value)])
    assert (reply.status, reply.fields) == (400, {"Idempotency-Key"})


def test_two_keys_are_one_too_many(door: Door) -> None:
    assert door.post("/certificates", order(), [*key(), *key()]).status == 400
