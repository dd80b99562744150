"""Recovery from an older copy: certificates and CRLs that were saved elsewhere restore what happened after the copy."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.recovery import Recovery, load_recovery, put_recovery, read_recovery
from pki_manager.authority.signing import revocations
from pki_manager.authority.signing.external_cas import (
    EXTERNAL_PROFILE,
    ChainCertificate,
    ImportContext,
    build_certificate_record,
)
from pki_manager.authority.status.revoke import RevocationDetails, revoke_in
from pki_manager.domain.ca import CaState, IssuerKey
from pki_manager.domain.certificate import Certificate, CertificateKind, format_serial
from pki_manager.domain.errors import Conflict, InvalidInput, Malformed
from pki_manager.domain.events.audit import RecoveryFinished
from pki_manager.domain.events.certificates import CertificateImported, RevocationImported
from pki_manager.domain.page import MAX_LIMIT
from pki_manager.domain.revocation import Revocation, RevocationReason, RevokedEntry
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Reader, UnitOfWork
from pki_manager.x509 import foreign, parse, pem

_DER = b"\x30"
_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryImport:
    """The result of importing a file: `certificates` and `revocations` are new, `known` were stored already.

    `other` are certificates and CRLs that no CA here signed, and CRLs from before the window. `conflicts` are serial
    numbers that belong to another certificate here.
    """

    certificates: int = 0
    revocations: int = 0
    known: int = 0
    other: int = 0
    conflicts: tuple[str, ...] = ()

    def __add__(self, more: RecoveryImport) -> RecoveryImport:
        return RecoveryImport(
            certificates=self.certificates + more.certificates,
            revocations=self.revocations + more.revocations,
            known=self.known + more.known,
            other=self.other + more.other,
            conflicts=self.conflicts + more.conflicts,
        )


def show_recovery(ctx: Context, actor: Actor) -> Recovery | None:
    """Return the recovery that is in progress. Raises Forbidden without permission to read the status."""
    access.require(actor, Permission.STATUS_READ)
    return load_recovery(ctx)


def import_seen(ctx: Context, actor: Actor, content: bytes) -> RecoveryImport:
    """Add the certificates and CRLs of a file: one DER object, or any text with PEM blocks, such as a log.

    Each is stored only if a CA key here signed it. Can be repeated. Raises Forbidden without permission; Conflict
    outside of recovery; Malformed for a file that contains neither.
    """
    _require(ctx, actor)
    result = RecoveryImport()
    certificates, crls = _read(content)
    for der in certificates:
        result += _import_certificate(ctx, actor, der)
    for der in crls:
        result += _import_crl(ctx, actor, der)
    return result


def revoke_window(ctx: Context, actor: Actor, reason: RevocationReason) -> int:
    """Revoke every certificate that was imported in this recovery; return how many. Can be repeated.

    CA certificates are left out. Raises Forbidden without permission; Conflict outside of recovery.
    """
    recovery, count = _require(ctx, actor), 0
    for certificate in _imported(ctx, recovery):
        with ctx.ports.storage.begin(actor) as uow:
            current = uow.certificates.get(certificate.id)
            revoke_in(ctx, uow, actor, current, RevocationDetails(reason), ctx.ports.clock.now())
            _count(uow, revoked=1)
        count += 1
    return count


def finish_recovery(ctx: Context, actor: Actor) -> Recovery:
    """End the recovery state: issuance starts again. Sessions and open invitation links of all users end.

    Raises Forbidden without permission; Conflict outside of recovery.
    """
    _require(ctx, actor)
    with ctx.ports.storage.begin(actor) as uow:
        recovery = read_recovery(uow)
        if recovery is None:
            raise _not_in_recovery()
        now, cursor = ctx.ports.clock.now(), None
        while True:
            page = uow.users.page(cursor, MAX_LIMIT)
            for user in page.items:
                uow.sessions.revoke_all(user.id, now)
                uow.users.end_invitations(user.id, now)
            cursor = page.next_cursor
            if cursor is None:
                break
        put_recovery(uow, None)
        uow.record(
            RecoveryFinished(
                object_id="installation", since=recovery.since, imported=recovery.imported, revoked=recovery.revoked
            )
        )
    ctx.state.in_recovery.clear()
    return recovery


def _require(ctx: Context, actor: Actor) -> Recovery:
    access.require(actor, Permission.AUDIT_ACCEPT)
    recovery = load_recovery(ctx)
    if recovery is None:
        raise _not_in_recovery()
    return recovery


def _not_in_recovery() -> Conflict:
    return Conflict("The installation is not in recovery.")


def _read(content: bytes) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Return the certificates and the CRLs in a file. Raises Malformed if it contains neither.

    Line breaks of PEM blocks can be escaped, as in JSON.
    """
    if content[:1] == _DER:
        try:
            parse.parse_certificate(content)
        except (Malformed, InvalidInput):
            return (), (content,)
        return (content,), ()
    text = content.replace(b"\\r", b"").replace(b"\\n", b"\n")
    found = pem.read_some(text, pem.CERTIFICATE, "file"), pem.read_some(text, pem.CRL, "file")
    if not any(found):
        raise Malformed.of("file", "recovery.empty", "must contain a certificate or a CRL, as DER or in PEM blocks")
    return found


