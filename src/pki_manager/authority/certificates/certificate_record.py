"""The stored form of a certificate, read back from the signed bytes."""

from __future__ import annotations

import hashlib
import json

from pki_manager.authority.certificates.predecessors import get_ownership
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.signing.issuance import Intended
from pki_manager.domain.certificate import Certificate, CertificateKind, Validity
from pki_manager.domain.errors import Fault
from pki_manager.x509 import parse


def record_of(ctx: Context, intent: Intended, der: bytes) -> Certificate:
    """Return a signed certificate (DER) in its stored form. Raises Fault if the key of a CA certificate is unknown."""
    issuer, enrollment, facts = intent.issuer, intent.enrollment, parse.parse_own_certificate(der)
    subject_key_id, kind = None, CertificateKind.END_ENTITY
    if facts.is_ca:
        with ctx.ports.storage.read() as reader:
            subject_key = reader.issuer_keys.find_by_spki(facts.key.spki_sha256)
        kind = CertificateKind(json.loads(enrollment.plan_json)["kind"])
        if subject_key is None and kind is not CertificateKind.CROSS:
            raise Fault(
                "A CA certificate is for a key that this installation does not know.", enrolment=str(enrollment.id)
            )
        subject_key_id = subject_key.id if subject_key else None
    owner_id, team_id = get_ownership(ctx, enrollment)
    return Certificate(
        id=ctx.new_id(),
        ca_id=issuer.ca.id,
        issuer_key_id=issuer.key.id,
        subject_key_id=subject_key_id,
        kind=kind,
        profile=enrollment.profile,
        profile_version=enrollment.profile_version,
        serial=facts.serial,
        issuer_name_sha256=hashlib.sha256(facts.issuer_der).digest(),
        subject=str(facts.subject),
        sans=facts.sans,
        validity=Validity(facts.validity.not_before, facts.validity.not_after),
        key_type=facts.key.name or facts.key.description,
        spki_sha256=facts.key.spki_sha256,
        fingerprint_sha256=hashlib.sha256(der).digest(),
        der=der,
        requested_by=enrollment.requested_by,
        owner_id=owner_id,
        team_id=team_id,
        renews=enrollment.renews,
        plan_sha256=enrollment.plan_sha256,
        ignored_extensions=intent.ignored_extensions,
        lint_version=enrollment.begun().lint_version,
        created_at=ctx.ports.clock.now(),
    )
