"""CRLs: prepare → sign → verify → store → publish; for each issuer key a full one, and deltas to it where wanted.

Full and delta CRLs of a key share one sequence of numbers (RFC 5280 §5.2.3), and a higher number never knows less: its
entries were read after the number was taken, and while nobody had taken a later one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pki_manager.authority import guard
from pki_manager.authority.context import Authority
from pki_manager.authority.idempotency import once
from pki_manager.authority.issuers import issuer_of_key
from pki_manager.authority.lint_gate import crl_lint
from pki_manager.authority.signing import sign
from pki_manager.domain.actor import Actor
from pki_manager.domain.audit import KeyOperation, Outcome
from pki_manager.domain.authority import SERVING, Issuer, IssuerKey, KeyState
from pki_manager.domain.ca_events import CrlFailed, CrlIntended, CrlPublished
from pki_manager.domain.errors import Conflict, InFlight, PkiError
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.publish import PublishedObject
from pki_manager.ports.revocations import CrlHead, CrlRecord, EncodedEntries
from pki_manager.ports.signer import KeyRef
from pki_manager.ports.unit_of_work import Claim, Reader
from pki_manager.x509 import assemble, crl, verify
from pki_manager.x509.crl import CrlContent, prepare_crl

MEDIA_TYPE = "application/pkix-crl"


def publish_now(authority: Authority, actor: Actor, ca: str, claim: Claim | None = None) -> tuple[CrlRecord, bool]:
    """A new full CRL of the CA's current key, now; `(record, replayed)`. Conflict while the CA is pending."""
    access.require_somewhere(actor, Permission.CRL_PUBLISH)
    with authority.storage.read() as reader:
        key_id = reader.issuer_keys.current(guard.authority(reader, actor, Permission.CRL_PUBLISH, ca).id).id

    def again(crl_id: UUID) -> CrlRecord | None:
        with authority.storage.read() as reader:
            return reader.crls.find(crl_id)

    return once(authority, actor, claim, lambda: publish(authority, actor, key_id, claim), again)


def publish_changes(authority: Authority, actor: Actor, issuer_key_id: UUID) -> None:
    """What follows a revocation: a delta where deltas are made, else a full CRL; nothing for a key that is retired."""
    with authority.storage.read() as reader:
        if reader.issuer_keys.get(issuer_key_id).state not in SERVING:
            return
        full = reader.crls.head(issuer_key_id)
    publish(authority, actor, issuer_key_id, delta=authority.config.delta_crl_interval is not None and full is not None)


def publish(
    authority: Authority, actor: Actor, issuer_key_id: UUID, claim: Claim | None = None, *, delta: bool = False
) -> CrlRecord:
    """Make, store and publish the next CRL of an issuer key.

    The number is reserved before the key is used and never used again, so numbers rise through crashes. A failure
    leaves its own event and the old CRL in place. Conflict for a delta where there is no full CRL to add to; InFlight
    when somebody else has begun a newer one.
    """
    crl_id = authority.new_id()
    now = authority.clock.now().replace(microsecond=0)
    with authority.storage.begin(actor) as uow:
        uow.meta.advance_clock(now)
        if claim is not None:
            uow.idempotency.claim(actor.id, claim, crl_id, now)
        number = uow.issuer_keys.reserve_crl_number(issuer_key_id, now)
        uow.record(CrlIntended(object_id=str(issuer_key_id), number=number, delta=delta))
    try:
        with authority.storage.read() as reader:
            draft = _draft(authority, reader, issuer_key_id, number, delta=delta)
        record, operation = _signed(authority, draft, crl_id)
        _store(authority, actor, record, operation)
    except PkiError as error:
        with authority.storage.begin(actor) as uow:
            uow.idempotency.release(crl_id)
            uow.record(
                CrlFailed(object_id=str(issuer_key_id), outcome=Outcome.FAILED, reason=error.code, number=number)
            )
        error.audited = True
        raise
    push(authority, issuer_key_id)
    return record


@dataclass(frozen=True, slots=True)
class _Draft:
    issuer: Issuer
    content: CrlContent
    count: int


def _draft(authority: Authority, reader: Reader, issuer_key_id: UUID, number: int, *, delta: bool) -> _Draft:
    issuer = issuer_of_key(reader, issuer_key_id)
    if issuer.key.crl_number != number:
        raise InFlight("a newer CRL of this key is being made", retry_after=1)
    base = reader.crls.head(issuer_key_id) if delta else None
    if delta and base is None:
        raise Conflict("there is no full CRL that a delta could add to")
    entries = reader.revocations.entries(issuer_key_id) if base is None else _changes(reader, issuer_key_id, base)
    config = authority.config
    now = authority.clock.now().replace(microsecond=0)
    valid = config.crl_validity if base is None else _delta_validity(authority)
    content = CrlContent(
        number=number,
        this_update=now,
        next_update=min(now + valid, issuer.validity.not_after),
        entries=entries.der,
        base_number=base.number if base is not None else None,
        delta_url=_delta_url(issuer.key) if config.delta_crl_interval is not None else None,
    )
    return _Draft(issuer, content, entries.count)


