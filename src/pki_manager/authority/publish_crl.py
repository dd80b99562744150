"""CRLs: prepare → sign → verify → store → publish, one full CRL per issuer key."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from pki_manager.authority.context import Authority
from pki_manager.authority.idempotency import once
from pki_manager.authority.issuers import find_ca, issuer_of_key
from pki_manager.authority.lint_gate import crl_lint
from pki_manager.authority.signing import sign
from pki_manager.domain.actor import Actor
from pki_manager.domain.audit import CrlFailed, CrlIntended, CrlPublished, Outcome
from pki_manager.domain.authority import IssuerKey
from pki_manager.domain.errors import PkiError
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.publish import PublishedObject
from pki_manager.ports.signer import KeyRef
from pki_manager.ports.unit_of_work import Claim, CrlRecord, Reader
from pki_manager.x509 import assemble, verify
from pki_manager.x509.crl import prepare_crl

MEDIA_TYPE = "application/pkix-crl"


def publish_now(authority: Authority, actor: Actor, ca: str, claim: Claim | None = None) -> tuple[CrlRecord, bool]:
    """A new CRL of the CA's current key, now; `(record, replayed)`. Conflict while the CA is pending."""
    access.require(actor, Permission.CRL_PUBLISH)
    with authority.storage.read() as reader:
        key_id = reader.issuer_keys.current(find_ca(reader, ca).id).id

    def again(crl_id: UUID) -> CrlRecord | None:
        with authority.storage.read() as reader:
            return reader.crls.find(crl_id)

    return once(authority, actor, claim, lambda: publish(authority, actor, key_id, claim), again)


def publish(authority: Authority, actor: Actor, issuer_key_id: UUID, claim: Claim | None = None) -> CrlRecord:
    """Make, store and publish the next full CRL of an issuer key.

    The number is reserved before the key is used and never used again, so numbers rise through crashes. A failure
    leaves its own event and the old CRL in place.
    """
    crl_id = authority.new_id()
    now = authority.clock.now().replace(microsecond=0)
    with authority.storage.begin(actor) as uow:
        uow.meta.advance_clock(now)
        if claim is not None:
            uow.idempotency.claim(actor.id, claim, crl_id, now)
        number = uow.issuer_keys.reserve_crl_number(issuer_key_id, now)
        count = uow.revocations.count(issuer_key_id)
        uow.record(CrlIntended(object_id=str(issuer_key_id), number=number, entries=count))
    try:
        record = _sign_and_store(authority, actor, issuer_key_id, crl_id, number)
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


def _sign_and_store(authority: Authority, actor: Actor, issuer_key_id: UUID, crl_id: UUID, number: int) -> CrlRecord:
    now = authority.clock.now().replace(microsecond=0)
    with authority.storage.read() as reader:
        issuer = issuer_of_key(reader, issuer_key_id)
        entries = reader.revocations.entries(issuer_key_id)
    next_update = min(now + authority.config.crl_validity, issuer.validity.not_after)
    prepared = prepare_crl(
        issuer,
        number=number,
        this_update=now,
        next_update=next_update,
        entries=entries.der,
        lint=crl_lint(issuer),
    )
    tbs = prepared.take(issuer.key.id)
    ref = KeyRef(issuer.key.backend, issuer.key.backend_key_id)
    signed = sign(authority, ref, issuer.key.spki_der, tbs, prepared.algorithm)
    der = assemble.signed(tbs, prepared.algorithm, signed.signature)
    verify.same_tbs(der, tbs)
    record = CrlRecord(
        id=crl_id,
        issuer_key_id=issuer_key_id,
        number=number,
        this_update=now,
        next_update=next_update,
        entries=entries.count,
        der=der,
        created_at=authority.clock.now(),
    )
    with authority.storage.begin(actor) as uow:
        uow.crls.add(record)
        uow.revocations.mark_listed(issuer_key_id, now)
        uow.record(
            CrlPublished(
                object_id=str(issuer_key_id),
                number=number,
                crl_sha256=hashlib.sha256(der).hexdigest(),
                kms=signed.operation,
            )
        )
    return record


def push(authority: Authority, issuer_key_id: UUID) -> None:
    """Bring the published store up to the newest stored CRL, whichever process signed it."""
    with authority.storage.read() as reader:
        record = reader.crls.current(issuer_key_id)
        issuer = issuer_of_key(reader, issuer_key_id)
        is_current = reader.issuer_keys.current(issuer.ca.id).id == issuer_key_id
    if record is None:
        return
    paths = [f"/crl/{issuer.ca.id}/k{issuer.key.number}.crl"]
    if is_current:
        paths.append(f"/crl/{issuer.ca.id}.crl")
    authority.published.put_objects(
        [
            PublishedObject(
                path=path,
                body=record.der,
                content_type=MEDIA_TYPE,
                modified=record.this_update,
                expires=record.next_update,
            )
            for path in paths
        ]
    )


def publish_due(authority: Authority, actor: Actor) -> int:
    """A new CRL for every certified key whose newest one is older than the interval; how many were made."""
    now = authority.clock.now()
    with authority.storage.read() as reader:
        due = [key.id for key in reader.issuer_keys.all() if _due(authority, reader, key, now)]
    for key_id in due:
        publish(authority, actor, key_id)
    return len(due)


def _due(authority: Authority, reader: Reader, key: IssuerKey, now: datetime) -> bool:
    certificates = reader.certificates.of_subject_key(key.id)
    if not certificates or now >= certificates[0].validity.not_after - timedelta(seconds=1):
        return False
    record = reader.crls.current(key.id)
    return record is None or now - record.this_update >= authority.config.crl_interval
