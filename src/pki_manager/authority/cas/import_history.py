"""Import of the certificates and revocations of a CA, row by row. Each certificate must be signed by that CA."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pki_manager.authority.kernel import guard
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.signing import revocations
from pki_manager.authority.signing.external_cas import (
    EXTERNAL_PROFILE,
    ChainCertificate,
    ImportContext,
    build_certificate_record,
)
from pki_manager.domain.ca import CaState, IssuerKey
from pki_manager.domain.certificate import Certificate, CertificateKind, format_serial, parse_possible_serials
from pki_manager.domain.errors import Conflict, InvalidInput
from pki_manager.domain.events.certificates import CertificateImported, RevocationImported
from pki_manager.domain.moment import parse_moment
from pki_manager.domain.revocation import Revocation, RevocationReason
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Reader
from pki_manager.x509 import foreign, parse, pem

FIELDS = frozenset({"certificate", "serial_number", "revoked_at", "reason", "invalidity_date", "expires_at", "profile"})
"""Fields of a row besides `ca`, all optional.

A row without a certificate must have a serial number and a revocation time.
"""


@dataclass(frozen=True, slots=True)
class CrlSigner:
    """The CA whose history is imported: its Name and its public key, both DER."""

    subject_der: bytes
    spki_der: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoricCertificate:
    """A row of the history after reading. `link` is its certificate; None if that no longer exists."""

    serial: int
    link: ChainCertificate | None
    profile: str
    reason: RevocationReason | None
    revoked_at: datetime | None
    invalidity_date: datetime | None
    expires_at: datetime | None

    def revocation(self, key_id: UUID, certificate_id: UUID | None, latest: datetime) -> Revocation | None:
        """Return the revocation of the row, or None if it has none.

        `latest` is when everything that the CA signed has expired. It is the expiration of a certificate that no longer
        exists, unless the row states one.
        """
        if self.revoked_at is None or self.reason is None:
            return None
        return Revocation(
            issuer_key_id=key_id,
            serial=self.serial,
            certificate_id=certificate_id,
            reason=self.reason,
            time=self.revoked_at,
            invalidity_date=self.invalidity_date,
            not_after=self.link.facts.validity.not_after if self.link else self.expires_at or latest,
        )


def read_row(body: Mapping[str, str], signer: CrlSigner, now: datetime) -> HistoricCertificate:
    """Read a row.

    Raises Malformed, TooLarge, or InvalidInput with the field if the certificate was not issued by this CA, or the row
    is contradictory or incomplete.
    """
    link = _certificate(body, signer)
    serial = link.facts.serial if link is not None else _serial(body)
    if link is not None and body.get("serial_number") and _serial(body) != serial:
        message = f"must be that of the certificate, {format_serial(link.facts.serial)}"
        raise InvalidInput.of("serial_number", "import.serial", message)
    revoked_at = _moment(body, "revoked_at")
    if revoked_at is not None and revoked_at > now:
        raise InvalidInput.of("revoked_at", "revocation.past", "must not be in the future")
    if revoked_at is None and (body.get("reason") or body.get("invalidity_date")):
        raise InvalidInput.of(
            "revoked_at", "import.revoked_at", "is required when `reason` or `invalidity_date` is set"
        )
    if revoked_at is None and link is None:
        raise InvalidInput.of("certificate", "import.certificate", "is required for a certificate that is not revoked")
    return HistoricCertificate(
        serial=serial,
        link=link,
        profile=body.get("profile") or EXTERNAL_PROFILE,
        reason=_reason(body) if revoked_at is not None else None,
        revoked_at=revoked_at,
        invalidity_date=_moment(body, "invalidity_date"),
        expires_at=_moment(body, "expires_at"),
    )


def _certificate(body: Mapping[str, str], signer: CrlSigner) -> ChainCertificate | None:
    text = body.get("certificate")
    if not text:
        return None
    der = pem.read(text, (pem.CERTIFICATE,), "certificate")
    facts = parse.parse_certificate(der)
    if not foreign.is_same_name(facts.issuer_der, signer.subject_der):
        raise InvalidInput.of("certificate", "import.issuer", "must be issued by this CA")
    foreign.require_certificate_by(der, signer.spki_der, "certificate")
    return ChainCertificate(der, facts)


def _serial(body: Mapping[str, str]) -> int:
    found = parse_possible_serials("0x" + body.get("serial_number", "").removeprefix("0x"))
    if not found or not 0 < found[0] < 1 << 160:
        raise InvalidInput.of("serial_number", "import.serial", "must be a serial number in hex with at most 20 octets")
    return found[0]


def _reason(body: Mapping[str, str]) -> RevocationReason:
    return RevocationReason.parse(body.get("reason") or RevocationReason.UNSPECIFIED.value)


def _moment(body: Mapping[str, str], field: str) -> datetime | None:
    text = body.get(field)
    return parse_moment(text, field) if text else None


def check_row(ctx: Context, actor: Actor, body: Mapping[str, str]) -> None:
    """Raise the error that `import_row` would raise now. Nothing is stored."""
    with ctx.ports.storage.read() as reader:
        key, signer = _importing(reader, actor, body["ca"])
        require_new(reader, key.id, read_row(body, signer, ctx.ports.clock.now()))


def import_row(ctx: Context, actor: Actor, body: Mapping[str, str]) -> UUID | None:
    """Store a certificate of the history and return its ID; None if the certificate no longer exists. Can be repeated.

    Raises NotFound if the CA or the profile does not exist; Conflict if the CA is not external, or the serial number
    belongs to another certificate. Other errors as `read_row`.
    """
    now = ctx.ports.clock.now()
    with ctx.ports.storage.read() as reader:
        key, signer = _importing(reader, actor, body["ca"])
        past = read_row(body, signer, now)
    try:
        with ctx.ports.storage.begin(actor) as uow:
            return _import(ImportContext(ctx, uow, actor, now), key, past)
    except _Known as known:
        return known.certificate_id


class _Known(Exception):
    """A signal that the row adds nothing new, so that its unit of work stores nothing."""

    def __init__(self, certificate_id: UUID | None) -> None:
        super().__init__(str(certificate_id))
        self.certificate_id = certificate_id


def _import(context: ImportContext, key: IssuerKey, past: HistoricCertificate) -> UUID | None:
    uow = context.uow
    latest = uow.cas.get(key.ca_id).validity
    there = require_new(uow, key.id, past)
    certificate = there or _add(context, key, past)
    identifier = certificate.id if certificate else None
    revocation = past.revocation(key.id, identifier, latest.not_after if latest else context.now)
    is_new = revocation is not None and revocations.import_one(uow, revocation, context.now)
    if not is_new and (there is not None or certificate is None):
        raise _Known(identifier)
    uow.record(_event(key, past, certificate))
    return identifier


def require_new(reader: Reader, key_id: UUID, past: HistoricCertificate) -> Certificate | None:
    """Return the certificate of a row if it is stored already, else None.

    Raises Conflict if another certificate has its serial number; NotFound if the profile does not exist.
    """
    if past.profile != EXTERNAL_PROFILE:
        reader.profiles.get(past.profile)
    there = reader.certificates.find_serial(key_id, past.serial)
    if past.link is None or (there is not None and there.der == past.link.der):
        return there
    issuer = hashlib.sha256(past.link.facts.issuer_der).digest()
    same = (
        reader.certificates.find_many(reader.certificates.find_ids_by_serials((past.serial,)))
        if there is None
        else (there,)
    )
    if any(one.issuer_name_sha256 == issuer for one in same):
        detail = f"Another certificate of a CA with this name has the serial number {format_serial(past.serial)}"
        raise Conflict(f"{detail} (RFC 5280 §4.1.2.2).")
    return there


def _importing(reader: Reader, actor: Actor, ca: str) -> tuple[IssuerKey, CrlSigner]:
    found = guard.get_ca(reader, actor, Permission.CA_CREATE, ca)
    if found.state is not CaState.EXTERNAL:
        raise Conflict(f"CA {found.name!r} is {found.state}, not external. Import its certificates before its key.")
    key = reader.issuer_keys.list_by_ca(found.id)[0]
    return key, CrlSigner(found.subject_der, key.spki_der)


def _add(context: ImportContext, key: IssuerKey, past: HistoricCertificate) -> Certificate | None:
    """Store the certificate of a row and return it; None if the row has no certificate.

    A CA certificate is linked to the stored key that it certifies, if there is one.
    """
    if past.link is None:
        return None
    subject, kind = None, CertificateKind.END_ENTITY
    if past.link.facts.is_ca:
        subject = context.uow.issuer_keys.find_by_spki(past.link.facts.key.spki_sha256)
        kind = CertificateKind.CROSS if subject is None else CertificateKind.ISSUED
    certificate = build_certificate_record(context, past.link, key, subject, kind, past.profile)
    context.uow.certificates.add(certificate)
    return certificate


def _event(
    key: IssuerKey, past: HistoricCertificate, certificate: Certificate | None
) -> CertificateImported | RevocationImported:
    serial, reason = format_serial(past.serial), past.reason.value if past.reason else None
    at = past.revoked_at.isoformat() if past.revoked_at else None
    if certificate is None:
        return RevocationImported(
            object_id=str(key.ca_id), serial_number=serial, revocation_reason=reason or "", revoked_at=at or ""
        )
    return CertificateImported(
        object_id=str(certificate.id),
        ca=str(key.ca_id),
        serial_number=serial,
        fingerprint_sha256=hashlib.sha256(certificate.der).hexdigest(),
        revocation_reason=reason,
        revoked_at=at,
    )
