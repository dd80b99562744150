"""Slots are shared by network: who gets the next one, who waits, and who is refused at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import pytest

from pki_manager.outbound.fair_slots import FairSlots, NoSlot, SlotLimits

LIMITS = SlotLimits(running=3, running_of_one=2, waiting=4, waiting_of_one=3, seconds=60)


class Desk:
    """Requests, each in a thread of its own, that hold a slot until they are ended."""

    def __init__(self, pool: ThreadPoolExecutor, limits: SlotLimits = LIMITS) -> None:
        self.slots = FairSlots(limits)
        self.served: list[str] = []
        self._ends: dict[str, threading.Event] = {}
        self._pool = pool
        self._changed = threading.Condition()

    def ask(self, network: str, name: str) -> Future[None]:
        self._ends[name] = threading.Event()
        return self._pool.submit(self._hold, network, name)

    def wait(self, network: str, name: str) -> Future[None]:
        """Ask, and return once the request waits for a slot."""
        before = self.slots.waiting
        asked = self.ask(network, name)
        self.until(lambda: self.slots.waiting == before + 1)
        return asked

    def end(self, name: str) -> None:
        self._ends[name].set()

    def end_all(self) -> None:
        for one in self._ends.values():
            one.set()

    def until(self, is_true: Callable[[], bool]) -> None:
        with self._changed:
            while not is_true():
                self._changed.wait(0.01)

    def _hold(self, network: str, name: str) -> None:
        with self.slots.acquire(network):
            with self._changed:
                self.served.append(name)
                self._changed.notify_all()
            self._ends[name].wait(60)


@pytest.fixture
def pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(16)


def test_one_network_leaves_a_slot_to_others(pool: ThreadPoolExecutor) -> None:
    with pool:
        desk = Desk(pool)
        desk.ask("a", "a1")
        desk.ask("a", "a2")
        desk.until(lambda: len(desk.served) == 2)
        third = desk.wait("a", "a3")
        desk.ask("b", "b1")
        desk.until(lambda: "b1" in desk.served)
        assert not third.done()
        assert "a3" not in desk.served
        desk.end_all()
    assert desk.served[2:] == ["b1", "a3"]
    assert desk.slots.waiting == 0


def test_the_network_that_holds_the_fewest_is_next_and_then_the_first_that_came(pool: ThreadPoolExecutor) -> None:
    with pool:
        desk = Desk(pool)
        for network, name in (("a", "a1"), ("a", "a2"), ("b", "b1")):
            desk.ask(network, name)
            desk.until(lambda name=name: name in desk.served)
        for network, name in (("a", "a3"), ("b", "b2"), ("c", "c1"), ("c", "c2")):
            desk.wait(network, name)
        for name, expected in (("a1", "c1"), ("b1", "b2"), ("a2", "a3")):
            desk.end(name)
            desk.until(lambda expected=expected: expected in desk.served)
        desk.end_all()
    assert desk.served[3:] == ["c1", "b2", "a3", "c2"]


def test_who_waits_too_long_is_refused_and_leaves_no_trace() -> None:
    slots = FairSlots(replace(LIMITS, running=1, seconds=0))
    for _ in range(2):
        with slots.acquire("a"):
            for network in ("a", "b"):
                with pytest.raises(NoSlot, match=r"^$"), slots.acquire(network):
                    pass
            assert slots.waiting == 0


def test_a_slot_is_free_again_after_an_error() -> None:
    slots = FairSlots(replace(LIMITS, running=1, seconds=0))
    with pytest.raises(ValueError, match="fault"), slots.acquire("a"):
        raise ValueError("fault")
    with slots.acquire("a"):
        pass


@pytest.mark.parametrize("newcomer", ["a", "e"])
def test_only_so_many_wait_in_total_and_of_one_network(pool: ThreadPoolExecutor, newcomer: str) -> None:
    with pool:
        desk = Desk(pool)
        for network, name in (("a", "a1"), ("a", "a2"), ("b", "b1")):
            desk.ask(network, name)
            desk.until(lambda name=name: name in desk.served)
        names = ("a3", "a4", "a5") if newcomer == "a" else ("b2", "c1", "d1", "d2")
        for name in names:
            desk.wait(name[0], name)
        with pytest.raises(NoSlot, match=r"^$"), desk.slots.acquire(newcomer):
            pass
        assert desk.slots.waiting == len(names)
        desk.end_all()
