"""What is put around every backend: the circuit breaker, and the memory of how it does."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from pki_manager.domain.algorithms import KEY_TYPES
from pki_manager.domain.errors import BackendUnavailable, InvalidInput, NotFound
from pki_manager.ports.signer import BackendState, KeyRef
from pki_manager.signers.breaker import LONGEST_PAUSE, THRESHOLD
from pki_manager.signers.guarded import FRESH, Guarded
from tests.fakes.clock import FrozenClock
from tests.fakes.signer import FakeSigner, Fault, raises, stalls

P256 = KEY_TYPES["ECDSA-P256"]
AWAY = raises(BackendUnavailable("no answer"))


@pytest.fixture
def fake() -> FakeSigner:
    return FakeSigner("hsm")


@pytest.fixture
def guarded(fake: FakeSigner, clock: FrozenClock) -> Guarded:
    return Guarded(fake, "fake", clock=clock)


@pytest.fixture
def ref(guarded: Guarded) -> KeyRef:
    return guarded.generate(P256, "k")


def sign(guarded: Guarded, ref: KeyRef) -> bytes:
    return guarded.sign(ref, b"x", P256.signature, "op")


def fail(guarded: Guarded, ref: KeyRef, times: int = THRESHOLD) -> None:
    for _ in range(times):
        with pytest.raises(BackendUnavailable, match=r"is unavailable|no answer"):
            sign(guarded, ref)


def test_after_failures_in_a_row_it_is_not_asked_until_the_pause_is_over(
    guarded: Guarded, fake: FakeSigner, ref: KeyRef, clock: FrozenClock
):
    fake.inject("sign", AWAY, times=None)
    fail(guarded, ref, 10)
    assert fake.calls["sign"] == THRESHOLD
    with pytest.raises(BackendUnavailable, match=r"'hsm' is unavailable\. no answer") as refused:
        guarded.require_ready()
    assert refused.value.retry_after == 1
    fake.heal()
    clock.advance(timedelta(seconds=1))
    guarded.require_ready()
    assert sign(guarded, ref)
    assert sign(guarded, ref)


def test_each_probe_that_fails_makes_the_pause_longer_up_to_a_bound(
    guarded: Guarded, fake: FakeSigner, ref: KeyRef, clock: FrozenClock
):
    fake.inject("sign", AWAY, times=None)
    fail(guarded, ref)
    pauses = []
    for _ in range(8):
        with pytest.raises(BackendUnavailable) as refused:
            guarded.require_ready()
        pauses.append(refused.value.retry_after)
        clock.advance(timedelta(seconds=pauses[-1]))
        fail(guarded, ref, 1)
    assert pauses == [1, 2, 4, 8, 16, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]
    assert fake.calls["sign"] == THRESHOLD + 8


def test_one_call_that_took_all_its_time_is_enough(guarded: Guarded, fake: FakeSigner, ref: KeyRef):
    fake.inject("sign", raises(BackendUnavailable("no answer in 20 s", timed_out=True)))
    fail(guarded, ref, 5)
    assert fake.calls["sign"] == 1


def test_a_success_between_failures_keeps_it_closed(guarded: Guarded, fake: FakeSigner, ref: KeyRef):
    for _ in range(5):
        fake.inject("sign", AWAY, times=THRESHOLD - 1)
        fail(guarded, ref, THRESHOLD - 1)
        assert sign(guarded, ref)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NotFound("no such key"), NotFound),
        (InvalidInput("does not fit"), InvalidInput),
        (BackendUnavailable("this key is not ours to use", key="k"), BackendUnavailable),
        (ValueError("a bug"), ValueError),
    ],
)
def test_what_is_about_one_key_or_one_call_never_opens_it(
    guarded: Guarded, fake: FakeSigner, ref: KeyRef, error: Exception, kind: type[Exception]
):
    fake.inject("sign", raises(error), times=2 * THRESHOLD)
    for _ in range(2 * THRESHOLD):
        with pytest.raises(kind, match=str(error)):
            sign(guarded, ref)
    assert sign(guarded, ref)


def test_half_open_one_caller_asks_and_the_others_are_refused(
    guarded: Guarded, fake: FakeSigner, ref: KeyRef, clock: FrozenClock
):
    fake.inject("sign", AWAY, times=THRESHOLD)
    fail(guarded, ref)
    clock.advance(timedelta(seconds=1))
    asked, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        asked.set()
        stalls(go_on).before()

    fake.inject("sign", Fault(before=wait))
    probe = threading.Thread(target=sign, args=(guarded, ref))
    probe.start()
    assert asked.wait(10)
    fail(guarded, ref, 5)
    assert fake.calls["sign"] == THRESHOLD + 1
    go_on.set()
    probe.join(10)
    assert sign(guarded, ref)


def test_a_look_finds_out_that_it_is_back_but_trusts_it_only_half(
    guarded: Guarded, fake: FakeSigner, ref: KeyRef, clock: FrozenClock
):
    """Healthy by its own account, and yet it signs nothing."""
    fake.inject("sign", AWAY, times=None)
    fail(guarded, ref)
    assert guarded.describe().state is BackendState.UNAVAILABLE
    clock.advance(timedelta(seconds=1))
    assert guarded.describe().state is BackendState.AVAILABLE
    fail(guarded, ref, 2)
    assert fake.calls["sign"] == THRESHOLD + 1


def test_looks_do_not_hide_that_signing_fails(guarded: Guarded, fake: FakeSigner, ref: KeyRef):
    fake.inject("sign", AWAY, times=None)
    for _ in range(THRESHOLD):
        fail(guarded, ref, 1)
        guarded.check(())
    with pytest.raises(BackendUnavailable, match="is unavailable"):
        guarded.require_ready()


def test_what_was_seen_a_moment_ago_is_told_again_and_a_check_looks_anew(
    guarded: Guarded, fake: FakeSigner, clock: FrozenClock
):
    assert guarded.describe().state is BackendState.AVAILABLE
    fake.away = "unplugged"
    assert guarded.describe().state is BackendState.AVAILABLE
    assert guarded.check(()).reason == "unplugged"
    fake.away = None
    assert guarded.describe().state is BackendState.UNAVAILABLE
    clock.advance(timedelta(seconds=FRESH))
    assert guarded.describe().state is BackendState.AVAILABLE


def test_a_description_says_how_signing_went(guarded: Guarded, fake: FakeSigner, ref: KeyRef, clock: FrozenClock):
    for seconds in (1, 2, 3):
        fake.inject("sign", Fault(before=lambda wait=seconds: clock.advance(timedelta(seconds=wait))))
        sign(guarded, ref)
    fake.inject("sign", AWAY)
    fail(guarded, ref, 1)
    use = guarded.describe().use
    assert (use.signatures, use.failures, use.seconds, use.milliseconds) == (3, 1, 6, 2000)
    assert (use.last_error, use.last_error_at) == ("no answer", clock.now())
