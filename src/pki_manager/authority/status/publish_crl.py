"""CRLs: prepare, sign, verify, store, publish. Each issuer key has a full CRL, and optional delta CRLs.

A key with many certificates can also have partitions: each certificate refers to the partition that would list it, and
a revocation issues that partition again (IssuerKey.crl_parts). All CRLs of a key share one sequence of numbers (RFC
5280 §5.2.3), and a CRL with a higher number contains all changes that one with a lower number contains: its entries
were read after its number was reserved, and before any later number was reserved.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from pki_manager.authority.kernel import guard
from pki_manager.authority.kernel.context import Config, Context
from pki_manager.authority.kernel.idempotency import Done, run_once
from pki_manager.authority.kernel.issuers import load_issuer_of_key
from pki_manager.authority.signing.lint_gate import make_crl_lint
from pki_manager.authority.signing.sign import get_signing_key, sign
from pki_manager.domain.ca import SERVING, Issuer, IssuerKey, KeyState, build_crl_part_url
from pki_manager.domain.errors import Conflict, InFlight, PkiError
from pki_manager.domain.events.audit import KeyOperation, Outcome
from pki_manager.domain.events.cas import CrlFailed, CrlIntended, CrlPublished
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.publish import PublishedObject
from pki_manager.ports.revocations import CrlHead, CrlRecord, EncodedEntries
from pki_manager.ports.unit_of_work import Claim, Reader, UnitOfWork
from pki_manager.x509 import crl, verify
from pki_manager.x509.crl import CrlContent, prepare_crl

MEDIA_TYPE = "application/pkix-crl"

_ATTEMPTS = 5
"""Maximum number of attempts to issue a CRL if newer ones of the same key are begun in the meantime."""

_SKEW = timedelta(minutes=5)
"""By how much the clock of another host, which signed a CRL, may be ahead of this one."""


def publish_now(ctx: Context, actor: Actor, ca: str, claim: Claim | None = None) -> Done[CrlRecord]:
    """Issue the partitions and the full CRL of a CA's current key now. Returns the full CRL.

    Raises NotFound if the CA does not exist; Conflict while it is pending; InFlight if newer CRLs are begun during
    every attempt.
    """
    access.require_somewhere(actor, Permission.CRL_PUBLISH)
    with ctx.ports.storage.read() as reader:
        key = reader.issuer_keys.get_current(guard.get_ca(reader, actor, Permission.CRL_PUBLISH, ca).id)

    def make() -> CrlRecord:
        _, *shards = key.crl_parts
        for shard in shards:
            _insist(partial(publish, ctx, actor, key.id, shard=shard))
        return _insist(partial(publish, ctx, actor, key.id, claim))

    def again(crl_id: UUID) -> CrlRecord | None:
        with ctx.ports.storage.read() as reader:
            return reader.crls.find(crl_id)

    return run_once(ctx, actor, claim, make, again)


def _insist(make: Callable[[], CrlRecord]) -> CrlRecord:
    for _ in range(_ATTEMPTS - 1):
        with suppress(InFlight):
            return make()
    return make()


def publish_all_changes(ctx: Context, actor: Actor, issuer_key_id: UUID) -> None:
    """Run `publish_changes` for the full CRL and every partition of the key."""
    with ctx.ports.storage.read() as reader:
        parts = reader.issuer_keys.get(issuer_key_id).crl_parts
    for shard in parts:
        publish_changes(ctx, actor, issuer_key_id, shard)


def publish_changes(ctx: Context, actor: Actor, issuer_key_id: UUID, shard: int | None = None) -> None:
    """Publish new revocations: a delta CRL if delta CRLs are enabled and a full CRL exists, else a full CRL.

    Does nothing for a retired key.
    """
    with ctx.ports.storage.read() as reader:
        if reader.issuer_keys.get(issuer_key_id).state not in SERVING:
            return
        full = reader.crls.find_head(issuer_key_id, shard=shard)
    delta = ctx.config.delta_crl_interval is not None and full is not None
    publish(ctx, actor, issuer_key_id, shard=shard, delta=delta)


def publish(
    ctx: Context,
    actor: Actor,
    issuer_key_id: UUID,
    claim: Claim | None = None,
    *,
    shard: int | None = None,
    delta: bool = False,
) -> CrlRecord:
    """Issue, store, and publish the next CRL of an issuer key: the full one, or a partition.

    The number is reserved before the key is used and never reused, so numbers increase even after crashes. A failure
    has an audit event, and the old CRL stays published. Raises Conflict for a delta CRL without a full CRL to refer to;
    InFlight if another process has begun a newer CRL.
    """
    crl_id = ctx.new_id()
    now = ctx.ports.clock.now()
    with ctx.ports.storage.begin(actor) as uow:
        earliest = uow.meta.advance_clock(now)
        if claim is not None:
            uow.idempotency.claim(actor.id, claim, crl_id, now)
        number = uow.issuer_keys.reserve_crl_number(issuer_key_id, now)
        uow.record(CrlIntended(object_id=str(issuer_key_id), number=number, delta=delta, shard=shard))
    try:
        with ctx.ports.storage.read() as reader:
            draft = draft_crl(ctx, reader, issuer_key_id, number, earliest, shard=shard, delta=delta)
        record, operation = _signed(ctx, draft, crl_id)
        _store(ctx, actor, record, draft.issuer.key, operation)
    except PkiError as error:
        with ctx.ports.storage.begin(actor) as uow:
            uow.idempotency.release(crl_id)
            uow.record(
                CrlFailed(object_id=str(issuer_key_id), outcome=Outcome.FAILED, reason=error.code, number=number)
            )
        error.audited = True
        raise
    push(ctx, issuer_key_id, shard)
    return record


@dataclass(frozen=True, slots=True)
class _Draft:
    issuer: Issuer
    content: CrlContent
    count: int
    shard: int | None


def draft_crl(
    ctx: Context,
    reader: Reader,
    issuer_key_id: UUID,
    number: int,
    earliest: datetime,
    *,
    shard: int | None,
    delta: bool,
) -> _Draft:
    """Return the draft of a CRL. Its thisUpdate is not before `earliest`: the clock of another host can be ahead.

    Raises InFlight if a newer CRL of the key was begun; Conflict for a delta CRL without a full one.
    """
    issuer = load_issuer_of_key(reader, issuer_key_id)
    if issuer.key.crl_number != number:
        raise InFlight("A newer CRL of this key is being issued. Retry.", retry_after=1)
    base = reader.crls.find_head(issuer_key_id, shard=shard) if delta else None
    if delta and base is None:
        raise Conflict("The key has no full CRL that a delta CRL could extend.")
    entries = _entries(reader, issuer.key, shard, base)
    config = ctx.config
    now = max(ctx.ports.clock.now(), earliest).replace(microsecond=0)
    valid = config.crl_validity if base is None else _delta_validity(ctx)
    content = CrlContent(
        number=number,
        this_update=now,
        next_update=min(now + valid, issuer.validity.not_after),
        entries=entries.der,
        base_number=base.number if base is not None else None,
        delta_url=issuer.key.delta_crl_url(shard) if config.delta_crl_interval is not None else None,
        scope_url=None if shard is None else issuer.key.crl_url(shard),
    )
    return _Draft(issuer, content, entries.count, shard)


def _entries(reader: Reader, key: IssuerKey, shard: int | None, base: CrlHead | None) -> EncodedEntries:
    """Return the entries of a full CRL, or of a delta CRL to `base` (RFC 5280 §5.2.4).

    A delta CRL contains the entries that were added or changed since, and the holds that ended.
    """
    if base is None:
        return reader.revocations.read_entries(key.id, shard)
    changed = reader.revocations.read_changed_entries(key.id, base.this_update, shard)
    released = reader.revocations.list_released(key.id, base.this_update)
    removals = [crl.encode_removal(*one) for one in released if shard in (None, key.shard_of(one[0]))]
    return EncodedEntries(changed.count + len(removals), b"".join((changed.der, *removals)))


def _delta_validity(ctx: Context) -> timedelta:
    """Return the validity of a delta CRL: two intervals, so that it is still valid if the next is late or missed."""
    interval = ctx.config.delta_crl_interval or ctx.config.crl_interval
    return min(2 * interval, ctx.config.crl_validity)


def _signed(ctx: Context, draft: _Draft, crl_id: UUID) -> tuple[CrlRecord, KeyOperation]:
    issuer, content = draft.issuer, draft.content
    prepared = prepare_crl(issuer, content, lint=make_crl_lint(ctx.state.linted_kinds, issuer))
    signed = sign(ctx, get_signing_key(issuer.key), prepared)
    der = signed.to_der()
    verify.require_same_tbs(der, prepared.tbs)
    record = CrlRecord(
        id=crl_id,
        issuer_key_id=issuer.key.id,
        number=content.number,
        this_update=content.this_update,
        next_update=content.next_update,
        entries=draft.count,
        der=der,
        created_at=ctx.ports.clock.now(),
        base_number=content.base_number,
        shard=draft.shard,
    )
    return record, signed.operation


def _store(ctx: Context, actor: Actor, record: CrlRecord, key: IssuerKey, operation: KeyOperation) -> None:
    digest = hashlib.sha256(record.der).hexdigest()
    with ctx.ports.storage.begin(actor) as uow:
        uow.crls.add(record)
        if record.base_number is None:
            _mark_listed(uow, key)
        uow.record(
            CrlPublished(
                object_id=str(record.issuer_key_id),
                number=record.number,
                base_number=record.base_number,
                shard=record.shard,
                entries=record.entries,
                crl_sha256=digest,
                kms=operation,
            )
        )


def _mark_listed(uow: UnitOfWork, key: IssuerKey) -> None:
    """Record up to which time every CRL of the key has listed its entries.

    With partitions, an entry is in two CRLs, and may be left out when both have listed it for the last time.
    """
    updates = uow.crls.find_this_updates(key.id)
    if all(part in updates for part in key.crl_parts):
        uow.revocations.mark_listed(key.id, min(updates.values()))


def push_all(ctx: Context, issuer_key_id: UUID) -> None:
    """Run `push` for the full CRL and every partition of the key."""
    with ctx.ports.storage.read() as reader:
        parts = reader.issuer_keys.get(issuer_key_id).crl_parts
    for shard in parts:
        push(ctx, issuer_key_id, shard)


def push(ctx: Context, issuer_key_id: UUID, shard: int | None = None) -> None:
    """Publish the newest stored CRL and its delta CRL, no matter which process signed them."""
    with ctx.ports.storage.read() as reader:
        issuer = load_issuer_of_key(reader, issuer_key_id)
        is_current = issuer.key.state in (KeyState.CURRENT, KeyState.EXTERNAL)
        full = reader.crls.find_current(issuer_key_id, shard=shard)
        delta = reader.crls.find_current(issuer_key_id, full.number, shard=shard) if full is not None else None
    full_path, delta_path = build_crl_paths(issuer.key, shard)
    paths = {full_path: full, delta_path: delta}
    if is_current and shard is None:
        paths[f"/crl/{issuer.ca.id}.crl"] = full
    ctx.ports.published.put_objects(
        [
            PublishedObject(
                path=path,
                body=record.der,
                content_type=MEDIA_TYPE,
                modified=record.this_update,
                expires=record.next_update,
                order=(issuer.key.number, record.number),
            )
            for path, record in paths.items()
            if record is not None
        ]
    )


def build_crl_paths(key: IssuerKey, shard: int | None) -> tuple[str, str]:
    """Return the paths in the published store of the key's full CRL, or of a partition, and of its delta CRL."""
    full = build_crl_part_url(f"/crl/{key.ca_id}/k{key.number}.crl", shard)
    return full, f"{full.removesuffix('.crl')}/delta.crl"


