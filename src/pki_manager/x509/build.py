"""Encoder of the TBSCertificate of a plan: every field and extension by its clause of RFC 5280."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from pki_manager.domain.algorithms import SignatureAlgorithm
from pki_manager.domain.ca import Issuer, build_crl_part_url
from pki_manager.domain.certificate import Validity
from pki_manager.domain.errors import Fault
from pki_manager.domain.names import AlternativeName
from pki_manager.domain.plan import BasicConstraints, CertificatePlan
from pki_manager.domain.profiles.extensions import PlannedExtension
from pki_manager.domain.profiles.terms import Criticality, PolicyInformation
from pki_manager.x509 import general_names, keys, names
from pki_manager.x509.asn1 import der, encode, oids
from pki_manager.x509.asn1.typed_value import encode_value
from pki_manager.x509.signer_key import encode_algorithm_identifier

_Extensions = tuple[bytes, ...]
_VERSION_3 = der.encode(0xA0, der.integer(2))

_KEY_USAGE_ARGUMENTS = {
    "digitalSignature": "digital_signature",
    "contentCommitment": "content_commitment",
    "keyEncipherment": "key_encipherment",
    "dataEncipherment": "data_encipherment",
    "keyAgreement": "key_agreement",
    "keyCertSign": "key_cert_sign",
    "cRLSign": "crl_sign",
    "encipherOnly": "encipher_only",
    "decipherOnly": "decipher_only",
}

_NO_REV_AVAIL = encode.extension(oids.NO_REV_AVAIL, der.encode(der.NULL))


def build_tbs_certificate(
    plan: CertificatePlan, issuer: Issuer, validity: Validity, serial: int, algorithm: SignatureAlgorithm
) -> bytes:
    """Return the TBSCertificate of a plan (DER), version 3 (RFC 5280 §4.1). Parts that repeat are encoded once.

    The issuer field is `issuer.ca.subject_der` unchanged, string types included (§4.1.2.4); the key is `plan.spki_der`.
    Raises InvalidInput for a name that its encoding cannot contain; ValueError, TypeError, or Fault for a plan that
    cannot be encoded.
    """
    if serial <= 0 or validity.not_after < validity.not_before:
        raise ValueError("the serial number is not positive, or the validity ends before it begins")
    extensions = (
        *_usage_extensions(
            plan.basic_constraints, plan.key_usage, plan.extended_key_usage, plan.policies, plan.critical
        ),
        *_subject_extensions(plan),
        *_issuer_extensions(
            issuer.key.subject_key_identifier,
            None if plan.crl_url is None else build_crl_part_url(plan.crl_url, issuer.key.shard_of(serial)),
            plan.ocsp_url,
            plan.issuer_url,
        ),
        *(_custom_extensions(plan.extensions) if plan.extensions else ()),
    )
    return der.encode_sequence(
        _VERSION_3,
        der.integer(serial),
        encode_algorithm_identifier(algorithm),
        _issuer_name(issuer.ca.subject_der),
        der.encode_sequence(encode.time(validity.not_before), encode.time(validity.not_after)),
        names.encode_subject(plan.subject) if plan.subject_der is None else plan.subject_der,
        _public_key(plan.spki_der),
        der.encode(0xA3, der.encode_sequence(*extensions)),
    )


@lru_cache(maxsize=256)
def _issuer_name(subject_der: bytes) -> bytes:
    """Return the CA's Name. Raises Fault if pyca/cryptography would encode it with other bytes."""
    if x509.Name.from_bytes(subject_der).public_bytes() != subject_der:
        raise Fault("The issuer name cannot be encoded exactly as planned.", name=subject_der.hex())
    return subject_der


def _public_key(spki_der: bytes) -> bytes:
    """Return the planned key. Raises Fault if pyca/cryptography would encode it with other bytes."""
    if keys.encode_canonical(spki_der) != spki_der:
        raise Fault("The key is not encoded as planned.", spki_sha256=hashlib.sha256(spki_der).hexdigest())
    return spki_der


def _extension(value: x509.ExtensionType, *, critical: bool = False) -> bytes:
    return encode.extension(value.oid.dotted_string, value.public_bytes(), critical=critical)


