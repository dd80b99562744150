"""A certificate that a parent outside has issued to one of our CAs: judged as a whole path, then installed.

The CAs above that are not ours become external ones: known by name, key and certificate, so that chains lead through
them and their limits bind what is issued below.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from pki_manager.authority import guard
from pki_manager.authority.approval_gate import Act
from pki_manager.authority.ca_request import awaiting_key
from pki_manager.authority.context import Authority
from pki_manager.authority.idempotency import change
from pki_manager.authority.queries import CaView, view_of
from pki_manager.domain.actor import Actor
from pki_manager.domain.approval import Operation
from pki_manager.domain.authority import CaState, CertificateAuthority, IssuerKey, KeyState, StatusUrls
from pki_manager.domain.ca_events import CaCertificateInstalled, CaCreated
from pki_manager.domain.certificate import Certificate, CertificateFacts, CertificateKind
from pki_manager.domain.errors import Conflict, FieldError, InvalidInput, PolicyRefused
from pki_manager.domain.jobs import JobKind, NewJob
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.policy.approval import Touched
from pki_manager.ports.unit_of_work import Claim, Reader, UnitOfWork
from pki_manager.x509 import keys, ocsp, parse, path, pem
from pki_manager.x509.lint.certificate import CertificateView

PROFILE = "external"
"""What stands where other certificates name their profile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallCertificate:
    """`chain` is PEM: the CA's new certificate first, then each issuer's, the self-signed root last."""

    ca: str
    chain: str


def install_certificate(
    authority: Authority, actor: Actor, command: InstallCertificate, claim: Claim | None = None
) -> tuple[CaView, bool]:
    """`(view, replayed)`: a pending CA becomes active; a next key can take over.

    NotFound; Conflict where no certificate is awaited or this one is there already; Malformed, InvalidInput naming
    `certificate_chain`; PolicyRefused with every reason against the certificate and its path.
    """
    access.require_somewhere(actor, Permission.CA_INSTALL)
    ders = pem.read_many(command.chain, pem.CERTIFICATE, "certificate_chain")
    links = [_Link(der, parse.certificate(der, f"certificate_chain.{at}")) for at, der in enumerate(ders)]
    with authority.storage.read() as reader:
        found = guard.authority(reader, actor, Permission.CA_INSTALL, command.ca)
    ca_id = found.id

    def apply(uow: UnitOfWork, now: datetime) -> None:
        ca = uow.cas.get(ca_id)
        key = awaiting_key(uow, ca)
        _judge(uow, ca, key, links, now)
        _install(_Books(authority, uow, actor, now), ca, key, links)

    return change(
        authority,
        actor,
        claim,
        ca_id,
        apply,
        lambda reader: view_of(reader, reader.cas.get(ca_id), authority.clock.now()),
        _installation_of(found, links),
    )


@dataclass(frozen=True, slots=True)
class _Link:
    der: bytes
    facts: CertificateFacts


def _installation_of(ca: CertificateAuthority, links: Sequence[_Link]) -> Act:
    """As the approval gate is asked about it: every certificate by its name and fingerprint."""
    chain = [
        {"subject": str(link.facts.subject), "fingerprint_sha256": hashlib.sha256(link.der).hexdigest()}
        for link in links
    ]
    return Act(Operation.CA_INSTALL, "ca", str(ca.id), {"name": ca.name, "certificate_chain": chain}, Touched(ca=ca))


def _judge(
    reader: Reader | UnitOfWork, ca: CertificateAuthority, key: IssuerKey, links: Sequence[_Link], now: datetime
) -> None:
    """PolicyRefused with every reason against it: of the certificate for this CA, and of the path above it."""
    refused = tuple(
        FieldError("certificate_chain", rule, message)
        for rule, message in (*_unfit(ca, key, links[0]), *_unsound(links, now))
    )
    if refused:
        told = "; ".join(error.message for error in refused)
        raise PolicyRefused(f"the certificate is not installed: {told}", errors=refused)
    if any(one.der == links[0].der for one in reader.certificates.of_subject_key(key.id)):
        raise Conflict("this certificate is installed already")