def find_earliest_next_updates(reader: Reader, keys: Sequence[IssuerKey]) -> Mapping[UUID, datetime]:
    """Return the earliest `nextUpdate` of each key's CRLs, partitions included. Keys that lack a CRL are left out."""
    ends = reader.crls.find_next_updates([key.id for key in keys])
    made = {key.id: ends.get(key.id, {}) for key in keys}
    complete = [key.id for key in keys if all(part in made[key.id] for part in key.crl_parts)]
    return {key_id: min(made[key_id].values()) for key_id in complete}


def publish_due(ctx: Context, actor: Actor) -> int:
    """Issue every CRL, full or delta, that is older than its interval. Returns the number of CRLs.

    An unavailable key does not prevent the others; the first failure is raised after all have been tried.
    """
    now = ctx.ports.clock.now()
    with ctx.ports.storage.read() as reader:
        due = [(key.id, one) for key in list_signing_keys(reader, now) for one in _due(ctx, reader, key, now)]
    failure: PkiError | None = None
    for key_id, (shard, delta) in due:
        try:
            publish(ctx, actor, key_id, shard=shard, delta=delta)
        except PkiError as error:
            failure = failure or error
    if failure is not None:
        raise failure
    return len(due)


def list_signing_keys(reader: Reader, now: datetime) -> Sequence[IssuerKey]:
    """Return the keys that can sign CRLs now: one of their certificates is valid for more than a second."""
    keys = reader.issuer_keys.list_serving()
    certificates = reader.certificates.find_by_subject_keys([key.id for key in keys])
    # The newest certificate can be a cross-certificate, which ends before the key's own.
    ends = {key_id: max(one.validity.not_after for one in of_key) for key_id, of_key in certificates.items()}
    return [key for key in keys if key.id in ends and now < ends[key.id] - timedelta(seconds=1)]


def _due(ctx: Context, reader: Reader, key: IssuerKey, now: datetime) -> list[tuple[int | None, bool]]:
    """Return which CRLs of a key are due, each as its partition and whether it is a delta CRL."""
    return [(shard, delta) for shard in key.crl_parts for delta in _due_kinds(ctx.config, reader, key.id, shard, now)]


def _due_kinds(config: Config, reader: Reader, key_id: UUID, shard: int | None, now: datetime) -> list[bool]:
    """Return which kinds of CRL are due: False for a full one, True for a delta CRL, which always follows a full one.

    A CRL that is valid for longer than `crl_validity` allows today is due too: the setting was lowered since, or a
    wrong clock signed it.
    """
    full = reader.crls.find_head(key_id, shard=shard)
    is_due = full is None or now - full.this_update >= config.crl_interval
    if full is None or is_due or full.next_update - now > config.crl_validity + _SKEW:
        return [False] if config.delta_crl_interval is None else [False, True]
    if config.delta_crl_interval is None:
        return []
    delta = reader.crls.find_head(key_id, full.number, shard=shard)
    return [True] if delta is None or now - delta.this_update >= config.delta_crl_interval else []
