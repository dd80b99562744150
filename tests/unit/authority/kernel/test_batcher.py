"""Items that come at the same time: all get their outcome, in batches, from one of their threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import pytest

from pki_manager.authority.kernel.batcher import Batcher
from pki_manager.domain.errors import Fault, StorageUnavailable

Work = Callable[[Sequence[int]], Sequence[int | Exception]]


class Crowd:
    """Threads behind a first one that is held at work until all of them wait; `rounds` are what was done together."""

    def __init__(self, largest: int = 64) -> None:
        self.batcher: Batcher[int, int] = Batcher(largest)
        self.rounds: list[list[int]] = []
        self.errors: dict[int, BaseException | None] = {}
        self._go_on = threading.Event()
        self._begun = threading.Event()

    def work(self, items: Sequence[int]) -> list[int]:
        self.rounds.append(list(items))
        if items == [0]:
            self._begun.set()
            assert self._go_on.wait(10)
        return [-item for item in items]

    def join(self, item: int, work: Work | None = None) -> None:
        try:
            assert self.batcher.join(item, work or self.work) == -item
        except BaseException as error:  # noqa: BLE001 - looked at by the test
            self.errors[item] = error
        else:
            self.errors[item] = None

    def run(self, count: int, work: Work | None = None) -> None:
        """Item 0 is at work while 1 to `count` come, one after the other."""
        threads = [threading.Thread(target=self.join, args=(0,))]
        threads[0].start()
        assert self._begun.wait(10)
        for item in range(1, count + 1):
            threads.append(threading.Thread(target=self.join, args=(item, work)))
            threads[-1].start()
            while len(self.batcher._waiting) < item:
                pass
        self._go_on.set()
        for thread in threads:
            thread.join(10)
            assert not thread.is_alive()


def test_alone_nobody_waits() -> None:
    batcher: Batcher[str, str] = Batcher()
    for item in ("a", "b"):
        assert batcher.join(item, lambda items: ["".join(items) * 2]) == item * 2


def test_an_item_has_an_error_of_its_own() -> None:
    crowd = Crowd()

    def spoilt(items: Sequence[int]) -> list[int | Exception]:
        return [
            ValueError(item) if item == 2 else outcome for item, outcome in zip(items, crowd.work(items), strict=True)
        ]

    crowd.run(3, spoilt)
    assert crowd.rounds == [[0], [1, 2, 3]]
    assert {item: type(error) for item, error in crowd.errors.items()} == {
        0: type(None),
        1: type(None),
        2: ValueError,
        3: type(None),
    }


def test_who_comes_meanwhile_is_served_together_in_the_order_of_arrival() -> None:
    crowd = Crowd()
    crowd.run(5)
    assert crowd.rounds == [[0], [1, 2, 3, 4, 5]]
    assert set(crowd.errors.values()) == {None}


def test_a_round_has_a_limit_and_the_rest_has_the_next_ones() -> None:
    crowd = Crowd(largest=2)
    crowd.run(5)
    assert crowd.rounds == [[0], [1, 2], [3, 4], [5]]
    assert set(crowd.errors.values()) == {None}


def test_what_the_work_raises_all_of_its_round_get_and_the_next_round_goes_on() -> None:
    crowd = Crowd(largest=2)

    def failing(items: Sequence[int]) -> list[int]:
        outcomes = crowd.work(items)
        if 1 in items:
            raise ValueError
        return outcomes

    crowd.run(3, failing)
    assert crowd.rounds == [[0], [1, 2], [3]]
    assert {item: type(error) for item, error in crowd.errors.items()} == {
        0: type(None),
        1: ValueError,
        2: ValueError,
        3: type(None),
    }


def test_what_another_holds_is_waited_for_once_by_all_who_queue() -> None:
    crowd = Crowd(largest=2)

    def held(items: Sequence[int]) -> list[int]:
        crowd.work(items)
        raise StorageUnavailable("held", held=True, retry_after=1)

    crowd.run(5, held)
    assert crowd.rounds == [[0], [1, 2]]
    assert {item for item, error in crowd.errors.items() if isinstance(error, StorageUnavailable)} == {1, 2, 3, 4, 5}
    crowd.batcher.join(6, crowd.work)
    assert crowd.rounds[-1] == [6]


def test_nobody_waits_for_ever_when_the_one_at_work_is_interrupted() -> None:
    crowd = Crowd()

    def interrupted(_: Sequence[int]) -> list[int]:
        raise KeyboardInterrupt

    crowd.run(2, interrupted)
    assert isinstance(crowd.errors[1], KeyboardInterrupt)
    assert isinstance(crowd.errors[2], Fault)
    crowd.batcher.join(3, crowd.work)
    assert crowd.rounds[-1] == [3]


def test_one_that_is_interrupted_while_it_waits_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    batcher: Batcher[int, int] = Batcher()

    class Interrupted:
        def acquire(self) -> None:
            raise KeyboardInterrupt

        def release(self) -> None:
            pass

    def meanwhile(items: Sequence[int]) -> Sequence[int]:
        from pki_manager.authority.kernel import batcher as module

        class Place(module._Place[int, int]):
            def __init__(self, item: int) -> None:
                super().__init__(item)
                self.turn = Interrupted()

        with monkeypatch.context() as patched:
            patched.setattr(module, "_Place", Place)
            with pytest.raises(KeyboardInterrupt):
                batcher.join(1, lambda items: items)
        return items

    batcher.join(0, meanwhile)
    assert batcher.join(2, lambda items: items) == 2
