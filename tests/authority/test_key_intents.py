"""A key is written down before its backend is asked: whatever ends in between, none is left that nobody knows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from pki_manager.authority.cas import create_ca as creation
from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.cas.create_key import create_key
from pki_manager.authority.cas.key_intents import GIVING_UP, MAKING, settle_overdue_keys
from pki_manager.authority.cas.rotate_ca import RotateCa, rotate_ca
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.algorithms import get_key_type
from pki_manager.domain.errors import (
    BackendUnavailable,
    Conflict,
    KeyOwnerRequired,
    NameTaken,
    NotFound,
    PkiError,
    PolicyRefused,
)
from pki_manager.domain.key_intent import KeyIntent
from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.ports.signer import KeyRef
from pki_manager.signers.embedded.signer import EmbeddedSigner
from tests.fakes.clock import FrozenClock
from tests.support.factories import ADMIN

WORKER = build_system_actor("worker")
KNOWN = UUID("0190b7a0-0000-7000-8000-000000000001")
SECOND = timedelta(seconds=1)
Patch = pytest.MonkeyPatch


class Killed(BaseException):
    """The end of a process: nothing after it runs, and nothing of ours catches it."""


def create(ctx: Context, name: str = "Sub", **wish: object) -> object:
    return create_ca(ctx, ADMIN, CreateCa(name=name, subject=f"CN={name}", key_type="ECDSA-P256", **wish))


MAKERS: dict[str, Callable[[Context], object]] = {
    "a CA": lambda ctx: create(ctx, parent="Root CA", path_length=0),
    "a root": create,
    "a CA under an external parent": lambda ctx: create(ctx, external_parent=True),
    "a next key": lambda ctx: rotate_ca(ctx, ADMIN, RotateCa(ca="Issuing CA")),
    "a key for others": lambda ctx: create_key(ctx, ADMIN, "embedded", "ECDSA-P256", None, None),
}


def dies(*_: object, **__: object) -> None:
    raise Killed


def intents(ctx: Context) -> list[KeyIntent]:
    with ctx.ports.storage.read() as reader:
        return list(reader.key_intents.list_overdue(ctx.ports.clock.now() + 2 * MAKING, 10))


def is_there(ctx: Context, key_id: UUID) -> bool:
    try:
        ctx.ports.signers.get("embedded").get_public_key(KeyRef("embedded", f"ca-{key_id}"))
    except NotFound:
        return False
    return True


def last(ctx: Context) -> tuple[str, str, str]:
    """Action, outcome and actor of the newest event."""
    with ctx.ports.storage.read() as reader:
        body = reader.audit.page(AuditFilter(), None, 1).items[0].body.decode()
    action, outcome = (body.split(f'"{name}":"')[1].split('"')[0] for name in ("action", "outcome"))
    return action, outcome, body.split('"actor":{')[1].split('"id":"')[1].split('"')[0]


def killed_with_a_key(ctx: Context, patch: Patch, make: Callable[[Context], object]) -> KeyIntent:
    """The process ends when the backend has made the key and nobody has recorded it."""
    with patch.context() as patched:
        patched.setattr(EmbeddedSigner, "get_public_key", dies)
        with pytest.raises(Killed):
            make(ctx)
    (intent,) = intents(ctx)
    assert is_there(ctx, intent.id)
    return intent


@pytest.mark.parametrize("maker", MAKERS)
def test_a_key_that_nobody_recorded_is_erased_after_its_deadline(
    ctx: Context, clock: FrozenClock, monkeypatch: Patch, maker: str
) -> None:
    intent = killed_with_a_key(ctx, monkeypatch, MAKERS[maker])
    assert (intent.backend, intent.key_type, intent.requested_by) == ("embedded", "ECDSA-P256", ADMIN.id)
    clock.advance(MAKING)
    assert settle_overdue_keys(ctx, WORKER) == 0
    assert is_there(ctx, intent.id)
    clock.advance(SECOND)
    assert settle_overdue_keys(ctx, WORKER) == 1
    assert not is_there(ctx, intent.id)
    assert last(ctx) == ("key.discarded", "success", WORKER.id)
    assert intents(ctx) == []
    MAKERS[maker](ctx)
    assert intents(ctx) == []


def test_the_row_is_durable_before_the_backend_is_asked(ctx: Context, monkeypatch: Patch) -> None:
    seen = []

    def looks(*_: object) -> None:
        seen.extend(intents(ctx))
        raise Killed

    monkeypatch.setattr(EmbeddedSigner, "generate", looks)
    with pytest.raises(Killed):
        create(ctx)
    assert len(seen) == 1


def test_a_key_whose_id_somebody_has_chosen_is_recorded(ctx: Context, clock: FrozenClock, monkeypatch: Patch) -> None:
    killed_with_a_key(ctx, monkeypatch, lambda at: create_key(at, ADMIN, "embedded", "ECDSA-P256", KNOWN, None))
    clock.advance(MAKING + SECOND)
    assert settle_overdue_keys(ctx, WORKER) == 1
    assert last(ctx) == ("key.created", "success", WORKER.id)
    assert intents(ctx) == []
    assert is_there(ctx, KNOWN)


def test_an_id_that_somebody_has_chosen_and_no_key(ctx: Context, clock: FrozenClock, monkeypatch: Patch) -> None:
    before = last(ctx)
    with monkeypatch.context() as patched:
        patched.setattr(EmbeddedSigner, "generate", dies)
        with pytest.raises(Killed):
            create_key(ctx, ADMIN, "embedded", "ECDSA-P256", KNOWN, None)
    clock.advance(MAKING + SECOND)
    assert settle_overdue_keys(ctx, WORKER) == 1
    assert (last(ctx), intents(ctx)) == (before, [])


@pytest.mark.parametrize("erased", [True, False])
def test_who_comes_back_too_late_does_not_record_a_key_that_is_given_up(
    ctx: Context, clock: FrozenClock, monkeypatch: Patch, erased: bool
) -> None:
    """As of a process that was stopped, and goes on when the scheduler has erased its key, or has begun to."""
    public_key = EmbeddedSigner.get_public_key

    def sleeps(self: EmbeddedSigner, ref: KeyRef) -> bytes:
        spki = public_key(self, ref)
        clock.advance(MAKING + SECOND)
        monkeypatch.setattr(EmbeddedSigner, "get_public_key", public_key)
        if erased:
            assert settle_overdue_keys(ctx, WORKER) == 1
        else:
            with monkeypatch.context() as patched:
                patched.setattr(EmbeddedSigner, "destroy", _raises(BackendUnavailable("away")))
                with pytest.raises(BackendUnavailable, match="away"):
                    settle_overdue_keys(ctx, WORKER)
        return spki

    monkeypatch.setattr(EmbeddedSigner, "get_public_key", sleeps)
    with pytest.raises(Conflict, match="abandoned"):
        create(ctx)
    with ctx.ports.storage.read() as reader:
        assert reader.cas.find("Sub") is None
    assert intents(ctx) == []


def test_a_name_that_is_taken_at_the_last_moment_leaves_no_key(ctx: Context, monkeypatch: Patch) -> None:
    made = []
    generate = EmbeddedSigner.generate
    monkeypatch.setattr(EmbeddedSigner, "generate", lambda *args: made.append(args[2]) or generate(*args))
    monkeypatch.setattr(creation, "check_name", lambda *_: None)
    with pytest.raises(NameTaken, match=r"A CA named .* already exists"):
        create(ctx, "Issuing CA")
    (key_id,) = made
    assert not is_there(ctx, UUID(key_id.removeprefix("ca-")))
    assert last(ctx) == ("key.discarded", "success", ADMIN.id)
    assert intents(ctx) == []


def test_a_refused_ca_leaves_no_key(ctx: Context) -> None:
    with pytest.raises(PolicyRefused, match="because the path length of the issuer is 0"):
        create(ctx, parent="Issuing CA", path_length=3)
    assert intents(ctx) == []


def test_a_backend_that_is_away_is_asked_again_to_erase(ctx: Context, clock: FrozenClock, monkeypatch: Patch) -> None:
    intent = killed_with_a_key(ctx, monkeypatch, create)
    clock.advance(MAKING + SECOND)
    with monkeypatch.context() as patched:
        patched.setattr(EmbeddedSigner, "destroy", _raises(BackendUnavailable("away")))
        with pytest.raises(BackendUnavailable, match="away"):
            settle_overdue_keys(ctx, WORKER)
    assert settle_overdue_keys(ctx, WORKER) == 0
    clock.advance(GIVING_UP + SECOND)
    assert settle_overdue_keys(ctx, WORKER) == 1
    assert not is_there(ctx, intent.id)


def test_a_key_that_is_not_ours_to_erase_is_told(ctx: Context, clock: FrozenClock, monkeypatch: Patch) -> None:
    killed_with_a_key(ctx, monkeypatch, create)
    clock.advance(MAKING + SECOND)
    monkeypatch.setattr(EmbeddedSigner, "destroy", _raises(KeyOwnerRequired("its owner destroys it")))
    assert settle_overdue_keys(ctx, WORKER) == 1
    assert last(ctx) == ("key.discarded", "failed", WORKER.id)
    assert intents(ctx) == []


def test_where_the_owner_makes_the_keys_nothing_is_erased_later(ctx: Context, monkeypatch: Patch) -> None:
    """The owner will make a key under the very id that was told."""
    monkeypatch.setattr(EmbeddedSigner, "generate", _raises(KeyOwnerRequired("Only the key owner can create it")))
    with pytest.raises(KeyOwnerRequired, match="Only the key owner can create it"):
        create(ctx)
    assert intents(ctx) == []


def test_a_key_that_is_adopted_stays_when_its_ca_is_refused(ctx: Context) -> None:
    ctx.ports.signers.get("embedded").generate(get_key_type("ECDSA-P256"), f"ca-{KNOWN}")
    with pytest.raises(PolicyRefused, match="because the path length of the issuer is 0"):
        create(ctx, parent="Issuing CA", path_length=3, key=KNOWN)
    assert is_there(ctx, KNOWN)


def _raises(error: PkiError) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise error

    return fail
