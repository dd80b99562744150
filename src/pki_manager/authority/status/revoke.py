"""Revocation of certificates: stored at once, then published in OCSP responses and the next CRL by the outbox."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from pki_manager.authority.kernel import guard
from pki_manager.authority.kernel.approval_gate import Act
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.idempotency import Done, change_once
from pki_manager.authority.signing import revocations
from pki_manager.authority.signing.key_states import retire
from pki_manager.authority.status.blocked_keys import block_compromised
from pki_manager.domain.approval import Operation
from pki_manager.domain.ca import CaState, CertificateAuthority, IssuerKey, KeyState
from pki_manager.domain.certificate import Certificate, CertificateKind, CertificateState, format_serial
from pki_manager.domain.errors import Conflict, InvalidInput, NotFound
from pki_manager.domain.events.cas import CaRevoked, CaSuspended
from pki_manager.domain.events.certificates import CertificateRevoked
from pki_manager.domain.known_key import COMPROMISES
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission, Target
from pki_manager.policy.approval import Touched
from pki_manager.ports.unit_of_work import Claim, Reader, UnitOfWork

_OLDEST = datetime(1970, 1, 1, tzinfo=UTC)
"""Earliest invalidity date: public-key cryptography is a few years younger."""


@dataclass(frozen=True, slots=True)
class RevocationDetails:
    """The reason of a revocation, and the invalidity date if known (RFC 5280 §5.3.2)."""

    reason: RevocationReason
    invalidity_date: datetime | None = None

    def details(self) -> dict[str, object]:
        """Return the reason and the date as approvers see them."""
        since = self.invalidity_date
        return {"reason": self.reason.value, "invalidity_date": since.isoformat() if since else None}


def build_ca_revocation(ca: CertificateAuthority, why: RevocationDetails, certificates: Iterable[Certificate]) -> Act:
    """Return the operation of revoking CA certificates, for the approval gate."""
    frozen = sorted(str(one.id) for one in certificates)
    body = {"name": ca.name, **why.details(), "certificates": frozen}
    return Act(Operation.CA_REVOKE, "ca", str(ca.id), body, Touched(ca=ca))


def revoke(
    ctx: Context,
    actor: Actor,
    certificate_id: UUID,
    reason: RevocationReason,
    invalidity_date: datetime | None = None,
    claim: Claim | None = None,
) -> Done[Certificate]:
    """Revoke a certificate permanently.

    A certificate on hold can be revoked, and a revoked one can be revoked again for a key compromise. Raises NotFound
    if it does not exist; Conflict if it is otherwise already revoked, has expired, is a root certificate, or was issued
    by an external CA; InvalidInput for certificateHold (use `hold`), for cACompromise of an end-entity certificate, for
    aACompromise, and for an invalidity date in the future. Revoking a CA certificate requires the permission to revoke
    CAs. It revokes that CA and suspends those below, unless its key has another valid certificate (`_after_a_cas`).
    """
    access.require_somewhere(actor, Permission.CERTIFICATE_REVOKE)
    why = RevocationDetails(reason, invalidity_date)
    with ctx.ports.storage.read() as reader:
        found = guard.get_certificate(reader, actor, Permission.CERTIFICATE_REVOKE, certificate_id)
        ca = _ca_of(reader, found)
    if ca is not None:
        guard.require_ca(actor, Permission.CA_REVOKE, ca.id, ca.name)

    def apply(uow: UnitOfWork, now: datetime) -> None:
        revoke_in(ctx, uow, actor, uow.certificates.get(certificate_id), why, now)

    def show(reader: Reader) -> Certificate:
        return reader.certificates.get(certificate_id)

    act = None if ca is None else build_ca_revocation(ca, why, (found,))
    return change_once(
        ctx, actor, claim, certificate_id, apply, show, act, changes_directory=_changes_directory(ca, why)
    )


def _changes_directory(ca: CertificateAuthority | None, why: RevocationDetails) -> bool:
    """Return whether revoking stops a CA or blocks a key."""
    return ca is not None or why.reason in COMPROMISES


def _ca_of(reader: Reader, certificate: Certificate) -> CertificateAuthority | None:
    """Return the CA whose key the certificate is for. None for a certificate of an end entity."""
    if certificate.subject_key_id is None:
        return None
    return reader.cas.get(reader.issuer_keys.get(certificate.subject_key_id).ca_id)


def preview_revocation(ctx: Context, actor: Actor, certificate_id: UUID, why: RevocationDetails) -> None:
    """Raise the error that `revoke` would raise now, if any, for example Conflict."""
    access.require_somewhere(actor, Permission.CERTIFICATE_REVOKE)
    now = ctx.ports.clock.now()
    with ctx.ports.storage.read() as reader:
        certificate = guard.get_certificate(reader, actor, Permission.CERTIFICATE_REVOKE, certificate_id)
        _check(why, certificate, now)
        _require_revocable(reader, actor, certificate, now)
    if not can_become(certificate, why.reason):
        raise Conflict("The certificate is already revoked.")


def revoke_by_key(
    ctx: Context, actor: Actor, spki_sha256: bytes, why: RevocationDetails, claim: Claim | None = None
) -> Done[tuple[Certificate, ...]]:
    """Revoke every unexpired certificate with a key, from any CA, in one unit of work.

    `spki_sha256` is the SHA-256 of its SubjectPublicKeyInfo. Certificates that the actor may not read, or that were
    revoked for a compromise, stay unchanged. Raises NotFound if no certificate has the key; Conflict if all are already
    revoked; Forbidden if the actor may read but not revoke one. Other errors as `revoke`.
    """
    access.require_somewhere(actor, Permission.CERTIFICATE_REVOKE)

    def certified(reader: Reader) -> tuple[Certificate, ...]:
        now = ctx.ports.clock.now()
        of_key = reader.certificates.list_by_key(spki_sha256)
        known = tuple(one for one in of_key if now <= one.validity.not_after and guard.may_read(reader, actor, one))
        for one in known:
            guard.require_certificate(reader, actor, Permission.CERTIFICATE_REVOKE, one)
        return known

    with ctx.ports.storage.read() as reader:
        found = certified(reader)
        ca = next((ca for one in found if (ca := _ca_of(reader, one)) is not None), None)
    if not found:
        raise NotFound("The key has no unexpired certificate.")
    if ca is not None:
        guard.require_ca(actor, Permission.CA_REVOKE, ca.id, ca.name)

    def apply(uow: UnitOfWork, now: datetime) -> None:
        affected = [one for one in certified(uow) if can_become(one, why.reason)]
        if not affected:
            raise Conflict("Every certificate of this key is already revoked.")
        for certificate in affected:
            revoke_in(ctx, uow, actor, certificate, why, now)

    all_of_it = {**why.details(), "certificates": [str(one.id) for one in found]}
    bulk = Act(Operation.CERTIFICATE_BULK_REVOKE, "key", spki_sha256.hex(), all_of_it)
    act = bulk if ca is None else build_ca_revocation(ca, why, found)
    return change_once(
        ctx, actor, claim, found[0].id, apply, certified, act, changes_directory=_changes_directory(ca, why)
    )


def revoke_in(
    ctx: Context, uow: UnitOfWork, actor: Actor, certificate: Certificate, why: RevocationDetails, now: datetime
) -> None:
    """Revoke a certificate in this unit of work, with its audit event. A compromised key is blocked.

    Errors as `revoke`.
    """
    _check(why, certificate, now)
    _require_revocable(uow, actor, certificate, now)
    if certificate.revocation is not None:
        key, serial = certificate.issuer_key_id, certificate.serial
        revocations.supersede(uow, key, serial, why.reason, now, why.invalidity_date)
    else:
        revocations.add(uow, revocations.build_revocation(certificate, why.reason, now, why.invalidity_date), now)
    uow.record(
        CertificateRevoked(
            object_id=str(certificate.id),
            ca=str(certificate.ca_id),
            serial_number=format_serial(certificate.serial),
            revocation_reason=why.reason,
            invalidity_date=why.invalidity_date.isoformat() if why.invalidity_date else None,
        )
    )
    block_compromised(ctx, uow, actor, certificate, why.reason)
    if certificate.subject_key_id is not None:
        uow.meta.lock_directory()
        _after_a_cas(uow, uow.issuer_keys.get(certificate.subject_key_id), why.reason, now)


def can_become(certificate: Certificate, reason: RevocationReason) -> bool:
    """Return whether a certificate can be revoked for that reason, considering an earlier revocation."""
    return certificate.revocation is None or certificate.revocation.can_become(reason)


def _check(why: RevocationDetails, certificate: Certificate, now: datetime) -> None:
    if why.reason is RevocationReason.CERTIFICATE_HOLD:
        raise InvalidInput.of(
            "reason", "revocation.hold", "must not be `certificateHold`; put the certificate on hold instead"
        )
    if why.reason is RevocationReason.AA_COMPROMISE:
        message = (
            "must not be aACompromise, which is for attribute certificates (X.509 §9.5.3.1); use "
            "cACompromise or keyCompromise"
        )
        raise InvalidInput.of("reason", "revocation.attributes", message)
    if why.reason is RevocationReason.CA_COMPROMISE and certificate.kind is CertificateKind.END_ENTITY:
        message = "must not be cACompromise for a certificate that is not a CA's (X.509 §9.5.3.1); use keyCompromise"
        raise InvalidInput.of("reason", "revocation.authority", message)
    if why.invalidity_date is not None and why.invalidity_date > now:
        raise InvalidInput.of("invalidity_date", "revocation.past", "must not be in the future")
    if why.invalidity_date is not None and why.invalidity_date < _OLDEST:
        raise InvalidInput.of("invalidity_date", "revocation.past", f"must not be before {_OLDEST.year}")


def _require_revocable(reader: Reader, actor: Actor, certificate: Certificate, now: datetime) -> None:
    if now > certificate.validity.not_after:
        raise Conflict("The certificate has expired and cannot be revoked.")
    if certificate.kind is CertificateKind.SELF_SIGNED:
        raise Conflict("A root CA certificate cannot be revoked. Remove it from the trust stores.")
    if reader.issuer_keys.get(certificate.issuer_key_id).state is KeyState.EXTERNAL:
        raise Conflict("The certificate was issued by an external CA. Revoke it there, and retire the CA.")
    if certificate.kind is not CertificateKind.END_ENTITY:
        key = certificate.subject_key_id
        whose = certificate.ca_id if key is None else reader.issuer_keys.get(key).ca_id
        access.require(actor, Permission.CA_REVOKE, Target(ca=whose))


def _after_a_cas(uow: UnitOfWork, key: IssuerKey, reason: RevocationReason, now: datetime) -> None:
    """Revoke the CA or retire the key, after a certificate of a CA's key was revoked.

    Nothing happens while the key has another valid certificate that is not a cross-certificate, unless the key is
    compromised. Revoking the current key revokes the CA. A next key is retired, so that it does not become current. A
    draining key continues to sign the status of the certificates that it issued.
    """
    held = uow.certificates.list_by_subject_key(key.id)
    usable = [one for one in held if one.kind is not CertificateKind.CROSS and one.state(now) is CertificateState.VALID]
    if usable and reason not in COMPROMISES:
        return
    if key.state is KeyState.CURRENT:
        _stop(uow, uow.cas.get(key.ca_id), reason)
    elif key.state is KeyState.NEXT:
        retire(uow, key, f"its certificate was revoked: {reason}")


def _stop(uow: UnitOfWork, ca: CertificateAuthority, reason: RevocationReason) -> None:
    """Revoke a CA, and suspend the active CAs below it, whose new certificates would chain to a revoked one."""
    if ca.state is CaState.REVOKED:
        return
    uow.cas.set_state(ca.id, CaState.REVOKED)
    uow.record(CaRevoked(object_id=str(ca.id), revocation_reason=reason))
    for child in list_cas_below(uow, ca):
        if child.state is CaState.ACTIVE:
            uow.cas.set_state(child.id, CaState.SUSPENDED)
            uow.record(CaSuspended(object_id=str(child.id), reason=f"The parent CA {ca.id} was revoked."))


def list_cas_below(uow: Reader, ca: CertificateAuthority) -> Iterator[CertificateAuthority]:
    """Yield all CAs below a CA, at any depth."""
    everybody = uow.cas.list_all()
    rest = [ca.id]
    while rest:
        parent = rest.pop()
        children = [one for one in everybody if one.parent_id == parent]
        rest += [one.id for one in children]
        yield from children
