"""Intents of key generation: recorded before a key backend generates a key, so that no key exists without a record.

- `intend`: store a row with key backend and key ID
- generate the key in the key backend
- `conclude`: delete the row in the unit of work that records the key

If a process ends in between, the scheduler settles the row after its deadline: a key whose ID a caller chose is
recorded, any other key is erased.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from pki_manager.authority.cas.ca_keys import GeneratedKey, build_ocsp_key_id, build_signing_key_id, make_ca_key
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.algorithms import KeyType, get_key_type
from pki_manager.domain.errors import Conflict, InvalidInput, NotFound, PartUnavailable, PkiError
from pki_manager.domain.events.audit import Outcome
from pki_manager.domain.events.cas import KeyCreated, KeyDiscarded
from pki_manager.domain.key_intent import KeyIntent
from pki_manager.domain.rights.actor import Actor
from pki_manager.ports.signer import KeyRef
from pki_manager.ports.unit_of_work import UnitOfWork

MAKING = timedelta(minutes=15)
"""Time limit for generating a key: a backend may take five minutes, and each call is repeated once."""

GIVING_UP = timedelta(minutes=1)
"""Time after which an erasure that did not finish is repeated."""

_log = logging.getLogger(__name__)


def intend(ctx: Context, actor: Actor, key_id: UUID, backend: str, row: KeyType, *, is_known: bool) -> None:
    """Store the intent to generate a key, durably.

    Before that, raises NotFound if the key backend is not configured, BackendUnavailable if it is unavailable. Raises
    Conflict as `KeyIntents.add`.
    """
    ctx.ports.signers.get(backend)
    now = ctx.ports.clock.now()
    intent = KeyIntent(
        id=key_id,
        backend=backend,
        key_type=row.name,
        is_known=is_known,
        requested_by=actor.id,
        node=ctx.config.node,
        created_at=now,
        deadline=now + MAKING,
    )
    with ctx.ports.storage.housekeep() as uow:
        uow.key_intents.add(intent)


def make_intended(
    ctx: Context,
    actor: Actor,
    key_id: UUID,
    backend: str,
    row: KeyType,
    *,
    is_known: bool = False,
    with_ocsp: bool = False,
) -> GeneratedKey:
    """Store an intent, then generate the key with `make_ca_key`. Raises the errors of `intend` and `make_ca_key`."""
    intend(ctx, actor, key_id, backend, row, is_known=is_known)
    with erase_on_failure(ctx, actor, key_id):
        try:
            return make_ca_key(ctx, backend, row, key_id, with_ocsp=with_ocsp)
        except (InvalidInput, Conflict):
            withdraw(ctx, key_id)
            raise


def conclude(uow: UnitOfWork, key_id: UUID, *, is_known: bool = False) -> None:
    """Delete the intent, in the unit of work that records the key.

    With `is_known`, the caller chose the key's ID: such a key is never erased, and can be requested twice at the same
    time. For any other key, raises Conflict if the deadline has passed and the key was erased.
    """
    if not uow.key_intents.conclude(key_id) and not is_known:
        raise Conflict(f"Creating the key {key_id} took too long and was abandoned. Retry.")


def withdraw(ctx: Context, key_id: UUID) -> None:
    """Delete the intent of a key that the key backend did not generate."""
    with ctx.ports.storage.housekeep() as uow:
        uow.key_intents.remove(key_id)


@contextmanager
def erase_on_failure(ctx: Context, actor: Actor, key_id: UUID) -> Iterator[None]:
    """Erase the key if the `with` block fails before the key is recorded.

    If the key cannot be erased now, the scheduler erases it later.
    """
    try:
        yield
    except Exception:
        try:
            with ctx.ports.storage.read() as reader:
                intent = reader.key_intents.find(key_id)
            if intent is not None and not intent.is_known:
                _discard(ctx, actor, intent)
        except PkiError as error:
            _log.warning("key not erased yet, retrying later", extra={"key": str(key_id), "reason": error.detail})
        raise


def settle_overdue_keys(ctx: Context, actor: Actor, limit: int = 50) -> int:
    """Settle the intents whose deadline has passed. Returns their number.

    If some fail, the others are settled first; then the first error is raised.
    """
    with ctx.ports.storage.read() as reader:
        overdue = reader.key_intents.list_overdue(ctx.ports.clock.now(), limit)
    settled = 0
    failure: PkiError | None = None
    for intent in overdue:
        try:
            settled += (_record if intent.is_known else _discard)(ctx, actor, intent)
        except PkiError as error:
            failure = failure or error
    if failure is not None:
        raise failure
    return settled


def _record(ctx: Context, actor: Actor, intent: KeyIntent) -> bool:
    """Record a key whose ID the caller chose, if the backend generated it; else delete its intent."""
    signer = ctx.ports.signers.get(intent.backend)
    try:
        spki = signer.get_public_key(signer.adopt(get_key_type(intent.key_type), build_signing_key_id(intent.id)))
    except NotFound:
        withdraw(ctx, intent.id)
        return True
    with ctx.ports.storage.begin(actor) as uow:
        conclude(uow, intent.id, is_known=True)
        uow.record(build_key_created(intent.id, intent.backend, intent.key_type, spki))
    return True


def build_key_created(key_id: UUID, backend: str, type_name: str, spki: bytes) -> KeyCreated:
    """Return the audit event of a generated key. `spki` is its SubjectPublicKeyInfo (DER)."""
    digest = hashlib.sha256(spki).hexdigest()
    return KeyCreated(object_id=str(key_id), backend=backend, key_type=type_name, spki_sha256=digest)


def _discard(ctx: Context, actor: Actor, intent: KeyIntent) -> bool:
    """Abandon the intent, so that its key cannot be recorded, then erase the key.

    Returns False if the key was just recorded.
    """
    with ctx.ports.storage.housekeep() as uow:
        if not uow.key_intents.give_up(intent.id, intent.deadline, ctx.ports.clock.now() + GIVING_UP):
            return False
    outcome, reason = Outcome.SUCCESS, None
    try:
        _erase(ctx, intent)
    except PartUnavailable:
        raise
    except PkiError as error:
        # This installation cannot erase the key, or no longer has its backend: the audit event says so.
        outcome, reason = Outcome.FAILED, error.code
    with ctx.ports.storage.begin(actor) as uow:
        uow.key_intents.remove(intent.id)
        uow.record(
            KeyDiscarded(
                object_id=str(intent.id),
                outcome=outcome,
                reason=reason,
                backend=intent.backend,
                backend_key_id=build_signing_key_id(intent.id),
                key_type=intent.key_type,
                requested_by=intent.requested_by,
            )
        )
    return True


def _erase(ctx: Context, intent: KeyIntent) -> None:
    signer = ctx.ports.signers.get(intent.backend)
    for key_id in (build_signing_key_id(intent.id), build_ocsp_key_id(intent.id)):
        signer.destroy(KeyRef(intent.backend, key_id))
