"""A token that many requests come with at once is read once for all of them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pki_manager.authority.rights import tokens
from pki_manager.cli.asgi import AsgiResponse, exchange_request
from pki_manager.domain.rights.actor import Role
from pki_manager.protocols.rest.fast.single_flight import SingleFlight
from tests.protocols.rest.door import Door, House


def ask_at_once(door: Door, token: str, count: int) -> list[AsgiResponse]:
    async def all_of_them() -> list[AsgiResponse]:
        headers = [("Authorization", f"Bearer {token}")]
        return await asyncio.gather(*(exchange_request(door.app, "GET", "/me", headers=headers) for _ in range(count)))

    return asyncio.run(all_of_them())


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The bearers that the database was asked for."""
    asked: list[str] = []
    real = tokens.authenticate

    def count(ctx: Any, bearer: str, **told: Any) -> Any:
        asked.append(bearer)
        return real(ctx, bearer, **told)

    monkeypatch.setattr(tokens, "authenticate", count)
    return asked


def test_a_token_that_comes_many_times_at_once_is_read_once(house: House, read: list[str]) -> None:
    house.ctx.state.tokens.forget()
    secret = house.secrets[Role.AUDITOR]
    assert [answer.status for answer in ask_at_once(house.door, secret, 8)] == [200] * 8
    assert read == [secret]


def test_of_an_unknown_one_everybody_is_told_so(house: House, read: list[str]) -> None:
    unknown = "pkim_" + "A" * 43
    assert [answer.status for answer in ask_at_once(house.door, unknown, 3)] == [401] * 3
    assert set(read) == {unknown}


def test_who_reads_in_vain_leaves_the_turn_to_the_others() -> None:
    async def run() -> list[bool]:
        single_flight, turns = SingleFlight(), []

        async def ask() -> None:
            async with single_flight.lead("key") as is_first:
                turns.append(is_first)
                await asyncio.sleep(0)
                if is_first:
                    raise ZeroDivisionError

        await asyncio.gather(ask(), ask(), return_exceptions=True)
        await asyncio.gather(ask(), return_exceptions=True)
        return turns

    assert asyncio.run(run()) == [True, False, True]
