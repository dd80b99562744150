"""OCSP answers signed ahead: each certificate's status under both CertID hashes, in batches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from pki_manager.authority import ocsp_signer
from pki_manager.authority.context import Authority
from pki_manager.authority.lint_gate import ocsp_lint
from pki_manager.authority.ocsp_signer import ResponderKey
from pki_manager.authority.signing import sign
from pki_manager.domain.actor import Actor
from pki_manager.domain.authority import SERVING, IssuerKey
from pki_manager.domain.ca_events import OcspPresigned
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import BackendUnavailable, PkiError
from pki_manager.domain.revocation import Revocation
from pki_manager.ports.publish import PublishedResponse
from pki_manager.ports.unit_of_work import Reader
from pki_manager.x509.ocsp import CertStatus, SingleStatus, cert_id, cert_id_prefix, prepare_response

HASHES = ("sha1", "sha256")
_BATCH = 500


def publish_statuses(authority: Authority, actor: Actor, issuer_key_id: UUID, serials: Iterable[int]) -> int:
    """Sign and publish the present status of serial numbers of one issuer key; how many responses that made.

    None for a key that is retired: nobody asks about what has expired.
    The statuses are read after the change that asked for this was committed, so repeating it is harmless.
    BackendUnavailable while there is no OCSP signer: making one is a job of its own, for each try that fails burns a
    serial number, whose status is to be published again.
    """
    wanted = tuple(dict.fromkeys(serials))
    with authority.storage.read() as reader:
        if reader.issuer_keys.get(issuer_key_id).state not in SERVING:
            return 0
    responder = ocsp_signer.load(authority, issuer_key_id)
    now = authority.clock.now().replace(microsecond=0)
    with authority.storage.read() as reader:
        reader.meta.require_clock()
        key = reader.issuer_keys.get(issuer_key_id)
        statuses = [(serial, status_of(reader, key, serial)) for serial in wanted]
    next_update = min(now + authority.config.ocsp_validity, responder.not_after)
    responses = [
        _signed(authority, responder, key, hash_name, serial, status, now, next_update)
        for serial, status in statuses
        for hash_name in HASHES
    ]
    with authority.storage.begin(actor) as uow:
        uow.meta.advance_clock(now)
        uow.record(OcspPresigned(object_id=str(issuer_key_id), responses=len(responses)))
    authority.published.put_responses(responses)
    return len(responses)


def status_of(reader: Reader, key: IssuerKey, serial: int) -> Revocation | CertStatus:
    """The revocation of a serial number (a burned one's too), else good, or unknown when it was never issued."""
    revocation = reader.revocations.find(key.id, serial)
    if revocation is not None:
        return revocation
    return CertStatus.GOOD if reader.certificates.has_serial(key.id, serial) else CertStatus.UNKNOWN


def single_status(
    cert_id_der: bytes, status: Revocation | CertStatus, this_update: datetime, next_update: datetime
) -> SingleStatus:
    """A status as OCSP says it (RFC 6960 §4.2.1)."""
    if isinstance(status, Revocation):
        return SingleStatus(
            cert_id=cert_id_der,
            status=CertStatus.REVOKED,
            this_update=this_update,
            next_update=next_update,
            revoked_at=status.time,
            reason=status.reason,
        )
    return SingleStatus(cert_id=cert_id_der, status=status, this_update=this_update, next_update=next_update)


def refresh(authority: Authority, actor: Actor, *, everything: bool = False) -> int:
    """Re-sign what is past half its life: for each key once per half `ocsp_validity`; how many responses that made.

    `everything` does not wait for that: the published store was lost. The moment a round began is kept per key, so a
    restart does not sign everything again. A key that is away keeps the others from nothing.
    """
    with authority.storage.read() as reader:
        keys = [key for key in reader.issuer_keys.serving() if reader.certificates.of_subject_key(key.id)]
        began = rounds_began(reader, keys)
    due = [key for key in keys if everything or _refresh_due(authority, began.get(key.id))]
    made = 0
    failure: PkiError | None = None
    for key in due:
        try:
            made += _refresh_key(authority, actor, key)
        except PkiError as error:
            failure = failure or error
    if failure is not None:
        raise failure
    return made


def rounds_began(reader: Reader, keys: Sequence[IssuerKey]) -> Mapping[UUID, datetime]:
    """When the last round began that signed every answer about a key's certificates anew, of keys that had one."""
    began = reader.meta.get_all([_round(key) for key in keys])
    return {key.id: datetime.fromisoformat(began[_round(key)]) for key in keys if _round(key) in began}


def _refresh_due(authority: Authority, last: datetime | None) -> bool:
    # A round in the future was signed by a wrong clock.
    half = authority.config.ocsp_validity / 2
    return last is None or not timedelta(minutes=-5) <= authority.clock.now() - last < half


def _refresh_key(authority: Authority, actor: Actor, key: IssuerKey) -> int:
    began = authority.clock.now()
    with authority.storage.read() as reader:
        can_renew = ocsp_signer.can_renew(reader, key, began)
    if can_renew:
        ocsp_signer.ensure(authority, key.id)
    elif not _has_signer(authority, key):
        return 0
    after: UUID | None = None
    made = 0
    while True:
        with authority.storage.read() as reader:
            batch: Sequence[Certificate] = reader.certificates.unexpired(key.id, began, after, _BATCH)
        if not batch:
            break
        made += publish_statuses(authority, actor, key.id, [certificate.serial for certificate in batch])
        after = batch[-1].id
    with authority.storage.housekeep() as uow:
        uow.meta.put(_round(key), began.isoformat())
    authority.published.forget_responses(began - authority.config.ocsp_validity)
    return made


def _has_signer(authority: Authority, key: IssuerKey) -> bool:
    """The one that a CA made before it expired or was revoked answers as long as it lives."""
    try:
        ocsp_signer.load(authority, key.id)
    except BackendUnavailable:
        return False
    return True


def _round(key: IssuerKey) -> str:
    return f"ocsp_round:{key.id}"


def _signed(
    authority: Authority,
    responder: ResponderKey,
    key: IssuerKey,
    hash_name: str,
    serial: int,
    status: Revocation | CertStatus,
    now: datetime,
    next_update: datetime,
) -> PublishedResponse:
    names = {"sha1": (key.name_hash_sha1, key.key_hash_sha1), "sha256": (key.name_hash_sha256, key.key_hash_sha256)}
    identifier = cert_id(cert_id_prefix(hash_name, *names[hash_name]), serial)
    prepared = prepare_response(
        [single_status(identifier, status, now, next_update)],
        signer=responder.signer,
        produced_at=now,
        lint=ocsp_lint(key.id),
    )
    signed = sign(authority, responder.ref, responder.spki_der, prepared.tbs, responder.signer.algorithm)
    return PublishedResponse(
        issuer_key_id=key.id,
        serial=serial,
        hash_name=hash_name,
        body=prepared.assemble(signed.signature),
        this_update=now,
        next_update=next_update,
    )
