"""The fake's faults do what they say: tests of others lean on them."""

from __future__ import annotations

from threading import Event, Thread

import pytest

from pki_manager.domain.algorithms import KEY_TYPES
from pki_manager.domain.errors import BackendUnavailable
from pki_manager.ports.signer import BackendState
from tests.contract.signer.verification import verifies
from tests.fakes.signer import FakeSigner, answers, garbles, raises, stalls

ED25519 = KEY_TYPES["Ed25519"]


def test_faults_strike_as_often_as_told_and_calls_are_counted():
    signer = FakeSigner()
    ref = signer.generate(ED25519, "a")
    signer.inject("sign", raises(BackendUnavailable("away")), times=2)
    for number in range(2):
        with pytest.raises(BackendUnavailable, match="away"):
            signer.sign(ref, b"x", ED25519.signature, f"op-{number}")
    assert signer.sign(ref, b"x", ED25519.signature, "op-2")
    assert signer.calls == {"generate": 1, "sign": 3}
    assert signer.operations == ["op-0", "op-1", "op-2"]


def test_standing_faults_end_with_heal():
    signer = FakeSigner()
    ref = signer.generate(ED25519, "a")
    signer.inject("public_key", answers(b"wrong"), times=None)
    signer.away = "unplugged"
    assert [signer.get_public_key(ref) for _ in range(3)] == [b"wrong"] * 3
    assert signer.describe().state is BackendState.UNAVAILABLE
    signer.heal()
    assert signer.get_public_key(ref) != b"wrong"
    assert signer.describe().state is BackendState.AVAILABLE


def test_a_garbled_signature_has_its_length_and_does_not_verify():
    signer = FakeSigner()
    ref = signer.generate(ED25519, "a")
    signer.inject("sign", garbles())
    signature = signer.sign(ref, b"x", ED25519.signature, "op")
    assert len(signature) == 64
    assert not verifies(signer.get_public_key(ref), signature, b"x", ED25519.signature)


def test_a_stalled_call_goes_on_when_it_is_let_go():
    signer = FakeSigner()
    go, done = Event(), Event()
    signer.inject("generate", stalls(until=go))

    def work() -> None:
        signer.generate(ED25519, "a")
        done.set()

    thread = Thread(target=work)
    thread.start()
    assert not done.wait(0.05)
    go.set()
    thread.join(10)
    assert done.is_set()