@lru_cache(maxsize=256)
def _usage_extensions(
    constraints: BasicConstraints | None,
    key_usage: tuple[str, ...],
    extended_key_usage: tuple[str, ...],
    policies: tuple[PolicyInformation, ...],
    critical: tuple[Criticality, ...],
) -> _Extensions:
    """Return the extensions about the use of the key and the policies.

    All certificates of a profile have the same ones.

    §4.2.1.9, §4.2.1.3, §4.2.1.12, §4.2.1.4.
    """
    extensions: list[bytes] = []
    if constraints is not None:
        value = x509.BasicConstraints(ca=constraints.ca, path_length=constraints.path_length)
        extensions.append(_extension(value, critical=True))
    if key_usage:
        extensions.append(_extension(build_key_usage(key_usage), critical=Criticality.KEY_USAGE in critical))
    if extended_key_usage:
        purposes = [x509.ObjectIdentifier(oid) for oid in extended_key_usage]
        usage = x509.ExtendedKeyUsage(purposes)
        extensions.append(_extension(usage, critical=Criticality.EXTENDED_KEY_USAGE in critical))
    if policies:
        extensions.append(
            _extension(build_certificate_policies(policies), critical=Criticality.CERTIFICATE_POLICIES in critical)
        )
    return tuple(extensions)


def build_key_usage(names: tuple[str, ...]) -> x509.KeyUsage:
    """Return the keyUsage extension with these bits (RFC 5280 §4.2.1.3)."""
    return x509.KeyUsage(**{argument: bit in names for bit, argument in _KEY_USAGE_ARGUMENTS.items()})


def build_certificate_policies(policies: tuple[PolicyInformation, ...]) -> x509.CertificatePolicies:
    """Return the certificatePolicies extension (RFC 5280 §4.2.1.4), with id-qt-cps qualifiers."""
    return x509.CertificatePolicies(
        [
            x509.PolicyInformation(x509.ObjectIdentifier(policy.oid), [policy.cps] if policy.cps else None)
            for policy in policies
        ]
    )


def _subject_extensions(plan: CertificatePlan) -> list[bytes]:
    """Return the extensions about the subject.

    These are its key identifier (§4.2.1.2), alternative names, critical if the subject is empty (§4.2.1.6), name
    constraints (§4.2.1.10), and the extensions by which clients need not check its status (RFC 6960 §4.2.2.2.1, RFC
    9608 §2).
    """
    key_id = der.encode(der.OCTET_STRING, keys.compute_subject_key_identifier(plan.spki_der))
    extensions = [encode.extension(oids.SUBJECT_KEY_IDENTIFIER, key_id)]
    if plan.sans:
        value = x509.SubjectAlternativeName(_general_names(plan.sans))
        extensions.append(_extension(value, critical=plan.subject.is_empty()))
    if not plan.name_constraints.is_empty():
        constraints = general_names.to_name_constraints(plan.name_constraints)
        extensions.append(_extension(constraints, critical=True))
    if plan.ocsp_nocheck:
        extensions.append(_extension(x509.OCSPNoCheck()))
    if plan.no_rev_avail:
        extensions.append(_NO_REV_AVAIL)
    return extensions


def _general_names(sans: tuple[AlternativeName, ...]) -> list[x509.GeneralName]:
    return [general_names.to_general_name(name) for name in sans]


@lru_cache(maxsize=1024)
def _issuer_extensions(
    key_identifier: bytes, crl_url: str | None, ocsp_url: str | None, issuer_url: str | None
) -> _Extensions:
    """Return the extensions with the issuer's key and the addresses of status and issuer certificate.

    They are the same for every certificate of an issuer key, shard, and profile (§4.2.1.1, §4.2.1.13, §4.2.2.1).
    """
    extensions = [_extension(build_authority_key_identifier(key_identifier))]
    if crl_url is not None:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(crl_url)], None, None, None)
        extensions.append(_extension(x509.CRLDistributionPoints([point])))
    access = [
        x509.AccessDescription(method, x509.UniformResourceIdentifier(url))
        for method, url in (
            (AuthorityInformationAccessOID.OCSP, ocsp_url),
            (AuthorityInformationAccessOID.CA_ISSUERS, issuer_url),
        )
        if url is not None
    ]
    if access:
        extensions.append(_extension(x509.AuthorityInformationAccess(access)))
    return tuple(extensions)


@lru_cache(maxsize=256)
def _custom_extensions(extensions: tuple[PlannedExtension, ...]) -> _Extensions:
    """Return the extensions that the profile adds."""
    return tuple(
        encode.extension(one.oid, encode_value(one.type, one.value, "extensions"), critical=one.critical)
        for one in extensions
    )


def build_authority_key_identifier(key_identifier: bytes) -> x509.AuthorityKeyIdentifier:
    """Return the extension with the issuing key's identifier from its certificate, without issuer and serial."""
    return x509.AuthorityKeyIdentifier(key_identifier, None, None)
