"""Issuers: a CA with its current key, its certificate, and the constraints of the chain above it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from pki_manager.domain.ca import CertificateAuthority, Issuer, IssuerKey
from pki_manager.domain.certificate import Certificate, CertificateKind, Validity
from pki_manager.domain.errors import Conflict, NotFound
from pki_manager.domain.names import NameConstraints
from pki_manager.ports.unit_of_work import Reader
from pki_manager.x509.path.policies import compute_policies_left
from pki_manager.x509.path.purposes import compute_purposes_left

MAX_CHAIN = 10


def find_ca(reader: Reader, id_or_name: str) -> CertificateAuthority:
    """Return a CA by ID or unique name. Raises NotFound if there is none."""
    ca = reader.cas.find(id_or_name)
    if ca is None:
        raise NotFound.of("CA", id_or_name)
    return ca


def get_current_certificate(reader: Reader, key: IssuerKey) -> Certificate:
    """Return the preferred certificate of an issuer key. Raises Conflict while its CA is pending."""
    certificates = list_certificates_of_key(reader, key.id)
    if not certificates:
        raise Conflict("The CA has no certificate yet.")
    return certificates[0]


def list_certificates_of_key(reader: Reader, issuer_key_id: UUID) -> list[Certificate]:
    """Return the certificates of an issuer key, preferred first.

    Preferred are certificates that are not revoked, then those that are not cross-certificates, then the newest.
    """
    return sort_by_preference(reader.certificates.list_by_subject_key(issuer_key_id))


def list_certificates_of_keys(reader: Reader, issuer_key_ids: Collection[UUID]) -> Mapping[UUID, list[Certificate]]:
    """Return the certificates of issuer keys, by key ID, in the order of `list_certificates_of_key`."""
    held = reader.certificates.find_by_subject_keys(issuer_key_ids)
    return {key_id: sort_by_preference(newest_first) for key_id, newest_first in held.items()}


def sort_by_preference(newest_first: Sequence[Certificate]) -> list[Certificate]:
    """Sort certificates of one key: not revoked first, then cross-certificates last, then newest first."""
    return sorted(newest_first, key=lambda one: (one.revocation is not None, one.kind is CertificateKind.CROSS))


def get_chain(reader: Reader, certificate: Certificate) -> tuple[Certificate, ...]:
    """Return the chain of a certificate: itself first, then the preferred certificate of each issuer, the root last."""
    chain = [certificate]
    while not chain[-1].is_self_signed() and len(chain) < MAX_CHAIN:
        above = list_certificates_of_key(reader, chain[-1].issuer_key_id)
        if not above:
            break
        chain.append(above[0])
    return tuple(chain)


def load_issuer(reader: Reader, ca: CertificateAuthority) -> Issuer:
    """Return a CA as issuer with its current key and the constraints of every certificate above it."""
    issuer = _issuer(reader, ca, reader.issuer_keys.get_current(ca.id))
    chain = get_chain(reader, get_current_certificate(reader, issuer.key))
    return replace(issuer, policies_left=compute_policies_left([link.der for link in chain]))


def load_issuer_of_key(reader: Reader, issuer_key_id: UUID) -> Issuer:
    """Return the issuer of one key, current or not: each has its own CRL and OCSP signing certificate.

    It has no `policies_left`, so that a profile with policies that are not valid there does not prevent the CA from
    publishing the status of certificates that it issued.
    """
    key = reader.issuer_keys.get(issuer_key_id)
    return _issuer(reader, reader.cas.get(key.ca_id), key)


def _issuer(reader: Reader, ca: CertificateAuthority, key: IssuerKey) -> Issuer:
    certificate = get_current_certificate(reader, key)
    chain = get_chain(reader, certificate)
    authorities = [reader.cas.get(_subject_ca(reader, link)) for link in chain]
    return Issuer(
        ca=ca,
        key=key,
        certificate_der=certificate.der,
        validity=certificate.validity,
        path_length=_tightest_path_length(authorities),
        ancestors_constraints=tuple(a.name_constraints for a in authorities if not a.name_constraints.is_empty()),
        purposes_left=compute_purposes_left([link.der for link in chain]),
    )


def build_self_issuer(ca: CertificateAuthority, key: IssuerKey, validity: Validity) -> Issuer:
    """Return a new root CA as the issuer of its own certificate."""
    constraints: tuple[NameConstraints, ...] = ()
    return Issuer(
        ca=ca,
        key=key,
        certificate_der=None,
        validity=validity,
        path_length=None,
        ancestors_constraints=constraints,
        self_signed=True,
    )


def _subject_ca(reader: Reader, certificate: Certificate) -> UUID:
    if certificate.subject_key_id is None:
        raise Conflict("A chain contains a certificate that is not a CA certificate.")
    return reader.issuer_keys.get(certificate.subject_key_id).ca_id


def _tightest_path_length(authorities: list[CertificateAuthority]) -> int | None:
    """Return the smallest path length that the chain leaves below its first CA (RFC 5280 §6.1.4 (m)).

    Each CA's limit is reduced by the number of CAs between it and the signer. None means no limit.
    """
    remaining = [ctx.path_length - distance for distance, ctx in enumerate(authorities) if ctx.path_length is not None]
    return min(remaining) if remaining else None
