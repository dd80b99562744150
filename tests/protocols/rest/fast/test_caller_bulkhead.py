"""Work that costs processor time: apart from ordinary requests, and shared out among callers."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import replace

import pytest

from pki_manager.authority.installation import tools
from pki_manager.cli.asgi import AsgiResponse, exchange_request
from pki_manager.domain.errors import TooManyAttempts
from pki_manager.domain.rights.actor import Actor
from pki_manager.protocols.rest.app import create_rest
from pki_manager.protocols.rest.fast.caller_bulkhead import CallerBulkhead
from pki_manager.protocols.rest.operation import INJECTED_ACTOR
from tests.protocols.rest.door import House
from tests.support.factories import ADMIN

_BODY = json.dumps({"data": "AAAA"}).encode()


def test_a_caller_has_one_turn_at_a_time_and_leaves_the_next_to_another() -> None:
    async def all_of_them() -> list[str]:
        turns, order = CallerBulkhead(max_running=2), list[str]()

        async def work(caller: str, release: asyncio.Event) -> None:
            async with turns.acquire(caller):
                order.append(caller)
                await release.wait()

        releases = [asyncio.Event() for _ in range(5)]
        greedy = [asyncio.create_task(work("greedy", release)) for release in releases[:4]]
        await asyncio.sleep(0.01)
        assert order == ["greedy"]
        other = asyncio.create_task(work("other", releases[4]))
        await asyncio.sleep(0.01)
        assert order == ["greedy", "other"]
        for release in releases:
            release.set()
        await asyncio.gather(*greedy, other)
        assert (turns.waiting, turns._by_caller) == (0, {})
        return order

    assert asyncio.run(all_of_them()) == ["greedy", "other", "greedy", "greedy", "greedy"]


def test_beyond_the_places_of_one_caller_others_still_find_one() -> None:
    async def all_of_them() -> None:
        turns = CallerBulkhead(max_running=2, max_waiting_of_caller=1)
        async with turns.acquire("greedy"):
            waiting = asyncio.create_task(_enter(turns, "greedy"))
            await asyncio.sleep(0.01)
            with pytest.raises(TooManyAttempts) as refusal:
                async with turns.acquire("greedy"):
                    pytest.fail("there was no place")
            assert refusal.value.retry_after
            async with turns.acquire("other"):
                pass
        await waiting

    asyncio.run(all_of_them())


async def _enter(turns: CallerBulkhead, caller: str) -> None:
    async with turns.acquire(caller):
        pass


def test_ordinary_requests_and_other_callers_do_not_wait_for_one_who_decodes_much(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixty at once would take every thread; none is taken by one that waits."""
    go_on, running = threading.Event(), []
    decode = tools.decode

    def slow(actor: object, *arguments: object) -> object:
        running.append(actor)
        go_on.wait(120)
        return decode(actor, *arguments)

    monkeypatch.setattr(tools, "decode", slow)
    app = create_rest(lambda: house.ctx)
    greedy, other = (replace(ADMIN, id=f"local:{name}") for name in ("greedy", "other"))

    async def ask(actor: Actor, method: str = "POST", target: str = "/tools/decode") -> AsgiResponse:
        body, headers = (_BODY, [("content-type", "application/json")]) if method == "POST" else (b"", [])
        extensions = {INJECTED_ACTOR: actor}
        return await exchange_request(app, method, target, headers=headers, body=body, extensions=extensions)

    async def all_of_them() -> list[AsgiResponse]:
        many = [asyncio.create_task(ask(greedy)) for _ in range(60)]
        async with asyncio.timeout(120):
            while sum(task.done() for task in many) < 51:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.001)
            assert (await ask(other, "GET", "/cas")).status == 200
            second = asyncio.create_task(ask(other))
            while len(running) < 2:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.001)
        go_on.set()
        await second
        return await asyncio.gather(*many)

    answers = asyncio.run(all_of_them())
    refused = [answer for answer in answers if answer.status == 429]
    assert len(refused) == 51
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
    assert sum(answer.status == 400 for answer in answers) == 9  # four octets are nothing that can be decoded
