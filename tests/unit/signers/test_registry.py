"""Backends by name: opened when asked for, again when that failed, and none keeps the others from working."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from pki_manager.domain.algorithms import KEY_TYPES
from pki_manager.domain.errors import BackendUnavailable, ConfigurationInvalid, HomeUnusable, NotFound
from pki_manager.ports.signer import BackendState, KeyRef, Signer
from pki_manager.signers.options import BackendOptions
from pki_manager.signers.registry import KINDS, RETRY, Backends, Collaborators
from tests.fakes.clock import FrozenClock
from tests.fakes.signer import FakeSigner, raises
from tests.support.keystores import keystore

P256 = KEY_TYPES["ECDSA-P256"]
EMBEDDED = BackendOptions(name="embedded", kind="embedded")
HSM = BackendOptions(name="hsm", kind="fake")


@pytest.fixture
def given(tmp_path: Path, clock: FrozenClock) -> Collaborators:
    return Collaborators(home=tmp_path, keystore=keystore(tmp_path), clock=clock)


class Shelf:
    """Opens fakes; `missing` says why it cannot."""

    def __init__(self) -> None:
        self.missing: Exception | None = None
        self.opened = 0
        self.signer = FakeSigner("hsm")

    def __call__(self, options: BackendOptions, given: Collaborators) -> Signer:
        self.opened += 1
        if self.missing is not None:
            raise self.missing
        return self.signer


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def backends(given: Collaborators, shelf: Shelf) -> Backends:
    return Backends([EMBEDDED, HSM], given, {**KINDS, "fake": shelf})


def test_backends_are_found_by_their_configured_names(backends: Backends):
    assert [backends.get(name).name for name in ("embedded", "hsm")] == ["embedded", "hsm"]
    assert [(row.name, row.kind) for row in backends.describe()] == [("embedded", "embedded"), ("hsm", "fake")]
    for ask in (backends.get, lambda name: backends.check(name, ())):
        with pytest.raises(NotFound, match=r"Key backend .* not found"):
            ask("fake")


def test_no_backend_is_opened_before_it_is_asked_for_and_then_once(backends: Backends, shelf: Shelf):
    assert shelf.opened == 0
    first = backends.get("hsm")
    assert (backends.get("hsm"), shelf.opened) == (first, 1)


@pytest.mark.parametrize("failure", [BackendUnavailable("the token is not in its slot"), HomeUnusable("mode 0644")])
def test_a_backend_that_cannot_be_opened_says_why_and_the_others_go_on(
    backends: Backends, shelf: Shelf, failure: Exception
):
    shelf.missing = failure
    assert backends.get("embedded").describe().state is BackendState.AVAILABLE
    with pytest.raises(BackendUnavailable, match=str(failure)) as refused:
        backends.get("hsm")
    assert refused.value.retry_after == RETRY
    for broken in (backends.describe()[1], backends.check("hsm")):
        assert (broken.kind, broken.state, broken.key_types) == ("fake", BackendState.UNAVAILABLE, ())
        assert broken.reason == str(failure)


def test_a_backend_that_could_not_be_opened_is_tried_again_in_a_while(
    backends: Backends, shelf: Shelf, clock: FrozenClock
):
    shelf.missing = BackendUnavailable("gone")
    for _ in range(3):
        with pytest.raises(BackendUnavailable, match=r"Key backend .* cannot be opened"):
            backends.get("hsm")
    assert shelf.opened == 1
    shelf.missing = None
    clock.advance(timedelta(seconds=RETRY))
    assert backends.get("hsm").name == "hsm"
    assert backends.describe()[1].state is BackendState.AVAILABLE


def test_one_that_stopped_answering_is_not_given_out_until_it_may_be_asked_again(
    backends: Backends, shelf: Shelf, clock: FrozenClock
):
    ref = backends.get("hsm").generate(P256, "k")
    shelf.signer.inject("sign", raises(BackendUnavailable("no answer")), times=3)
    for _ in range(3):
        with pytest.raises(BackendUnavailable, match="no answer"):
            backends.get("hsm").sign(ref, b"x", P256.signature, "op")
    with pytest.raises(BackendUnavailable, match=r"is unavailable\. no answer"):
        backends.get("hsm")
    assert backends.get("embedded")
    clock.advance(timedelta(seconds=1))
    assert backends.get("hsm").sign(ref, b"x", P256.signature, "op")


def test_a_check_looks_at_the_keys_that_are_named(backends: Backends):
    ref = backends.get("embedded").generate(P256, "there")
    checked = backends.check("embedded", [ref, KeyRef("embedded", "not there")])
    assert checked.warnings == ("key 'not there' is not in the keystore",)


def test_all_faults_are_named_at_once_with_the_known_kinds(given: Collaborators):
    configured = [
        BackendOptions(name="a", kind="fortune-teller"),
        BackendOptions(name="c", kind="embedded"),
        BackendOptions(name="c", kind="fake"),
    ]
    with pytest.raises(ConfigurationInvalid, match="must have one of the kinds embedded, fake") as invalid:
        Backends(configured, given, {"embedded": KINDS["embedded"], "fake": Shelf()})
    assert [error.field for error in invalid.value.errors] == ["key_backends.c", "key_backends.a"]
