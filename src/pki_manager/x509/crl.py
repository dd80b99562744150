"""CRLs, version 2 (RFC 5280 §5): functions that write them entry by entry in one pass, and that read them.

There is no builder object, so a CRL of a million entries costs one pass, and each entry can be encoded separately.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography import x509

from pki_manager.domain.algorithms import KEY_TYPES, SIGNATURES, SignatureAlgorithm, require_fit
from pki_manager.domain.ca import Issuer
from pki_manager.domain.errors import Malformed
from pki_manager.domain.revocation import RevocationReason, RevokedEntry
from pki_manager.x509 import assemble, signer_key
from pki_manager.x509.asn1 import der, encode
from pki_manager.x509.asn1.oids import (
    AUTHORITY_KEY_IDENTIFIER,
    CRL_NUMBER,
    DELTA_CRL_INDICATOR,
    FRESHEST_CRL,
    INVALIDITY_DATE,
    ISSUING_DISTRIBUTION_POINT,
    REASON_CODE,
)
from pki_manager.x509.build import build_authority_key_identifier
from pki_manager.x509.prepare import Lint, Prepared, require_no_errors

_VERSION_2 = der.integer(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrlFacts:
    """The contents of a CRL. `number` is None if it has none; `serials` are in the order of the list.

    `base_number` is the BaseCRLNumber of a delta CRL; None for a full one.
    """

    number: int | None
    base_number: int | None
    this_update: datetime
    next_update: datetime | None
    serials: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrlLookup:
    """The entry of one serial number in a CRL, and the numbers and times of the CRL. `base_number` is as in CrlFacts.

    `revoked_at` and `reason` are None unless the serial number is `listed`. If it is listed and `reason` is None, the
    entry is removeFromCRL.
    """

    number: int | None
    base_number: int | None
    this_update: datetime
    next_update: datetime | None
    listed: bool
    revoked_at: datetime | None
    reason: RevocationReason | None


@dataclass(frozen=True, slots=True)
class CrlContent:
    """The contents of a CRL. `entries` is the concatenated DER of the results of `encode_entry` and `encode_removal`.

    Times are UTC and encoded to the second. A delta CRL has the `base_number` of the full CRL that it refers to;
    `delta_url` is the address of the deltas of a full CRL. `scope_url` is the distribution point of a partition, as in
    its certificates.
    """

    number: int
    this_update: datetime
    next_update: datetime
    entries: bytes
    base_number: int | None = None
    delta_url: str | None = None
    scope_url: str | None = None


def prepare_crl(issuer: Issuer, content: CrlContent, *, lint: Lint) -> Prepared:
    """Build and lint a CRL of one issuer key. Raises LintRefused if lint finds an error. No private key is used."""
    algorithm = SIGNATURES[issuer.key.signature_algorithm]
    key_type = KEY_TYPES[issuer.key.key_type]
    require_fit(key_type, algorithm)
    tbs = build_tbs_cert_list(issuer, algorithm, content)
    signature = signer_key.get_throwaway_signature(key_type, algorithm)
    return require_no_errors(
        tbs, algorithm, issuer.key.spki_der, lint(assemble.assemble_signed(tbs, algorithm, signature))
    )


def build_tbs_cert_list(issuer: Issuer, algorithm: SignatureAlgorithm, content: CrlContent) -> bytes:
    """Return the TBSCertList (DER): issuer as in the CA's certificates, AKI, CRL number; an IDP for a partition.

    An empty list omits `revokedCertificates` (RFC 5280 §5.1.2.6).
    """
    return der.encode_sequence(
        _VERSION_2,
        signer_key.encode_algorithm_identifier(algorithm),
        issuer.ca.subject_der,
        encode.time(content.this_update),
        encode.time(content.next_update),
        der.encode_sequence(content.entries) if content.entries else b"",
        der.encode(0xA0, der.encode_sequence(*_extensions(issuer, content))),
    )


def _extensions(issuer: Issuer, content: CrlContent) -> Iterator[bytes]:
    """Yield the extensions of a CRL: authorityKeyIdentifier and cRLNumber (§5.2.1, §5.2.3), and up to two others.

    A partition and its deltas have issuingDistributionPoint (§5.2.5), deltas have deltaCRLIndicator (§5.2.4), and full
    CRLs with deltas have freshestCRL (§5.2.6).
    """
    key_identifier = build_authority_key_identifier(issuer.key.subject_key_identifier)
    yield encode.extension(AUTHORITY_KEY_IDENTIFIER, key_identifier.public_bytes())
    yield encode.extension(CRL_NUMBER, der.integer(content.number))
    if content.scope_url is not None:
        yield encode.extension(ISSUING_DISTRIBUTION_POINT, _scope(content.scope_url), critical=True)
    if content.base_number is not None:
        yield encode.extension(DELTA_CRL_INDICATOR, der.integer(content.base_number), critical=True)
    elif content.delta_url is not None:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(content.delta_url)], None, None, None)
        yield encode.extension(FRESHEST_CRL, x509.FreshestCRL([point]).public_bytes())


def _scope(url: str) -> bytes:
    """Return an issuingDistributionPoint for certificates of every kind and all reasons, with this URL as its name."""
    point = x509.IssuingDistributionPoint(
        full_name=[x509.UniformResourceIdentifier(url)],
        relative_name=None,
        only_contains_user_certs=False,
        only_contains_ca_certs=False,
        only_some_reasons=None,
        indirect_crl=False,
        only_contains_attribute_certs=False,
    )
    return point.public_bytes()


def encode_entry(revoked: RevokedEntry) -> bytes:
    """Return one entry of `revokedCertificates` (DER). The reason unspecified is omitted (RFC 5280 §5.3.1)."""
    extensions = _reason_extension(revoked.reason)
    if revoked.invalidity_date is not None:
        extensions += encode.extension(INVALIDITY_DATE, encode.generalized_time(revoked.invalidity_date))
    return der.encode_sequence(
        der.integer(revoked.serial), encode.time(revoked.time), der.encode_sequence(extensions) if extensions else b""
    )


def encode_removal(serial: int, time: datetime) -> bytes:
    """Return the entry (DER) of a delta CRL that releases a hold: removeFromCRL (RFC 5280 §5.3.1)."""
    return der.encode_sequence(der.integer(serial), encode.time(time), der.encode_sequence(_REMOVE_FROM_CRL))


@lru_cache(maxsize=16)
def _reason_extension(name: str) -> bytes:
    reason = RevocationReason(name)
    if reason is RevocationReason.UNSPECIFIED:
        return b""
    return encode.extension(REASON_CODE, der.encode(der.ENUMERATED, bytes((reason.crl_code,))))


_REMOVE_FROM_CRL = encode.extension(REASON_CODE, der.encode(der.ENUMERATED, b"\x08"))


def read_entry_serials(entries: bytes) -> frozenset[int]:
    """Return the serial numbers in concatenated results (DER) of `encode_entry`."""
    encoded = der.read_children(der.encode_sequence(entries))
    return frozenset(int.from_bytes(der.read_content(der.read_children(entry)[0]), "big") for entry in encoded)


def read_crl_facts(crl_der: bytes, field: str = "crl") -> CrlFacts:
    """Read a CRL (DER) of any length; its signature is not verified.

    Raises Malformed with `field` if it cannot be read.
    """
    with _reading(field):
        crl = x509.load_der_x509_crl(crl_der)
        number, base = _numbers(crl)
        return CrlFacts(
            number=number,
            base_number=base,
            this_update=crl.last_update_utc,
            next_update=crl.next_update_utc,
            serials=tuple(revoked.serial_number for revoked in crl),
        )


def find_crl_entry(crl_der: bytes, serial: int, field: str = "crl") -> CrlLookup:
    """Find the entry of one serial number in a CRL (DER). Raises Malformed with `field` if the CRL cannot be read."""
    with _reading(field):
        crl = x509.load_der_x509_crl(crl_der)
        number, base = _numbers(crl)
        found = crl.get_revoked_certificate_by_serial_number(serial)
        return CrlLookup(
            number=number,
            base_number=base,
            this_update=crl.last_update_utc,
            next_update=crl.next_update_utc,
            listed=found is not None,
            revoked_at=found.revocation_date_utc if found is not None else None,
            reason=_reason(found) if found is not None else None,
        )


def _numbers(crl: x509.CertificateRevocationList) -> tuple[int | None, int | None]:
    """Return cRLNumber and BaseCRLNumber, each None if absent."""
    found = {type(extension.value): extension.value for extension in crl.extensions}
    number, base = found.get(x509.CRLNumber), found.get(x509.DeltaCRLIndicator)
    return (
        number.crl_number if isinstance(number, x509.CRLNumber) else None,
        base.crl_number if isinstance(base, x509.DeltaCRLIndicator) else None,
    )


def _reason(revoked: x509.RevokedCertificate) -> RevocationReason | None:
    """Return the reason of an entry; unspecified if it has none (§5.3.1); None for removeFromCRL."""
    found = {type(extension.value): extension.value for extension in revoked.extensions}
    reason = found.get(x509.CRLReason)
    if not isinstance(reason, x509.CRLReason):
        return RevocationReason.UNSPECIFIED
    return None if reason.reason is x509.ReasonFlags.remove_from_crl else RevocationReason(reason.reason.value)


@contextmanager
def _reading(field: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        raise Malformed.of(field, "crl.form", "is not a certificate revocation list (RFC 5280 §5.1)") from None