def _import_certificate(ctx: Context, actor: Actor, der: bytes) -> RecoveryImport:
    link = ChainCertificate(der, parse.parse_certificate(der, "file"))
    with ctx.ports.storage.read() as reader:
        key = next((one for one in _keys_named(reader, link.facts.issuer_der) if _is_signed_by(der, one)), None)
        there = None if key is None else reader.certificates.find_serial(key.id, link.facts.serial)
    if key is None:
        return RecoveryImport(other=1)
    if there is not None:
        is_known = there.der == der
        return RecoveryImport(known=1) if is_known else RecoveryImport(conflicts=(format_serial(there.serial),))
    now = ctx.ports.clock.now()
    with ctx.ports.storage.begin(actor) as uow:
        certificate = _certificate(ImportContext(ctx, uow, actor, now), link, key)
        uow.certificates.add(certificate)
        uow.jobs.publish_status(key.id, certificate.serial)
        _count(uow, imported=1)
        uow.record(
            CertificateImported(
                object_id=str(certificate.id),
                ca=str(key.ca_id),
                serial_number=format_serial(certificate.serial),
                fingerprint_sha256=hashlib.sha256(der).hexdigest(),
                revocation_reason=None,
                revoked_at=None,
            )
        )
    return RecoveryImport(certificates=1)


def _certificate(context: ImportContext, link: ChainCertificate, key: IssuerKey) -> Certificate:
    subject, kind = None, CertificateKind.END_ENTITY
    if link.facts.is_ca:
        subject = context.uow.issuer_keys.find_by_spki(link.facts.key.spki_sha256)
        kind = CertificateKind.CROSS if subject is None else CertificateKind.ISSUED
    return build_certificate_record(context, link, key, subject, kind)


def _import_crl(ctx: Context, actor: Actor, der: bytes) -> RecoveryImport:
    recovery = _require(ctx, actor)
    with ctx.ports.storage.read() as reader:
        found = _read_crl(reader, der)
        new = [] if found is None else _list_new(reader, *found)
    if found is None or found[1].this_update < recovery.begin_of_window.replace(microsecond=0):
        return RecoveryImport(other=1)
    (key, crl), now = found, ctx.ports.clock.now()
    if new:
        with ctx.ports.storage.begin(actor) as uow:
            if crl.number is not None:
                uow.issuer_keys.raise_crl_number(key.id, crl.number)
            for entry in new:
                _revoke(uow, key, entry, now)
            _count(uow, revoked=len(new))
    return RecoveryImport(revocations=len(new), known=len(crl.entries) - len(new))


def _list_new(reader: Reader, key: IssuerKey, crl: foreign.ForeignCrl) -> list[RevokedEntry]:
    return [entry for entry in crl.entries if reader.revocations.find(key.id, entry.serial) is None]


def _read_crl(reader: Reader, der: bytes) -> tuple[IssuerKey, foreign.ForeignCrl] | None:
    """Return a full CRL with the key that signed it; None if no key here did. Raises Malformed if it cannot be read."""
    for ca in reader.cas.list_all():
        for key in _local_keys(reader, ca.id, ca.state):
            try:
                return key, foreign.read_full_crl(der, ca.subject_der, key.spki_der, "file")
            except InvalidInput:
                continue
    return None


def _keys_named(reader: Reader, issuer_der: bytes) -> Iterator[IssuerKey]:
    for ca in reader.cas.list_all():
        if foreign.is_same_name(ca.subject_der, issuer_der):
            yield from _local_keys(reader, ca.id, ca.state)


def _local_keys(reader: Reader, ca_id: UUID, state: CaState) -> Iterator[IssuerKey]:
    return iter(()) if state is CaState.EXTERNAL else iter(reader.issuer_keys.list_by_ca(ca_id))


def _is_signed_by(der: bytes, key: IssuerKey) -> bool:
    try:
        foreign.require_certificate_by(der, key.spki_der, "file")
    except InvalidInput:
        return False
    return True


def _revoke(uow: UnitOfWork, key: IssuerKey, entry: RevokedEntry, now: datetime) -> None:
    """Store the revocation in a CRL entry.

    If its certificate is unknown, the revocation is kept as long as the CA's own certificate is valid.
    """
    certificate = uow.certificates.find_serial(key.id, entry.serial)
    validity = certificate.validity if certificate is not None else uow.cas.get(key.ca_id).validity
    revocation = Revocation(
        issuer_key_id=key.id,
        serial=entry.serial,
        certificate_id=None if certificate is None else certificate.id,
        reason=RevocationReason(entry.reason),
        time=entry.time,
        invalidity_date=entry.invalidity_date,
        not_after=now if validity is None else validity.not_after,
    )
    revocations.add(uow, revocation, now)
    event = RevocationImported(
        object_id=str(key.ca_id),
        serial_number=format_serial(entry.serial),
        revocation_reason=revocation.reason.value,
        revoked_at=entry.time.isoformat(),
    )
    uow.record(event)


def _imported(ctx: Context, recovery: Recovery) -> Iterator[Certificate]:
    """Yield the end-entity certificates that were added in a recovery and are not revoked."""
    after = recovery.first_id
    while True:
        with ctx.ports.storage.read() as reader:
            batch = reader.certificates.list_after(after, _BATCH)
        if not batch:
            return
        for certificate in batch:
            is_imported = certificate.profile == EXTERNAL_PROFILE and certificate.kind is CertificateKind.END_ENTITY
            if is_imported and certificate.revocation is None:
                yield certificate
        after = batch[-1].id


def _count(uow: UnitOfWork, *, imported: int = 0, revoked: int = 0) -> None:
    recovery = read_recovery(uow)
    if recovery is not None:
        put_recovery(uow, replace(recovery, imported=recovery.imported + imported, revoked=recovery.revoked + revoked))
