"""Domain values for the storage suite: plausible, distinct by number, and not signed by anybody."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pki_manager.domain.ca import CaState, CertificateAuthority, IssuerKey, KeyState, StatusUrls
from pki_manager.domain.certificate import Certificate, CertificateKind, Validity
from pki_manager.domain.enrollment import Enrollment, EnrollmentState, Intent
from pki_manager.domain.events.audit import InstallationInitialized
from pki_manager.domain.ids import create_uuid7
from pki_manager.domain.names import AlternativeName, DistinguishedName, NameConstraints
from pki_manager.domain.profiles.terms import PolicyInformation
from pki_manager.domain.revocation import Revocation, RevocationReason
from pki_manager.domain.rights.actor import Actor, build_system_actor
from pki_manager.ports.revocations import CrlRecord
from pki_manager.ports.unit_of_work import UnitOfWork
from pki_manager.x509 import crl
from tests.fakes.clock import START

ACTOR: Actor = build_system_actor("test")
EVENT = InstallationInitialized(object_id="installation")
YEAR = timedelta(days=365)


def new_id(number: int) -> UUID:
    """Version 7 ids whose order is that of their numbers."""
    return create_uuid7(1_800_000_000_000 + number, hashlib.sha256(str(number).encode()).digest()[:10])


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


@dataclass(frozen=True)
class Hierarchy:
    """A CA and its key."""

    ca: CertificateAuthority
    key: IssuerKey


def hierarchy(number: int = 1, parent: UUID | None = None) -> Hierarchy:
    ca = CertificateAuthority(
        id=new_id(number * 1_000_000),
        name=f"CA {number}",
        subject=DistinguishedName.of(("O", "Exämple, Inc."), ("CN", f"CA {number}")),
        subject_der=digest(f"subject {number}"),
        parent_id=parent,
        state=CaState.ACTIVE,
        path_length=0,
        name_constraints=NameConstraints(permitted=(AlternativeName.parse("DNS:example.com"),)),
        validity=Validity(START, START + 10 * YEAR),
        created_at=START,
        owner_id="local:alice",
        team_id=new_id(7),
        policies=(PolicyInformation("1.2.3", "https://example.com/cps"), PolicyInformation("2.5.29.32.0")),
    )
    return Hierarchy(ca, issuer_key(ca.id, number))


def issuer_key(
    ca_id: UUID, seed: int, *, number: int = 1, state: KeyState = KeyState.CURRENT, crl_number: int = 0
) -> IssuerKey:
    return IssuerKey(
        id=new_id(seed * 1_000_000 + number),
        ca_id=ca_id,
        number=number,
        backend="embedded",
        backend_key_id=f"key-{seed}-{number}",
        key_type="ECDSA-P256",
        signature_algorithm="ECDSA-SHA256",
        state=state,
        spki_der=f"spki {seed} {number}".encode(),
        subject_key_identifier=digest(f"ski {seed} {number}")[:20],
        name_hash_sha1=digest(f"name {seed}")[:20],
        name_hash_sha256=digest(f"name {seed}"),
        key_hash_sha1=digest(f"key {seed} {number}")[:20],
        key_hash_sha256=digest(f"key {seed} {number}"),
        ocsp_key_id=f"ocsp-{seed}-{number}",
        urls=StatusUrls(
            crl=f"http://localhost/crl/{ca_id}/k{number}.crl",
            ocsp="http://localhost/ocsp",
            certificate=f"http://localhost/ca/{ca_id}/k{number}.cer",
        ),
        crl_number=crl_number,
        created_at=START,
    )


def make_certificate(
    of: Hierarchy,
    certificate_id: UUID,
    *,
    serial: int,
    profile: str = "tls-server",
    names: tuple[str, ...] = ("DNS:www.example.com", "IP:192.0.2.1"),
    subject: str = "CN=www.example.com,O=Example\\, Inc.",
    not_after: datetime = START + YEAR,
    subject_key_id: UUID | None = None,
    requested_by: str = "local:alice",
) -> Certificate:
    return Certificate(
        id=certificate_id,
        ca_id=of.ca.id,
        issuer_key_id=of.key.id,
        subject_key_id=subject_key_id,
        kind=CertificateKind.ISSUED if subject_key_id else CertificateKind.END_ENTITY,
        profile=profile,
        profile_version=1,
        serial=serial,
        issuer_name_sha256=digest(of.ca.name),
        subject=subject,
        sans=tuple(AlternativeName.parse(name) for name in names),
        validity=Validity(START, not_after),
        key_type="ECDSA-P256",
        spki_sha256=digest(f"spki of {certificate_id}"),
        fingerprint_sha256=digest(f"fingerprint of {certificate_id}"),
        der=digest(f"der of {certificate_id}") * 30,
        requested_by=requested_by,
        owner_id="local:alice",
        team_id=new_id(7),
        renews=new_id(8),
        plan_sha256=digest("plan"),
        lint_version="rules-1",
        created_at=START,
    )


def make_enrolment(of: Hierarchy, number: int, *, serial: int, deadline: datetime) -> Enrollment:
    return Enrollment(
        id=new_id(number),
        state=EnrollmentState.ISSUING,
        ca_id=of.ca.id,
        profile="tls-server",
        profile_version=1,
        plan_json=b'{"profile":"tls-server"}',
        plan_sha256=digest("plan"),
        requested_by="local:alice",
        via="rest",
        owner_id="local:alice",
        team_id=new_id(7),
        created_at=START,
        changed_at=START,
        intent=Intent(
            serial=serial,
            issuer_key_id=of.key.id,
            tbs_der=b"tbs",
            signature_algorithm="ECDSA-SHA256",
            lint_version="rules-1",
            node="host/worker-1",
            deadline=deadline,
        ),
    )


def make_revocation(
    of: Hierarchy,
    serial: int,
    *,
    certificate_id: UUID | None = None,
    reason: RevocationReason = RevocationReason.KEY_COMPROMISE,
    time: datetime = START,
    not_after: datetime = START + YEAR,
) -> Revocation:
    return Revocation(
        issuer_key_id=of.key.id,
        serial=serial,
        certificate_id=certificate_id,
        reason=reason,
        time=time,
        invalidity_date=time - timedelta(hours=1),
        not_after=not_after,
    )


def revoke(unit: UnitOfWork, *revocations: Revocation) -> None:
    """Add them, as of the time that each says."""
    for revocation in revocations:
        unit.revocations.add(revocation, crl.encode_entry(revocation.entry), revocation.time)


def make_crl(of: Hierarchy, number: int) -> CrlRecord:
    return CrlRecord(
        id=new_id(number),
        issuer_key_id=of.key.id,
        number=number,
        this_update=START,
        next_update=START + timedelta(days=7),
        entries=number,
        der=b"crl %d" % number,
        created_at=START,
    )
