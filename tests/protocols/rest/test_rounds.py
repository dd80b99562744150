"""Requests that come at once are answered together: each gets what it would have got alone."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from pydantic import BaseModel

from pki_manager.authority.enrol import Asked, Enrol, enrol_at_once
from pki_manager.cli.asgi import Answer, exchange
from pki_manager.domain.actor import Actor, Role
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import Fault, PkiError
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.protocols.rest.operation import INJECTED_ACTOR
from pki_manager.protocols.rest.rounds import Given, Rounds
from pki_manager.protocols.rest.routes import certificates as routes
from tests.csrs import make_csr
from tests.factories import ADMIN, as_role
from tests.protocols.rest.door import Door, House, unique

JSON = [("Content-Type", "application/json")]


class Number(BaseModel):
    value: int


class Work:
    """Answers numbers; the first round is held until `go_on`. Negative: an error. Zero: not together."""

    def __init__(self) -> None:
        self.rounds: list[list[int]] = []
        self.begun, self.go_on = threading.Event(), threading.Event()

    def __call__(self, given: Sequence[Given]) -> list[BaseModel | Exception | None]:
        numbers = [one["number"] for one in given]
        self.rounds.append(numbers)
        if len(self.rounds) == 1:
            self.begun.set()
            assert self.go_on.wait(30)
        if 13 in numbers:
            raise Fault("of the round")
        return [_result(number) for number in numbers]


def _result(number: int) -> BaseModel | Exception | None:
    if number == 0:
        return None
    return Number(value=number) if number > 0 else Fault(f"of {number}")


async def _behind(work: Work, rounds: Rounds, numbers: Sequence[int]) -> list[Any]:
    """Those that come, one after the other, while 1 is at work; what became of each."""
    first = asyncio.create_task(rounds.join({"number": 1}))
    assert await asyncio.to_thread(work.begun.wait, 30)
    others = [asyncio.create_task(_outcome(rounds, number)) for number in numbers]
    await asyncio.sleep(0)  # each of them has joined
    work.go_on.set()
    return await asyncio.gather(first, *others)


async def _outcome(rounds: Rounds, number: int) -> Any:
    """The answer, or the text of the error that was raised."""
    try:
        return await rounds.join({"number": number})
    except Fault as error:
        return f"raised: {error}"


def test_what_comes_meanwhile_is_in_the_next_round_and_everybody_gets_their_own() -> None:
    work = Work()
    one, two, failed, alone = asyncio.run(_behind(work, Rounds(work, 201), [2, -3, 0]))
    assert work.rounds == [[1], [2, -3, 0]]
    assert [(json.loads(answer.body), answer.status_code) for answer in (one, two)] == [
        ({"value": 1}, 201),
        ({"value": 2}, 201),
    ]
    assert (failed, alone) == ("raised: of -3", None)


def test_at_most_as_many_as_share_a_commit_are_in_a_round() -> None:
    work = Work()
    asyncio.run(_behind(work, Rounds(work, 200), range(2, 102)))
    assert [len(numbers) for numbers in work.rounds] == [1, 64, 36]


def test_what_fails_for_a_round_fails_for_all_of_it_and_the_next_goes_on() -> None:
    work = Work()
    rounds = Rounds(work, 200)

    async def two_rounds() -> list[Any]:
        came = await _behind(work, rounds, [13, 5])
        return [*came, await rounds.join({"number": 7})]

    first, *failed, last = asyncio.run(two_rounds())
    assert failed == ["raised: of the round"] * 2
    assert (first.body, last.body) == (b'{"value":1}', b'{"value":7}')


def test_who_is_cancelled_holds_up_nobody() -> None:
    work = Work()
    rounds = Rounds(work, 200)

    async def cancelled() -> list[Any]:
        first = asyncio.create_task(rounds.join({"number": 1}))
        assert await asyncio.to_thread(work.begun.wait, 30)
        gone, other = (asyncio.create_task(rounds.join({"number": number})) for number in (4, 5))
        await asyncio.sleep(0)
        gone.cancel()
        work.go_on.set()
        return list(await asyncio.gather(first, other))

    assert [answer.body for answer in asyncio.run(cancelled())] == [b'{"value":1}', b'{"value":5}']


def test_each_loop_has_a_queue_of_its_own() -> None:
    work = Work()
    work.go_on.set()
    rounds = Rounds(work, 200)
    for number in (3, 4):
        answer = asyncio.run(rounds.join({"number": number}))
        assert answer is not None
        assert json.loads(bytes(answer.body)) == {"value": number}


def order(**more: object) -> dict[str, object]:
    return {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr(f"{unique('www')}.example.com"), **more}


def post_at_once(door: Door, asked: Sequence[tuple[Actor, object, str | None]]) -> list[Answer]:
    """All on one loop, as at the server."""

    async def all_of_them() -> list[Answer]:
        return await asyncio.gather(
            *(
                exchange(
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


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many were asked for in each round."""
    seen: list[int] = []

    def watched(authority: Any, asked: Sequence[Asked]) -> Sequence[Certificate | PkiError | None]:
        seen.append(len(asked))
        return enrol_at_once(authority, asked)

    monkeypatch.setattr(routes, "enrol_at_once", watched)
    return seen


def test_good_and_bad_ones_that_come_together_are_answered_as_if_each_were_alone(door: Door, sizes: list[int]) -> None:
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
    assert max(sizes) > 2
    assert all(answer.headers["location"].endswith(json.loads(answer.body)["id"]) for answer in came[:2])


def door_of(door: Door, actor: Actor) -> Door:
    return replace(door, actor=actor)


def test_each_of_a_round_is_issued_in_the_name_of_who_asked_for_it(house: House, door: Door, sizes: list[int]) -> None:
    officers = [
        replace(as_role(Role.REGISTRATION_AUTHORITY), id=f"local:{name}", name=name)
        for name in (unique("officer") for _ in range(5))
    ]
    came = post_at_once(door, [(officer, order(), None) for officer in officers])
    made = [json.loads(answer.body) for answer in came]
    assert [one["requested_by"] for one in made] == [officer.id for officer in officers]
    assert max(sizes) > 1
    with house.authority.storage.read() as reader:
        for one, answer, officer in zip(made, came, officers, strict=True):
            (event,) = reader.audit.page(AuditFilter(object_id=one["id"]), None, 10).items
            told = json.loads(event.body)
            assert (told["actor"]["id"], told["action"]) == (officer.id, "certificate.issued")
            assert told["request_id"] == answer.headers["x-request-id"]


def asked_by(actor: Actor) -> Asked:
    return Asked(actor, Enrol(ca="Issuing CA", profile="tls-server", csr=str(order()["csr"])), None)


def test_each_of_a_round_is_judged_by_its_own_rights(house: House) -> None:
    mine, theirs = enrol_at_once(house.authority, [asked_by(ADMIN), asked_by(as_role(Role.AUDITOR))])
    assert isinstance(mine, Certificate)
    assert theirs is None


def test_where_signatures_are_waited_for_each_goes_alone(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key manager that is slow for one holds up nobody else."""
    monkeypatch.setattr(type(house.authority.signers), "waits", lambda *_: True)
    assert list(enrol_at_once(house.authority, [asked_by(ADMIN)])) == [None]
