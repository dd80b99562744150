"""External CAs: stored by name, key, and certificate, so that chains lead through them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.domain.ca import CaState, CertificateAuthority, IssuerKey, KeyState, StatusUrls, find_name_fault
from pki_manager.domain.certificate import Certificate, CertificateFacts, CertificateKind
from pki_manager.domain.profiles.terms import PolicyInformation
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy.characters import is_hidden
from pki_manager.ports.unit_of_work import UnitOfWork
from pki_manager.x509 import keys, parse, path, pem
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.ocsp import request, response

EXTERNAL_PROFILE = (
    "external"
    """What stands where other certificates name their profile."""
)


@dataclass(frozen=True, slots=True)
class ChainCertificate:
    """One certificate of a chain that was provided from outside: its bytes and its facts."""

    der: bytes
    facts: CertificateFacts


def read_chain(chain: str, field: str = "certificate_chain") -> tuple[ChainCertificate, ...]:
    """Return the certificates of a PEM chain, in its order.

    Raises Malformed, TooLarge, or InvalidInput, with `field` and the position, for a certificate that cannot be read.
    """
    ders = pem.read_many(chain, pem.CERTIFICATE, field)
    return tuple(ChainCertificate(der, parse.parse_certificate(der, f"{field}.{at}")) for at, der in enumerate(ders))


def find_ca_certificate_faults(own: ChainCertificate) -> Iterator[tuple[str, str]]:
    """Yield the rule and message of each reason why a certificate cannot be a CA's (RFC 5280 §4.2.1.3, §4.2.1.9)."""
    if not own.facts.is_ca:
        yield "install.ca", "must be a CA certificate, which basicConstraints does not state (RFC 5280 §4.2.1.9)"
    usage = CertificateView.read(own.der).key_usage
    if usage is not None and not {"keyCertSign", "cRLSign"} <= usage:
        yield "install.ca", "must have keyCertSign and cRLSign in keyUsage (RFC 5280 §4.2.1.3)"


def find_path_faults(links: Sequence[ChainCertificate], now: datetime) -> Iterator[tuple[str, str]]:
    """Yield the rule and message of each fault of a path (RFC 5280 §6.1), and of each value that cannot be stored."""
    yield from _unkeepable(links)
    root = links[-1]
    if len(links) == 1:
        yield "install.root", "must contain the certificates of all issuers, the self-signed root last"
    elif root.facts.subject_der != root.facts.issuer_der:
        yield "install.root", "must end with a self-signed root certificate"
    # The path ends with this CA's own certificate; certificates that it issues are one step below.
    for depth, above in enumerate(links[1:], start=1):
        if above.facts.path_length is not None and above.facts.path_length < depth:
            message = (
                f"must not be so far below {above.facts.subject}, whose path length is exceeded (RFC 5280 §4.2.1.9)"
            )
            yield "install.path_length", message
    question = path.Question(
        certificate=links[0].der,
        intermediates=tuple(link.der for link in links[1:-1]),
        trust_anchors=(root.der,),
        time=now,
    )
    for reason in path.verify(question).reasons:
        yield f"path.{reason.code}", f"{reason.certificate}: {reason.message}"


def _unkeepable(links: Sequence[ChainCertificate]) -> Iterator[tuple[str, str]]:
    """Yield the rule and message of each value that could not be displayed or found again.

    These are names with invisible characters, and serial numbers that are too long.
    """
    for facts in (link.facts for link in links):
        limits = facts.name_constraints
        names = (facts.subject, *limits.permitted_directories, *limits.excluded_directories)
        values = [attribute.value for name in names for attribute in name.attributes()]
        values += [name.value for name in (*facts.sans, *limits.permitted, *limits.excluded)]
        if any(is_hidden(char) for text in values for char in text):
            message = f"must not contain invisible characters in names; the certificate of {facts.subject} does"
            yield "install.characters", message
        if facts.serial.bit_length() >= 8 * request.MAX_SERIAL_OCTETS:
            most = f"at most {request.MAX_SERIAL_OCTETS} (RFC 5280 §4.1.2.2)"
            yield (
                "install.serial",
                f"must not contain a serial number of more than {most} bytes; that of {facts.subject} has more",
            )


@dataclass(frozen=True, slots=True)
class ImportContext:
    """The context, unit of work, actor, and time with which imported rows are stored."""

    ctx: Context
    uow: UnitOfWork
    actor: Actor
    now: datetime


def identify_key(key: IssuerKey, facts: CertificateFacts) -> IssuerKey:
    """Return a copy of the key whose identifier and name hashes are those of its certificate.

    Certificates that the key signs then chain to that certificate.
    """
    hashes = response.compute_issuer_hashes(facts.subject_der, key.spki_der)
    return replace(
        key,
        subject_key_identifier=facts.subject_key_identifier or key.subject_key_identifier,
        name_hash_sha1=hashes["sha1"][0],
        name_hash_sha256=hashes["sha256"][0],
    )