def _unfit(ca: CertificateAuthority, key: IssuerKey, own: _Link) -> Iterator[tuple[str, str]]:
    """What keeps it from being a CA's, or from being this one's (RFC 5280 §4.2.1.3, §4.2.1.9): rule and message."""
    if own.facts.key.spki_der != key.spki_der:
        yield "install.key", "its first certificate is not for the key that awaits one: ask with `ca csr`"
    if own.facts.subject != ca.subject:
        yield "install.subject", f"is for {own.facts.subject}, the CA is {ca.subject}"
    elif own.facts.subject_der != ca.subject_der and ca.state is not CaState.PENDING:
        yield "install.subject", "writes the CA's name in another encoding than its certificates so far"
    if not own.facts.is_ca:
        yield "install.ca", "is not a CA's: basicConstraints does not say so (RFC 5280 §4.2.1.9)"
    usage = CertificateView.read(own.der).key_usage
    if usage is not None and not {"keyCertSign", "cRLSign"} <= usage:
        yield "install.ca", "its keyUsage lacks keyCertSign or cRLSign (RFC 5280 §4.2.1.3)"


def _unsound(links: Sequence[_Link], now: datetime) -> Iterator[tuple[str, str]]:
    """What is wrong with the path (RFC 5280 §6.1): rule and message."""
    root = links[-1]
    if len(links) == 1:
        yield "install.root", "is one certificate: the issuers' belong to it, the self-signed root last"
    elif root.facts.subject_der != root.facts.issuer_der:
        yield "install.root", "does not end in a self-signed root"
    # The path is judged up to this CA's own certificate; what it issues will stand one step further down.
    for depth, above in enumerate(links[1:], start=1):
        if above.facts.path_length is not None and above.facts.path_length < depth:
            told = f"{above.facts.subject} allows no CA that far below it (RFC 5280 §4.2.1.9)"
            yield "install.path_length", told
    question = path.Question(
        certificate=links[0].der,
        intermediates=tuple(link.der for link in links[1:-1]),
        trust_anchors=(root.der,),
        time=now,
    )
    for reason in path.verify(question).reasons:
        yield f"path.{reason.code}", f"{reason.certificate}: {reason.message}"


@dataclass(frozen=True, slots=True)
class _Books:
    """What rows are written with."""

    authority: Authority
    uow: UnitOfWork
    actor: Actor
    now: datetime


def _install(books: _Books, ca: CertificateAuthority, key: IssuerKey, links: Sequence[_Link]) -> None:
    uow, own = books.uow, links[0]
    signer: IssuerKey | None = None
    for above in reversed(links[1:]):
        signer = _known(books, above, signer)
    if signer is None:
        raise InvalidInput.of("certificate_chain", "install.root", "has nothing above the certificate")
    certificate = _record(books, own, signer, key, CertificateKind.ISSUED)
    uow.certificates.add(certificate)
    uow.issuer_keys.update(_identified(key, own.facts))
    was_pending = ca.state is CaState.PENDING
    if key.state is KeyState.CURRENT:
        uow.cas.update(
            replace(
                ca,
                subject_der=own.facts.subject_der,
                parent_id=signer.ca_id,
                path_length=own.facts.path_length,
                name_constraints=own.facts.name_constraints,
                validity=own.facts.validity,
                state=CaState.ACTIVE if was_pending else ca.state,
            )
        )
    _tell(books, ca, key, certificate, links[1:], was_pending=was_pending)


def _tell(
    books: _Books,
    ca: CertificateAuthority,
    key: IssuerKey,
    certificate: Certificate,
    above: Sequence[_Link],
    *,
    was_pending: bool,
) -> None:
    uow = books.uow
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
        uow.record(
            CaCreated(
                object_id=str(ca.id),
                name=ca.name,
                subject=str(ca.subject),
                key_id=str(key.id),
                certificate_id=str(certificate.id),
            )
        )
    for kind in (JobKind.PUBLISH_CA_CERTIFICATE, JobKind.RENEW_OCSP_SIGNER, JobKind.PUBLISH_CRL):
        uow.jobs.enqueue(NewJob(kind, {"issuer_key": str(key.id)}, coalesce=f"{kind}:{key.id}"), books.now)


