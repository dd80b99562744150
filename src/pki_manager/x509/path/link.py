"""One certificate of a path, in the form that path validation compares."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from pki_manager.domain.algorithms import SIGNATURES, KeyFamily, SignatureAlgorithm
from pki_manager.domain.errors import Malformed, PkiError
from pki_manager.x509 import keys, verify
from pki_manager.x509.asn1 import der as guard
from pki_manager.x509.asn1 import tlv as der
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.asn1.structures import AlgorithmIdentifier, read_name
from pki_manager.x509.asn1.tlv import DerError
from pki_manager.x509.decode.text import Warnings, name
from pki_manager.x509.path.model import Budget
from pki_manager.x509.signer_key import encode_algorithm_identifier

CanonicalName = tuple[frozenset[tuple[bytes, str]], ...]

_CODECS = {
    der.UTF8_STRING: "utf-8",
    der.BMP_STRING: "utf-16-be",
    der.UNIVERSAL_STRING: "utf-32-be",
    der.PRINTABLE_STRING: "ascii",
    der.IA5_STRING: "ascii",
    der.TELETEX_STRING: "latin-1",
}
_ALGORITHMS: dict[bytes, SignatureAlgorithm] = {encode_algorithm_identifier(row): row for row in SIGNATURES.values()}
_LEAST_RSA = 2048


def to_canonical_name(raw: bytes) -> CanonicalName:
    """Return a Name (DER) in a form for comparison (RFC 5280 §7.1).

    Case, repeated white space, and string type are ignored. Raises DerError if the name cannot be read.
    """
    return tuple(frozenset((one.type, _folded(one.tag, one.value)) for one in rdn) for rdn in read_name(raw))


def _folded(tag: int, octets: bytes) -> str:
    codec = _CODECS.get(tag)
    try:
        text = octets.decode(codec) if codec else f"#{tag:02x}{octets.hex()}"
    except UnicodeDecodeError:
        return f"#{tag:02x}{octets.hex()}"
    return " ".join(text.split()).casefold()


def find_algorithm(identifier: AlgorithmIdentifier) -> SignatureAlgorithm | None:
    """Return the signature algorithm with exactly these parameters; None if it is not supported."""
    return _ALGORITHMS.get(identifier.raw)


def is_signed(tbs: bytes, identifier: AlgorithmIdentifier, signature: bytes, spki_der: bytes, budget: Budget) -> bool:
    """Return whether that key made the signature (octets of the BIT STRING) over `tbs`, by a supported algorithm."""
    row = find_algorithm(identifier)
    if row is None:
        return False
    known = budget.known((tbs + signature, spki_der))
    if known is not None:
        return known
    try:
        # Refuses a giant key by its length, before any computation with it.
        keys.compute_key_facts(spki_der, "issuer")
        verify.require_signature(spki_der, tbs, signature, row)
        good = True
    except PkiError:
        good = False
    budget.remember((tbs + signature, spki_der), good=good)
    return good


@dataclass(frozen=True, eq=False)
class Link:
    """A certificate of a path.

    `tbs` are the signed octets, `signature` the octets of the BIT STRING, and `shown` the subject as text.
    """

    der: bytes
    view: CertificateView
    tbs: bytes
    signature: bytes
    subject: CanonicalName
    issuer: CanonicalName
    shown: str

    @classmethod
    def read(cls, data: bytes, field: str) -> Link:
        """Read a certificate (DER). Raises Malformed with `field` if it cannot be read."""
        guard.require_der(data, field)
        try:
            view = CertificateView.read(data)
            tbs, _, bits = der.read_whole(data, der.SEQUENCE).children()
            unused, signature = der.read_bits(bits)
            subject, issuer = to_canonical_name(view.subject), to_canonical_name(view.issuer)
        except DerError as error:
            raise Malformed.of(field, "certificate.form", f"is not a certificate (RFC 5280 §4.1): {error}") from None
        if unused:
            raise Malformed.of(field, "certificate.signature", "has a signature that ends within a byte")
        return cls(data, view, tbs.raw, signature, subject, issuer, name(view.subject, Warnings(), "subject"))

    @property
    def spki(self) -> bytes:
        return self.view.public_key.raw

    @property
    def is_self_issued(self) -> bool:
        return self.subject == self.issuer

    def is_signed_by(self, issuer: Link, budget: Budget) -> bool:
        return is_signed(self.tbs, self.view.signature_algorithm, self.signature, issuer.spki, budget)

    def may_be_issued_by(self, issuer: Link) -> bool:
        """Return whether the issuer name is the subject of that certificate. Key identifiers are not read."""
        return self.issuer == issuer.subject

    def names_key_of(self, issuer: Link) -> bool:
        """Return whether the key identifiers (RFC 5280 §4.2.1.1, §4.2.1.2) match, or one is absent."""
        try:
            identifier = self.view.authority_key_identifier
            found = issuer.view.subject_key_identifier
        except DerError:
            return False
        return identifier is None or identifier.key_id is None or found is None or identifier.key_id == found

    @cached_property
    def weak_key(self) -> str | None:
        """Return why the key is not accepted; None for a supported type, and for RSA of at least 2048 bits."""
        try:
            facts = keys.compute_key_facts(self.spki, "key")
        except PkiError as error:
            return error.detail
        strong_rsa = facts.family is KeyFamily.RSA and facts.size >= _LEAST_RSA
        return None if facts.name is not None or strong_rsa else f"{facts.description} is not a key that is trusted"
