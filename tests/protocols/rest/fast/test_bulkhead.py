"""Many who sign in at once: a few are hashed at a time, the others stand in line, none is refused for being many."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable

import pytest
from fastapi import FastAPI

from pki_manager.cli.asgi import AsgiResponse, exchange_request
from pki_manager.credentials.passwords import Argon2Hasher
from pki_manager.domain.errors import TooManyAttempts
from pki_manager.protocols.rest.app import create_rest
from pki_manager.protocols.rest.fast.bulkhead import MAX_RUNNING, Bulkhead
from tests.protocols.rest.door import House
from tests.support.factories import CHEAP, with_ports
from tests.support.people import PASSWORD, make_user

PEOPLE = 50
_PAGE = [("host", "localhost:8080"), ("origin", "http://localhost:8080"), ("content-type", "application/json")]


class Counting(Argon2Hasher):
    """The real hasher without a bound of its own. `most`: the most that verified at once; `full`: `MAX_RUNNING` do."""

    def __init__(self, house: House, before: Callable[[], object] = lambda: None) -> None:
        super().__init__(house.ctx.ports.entropy, CHEAP, slots=PEOPLE)
        self._before = before
        self._lock = threading.Lock()
        self._now = 0
        self.most = 0
        self.full = threading.Event()

    def verify(self, password: str, phc: str | None) -> bool:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
            if self._now == MAX_RUNNING:
                self.full.set()
        try:
            self._before()
            return super().verify(password, phc)
        finally:
            with self._lock:
                self._now -= 1


def app_with(house: House, hasher: Counting, turns: Bulkhead) -> FastAPI:
    ctx = with_ports(house.ctx, passwords=hasher)
    app = create_rest(lambda: ctx)
    app.state.costly_bulkhead = turns
    return app


async def sign_in(app: FastAPI, login: str) -> AsgiResponse:
    body = json.dumps({"login": login, "password": PASSWORD}).encode()
    return await exchange_request(app, "POST", "/sessions", headers=_PAGE, body=body)


async def in_line(turns: Bulkhead, number: int, coming: list[asyncio.Task[AsgiResponse]]) -> None:
    """Until so many are, or somebody got an answer before that."""
    async with asyncio.timeout(120):
        while turns.waiting < number and not any(task.done() for task in coming):  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.001)


def test_fifty_behind_one_address_are_all_let_in_two_at_a_time(house: House) -> None:
    logins = [make_user(house.ctx).login for _ in range(PEOPLE)]
    # The first ones are not done before all the others have come.
    all_are_here = threading.Event()
    hasher = Counting(house, lambda: all_are_here.wait(120))
    turns = Bulkhead(seconds=600)  # as at the server, but for a machine that is slow
    app = app_with(house, hasher, turns)

    async def all_of_them() -> list[AsgiResponse]:
        coming = [asyncio.create_task(sign_in(app, login)) for login in logins]
        await in_line(turns, PEOPLE - MAX_RUNNING, coming)
        await asyncio.to_thread(hasher.full.wait, 120)
        all_are_here.set()
        return await asyncio.gather(*coming)

    assert [answer.status for answer in asyncio.run(all_of_them())] == [201] * PEOPLE
    assert hasher.most == MAX_RUNNING


def test_beyond_the_line_one_is_told_to_come_again_and_who_waits_is_let_in(house: House) -> None:
    logins = [make_user(house.ctx).login for _ in range(4)]
    go_on = threading.Event()
    hasher = Counting(house, lambda: go_on.wait(120))
    turns = Bulkhead(max_running=1, max_waiting=2)
    app = app_with(house, hasher, turns)

    async def all_of_them() -> tuple[AsgiResponse, list[AsgiResponse]]:
        coming = [asyncio.create_task(sign_in(app, login)) for login in logins[:3]]
        await in_line(turns, 2, coming)
        asked = asyncio.create_task(sign_in(app, logins[3]))
        await in_line(turns, 3, [*coming, asked])
        go_on.set()
        refused = await asked
        return refused, await asyncio.gather(*coming)

    refused, others = asyncio.run(all_of_them())
    assert (refused.status, refused.headers["content-type"]) == (429, "application/problem+json")
    assert json.loads(refused.body)["code"] == "too_many_attempts"
    assert int(refused.headers["retry-after"]) > 0
    assert [answer.status for answer in others] == [201] * 3
    assert asyncio.run(sign_in(app, logins[3])).status == 201


def test_whose_turn_does_not_come_in_time_leaves_the_line() -> None:
    async def all_of_them() -> None:
        turns = Bulkhead(max_running=1, max_waiting=1, seconds=1)
        async with turns.acquire():
            for _ in range(2):
                with pytest.raises(TooManyAttempts) as refused:
                    async with turns.acquire():
                        pytest.fail("there was no turn to be had")
                assert refused.value.retry_after
                assert turns.waiting == 0
        async with turns.acquire():
            pass

    asyncio.run(all_of_them())
