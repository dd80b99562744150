"""Signals during the build of a demo take effect between two steps."""

from __future__ import annotations

import signal
from contextlib import suppress

import pytest

from pki_manager.cli.demo.interruption import DeferredInterrupt


def build(*numbers: signal.Signals) -> list[str]:
    """Send each signal during the first of two steps; return the steps that were done until the interrupt."""
    steps: list[str] = []
    with suppress(KeyboardInterrupt), DeferredInterrupt() as interrupt:
        for number in numbers:
            signal.raise_signal(number)
        steps.append("first")
        interrupt.check()
        steps.append("second")
    return steps


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_takes_effect_at_the_next_check(number: signal.Signals) -> None:
    assert build(number) == ["first"]


def test_a_second_signal_takes_effect_at_once() -> None:
    assert build(signal.SIGINT, signal.SIGINT) == []


def test_a_signal_in_the_last_step_takes_effect_at_the_end() -> None:
    with pytest.raises(KeyboardInterrupt), DeferredInterrupt():
        signal.raise_signal(signal.SIGTERM)


def test_without_a_signal_nothing_happens_and_the_handlers_are_restored() -> None:
    assert build() == ["first", "second"]
    before = signal.getsignal(signal.SIGTERM)
    with DeferredInterrupt() as interrupt:
        interrupt.check()
    assert signal.getsignal(signal.SIGTERM) == before
