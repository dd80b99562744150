"""Import of a CA from another system: its certificate, those of the CAs above it, and its last CRL.

The CA becomes an external CA. Its history is then imported by a bulk job (`import_history`), and its key by
`take_over_ca`, which makes it a local CA. Nothing is published before that, so no CRL or OCSP response covers only a
part of the history.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from pki_manager.authority.cas.create_ca import check_name
from pki_manager.authority.cas.views import CaView, get_ca_view
from pki_manager.authority.kernel import approval_gate
from pki_manager.authority.kernel.approval_gate import Act
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.idempotency import Done, run_once
from pki_manager.authority.signing import revocations
from pki_manager.authority.signing.external_cas import (
    ChainCertificate,
    ImportContext,
    ensure_known_ca,
    find_ca_certificate_faults,
    find_path_faults,
    read_chain,
)
from pki_manager.domain.algorithms import KEY_TYPES
from pki_manager.domain.approval import Operation
from pki_manager.domain.ca import IssuerKey, KeyState
from pki_manager.domain.errors import Conflict, FieldError, PkiError, PolicyRefused
from pki_manager.domain.events.cas import CaImported
from pki_manager.domain.revocation import Revocation, RevocationReason, RevokedEntry
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.policy.keys import judge_key
from pki_manager.policy.reasons import Findings
from pki_manager.ports.unit_of_work import Claim, Reader, UnitOfWork
from pki_manager.x509 import foreign, pem
from pki_manager.x509.foreign import ForeignCrl


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportCa:
    """A CA to import. `chain` is PEM: the CA's certificate, then each issuer's, the self-signed root last.

    For a root CA, `chain` is its certificate alone. `crl` is the CA's last full CRL (PEM or Base64 of DER); None if it
    never issued one.
    """

    name: str
    chain: str
    crl: str | None = None


@dataclass(frozen=True, slots=True)
class ExternalCaFacts:
    """The contents of an `ImportCa` after reading: the chain, and the contents of the last CRL."""

    links: tuple[ChainCertificate, ...]
    crl_der: bytes | None
    crl: ForeignCrl | None

    @property
    def own(self) -> ChainCertificate:
        return self.links[0]


def import_ca(ctx: Context, actor: Actor, command: ImportCa, claim: Claim | None = None) -> Done[CaView]:
    """Add an external CA with the revocations and the number of its last CRL. Can be repeated.

    Raises Malformed or InvalidInput for invalid input; NameTaken if the name is in use; Conflict if the CA is local;
    PolicyRefused with every reason; ApprovalNeeded if approval is required.
    """
    access.require(actor, Permission.CA_CREATE)

    def work() -> UUID:
        given = read(command)
        with ctx.ports.storage.read() as reader:
            require_importable(ctx, reader, command.name, given)
        permit = approval_gate.ask(ctx, actor, _act(command.name, given))
        with ctx.ports.storage.begin(actor) as uow:
            now = ctx.ports.clock.now()
            permit.use(uow, now)
            context = ImportContext(ctx, uow, actor, now)
            key = _write(context, command.name, given)
            if claim is not None:
                uow.idempotency.claim(actor.id, claim, key.ca_id, now)
            end = given.own.facts.validity.not_after
            added = revoke_listed(uow, key, given.crl.entries if given.crl is not None else (), end, now)
            uow.record(_event(key, command.name, given, added))
        return key.ca_id

    ca_id, replayed = run_once(ctx, actor, claim, work, lambda made: made)
    with ctx.ports.storage.read() as reader:
        return Done(get_ca_view(reader, reader.cas.get(ca_id), ctx.ports.clock.now()), replayed)


def read(command: ImportCa) -> ExternalCaFacts:
    """Read the chain and the CRL of a CA to import.

    Raises Malformed, TooLarge, or InvalidInput, with the field `certificate_chain` or `crl`, if they cannot be read.
    """
    links = read_chain(command.chain)
    if command.crl is None:
        return ExternalCaFacts(links, None, None)
    crl_der = pem.read(command.crl, (pem.CRL,), "crl", max_size=2 * foreign.MAX_CRL_OCTETS)
    own = links[0].facts
    return ExternalCaFacts(links, crl_der, foreign.read_full_crl(crl_der, own.subject_der, own.key.spki_der))


def require_importable(ctx: Context, reader: Reader, name: str, given: ExternalCaFacts) -> IssuerKey | None:
    """Return the key of the CA if it is stored as the key of an external CA, else None.

    Raises PolicyRefused with every reason against the import; Conflict if the key belongs to a local CA; NameTaken or
    InvalidInput if the name of a new CA is in use or invalid.
    """
    findings = Findings()
    judge_key(given.own.facts.key, tuple(KEY_TYPES), findings)
    blocked = reader.known_keys.get_usage_history(given.own.facts.key.spki_sha256).blocked
    if blocked is not None:
        findings.refuse("key", "key.blocked", f"must not be a blocked key: {blocked}")
    own = (FieldError("certificate_chain", *fault) for fault in _faults(given, ctx.ports.clock.now()))
    if errors := (*own, *findings.errors):
        detail = "; ".join(error.message for error in errors)
        raise PolicyRefused(f"The CA cannot be imported: {detail}.", errors=errors)
    key = reader.issuer_keys.find_by_spki(given.own.facts.key.spki_sha256)
    if key is None:
        check_name(ctx, name)
    elif key.state is not KeyState.EXTERNAL:
        raise Conflict(f"The key already belongs to CA {reader.cas.get(key.ca_id).name!r} of this installation.")
    return key


def _faults(given: ExternalCaFacts, now: datetime) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the certificates of the CA, as rule and message."""
    own = given.own.facts
    yield from find_ca_certificate_faults(given.own)
    if now > own.validity.not_after:
        yield "import.expired", f"must not be expired; the certificate expired on {own.validity.not_after:%Y-%m-%d}"
    if len(given.links) > 1:
        yield from find_path_faults(given.links, now)
    elif own.subject_der != own.issuer_der:
        yield "install.root", "must end with the self-signed root certificate; this one is issued by another CA"
    else:
        try:
            foreign.require_certificate_by(given.own.der, own.key.spki_der, "certificate_chain")
        except PkiError as error:
            yield "import.signature", error.detail