def _identified(key: IssuerKey, facts: CertificateFacts) -> IssuerKey:
    """The key as its certificate calls it: what it signs names it by that identifier, and the issuer by those bytes."""
    hashes = ocsp.issuer_hashes(facts.subject_der, key.spki_der)
    return replace(
        key,
        subject_key_identifier=facts.subject_key_identifier or key.subject_key_identifier,
        name_hash_sha1=hashes["sha1"][0],
        name_hash_sha256=hashes["sha256"][0],
    )


def _known(books: _Books, link: _Link, signer: IssuerKey | None) -> IssuerKey:
    """The key of that CA certificate, ours or an external CA's, which is made known where it is not; its certificate

    too. `signer` is the key above it, None for the root.
    """
    uow, facts = books.uow, link.facts
    key = uow.issuer_keys.find_by_spki(facts.key.spki_sha256)
    if key is None:
        key = _external(books, facts, signer.ca_id if signer else None)
    if not any(one.der == link.der for one in uow.certificates.of_subject_key(key.id)):
        kind = CertificateKind.ISSUED if signer else CertificateKind.SELF_SIGNED
        uow.certificates.add(_record(books, link, signer or key, key, kind))
    return key


def _external(books: _Books, facts: CertificateFacts, parent_id: UUID | None) -> IssuerKey:
    authority, uow = books.authority, books.uow
    ca_id, spki = authority.new_id(), facts.key.spki_der
    shown = (facts.subject.values("CN") or (str(facts.subject),))[0]
    name = shown if uow.cas.find(shown) is None else f"{shown} ({facts.key.spki_sha256.hex()[:8]})"
    uow.cas.add(
        CertificateAuthority(
            id=ca_id,
            name=name,
            subject=facts.subject,
            subject_der=facts.subject_der,
            parent_id=parent_id,
            state=CaState.EXTERNAL,
            path_length=facts.path_length,
            name_constraints=facts.name_constraints,
            validity=facts.validity,
            created_at=books.now,
            owner_id=books.actor.owner,
            team_id=books.actor.team_id,
        )
    )
    hashes = ocsp.issuer_hashes(facts.subject_der, spki)
    key = IssuerKey(
        id=authority.new_id(),
        ca_id=ca_id,
        number=1,
        backend="external",
        backend_key_id=facts.key.spki_sha256.hex(),
        key_type=facts.key.name or facts.key.description,
        signature_algorithm="",
        state=KeyState.EXTERNAL,
        spki_der=spki,
        subject_key_identifier=facts.subject_key_identifier or keys.subject_key_identifier(spki),
        name_hash_sha1=hashes["sha1"][0],
        name_hash_sha256=hashes["sha256"][0],
        key_hash_sha1=hashes["sha1"][1],
        key_hash_sha256=hashes["sha256"][1],
        ocsp_key_id="",
        urls=StatusUrls(crl="", ocsp="", certificate=""),
        crl_number=0,
        created_at=books.now,
    )
    uow.issuer_keys.add(key)
    return key


def _record(books: _Books, link: _Link, signer: IssuerKey, subject: IssuerKey, kind: CertificateKind) -> Certificate:
    """A certificate that was signed elsewhere: no plan of ours, no profile, no lint."""
    facts = link.facts
    return Certificate(
        id=books.authority.new_id(),
        ca_id=signer.ca_id,
        issuer_key_id=signer.id,
        subject_key_id=subject.id,
        kind=kind,
        profile=PROFILE,
        profile_version=0,
        serial=facts.serial,
        issuer_name_sha256=hashlib.sha256(facts.issuer_der).digest(),
        subject=str(facts.subject),
        sans=facts.sans,
        validity=facts.validity,
        key_type=facts.key.name or facts.key.description,
        spki_sha256=facts.key.spki_sha256,
        fingerprint_sha256=hashlib.sha256(link.der).digest(),
        der=link.der,
        requested_by=books.actor.id,
        owner_id=books.actor.owner,
        team_id=books.actor.team_id,
        renews=None,
        plan_sha256=bytes(32),
        lint_version="",
        created_at=books.now,
    )
