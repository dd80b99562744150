"""Who signs: a CA with its current key, its certificate and what the chain above it allows."""

from __future__ import annotations

from uuid import UUID

from pki_manager.domain.authority import CertificateAuthority, Issuer, IssuerKey
from pki_manager.domain.certificate import Certificate, Validity
from pki_manager.domain.errors import Conflict, NotFound
from pki_manager.domain.names import NameConstraints
from pki_manager.ports.unit_of_work import Reader, UnitOfWork

MAX_CHAIN = 10


def find_ca(reader: Reader | UnitOfWork, id_or_name: str) -> CertificateAuthority:
    """By id or unique name; NotFound."""
    ca = reader.cas.find(id_or_name)
    if ca is None:
        raise NotFound.of("certificate authority", id_or_name)
    return ca


def current_certificate(reader: Reader | UnitOfWork, key: IssuerKey) -> Certificate:
    """The newest certificate of an issuer key; Conflict while its CA is still pending."""
    certificates = reader.certificates.of_subject_key(key.id)
    if not certificates:
        raise Conflict("the certificate authority has no certificate yet")
    return certificates[0]


def chain_of(reader: Reader | UnitOfWork, certificate: Certificate) -> tuple[Certificate, ...]:
    """`certificate` first, then each issuer's certificate, the self-signed root last."""
    chain = [certificate]
    while chain[-1].issuer_key_id != chain[-1].subject_key_id and len(chain) < MAX_CHAIN:
        above = reader.certificates.of_subject_key(chain[-1].issuer_key_id)
        if not above:
            break
        chain.append(above[0])
    return tuple(chain)


def load_issuer(reader: Reader | UnitOfWork, ca: CertificateAuthority) -> Issuer:
    """The CA as a signer with its current key: newest certificate, and the limits of every certificate above."""
    return _issuer(reader, ca, reader.issuer_keys.current(ca.id))


def issuer_of_key(reader: Reader | UnitOfWork, issuer_key_id: UUID) -> Issuer:
    """The same for one key, current or not: each keeps its own CRL and OCSP signer."""
    key = reader.issuer_keys.get(issuer_key_id)
    return _issuer(reader, reader.cas.get(key.ca_id), key)


def _issuer(reader: Reader | UnitOfWork, ca: CertificateAuthority, key: IssuerKey) -> Issuer:
    certificate = current_certificate(reader, key)
    authorities = [reader.cas.get(_subject_ca(reader, link)) for link in chain_of(reader, certificate)]
    return Issuer(
        ca=ca,
        key=key,
        certificate_der=certificate.der,
        validity=certificate.validity,
        path_length=_tightest_path_length(authorities),
        ancestors_constraints=tuple(a.name_constraints for a in authorities if not a.name_constraints.is_empty()),
    )


def self_issuer(ca: CertificateAuthority, key: IssuerKey, validity: Validity) -> Issuer:
    """A root about to sign its own first certificate."""
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


def _subject_ca(reader: Reader | UnitOfWork, certificate: Certificate) -> UUID:
    if certificate.subject_key_id is None:
        raise Conflict("a chain leads through a certificate that is not a CA's")
    return reader.issuer_keys.get(certificate.subject_key_id).ca_id


def _tightest_path_length(authorities: list[CertificateAuthority]) -> int | None:
    """RFC 5280 §6.1.4 (m): each certificate's limit, less the CAs that already stand between it and the signer."""
    remaining = [
        authority.path_length - distance
        for distance, authority in enumerate(authorities)
        if authority.path_length is not None
    ]
    return min(remaining) if remaining else None
