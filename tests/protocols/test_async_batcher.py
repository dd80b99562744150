"""What comes at once is done by one thread, round after round."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from pki_manager.domain.errors import Conflict, StorageUnavailable
from pki_manager.protocols.async_batcher import LARGEST, AsyncBatcher


class Work:
    """Doubles numbers, once it may. What else it is given it gives back; or it raises, for all of a round."""

    def __init__(self, raises: Exception | None = None) -> None:
        self.begun, self.go = threading.Event(), threading.Event()
        self.rounds: list[list[object]] = []
        self.threads: set[int] = set()
        self._raises = raises

    def together(self, items: Sequence[object]) -> Sequence[object]:
        self.begun.set()
        assert self.go.wait(30)
        self.rounds.append(list(items))
        self.threads.add(threading.get_ident())
        if self._raises is not None:
            raise self._raises
        return [one * 2 if isinstance(one, int) else one for one in items]


def gather(work: Work, items: Sequence[object]) -> list[object]:
    """What came of each; the others come while the first is at it."""

    async def run() -> list[object]:
        rounds: AsyncBatcher[object, object] = AsyncBatcher(work.together, "work")
        first, *others = items
        going = [asyncio.create_task(rounds.join(first))]
        await asyncio.to_thread(work.begun.wait, 30)
        going += [asyncio.create_task(rounds.join(item)) for item in others]
        await asyncio.sleep(0)
        work.go.set()
        try:
            return await asyncio.wait_for(asyncio.gather(*going, return_exceptions=True), 30)
        finally:
            rounds.close()

    return asyncio.run(run())


def test_the_first_goes_alone_and_what_comes_meanwhile_goes_together() -> None:
    work = Work()
    assert gather(work, range(5)) == [0, 2, 4, 6, 8]
    assert work.rounds == [[0], [1, 2, 3, 4]]
    assert work.threads.isdisjoint({threading.get_ident()})
    assert len(work.threads) == 1


def test_what_comes_at_the_same_time_and_what_is_on_its_way_is_one_round() -> None:
    work = Work()
    work.go.set()

    async def late(rounds: AsyncBatcher[object, object], turns: int) -> object:
        for _ in range(turns):
            await asyncio.sleep(0)
        return await rounds.join(turns)

    async def run() -> list[object]:
        rounds: AsyncBatcher[object, object] = AsyncBatcher(work.together, "work")
        try:
            return await asyncio.wait_for(asyncio.gather(*(late(rounds, turns) for turns in (0, 0, 2, 5, 8))), 30)
        finally:
            rounds.close()

    assert asyncio.run(run()) == [0, 0, 4, 10, 16]
    assert work.rounds == [[0, 0, 2, 5, 8]]


def test_no_round_is_larger_than_what_shares_a_commit() -> None:
    work = Work()
    assert gather(work, range(LARGEST + 2)) == [number * 2 for number in range(LARGEST + 2)]
    assert [len(one) for one in work.rounds] == [1, LARGEST, 1]


def test_an_error_is_told_to_whom_it_belongs_and_none_to_who_has_to_go_alone() -> None:
    first, second = Conflict("one"), Conflict("two")
    assert gather(Work(), [1, first, None, 2, second]) == [2, first, None, 4, second]


def test_what_is_raised_is_everybodys_in_that_round() -> None:
    failure = ZeroDivisionError("a bug")
    work = Work(failure)
    assert gather(work, range(3)) == [failure] * 3
    assert work.rounds == [[0], [1, 2]]


@pytest.mark.parametrize(("held", "rounds"), [(True, 1), (False, 2)])
def test_nobody_waits_twice_for_a_database_that_is_held(held: bool, rounds: int) -> None:
    failure = StorageUnavailable("held by another", held=held)
    work = Work(failure)
    assert gather(work, range(3)) == [failure] * 3
    assert len(work.rounds) == rounds


def test_who_goes_away_takes_nobody_along_and_keeps_nobody_waiting() -> None:
    work = Work()

    async def run() -> list[object]:
        rounds: AsyncBatcher[object, object] = AsyncBatcher(work.together, "work")
        first, gone, last = (asyncio.create_task(rounds.join(item)) for item in range(3))
        await asyncio.sleep(0)
        gone.cancel()
        work.go.set()
        try:
            return [await asyncio.wait_for(one, 30) for one in (first, last)]
        finally:
            rounds.close()

    assert asyncio.run(run()) == [0, 4]


def test_who_comes_after_the_end_is_told_so() -> None:
    async def run() -> None:
        rounds: AsyncBatcher[object, object] = AsyncBatcher(Work().together, "work")
        rounds.close()
        with pytest.raises(RuntimeError, match="cannot schedule new futures after shutdown"):
            await rounds.join(1)

    asyncio.run(run())
