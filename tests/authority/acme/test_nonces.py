"""Replay nonces."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from pki_manager.authority.acme.nonces import VALIDITY, create_nonce, use_nonce
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import BadNonce
from tests.conftest import OpenStorage
from tests.fakes.clock import FrozenClock
from tests.support.factories import make_authority, with_config, with_ports

SECOND = timedelta(seconds=1)


@pytest.fixture
def processes(tmp_path: Path, open_storage: OpenStorage, clock: FrozenClock) -> tuple[Context, Context]:
    """Two of one installation."""
    one = make_authority(tmp_path, open_storage("host/worker-1"), clock)
    return one, with_ports(one, storage=open_storage("host/worker-2"))


def is_taken(ctx: Context, nonce: str) -> bool:
    try:
        use_nonce(ctx, nonce)
    except BadNonce:
        return False
    return True


def test_acm_12_a_nonce_is_taken_once_by_whichever_process(processes: tuple[Context, Context]) -> None:
    one, other = processes
    nonce = create_nonce(one)
    assert is_taken(other, nonce)
    assert not is_taken(one, nonce)
    assert not is_taken(other, nonce)
    assert is_taken(one, create_nonce(one))


def test_acm_12_of_many_at_once_with_one_nonce_exactly_one_gets_through(
    processes: tuple[Context, Context],
) -> None:
    nonce = create_nonce(processes[0])
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda number: is_taken(processes[number % 2], nonce), range(8)))
    assert taken.count(True) == 1


def test_a_nonce_is_too_old_after_an_hour(processes: tuple[Context, Context], clock: FrozenClock) -> None:
    one, _ = processes
    first, second = create_nonce(one), create_nonce(one)
    clock.advance(VALIDITY - SECOND)
    assert is_taken(one, first)
    clock.advance(SECOND)
    assert not is_taken(one, second)


def test_a_used_nonce_stays_used_when_used_ones_are_forgotten(
    processes: tuple[Context, Context], clock: FrozenClock
) -> None:
    one, _ = processes
    nonce = create_nonce(one)
    use_nonce(one, nonce)
    for step in (VALIDITY - SECOND, SECOND):
        clock.advance(step)
        with one.ports.storage.housekeep() as uow:
            uow.acme.prune(clock.now(), clock.now())
        assert not is_taken(one, nonce)


def test_only_who_has_our_key_makes_nonces(processes: tuple[Context, Context]) -> None:
    one, _ = processes
    foreign = create_nonce(with_config(one, acme_nonce_key=bytes(32)))
    assert not is_taken(one, foreign)
    ours = base64.urlsafe_b64decode(create_nonce(one))
    for place in (0, 7, 8, 23, 24, 47):
        altered = bytes(octet ^ (at == place) for at, octet in enumerate(ours))
        assert not is_taken(one, base64.urlsafe_b64encode(altered).decode())


@pytest.mark.parametrize("nonce", ["", "x", "A" * 63, "A" * 64, "A" * 65, "é" * 64, "A" * 63 + "\n", "A" * 100_000])
def test_what_is_no_nonce_of_ours_is_refused(processes: tuple[Context, Context], nonce: str) -> None:
    assert not is_taken(processes[0], nonce)
