"""The signer of CMP responses of a CA: a certificate and key of its own, created on first use, renewed early.

A CA key signs only certificates and CRLs, and clients require `digitalSignature` in the signer's certificate (RFC 9483
§3.2), which a CA certificate does not have.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pki_manager.authority.certificates.enroll import issue_own
from pki_manager.authority.certificates.local_keys import build_local_key_facts
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.directory import Terms
from pki_manager.authority.kernel.issuers import find_ca, load_issuer
from pki_manager.authority.signing.chains import drop_root, find_chains
from pki_manager.authority.signing.sign import SigningKey, sign
from pki_manager.domain.algorithms import (
    SignatureAlgorithm,
    choose_ocsp_signature,
    choose_ocsp_signer_type,
    get_key_type,
    get_signature_algorithm,
)
from pki_manager.domain.ca import Issuer
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.names import DistinguishedName
from pki_manager.domain.request import RequestedContents
from pki_manager.domain.rights.actor import CMP_RESPONDER
from pki_manager.policy.constraints import find_common_directory
from pki_manager.ports.signer import KeyRef
from pki_manager.x509 import keys, parse
from pki_manager.x509.cmp.prepare import prepare_protected_part
from pki_manager.x509.signer_key import encode_algorithm_identifier

PROFILE = "cmp-responder"


@dataclass(frozen=True, slots=True, kw_only=True)
class CmpResponder:
    """A key that signs CMP responses. `chain` is its certificate, then those above it without the root (DER)."""

    ref: KeyRef
    algorithm: SignatureAlgorithm
    spki_der: bytes
    subject_der: bytes
    chain: tuple[bytes, ...]

    @property
    def key_id(self) -> bytes:
        return keys.compute_subject_key_identifier(self.spki_der)

    @property
    def protection_algorithm(self) -> bytes:
        return encode_algorithm_identifier(self.algorithm)

    def protect(self, ctx: Context, protected_part: bytes) -> bytes:
        """Return the signature of header and body (ProtectedPart, DER). Raises BackendUnavailable."""
        prepared = prepare_protected_part(protected_part, self.algorithm, self.spki_der)
        return sign(ctx, SigningKey(self.ref, self.spki_der), prepared).signature


def build_responder_key_id(issuer_key_id: UUID) -> str:
    """Return the ID of the CMP responder's key, which is in the key backend of the issuer key."""
    return f"cmp-{issuer_key_id}"


def load_responder(ctx: Context, ca_id: UUID) -> CmpResponder:
    """Return the responder of a CA's current key. A certificate that is missing or near expiration is issued first.

    Raises Conflict if the CA cannot issue; KeyOwnerRequired if only the key owner can create the responder's key;
    BackendUnavailable.
    """
    with ctx.ports.storage.read() as reader:
        issuer = load_issuer(reader, find_ca(reader, str(ca_id)))
        certificate = reader.certificates.find_newest(ca_id, PROFILE, CMP_RESPONDER.id, issuer.key.id)
    now = ctx.ports.clock.now()
    if certificate is None or _is_ageing(certificate, now):
        certificate = _issue(ctx, issuer)
    with ctx.ports.storage.read() as reader:
        chain = drop_root(find_chains(reader, certificate, now).usual)
    facts = parse.parse_certificate(certificate.der)
    signer_type = get_key_type(certificate.key_type)
    return CmpResponder(
        ref=KeyRef(issuer.key.backend, build_responder_key_id(issuer.key.id)),
        algorithm=choose_ocsp_signature(get_signature_algorithm(issuer.key.signature_algorithm), signer_type),
        spki_der=facts.key.spki_der,
        subject_der=facts.subject_der,
        chain=tuple(one.der for one in chain),
    )


def _issue(ctx: Context, issuer: Issuer) -> Certificate:
    signer = ctx.ports.signers.get(issuer.key.backend)
    ref = signer.generate(
        choose_ocsp_signer_type(get_key_type(issuer.key.key_type)), build_responder_key_id(issuer.key.id)
    )
    name = f"CMP responder {issuer.ca.id} k{issuer.key.number}"
    below = find_common_directory(issuer.ancestors_constraints)
    contents = RequestedContents(subject=DistinguishedName((*below.rdns, *DistinguishedName.of(("CN", name)).rdns)))
    with ctx.ports.storage.read() as reader:
        profile = reader.profiles.get(PROFILE)
    return issue_own(
        ctx, CMP_RESPONDER, build_local_key_facts(signer.get_public_key(ref)), contents, Terms(profile, issuer)
    )


def _is_ageing(certificate: Certificate, now: datetime) -> bool:
    life = certificate.validity.not_after - certificate.validity.not_before
    return certificate.revocation is not None or now > certificate.validity.not_after - life / 3
