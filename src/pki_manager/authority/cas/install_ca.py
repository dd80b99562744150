"""Installation of a certificate that an external parent issued to a local CA, after validation of its path.

The CAs above become external CAs (name, key, certificate), so that chains lead through them and their constraints apply
to everything that is issued below.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pki_manager.authority.cas.ca_request import get_key_without_certificate
from pki_manager.authority.cas.views import CaView, get_ca_view
from pki_manager.authority.kernel import guard
from pki_manager.authority.kernel.approval_gate import Act
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.idempotency import Done, change_once
from pki_manager.authority.signing.activation import queue_status, record_created
from pki_manager.authority.signing.external_cas import (
    ChainCertificate,
    ImportContext,
    build_certificate_record,
    ensure_known_ca,
    find_ca_certificate_faults,
    find_path_faults,
    identify_key,
    list_certified_policies,
    read_chain,
)
from pki_manager.authority.status.first_status import wait_for_status
from pki_manager.domain.approval import Operation
from pki_manager.domain.ca import CaState, CertificateAuthority, IssuerKey, KeyState
from pki_manager.domain.certificate import Certificate, CertificateKind
from pki_manager.domain.errors import Conflict, FieldError, InvalidInput, PolicyRefused
from pki_manager.domain.events.cas import CaCertificateInstalled
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.policy.approval import Touched
from pki_manager.ports.cas import CaTerms
from pki_manager.ports.unit_of_work import Claim, Reader, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallCertificate:
    """A certificate to install. `chain` is PEM: the CA's new certificate first, the self-signed root last."""

    ca: str
    chain: str


def install_certificate(
    ctx: Context, actor: Actor, command: InstallCertificate, claim: Claim | None = None
) -> Done[CaView]:
    """Install the certificate of a CA from an external parent.

    A pending CA becomes active; a next key can become current.

    Raises NotFound if the CA does not exist; Conflict if it waits for no certificate or this one is installed already;
    Malformed or InvalidInput with the field `certificate_chain` if the chain cannot be read; PolicyRefused with every
    reason against the certificate and its path.
    """
    access.require_somewhere(actor, Permission.CA_INSTALL)
    links = read_chain(command.chain)
    with ctx.ports.storage.read() as reader:
        found = guard.get_ca(reader, actor, Permission.CA_INSTALL, command.ca)
    ca_id = found.id

    def apply(uow: UnitOfWork, now: datetime) -> None:
        ca = uow.cas.get(ca_id)
        key = get_key_without_certificate(uow, ca)
        _judge(uow, ca, key, links, now)
        _install(ImportContext(ctx, uow, actor, now), ca, key, links)

    view, replayed = change_once(
        ctx,
        actor,
        claim,
        ca_id,
        apply,
        lambda reader: get_ca_view(reader, reader.cas.get(ca_id), ctx.ports.clock.now()),
        _installation_of(found, links),
        changes_directory=True,
    )
    if not replayed:
        wait_for_status(ctx, view.keys[0].key.id)
    return Done(view, replayed)


def _installation_of(ca: CertificateAuthority, links: Sequence[ChainCertificate]) -> Act:
    """Return the installation as an operation for the approval gate: every certificate by its name and fingerprint."""
    chain = [
        {"subject": str(link.facts.subject), "fingerprint_sha256": hashlib.sha256(link.der).hexdigest()}
        for link in links
    ]
    return Act(Operation.CA_INSTALL, "ca", str(ca.id), {"name": ca.name, "certificate_chain": chain}, Touched(ca=ca))


def _judge(
    reader: Reader, ca: CertificateAuthority, key: IssuerKey, links: Sequence[ChainCertificate], now: datetime
) -> None:
    """Raise PolicyRefused with every reason against the CA's certificate and against the path above it.

    Raises Conflict if the certificate is already installed.
    """
    refused = tuple(
        FieldError("certificate_chain", rule, message)
        for rule, message in (*_unfit(ca, key, links[0]), *find_path_faults(links, now))
    )
    if refused:
        detail = "; ".join(error.message for error in refused)
        raise PolicyRefused(f"The certificate cannot be installed: {detail}.", errors=refused)
    if any(one.der == links[0].der for one in reader.certificates.list_by_subject_key(key.id)):
        raise Conflict("The certificate is already installed.")


def _unfit(ca: CertificateAuthority, key: IssuerKey, own: ChainCertificate) -> Iterator[tuple[str, str]]:
    """Yield why the certificate is not valid for this CA (RFC 5280 §4.2.1.3, §4.2.1.9), as rule and message."""
    if own.facts.key.spki_der != key.spki_der:
        yield "install.key", "must be for the key that waits for a certificate; get its CSR with `ca csr`"
    if own.facts.subject != ca.subject:
        yield "install.subject", f"must have the subject {ca.subject}, not {own.facts.subject}"
    elif own.facts.subject_der != ca.subject_der and ca.state is not CaState.PENDING:
        yield "install.subject", "must encode the subject exactly as the earlier certificates of the CA"
    yield from find_ca_certificate_faults(own)


def _install(
    context: ImportContext, ca: CertificateAuthority, key: IssuerKey, links: Sequence[ChainCertificate]
) -> None:
    uow, own = context.uow, links[0]
    signer: IssuerKey | None = None
    for at in reversed(range(1, len(links))):
        signer = ensure_known_ca(context, links[at:], signer)
    if signer is None:
        raise InvalidInput.of(
            "certificate_chain", "install.root", "must contain the issuer's certificate after the certificate"
        )
    certificate = build_certificate_record(context, own, signer, key, CertificateKind.ISSUED)
    uow.certificates.add(certificate)
    uow.issuer_keys.identify(identify_key(key, own.facts))
    was_pending = ca.state is CaState.PENDING
    if key.state is KeyState.CURRENT:
        terms = CaTerms(
            subject_der=own.facts.subject_der,
            parent_id=signer.ca_id,
            path_length=own.facts.path_length,
            name_constraints=own.facts.name_constraints,
            policies=list_certified_policies(links),
            validity=own.facts.validity,
        )
        uow.cas.certify(ca.id, terms)
        if was_pending:
            uow.cas.set_state(ca.id, CaState.ACTIVE)
    _record(context, ca, key, certificate, links[1:], was_pending=was_pending)


def _record(
    context: ImportContext,
    ca: CertificateAuthority,
    key: IssuerKey,
    certificate: Certificate,
    above: Sequence[ChainCertificate],
    *,
    was_pending: bool,
) -> None:
    uow = context.uow
    uow.record(
        CaCertificateInstalled(
            object_id=str(ca.id),
            key_id=str(key.id),
            certificate_id=str(certificate.id),
            fingerprint_sha256=certificate.fingerprint_sha256.hex(),
            above=tuple(hashlib.sha256(link.der).hexdigest() for link in above),
        )
    )
    if was_pending:
        record_created(uow, ca, key.id, certificate)
    queue_status(uow, key.id, context.now)