def _act(name: str, given: ExternalCaFacts) -> Act:
    """Return the import as an operation for the approval gate: certificates and CRL by their hashes."""
    body = {
        "import": [hashlib.sha256(link.der).hexdigest() for link in given.links],
        "subject": str(given.own.facts.subject),
        "crl_sha256": _digest(given.crl_der),
    }
    return Act(Operation.CA_CREATE, "ca", name, body)


def _digest(der: bytes | None) -> str | None:
    return None if der is None else hashlib.sha256(der).hexdigest()


def _write(context: ImportContext, name: str, given: ExternalCaFacts) -> IssuerKey:
    """Store and return the key of the CA, after the keys of the CAs above it, each below its issuer."""
    signer: IssuerKey | None = None
    for at in reversed(range(1, len(given.links))):
        signer = ensure_known_ca(context, given.links[at:], signer)
    key = ensure_known_ca(context, given.links, signer, name)
    number = given.crl.number if given.crl is not None else None
    if number is not None and number > key.crl_number:
        key = replace(key, crl_number=number)
        context.uow.issuer_keys.raise_crl_number(key.id, number)
    return key


def revoke_listed(
    uow: UnitOfWork, key: IssuerKey, entries: Sequence[RevokedEntry], end: datetime, now: datetime
) -> int:
    """Record the revocations that a CRL of the key lists and that are not stored yet. Return their number.

    `end` is when the CA's certificate expires. It is stored as the expiration of a certificate that is not known yet.
    """
    added = 0
    for entry in entries:
        there = uow.certificates.find_serial(key.id, entry.serial)
        revocation = Revocation(
            issuer_key_id=key.id,
            serial=entry.serial,
            certificate_id=there.id if there is not None else None,
            reason=RevocationReason(entry.reason),
            time=entry.time,
            invalidity_date=entry.invalidity_date,
            not_after=there.validity.not_after if there is not None else end,
        )
        added += revocations.import_one(uow, revocation, now)
    return added


def _event(key: IssuerKey, name: str, given: ExternalCaFacts, revoked: int) -> CaImported:
    return CaImported(
        object_id=str(key.ca_id),
        name=name,
        subject=str(given.own.facts.subject),
        fingerprint_sha256=hashlib.sha256(given.own.der).hexdigest(),
        spki_sha256=given.own.facts.key.spki_sha256.hex(),
        crl_sha256=_digest(given.crl_der),
        crl_number=given.crl.number if given.crl is not None else None,
        revocations=revoked,
    )
