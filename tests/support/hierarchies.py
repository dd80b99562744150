"""A small CA hierarchy, built by `x509` with keys of pyca/cryptography instead of a key backend."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pki_manager.domain.algorithms import KEY_TYPES, SIGNATURES
from pki_manager.domain.ca import CaState, CertificateAuthority, Issuer, IssuerKey, KeyState, StatusUrls
from pki_manager.domain.certificate import CertificateKind, Validity
from pki_manager.domain.names import AlternativeName, DistinguishedName, NameConstraints
from pki_manager.domain.plan import BasicConstraints, CertificatePlan
from pki_manager.domain.request import ValidityRequest
from pki_manager.domain.revocation import RevokedEntry
from pki_manager.x509 import assemble, keys, names, signer_key, verify
from pki_manager.x509.crl import CrlContent, encode_entry, prepare_crl
from pki_manager.x509.prepare import Lint, prepare_certificate

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
SERVER_AUTH = "1.3.6.1.5.5.7.3.1"


def no_lint(der: bytes) -> tuple[()]:
    return ()


def private_key(key_type: str, number: int = 1) -> signer_key.PrivateKey:
    """Return a new key. RSA keys are the throwaway key of the process, because generating them is slow."""
    make = signer_key.get_throwaway_key
    return make(KEY_TYPES[key_type]) if key_type.startswith("RSA") else make.__wrapped__(KEY_TYPES[key_type])


def spki(key: signer_key.PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def make_plan(subject: DistinguishedName, spki_der: bytes, **changes: object) -> CertificatePlan:
    """Return the plan of a server certificate, with `changes`."""
    plan = CertificatePlan(
        ca_id=UUID(int=1),
        profile="tls-server",
        profile_version=1,
        kind=CertificateKind.END_ENTITY,
        subject=subject,
        sans=(AlternativeName.parse("DNS:www.example.com"),),
        key_type="ECDSA-P256",
        spki_der=spki_der,
        validity=ValidityRequest(),
        basic_constraints=None,
        key_usage=("digitalSignature",),
        extended_key_usage=(SERVER_AUTH,),
        name_constraints=NameConstraints(),
        crl_url="http://status.example.com/crl/1/k1.crl",
        ocsp_url="http://status.example.com/ocsp",
        issuer_url="http://status.example.com/ca/1/k1.cer",
        ocsp_nocheck=False,
    )
    return replace(plan, **changes)


def ca_changes(path_length: int | None = None, **changes: object) -> dict[str, object]:
    """Return the changes that turn the plan of a server into that of a CA."""
    return {
        "profile": "ca",
        "kind": CertificateKind.ISSUED,
        "sans": (),
        "basic_constraints": BasicConstraints(ca=True, path_length=path_length),
        "key_usage": ("keyCertSign", "cRLSign", "digitalSignature"),
        "extended_key_usage": (),
    } | changes


@dataclass
class Context:
    """A CA and its private key."""

    issuer: Issuer
    key: signer_key.PrivateKey

    def sign(self, tbs: bytes) -> bytes:
        """Sign like the use cases: sign, verify, assemble, compare."""
        algorithm = SIGNATURES[self.issuer.key.signature_algorithm]
        signature = signer_key.sign(self.key, tbs, algorithm)
        verify.require_signature(self.issuer.key.spki_der, tbs, signature, algorithm)
        signed = assemble.assemble_signed(tbs, algorithm, signature)
        verify.require_same_tbs(signed, tbs)
        return signed

    def certify(
        self, plan: CertificatePlan, serial: int, validity: Validity | None = None, lint: Lint = no_lint
    ) -> bytes:
        validity = validity or Validity(NOW - timedelta(hours=1), NOW + timedelta(days=90))
        prepared = prepare_certificate(plan, self.issuer, validity, serial, lint=lint)
        return self.sign(prepared.take(self.issuer.key.spki_der))

    def crl(self, entries: Iterable[RevokedEntry] = (), number: int = 1, lint: Lint = no_lint) -> bytes:
        return self.sign_crl(
            CrlContent(number, NOW, NOW + timedelta(days=7), b"".join(map(encode_entry, entries))), lint
        )

    def sign_crl(self, content: CrlContent, lint: Lint = no_lint) -> bytes:
        prepared = prepare_crl(self.issuer, content, lint=lint)
        return self.sign(prepared.take(self.issuer.key.spki_der))


def make_issuer(
    subject: DistinguishedName,
    key_type: str,
    spki_der: bytes,
    *,
    signature_algorithm: str | None = None,
    subject_der: bytes | None = None,
    certificate_der: bytes | None = None,
) -> Issuer:
    """Return an issuer whose key has number 1. It is self-signed while it has no certificate."""
    ca_id, key_id = UUID(int=1), UUID(int=2)
    bits = keys.read_public_key_bits(spki_der)
    validity = Validity(NOW - timedelta(hours=1), NOW + timedelta(days=3650))
    return Issuer(
        ca=CertificateAuthority(
            id=ca_id,
            name="Example CA",
            subject=subject,
            subject_der=subject_der or names.encode_dn(subject),
            parent_id=None,
            state=CaState.ACTIVE,
            path_length=None,
            name_constraints=NameConstraints(),
            validity=validity,
            created_at=NOW,
            owner_id=None,
            team_id=None,
        ),
        key=IssuerKey(
            id=key_id,
            ca_id=ca_id,
            number=1,
            backend="embedded",
            backend_key_id="key",
            key_type=key_type,
            signature_algorithm=signature_algorithm or KEY_TYPES[key_type].signature.name,
            state=KeyState.CURRENT,
            spki_der=spki_der,
            subject_key_identifier=keys.compute_subject_key_identifier(spki_der),
            name_hash_sha1=b"",
            name_hash_sha256=b"",
            key_hash_sha1=bits[:20],
            key_hash_sha256=bits[:32],
            ocsp_key_id="ocsp",
            urls=StatusUrls("", "", ""),
            crl_number=0,
            created_at=NOW,
        ),
        certificate_der=certificate_der,
        validity=validity,
        path_length=None,
        ancestors_constraints=(),
        self_signed=certificate_der is None,
    )


def make_root(name: str = "Root CA", key_type: str = "ECDSA-P384") -> Context:
    """Return a root CA with its self-signed certificate."""
    key = private_key(key_type)
    subject = DistinguishedName.of(("C", "FR"), ("O", "Example"), ("CN", name))
    root = Context(make_issuer(subject, key_type, spki(key)), key)
    plan = make_plan(
        subject,
        spki(key),
        **ca_changes(kind=CertificateKind.SELF_SIGNED, key_type=key_type, crl_url=None, ocsp_url=None, issuer_url=None),
    )
    root.issuer = replace(
        root.issuer, certificate_der=root.certify(plan, 1 << 126, root.issuer.validity), self_signed=False
    )
    return root


def make_subordinate(
    parent: Context, name: str = "Issuing CA", key_type: str = "ECDSA-P256", **changes: object
) -> Context:
    """Return a CA below `parent`, with a path length of 0 and `changes` to its plan."""
    key = private_key(key_type)
    subject = DistinguishedName.of(("C", "FR"), ("O", "Example"), ("CN", name))
    plan = make_plan(subject, spki(key), **ca_changes(0, key_type=key_type, **changes))
    validity = Validity(NOW - timedelta(hours=1), NOW + timedelta(days=1825))
    certificate_der = parent.certify(plan, (1 << 126) + 1, validity)
    return Context(make_issuer(subject, key_type, spki(key), certificate_der=certificate_der), key)
