"""Requests that come at once: each gets what it would have got alone."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from dataclasses import replace

import pytest

from pki_manager.authority.certificates.enroll_batch import EnrollCall, enroll_here
from pki_manager.authority.kernel.context import Context
from pki_manager.cli.asgi import AsgiResponse, exchange_request
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import PkiError
from pki_manager.domain.rights.actor import Actor, Role
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.protocols.rest.fast.batched import LARGEST_BODY
from pki_manager.protocols.rest.operation import INJECTED_ACTOR
from pki_manager.protocols.rest.routes import certificates
from tests.protocols.rest.door import Door, House, unique
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, as_role

JSON = [("Content-Type", "application/json")]


def order(**more: object) -> dict[str, object]:
    return {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr(f"{unique('www')}.example.com"), **more}


def post_at_once(door: Door, asked: Sequence[tuple[Actor, object, str | None]]) -> list[AsgiResponse]:
    """All on one loop, as at the server."""

    async def all_of_them() -> list[AsgiResponse]:
        return await asyncio.gather(
            *(
                exchange_request(
                    door.app,
                    "POST",
                    "/certificates",
                    headers=[*JSON, *([("Idempotency-Key", key)] if key else [])],
                    body=json.dumps(body).encode(),
                    extensions={INJECTED_ACTOR: actor},
                )
                for actor, body, key in asked
            )
        )

    return asyncio.run(all_of_them())


def test_good_and_bad_ones_that_come_together_are_answered_as_if_each_were_alone(door: Door) -> None:
    key = unique("key")
    twice = order()
    asked: list[tuple[Actor, object, str | None, int, str | None]] = [
        (ADMIN, order(), None, 201, None),
        (ADMIN, order(), None, 201, None),
        (ADMIN, order(csr="nothing"), None, 400, "malformed"),
        (ADMIN, order(sans=["DNS:*.*.example.com"]), None, 422, "policy_refused"),
        (ADMIN, order(ca="No such CA"), None, 404, "not_found"),
        (ADMIN, order(surprise=1), None, 400, "malformed"),
        (ADMIN, {"ca": "Issuing CA", "profile": "tls-server"}, None, 422, "invalid_input"),
        (as_role(Role.AUDITOR), order(), None, 403, "forbidden"),
        (as_role(Role.REQUESTER), order(), None, 403, "forbidden"),
        (ADMIN, twice, key, 201, None),
        (ADMIN, twice, key, 201, None),
    ]
    alone = [door_of(door, actor).post("/certificates", body) for actor, body, _, _, _ in asked[2:9]]
    came = post_at_once(door, [(actor, body, key) for actor, body, key, _, _ in asked])
    told = [(answer.status, json.loads(answer.body).get("code")) for answer in came]
    assert told[2:9] == [(reply.status, reply.json["code"]) for reply in alone]
    assert [status for status, _ in told[:2] + told[9:]] == [201] * 4
    assert came[9].body == came[10].body
    assert all(answer.headers["location"].endswith(json.loads(answer.body)["id"]) for answer in came[:2])


@pytest.mark.skipif(os.environ.get("TEST_FAST_PATH") == "off", reason="only the fast path issues in rounds")
def test_what_is_quickly_looked_at_goes_in_one_round_and_the_rest_alone(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds: list[int] = []

    def count(ctx: Context, requests: Sequence[EnrollCall]) -> Sequence[Certificate | PkiError | None]:
        rounds.append(len(requests))
        return enroll_here(ctx, requests)

    monkeypatch.setattr(certificates, "enroll_here", count)
    names = [f"DNS:{unique('many').ljust(60, 'x')}.{'y' * 60}.example.com" for _ in range(LARGEST_BODY // 120)]
    made_here = {
        "ca": "Issuing CA",
        "profile": "tls-server",
        "key_type": "ECDSA-P256",
        "passphrase": "a long passphrase",
    }
    bodies = [
        *(order() for _ in range(6)),
        order(csr=make_csr("many.example.com"), sans=["DNS:many.example.com", *names]),
        {**made_here, "sans": ["DNS:made.example.com"]},
    ]
    came = post_at_once(door, [(ADMIN, body, None) for body in bodies])
    assert [answer.status for answer in came] == [201] * 8
    assert sum(rounds) == 6
    assert len(rounds) < 6


def door_of(door: Door, actor: Actor) -> Door:
    return replace(door, actor=actor)


def test_each_is_issued_in_the_name_of_who_asked_for_it(house: House, door: Door) -> None:
    officers = [
        replace(as_role(Role.REGISTRATION_AUTHORITY), id=f"local:{name}", name=name)
        for name in (unique("officer") for _ in range(5))
    ]
    came = post_at_once(door, [(officer, order(), None) for officer in officers])
    made = [json.loads(answer.body) for answer in came]
    assert [one["requested_by"] for one in made] == [officer.id for officer in officers]
    with house.ctx.ports.storage.read() as reader:
        for one, answer, officer in zip(made, came, officers, strict=True):
            (event,) = reader.audit.page(AuditFilter(object_id=one["id"]), None, 10).items
            told = json.loads(event.body)
            assert (told["actor"]["id"], told["action"]) == (officer.id, "certificate.issued")
            assert told["request_id"] == answer.headers["x-request-id"]
