"""Certificates and CRLs that another program signed with the key of a CA to import."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PSS, PKCS1v15
from cryptography.hazmat.primitives.hashes import MD5
from cryptography.x509.oid import AuthorityInformationAccessOID

from pki_manager.domain.errors import InvalidInput, Malformed, PkiError
from pki_manager.domain.revocation import RevocationReason, RevokedEntry
from pki_manager.x509 import keys
from pki_manager.x509.asn1 import der
from pki_manager.x509.asn1.tlv import DerError
from pki_manager.x509.path.crl import PathCrl
from pki_manager.x509.path.link import to_canonical_name

MAX_CRL_OCTETS = 20 * 1024 * 1024
MAX_CRL_ELEMENTS = 1_000_000
"""Maximum number of ASN.1 elements in a CRL: about 140,000 entries with a reason.

The entries are recorded in one transaction, at some thousands per second.
"""
MAX_CRL_NUMBER = (1 << 63) - 1
"""Highest supported CRL number. A higher number is not a counter but a random number or a hash."""

_MAX_SERIAL = 1 << 160
_VERSION = 0xA0
_LEAST_FIELDS = 6


@dataclass(frozen=True, slots=True)
class ForeignCrl:
    """A full CRL. `number` and `next_update` are None if it has none.

    `distribution_points` are the URLs in its issuingDistributionPoint (RFC 5280 §5.2.5).
    """

    number: int | None
    this_update: datetime
    next_update: datetime | None
    entries: tuple[RevokedEntry, ...]
    distribution_points: tuple[str, ...] = ()


def require_certificate_by(certificate_der: bytes, spki_der: bytes, field: str) -> None:
    """Raise InvalidInput with `field` unless this key (DER) signed the certificate, which `parse_certificate` has read.

    SHA-1 is accepted, because old certificates need a status too. Raises Malformed if it is not a certificate.
    """
    try:
        certificate = x509.load_der_x509_certificate(certificate_der)
    except ValueError:
        raise Malformed.of(field, "certificate.form", "is not a certificate (RFC 5280 §4.1)") from None
    if not _is_by(certificate, certificate.tbs_certificate_bytes, spki_der):
        raise InvalidInput.of(field, "import.signature", "is not signed by the key of this CA")


@dataclass(frozen=True, slots=True)
class Naming:
    """The serial number and the names (`issuer_der`, `subject_der`) of a certificate."""

    serial: int
    issuer_der: bytes
    subject_der: bytes


def read_naming(certificate_der: bytes) -> Naming:
    """Read only the serial number and the names of a certificate. Raises Malformed if they cannot be read."""
    der.require_der(certificate_der, "certificate")
    fields = der.read_children(der.read_children(certificate_der, "certificate")[0], "certificate")
    at = 1 if fields and fields[0][0] == _VERSION else 0
    if len(fields) < at + _LEAST_FIELDS or fields[at][0] != der.INTEGER:
        raise Malformed.of("certificate", "certificate.form", "is not a certificate (RFC 5280 §4.1)")
    return Naming(int.from_bytes(der.read_content(fields[at]), "big", signed=True), fields[at + 2], fields[at + 4])


def is_same_name(one_der: bytes, other_der: bytes) -> bool:
    """Return whether two Names (DER) are equal by RFC 5280 §7.1. False if one cannot be read."""
    if one_der == other_der:
        return True
    try:
        return to_canonical_name(one_der) == to_canonical_name(other_der)
    except DerError:
        return False


def read_full_crl(crl_der: bytes, issuer_der: bytes, spki_der: bytes, field: str = "crl") -> ForeignCrl:
    """Read the CRL of the CA with that Name and key (DER).

    Raises Malformed if it is not a CRL; InvalidInput with `field` if it is the CRL of another CA or not signed by this
    key, is a delta or partial CRL (RFC 5280 §5.2.4, §5.2.5), or has a number above MAX_CRL_NUMBER.
    """
    read = PathCrl.read(crl_der, field, max_elements=MAX_CRL_ELEMENTS)
    scope = read.scope
    try:
        crl = x509.load_der_x509_crl(crl_der)
        found = {type(one.value): one.value for one in crl.extensions}
        entries = tuple(_entry(one, field) for one in crl)
    except (ValueError, x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        raise Malformed.of(field, "crl.form", "is not a certificate revocation list (RFC 5280 §5.1)") from None
    if not is_same_name(read.view.issuer, issuer_der):
        raise InvalidInput.of(field, "import.crl_issuer", "is the CRL of another CA")
    if not _is_by(crl, crl.tbs_certlist_bytes, spki_der):
        raise InvalidInput.of(field, "import.signature", "is not signed by the key of this CA")
    if x509.DeltaCRLIndicator in found or scope.foreign or scope.partial or scope.only_user or scope.only_ca:
        raise InvalidInput.of(field, "import.crl_full", "must be a full CRL, but lists only a part of the revocations")
    number = found.get(x509.CRLNumber)
    value = number.crl_number if isinstance(number, x509.CRLNumber) else None
    if value is not None and value > MAX_CRL_NUMBER:
        raise InvalidInput.of(
            field, "import.crl_number", f"has the CRL number {value:x}, which leaves no room for higher numbers"
        )
    return ForeignCrl(value, crl.last_update_utc, crl.next_update_utc, entries, tuple(_urls(found)))


def _urls(found: Mapping[type[x509.ExtensionType], x509.ExtensionType]) -> Iterator[str]:
    point = found.get(x509.IssuingDistributionPoint)
    names = point.full_name or () if isinstance(point, x509.IssuingDistributionPoint) else ()
    yield from (str(name.value) for name in names)


def _entry(revoked: x509.RevokedCertificate, field: str) -> RevokedEntry:
    serial = revoked.serial_number
    if not 0 < serial < _MAX_SERIAL:
        raise InvalidInput.of(
            field,
            "import.serial",
            f"has an entry for the serial number {serial:x}, which is not positive or longer than 20 octets",
        )
    reason, since = RevocationReason.UNSPECIFIED, None
    for extension in revoked.extensions:
        if isinstance(extension.value, x509.CRLReason):
            reason = _reason(extension.value, field)
        elif isinstance(extension.value, x509.InvalidityDate):
            since = extension.value.invalidity_date_utc
        elif extension.critical:
            raise InvalidInput.of(field, "import.crl_entry", f"has an entry that cannot be parsed ({serial:x})")
    return RevokedEntry(serial, revoked.revocation_date_utc.replace(tzinfo=UTC), reason.value, since)


def _reason(value: x509.CRLReason, field: str) -> RevocationReason:
    try:
        return RevocationReason(value.reason.value)
    except ValueError:
        raise InvalidInput.of(field, "import.crl_full", f"has an entry with the reason {value.reason.value}") from None


def _is_by(signed: x509.Certificate | x509.CertificateRevocationList, tbs: bytes, spki_der: bytes) -> bool:
    """Return whether that key made the signature over `tbs`. False for algorithms that cannot be verified."""
    try:
        key = keys.load(spki_der)
        digest = signed.signature_hash_algorithm
        scheme = signed.signature_algorithm_parameters
        if isinstance(digest, MD5):
            return False
        if isinstance(key, rsa.RSAPublicKey) and isinstance(scheme, PKCS1v15 | PSS) and digest is not None:
            key.verify(signed.signature, tbs, scheme, digest)
        elif isinstance(key, ec.EllipticCurvePublicKey) and isinstance(scheme, ec.ECDSA) and digest is not None:
            key.verify(signed.signature, tbs, scheme)
        elif digest is None and not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
            _verify_plain(key, signed.signature, tbs)
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError, PkiError):
        return False
    return True


def _verify_plain(key: object, signature: bytes, tbs: bytes) -> None:
    """Verify a signature whose algorithm hashes inside (EdDSA, ML-DSA). Raises TypeError for keys that cannot sign."""
    verify = getattr(key, "verify", None)
    if verify is None:
        raise TypeError("the key signs nothing")
    verify(signature, tbs)


def list_status_urls(certificate_der: bytes) -> Iterator[str]:
    """Yield the URLs of CRLs and OCSP responders in a certificate (RFC 5280 §4.2.1.13, §4.2.2.1).

    Yields nothing if the extensions cannot be read.
    """
    try:
        extensions = x509.load_der_x509_certificate(certificate_der).extensions
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return
    found = {type(one.value): one.value for one in extensions}
    points, accesses = found.get(x509.CRLDistributionPoints), found.get(x509.AuthorityInformationAccess)
    names: list[x509.GeneralName] = []
    if isinstance(points, x509.CRLDistributionPoints):
        names += [name for point in points for name in point.full_name or ()]
    if isinstance(accesses, x509.AuthorityInformationAccess):
        names += [one.access_location for one in accesses if one.access_method == AuthorityInformationAccessOID.OCSP]
    yield from (name.value for name in names if isinstance(name, x509.UniformResourceIdentifier))