def ensure_known_ca(
    context: ImportContext, links: Sequence[ChainCertificate], signer: IssuerKey | None, name: str | None = None
) -> IssuerKey:
    """Return the key of the CA in the first certificate.

    If that CA is not stored yet, it is added as an external CA, with its certificate.

    The other links are the certificates above it, the root last. `signer` is the key of the next link, None for the
    root. `name` is the name of an added CA. Default: its common name. Raises Conflict if the issuer has another
    certificate with the same serial number.
    """
    uow, link = context.uow, links[0]
    facts = link.facts
    key = uow.issuer_keys.find_by_spki(facts.key.spki_sha256)
    if key is None:
        key = add_external_ca(context, links, signer.ca_id if signer else None, name)
    if any(one.der == link.der for one in uow.certificates.list_by_subject_key(key.id)):
        return key
    kind = CertificateKind.ISSUED if signer else CertificateKind.SELF_SIGNED
    there = uow.certificates.find_serial((signer or key).id, facts.serial)
    if there is not None and there.der == link.der:
        uow.certificates.certify(there.id, key.id, kind)
    else:
        uow.certificates.add(build_certificate_record(context, link, signer or key, key, kind))
    return key


def list_certified_policies(links: Sequence[ChainCertificate]) -> tuple[PolicyInformation, ...]:
    """Return the certificate policies of the first certificate that are valid under the others."""
    return path.compute_policies([link.der for link in links])


def add_external_ca(
    context: ImportContext, links: Sequence[ChainCertificate], parent_id: UUID | None, name: str | None
) -> IssuerKey:
    """Add an external CA with its key, and return the key."""
    ctx, uow, facts = context.ctx, context.uow, links[0].facts
    ca_id = ctx.new_id()
    uow.cas.add(
        CertificateAuthority(
            id=ca_id,
            name=name or _free_name(uow, facts),
            subject=facts.subject,
            subject_der=facts.subject_der,
            parent_id=parent_id,
            state=CaState.EXTERNAL,
            path_length=facts.path_length,
            name_constraints=facts.name_constraints,
            validity=facts.validity,
            created_at=context.now,
            owner_id=context.actor.owner,
            team_id=context.actor.team_id,
            policies=list_certified_policies(links),
        )
    )
    key = _external_key(context, ca_id, facts)
    uow.issuer_keys.add(key)
    return key


def _free_name(uow: UnitOfWork, facts: CertificateFacts) -> str:
    """Return a name for the CA: its common name. If that is invalid or taken, a part of the key's hash is used."""
    shown = (facts.subject.values("CN") or (str(facts.subject),))[0]
    if find_name_fault(shown) is not None:
        shown = f"External CA {facts.key.spki_sha256.hex()[:16]}"
    return shown if uow.cas.find(shown) is None else f"{shown} ({facts.key.spki_sha256.hex()[:8]})"


def _external_key(context: ImportContext, ca_id: UUID, facts: CertificateFacts) -> IssuerKey:
    spki = facts.key.spki_der
    hashes = response.compute_issuer_hashes(facts.subject_der, spki)
    return IssuerKey(
        id=context.ctx.new_id(),
        ca_id=ca_id,
        number=1,
        backend="external",
        backend_key_id=facts.key.spki_sha256.hex(),
        key_type=facts.key.name or facts.key.description,
        signature_algorithm="",
        state=KeyState.EXTERNAL,
        spki_der=spki,
        subject_key_identifier=facts.subject_key_identifier or keys.compute_subject_key_identifier(spki),
        name_hash_sha1=hashes["sha1"][0],
        name_hash_sha256=hashes["sha256"][0],
        key_hash_sha1=hashes["sha1"][1],
        key_hash_sha256=hashes["sha256"][1],
        ocsp_key_id="",
        urls=StatusUrls(crl="", ocsp="", certificate=""),
        crl_number=0,
        created_at=context.now,
    )


def build_certificate_record(
    context: ImportContext,
    link: ChainCertificate,
    signer: IssuerKey,
    subject: IssuerKey | None,
    kind: CertificateKind,
    profile: str = EXTERNAL_PROFILE,
) -> Certificate:
    """Return the stored form of a certificate that was signed elsewhere. `profile` is the profile for its renewals."""
    facts = link.facts
    return Certificate(
        id=context.ctx.new_id(),
        ca_id=signer.ca_id,
        issuer_key_id=signer.id,
        subject_key_id=subject.id if subject else None,
        kind=kind,
        profile=profile,
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
        requested_by=context.actor.id,
        owner_id=context.actor.owner,
        team_id=context.actor.team_id,
        renews=None,
        plan_sha256=bytes(32),
        lint_version="",
        created_at=context.now,
    )