def _changes(reader: Reader, issuer_key_id: UUID, base: CrlHead) -> EncodedEntries:
    """What a delta to `base` lists: what came or changed since, and holds that ended (RFC 5280 §5.2.4)."""
    changed = reader.revocations.changed(issuer_key_id, base.this_update)
    removals = [crl.removal(*released) for released in reader.revocations.released(issuer_key_id, base.this_update)]
    return EncodedEntries(changed.count + len(removals), b"".join((changed.der, *removals)))


def _delta_validity(authority: Authority) -> timedelta:
    """One that is late, or missed, leaves nobody without: two intervals."""
    interval = authority.config.delta_crl_interval or authority.config.crl_interval
    return min(2 * interval, authority.config.crl_validity)


def _delta_url(key: IssuerKey) -> str:
    return f"{key.urls.crl.removesuffix('.crl')}/delta.crl"


def _signed(authority: Authority, draft: _Draft, crl_id: UUID) -> tuple[CrlRecord, KeyOperation]:
    issuer, content = draft.issuer, draft.content
    prepared = prepare_crl(issuer, content, lint=crl_lint(issuer))
    tbs = prepared.take(issuer.key.id)
    ref = KeyRef(issuer.key.backend, issuer.key.backend_key_id)
    signed = sign(authority, ref, issuer.key.spki_der, tbs, prepared.algorithm)
    der = assemble.signed(tbs, prepared.algorithm, signed.signature)
    verify.same_tbs(der, tbs)
    record = CrlRecord(
        id=crl_id,
        issuer_key_id=issuer.key.id,
        number=content.number,
        this_update=content.this_update,
        next_update=content.next_update,
        entries=draft.count,
        der=der,
        created_at=authority.clock.now(),
        base_number=content.base_number,
    )
    return record, signed.operation


def _store(authority: Authority, actor: Actor, record: CrlRecord, operation: KeyOperation) -> None:
    digest = hashlib.sha256(record.der).hexdigest()
    with authority.storage.begin(actor) as uow:
        uow.crls.add(record)
        if record.base_number is None:
            uow.revocations.mark_listed(record.issuer_key_id, record.this_update)
        uow.record(
            CrlPublished(
                object_id=str(record.issuer_key_id),
                number=record.number,
                base_number=record.base_number,
                entries=record.entries,
                crl_sha256=digest,
                kms=operation,
            )
        )


def push(authority: Authority, issuer_key_id: UUID) -> None:
    """Bring the published store up to the newest stored CRLs, whichever process signed them."""
    with authority.storage.read() as reader:
        issuer = issuer_of_key(reader, issuer_key_id)
        is_current = issuer.key.state is KeyState.CURRENT
        full = reader.crls.current(issuer_key_id)
        delta = reader.crls.current(issuer_key_id, full.number) if full is not None else None
    base = f"/crl/{issuer.ca.id}/k{issuer.key.number}"
    paths = {f"{base}.crl": full, f"{base}/delta.crl": delta}
    if is_current:
        paths[f"/crl/{issuer.ca.id}.crl"] = full
    authority.published.put_objects(
        [
            PublishedObject(
                path=path,
                body=record.der,
                content_type=MEDIA_TYPE,
                modified=record.this_update,
                expires=record.next_update,
            )
            for path, record in paths.items()
            if record is not None
        ]
    )


def publish_due(authority: Authority, actor: Actor) -> int:
    """A new CRL for every certified key whose newest one, full or delta, is older than its interval; how many.

    A key that is away keeps the others from nothing: the first failure is raised when all have been tried.
    """
    now = authority.clock.now()
    with authority.storage.read() as reader:
        due = [(key.id, delta) for key in reader.issuer_keys.serving() for delta in _due(authority, reader, key, now)]
    failure: PkiError | None = None
    for key_id, delta in due:
        try:
            publish(authority, actor, key_id, delta=delta)
        except PkiError as error:
            failure = failure or error
    if failure is not None:
        raise failure
    return len(due)


def _due(authority: Authority, reader: Reader, key: IssuerKey, now: datetime) -> list[bool]:
    """Which kinds are due: False is a full CRL, True a delta, which goes without saying right after a full one."""
    certificates = reader.certificates.of_subject_key(key.id)
    if not certificates or now >= certificates[0].validity.not_after - timedelta(seconds=1):
        return []
    config = authority.config
    full = reader.crls.head(key.id)
    if full is None or now - full.this_update >= config.crl_interval:
        return [False] if config.delta_crl_interval is None else [False, True]
    if config.delta_crl_interval is None:
        return []
    delta = reader.crls.head(key.id, full.number)
    return [True] if delta is None or now - delta.this_update >= config.delta_crl_interval else []
