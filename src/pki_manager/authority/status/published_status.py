"""The status of a certificate that relying parties receive now, read back from the published store.

Nothing is signed and no server is contacted: this is what the status listener would send.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pki_manager.authority.kernel import guard
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.publish_crl import build_crl_paths
from pki_manager.authority.status.publish_ocsp import get_status
from pki_manager.domain.ca import IssuerKey
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.revocation import Revocation, RevocationReason
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.x509 import parse
from pki_manager.x509.crl import CrlLookup, find_crl_entry
from pki_manager.x509.ocsp.facts import read_response_facts
from pki_manager.x509.ocsp.response import CertStatus

# Both CertID hashes are signed in one batch and replaced together; this one is what most clients ask with.
_HASH = "sha1"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """The status of a certificate in one source: an OCSP response or a CRL.

    `late` means that its nextUpdate has passed, so relying parties may reject it. `agrees` says whether it matches the
    database; None for a CRL that need not list an expired certificate (RFC 5280 §3.3). `number`, `delta_number`, and
    `shard` are of CRLs; `delta_number` is the number of the delta CRL that was applied.
    """

    status: CertStatus
    reason: RevocationReason | None
    revoked_at: datetime | None
    this_update: datetime
    next_update: datetime | None
    late: bool
    agrees: bool | None
    number: int | None = None
    delta_number: int | None = None
    shard: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedStatus:
    """The published status. `ocsp` is None without a pre-signed response.

    `crls` are the full CRL and the partition, if published. `ocsp` and `crls` are empty for a certificate without
    status (`no_rev_avail`, RFC 9608).
    """

    time: datetime
    no_rev_avail: bool
    ocsp: SourceStatus | None
    crls: tuple[SourceStatus, ...]


@dataclass(frozen=True, slots=True)
class _Question:
    certificate: Certificate
    key: IssuerKey
    recorded: Revocation | CertStatus
    now: datetime


def get_published_status(ctx: Context, actor: Actor, certificate_id: UUID) -> PublishedStatus:
    """Return the published status of a certificate.

    Raises NotFound if it does not exist or the actor may not read it; StorageUnavailable while the published store is
    unavailable.
    """
    access.require_somewhere(actor, Permission.CERTIFICATE_READ)
    now = ctx.ports.clock.now()
    with ctx.ports.storage.read() as reader:
        certificate = guard.get_certificate(reader, actor, Permission.CERTIFICATE_READ, certificate_id)
        key = reader.issuer_keys.get(certificate.issuer_key_id)
        recorded = get_status(reader, key, certificate.serial)
    if parse.has_no_revocation(certificate.der):
        return PublishedStatus(time=now, no_rev_avail=True, ocsp=None, crls=())
    question = _Question(certificate, key, recorded, now)
    shards = dict.fromkeys((None, key.shard_of(certificate.serial)))
    crls = [_by_crl(ctx, question, shard) for shard in shards]
    return PublishedStatus(
        time=now,
        no_rev_avail=False,
        ocsp=_by_ocsp(ctx, question),
        crls=tuple(said for said in crls if said is not None),
    )


def _by_ocsp(ctx: Context, question: _Question) -> SourceStatus | None:
    serial = question.certificate.serial
    answer = ctx.ports.published.find_response(question.key.id, serial, _HASH)
    if answer is None:
        return None
    single = next(one for one in read_response_facts(answer.body).singles if one.serial == serial)
    reason = single.reason
    if single.status is CertStatus.REVOKED:
        reason = reason or RevocationReason.UNSPECIFIED
    return SourceStatus(
        status=single.status,
        reason=reason,
        revoked_at=single.revoked_at,
        this_update=single.this_update,
        next_update=single.next_update,
        late=_late(question, single.next_update),
        agrees=_recorded(question) == (single.status, reason, single.revoked_at),
    )


def _by_crl(ctx: Context, question: _Question, shard: int | None) -> SourceStatus | None:
    full_path, delta_path = build_crl_paths(question.key, shard)
    full = _read(ctx, question, full_path)
    if full is None:
        return None
    delta = _read(ctx, question, delta_path)
    # A delta to an older full CRL is no longer wanted: the new one knows more (RFC 5280 §5.2.4).
    if delta is not None and (delta.base_number != full.number or _late(question, delta.next_update)):
        delta = None
    word = delta if delta is not None and delta.listed else full
    status = CertStatus.REVOKED if word.reason is not None else CertStatus.GOOD
    expired = question.now > question.certificate.validity.not_after
    if expired and not word.listed:
        status = CertStatus.UNKNOWN
    revoked_at = word.revoked_at if status is CertStatus.REVOKED else None
    return SourceStatus(
        status=status,
        reason=word.reason,
        revoked_at=revoked_at,
        this_update=full.this_update,
        next_update=full.next_update,
        late=_late(question, full.next_update),
        agrees=None if status is CertStatus.UNKNOWN else _recorded(question) == (status, word.reason, revoked_at),
        number=full.number,
        delta_number=delta.number if delta is not None else None,
        shard=shard,
    )


def _read(ctx: Context, question: _Question, path: str) -> CrlLookup | None:
    file = ctx.ports.published.find_object(path)
    return find_crl_entry(file.body, question.certificate.serial) if file is not None else None


def _late(question: _Question, next_update: datetime | None) -> bool:
    return next_update is not None and next_update <= question.now


def _recorded(question: _Question) -> tuple[CertStatus, RevocationReason | None, datetime | None]:
    """Return status, reason, and time from the database as OCSP and CRLs contain them; the time in whole seconds."""
    recorded = question.recorded
    if isinstance(recorded, Revocation):
        return CertStatus.REVOKED, recorded.reason, recorded.time.replace(microsecond=0)
    return recorded, None, None
