"""Revocation through ACME (RFC 8555 §7.6): by an account, or by a request signed with the certificate's key."""

from __future__ import annotations

from dataclasses import replace

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.revoke import RevocationDetails, revoke, revoke_in
from pki_manager.domain.acme.orders import AcmeAccount, Identifier, IdentifierKind
from pki_manager.domain.certificate import Certificate, CertificateKind
from pki_manager.domain.errors import Forbidden, InvalidInput, Malformed, NotFound
from pki_manager.domain.names import AlternativeName, NameKind
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import ANONYMOUS, Actor, EnrollmentProtocol
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Reader
from pki_manager.x509 import parse

REASONS = (
    RevocationReason.UNSPECIFIED,
    RevocationReason.KEY_COMPROMISE,
    RevocationReason.AFFILIATION_CHANGED,
    RevocationReason.SUPERSEDED,
    RevocationReason.CESSATION_OF_OPERATION,
)
"""Revocation reasons that a subscriber can state. The others are for the CA, or can be undone."""

_BY_CODE = {reason.crl_code: reason for reason in REASONS}
_KINDS = {NameKind.DNS: IdentifierKind.DNS, NameKind.IP: IdentifierKind.IP}


def revoke_by_account(
    ctx: Context, actor: Actor, account: AcmeAccount, certificate_der: bytes, reason: int | None
) -> None:
    """Revoke a certificate that an order of the account requested, or for whose names it is authorized.

    The account's token also needs the permission to revoke it. `reason` is a CRLReason code. Raises InvalidInput with
    the rule `acme.revocation_reason` for a code that is not in REASONS; Malformed if the octets are not a certificate
    of this installation; Forbidden if the account or its token may not revoke it; Conflict if it has expired, or is
    revoked already for a reason that `reason` cannot replace.
    """
    access.require_somewhere(actor, Permission.CERTIFICATE_REVOKE)
    why = _reasoned(reason)
    with ctx.ports.storage.read() as reader:
        certificate = _find_local(reader, certificate_der)
        order = reader.acme.orders.find_by_serial(certificate.issuer_key_id, certificate.serial)
        is_own = order is not None and order.account_id == account.id
        if not is_own and not _is_authorized(ctx, reader, account, certificate):
            raise Forbidden(
                "The certificate belongs to another account, and this account has not validated all of its names."
            )
    try:
        revoke(ctx, actor, certificate.id, why.reason)
    except NotFound:
        raise Forbidden("The account cannot revoke this certificate.") from None


def revoke_by_key(
    ctx: Context,
    certificate_der: bytes,
    spki_der: bytes,
    reason: int | None,
    *,
    peer: str | None,
    request_id: str,
) -> None:
    """Revoke a certificate, by a request that is signed with the certificate's own key.

    `spki_der` is the key that verified the request (SubjectPublicKeyInfo, DER). Raises Forbidden if that is not the
    certificate's key, and for a CA certificate. Other errors as `revoke_by_account`.
    """
    why = _reasoned(reason)
    with ctx.ports.storage.read() as reader:
        certificate = _find_local(reader, certificate_der)
    is_for_others = certificate.kind is CertificateKind.END_ENTITY
    if not is_for_others or parse.parse_certificate(certificate_der).key.spki_der != spki_der:
        raise Forbidden("The request is not signed with the key of the certificate.")
    holder = replace(
        ANONYMOUS,
        id=f"certificate:{certificate.id}",
        name="the certificate's own key",
        via=EnrollmentProtocol.ACME,
        peer=peer,
        request_id=request_id,
    )
    with ctx.ports.storage.begin(holder) as uow:
        now = ctx.ports.clock.now()
        revoke_in(ctx, uow, holder, uow.certificates.get(certificate.id), why, now)


def _reasoned(code: int | None) -> RevocationDetails:
    if code is None:
        return RevocationDetails(RevocationReason.UNSPECIFIED)
    if code not in _BY_CODE:
        known = ", ".join(f"{one} ({reason})" for one, reason in _BY_CODE.items())
        raise InvalidInput.of("reason", "acme.revocation_reason", f"must be one of {known}, not {code}")
    return RevocationDetails(_BY_CODE[code])


def _find_local(reader: Reader, certificate_der: bytes) -> Certificate:
    """Return the stored certificate with these octets. Raises Malformed if there is none.

    All octets are compared, not only the serial number, because another CA can use the same number.
    """
    serial = parse.parse_certificate(certificate_der).serial
    for certificate in reader.certificates.find_many(reader.certificates.find_ids_by_serials([serial])):
        if certificate.der == certificate_der:
            return certificate
    raise Malformed.of("certificate", "acme.certificate", "is not a certificate issued by this installation")


def _is_authorized(ctx: Context, reader: Reader, account: AcmeAccount, certificate: Certificate) -> bool:
    names = [_identifier(san) for san in certificate.sans]
    required = [name for name in names if name is not None]
    if not names or len(required) != len(names):
        return False
    known = reader.acme.authorizations.find_usable(account.id, required, ctx.ports.clock.now())
    return all(name in known and not known[name].pre_authorized for name in required)


def _identifier(san: AlternativeName) -> Identifier | None:
    """Return the ACME identifier of a SAN; None for a kind of name that ACME cannot validate."""
    return Identifier(_KINDS[san.kind], san.value) if san.kind in _KINDS else None
