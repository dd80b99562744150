"""A CRL as path validation reads it, and its scope: the certificates that it covers."""

from __future__ import annotations

from dataclasses import dataclass

from pki_manager.domain.errors import Malformed
from pki_manager.x509.asn1 import der as guard
from pki_manager.x509.asn1 import oid_octets, tlv
from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.asn1.structures import GeneralName, read_general_names
from pki_manager.x509.asn1.tlv import DerError, Tlv
from pki_manager.x509.crl_entries import ParsedRevokedEntry, read_entry, read_revoked_elements
from pki_manager.x509.path.link import CanonicalName, Link, to_canonical_name

MAX_ELEMENTS = 400_000

_ENTRY_UNDERSTOOD = frozenset({oid_octets.REASON_CODE, oid_octets.INVALIDITY_DATE})


@dataclass(frozen=True, slots=True)
class CrlScope:
    """The certificates that a CRL covers, from issuingDistributionPoint (RFC 5280 §5.2.5).

    `partial`: it covers only some reasons. `foreign`: it is indirect, for attribute certificates, or named relative to
    the issuer.
    """

    names: tuple[GeneralName, ...] = ()
    only_user: bool = False
    only_ca: bool = False
    partial: bool = False
    foreign: bool = False

    @classmethod
    def of(cls, view: CrlView) -> CrlScope:
        """Return the scope of a CRL. Raises DerError if its issuingDistributionPoint cannot be read."""
        extension = view.by_oid.get(oid_octets.ISSUING_DISTRIBUTION_POINT)
        if extension is None:
            return cls()
        cursor = tlv.Cursor(tlv.read_whole(extension.value, tlv.SEQUENCE))
        point, user, ca = cursor.optional(0xA0), cursor.optional(0x81), cursor.optional(0x82)
        some, indirect, attribute = cursor.optional(0x83), cursor.optional(0x84), cursor.optional(0x85)
        cursor.end()
        choice = tlv.read_only_child(point) if point else None
        names = read_general_names(choice.children()) if choice and choice.tag == 0xA0 else ()
        relative = choice is not None and choice.tag != 0xA0
        return cls(names, _true(user), _true(ca), some is not None, _true(indirect) or _true(attribute) or relative)

    def covers(self, link: Link) -> bool:
        """Return whether a certificate is in the scope. Raises DerError if its distribution points cannot be read."""
        if self.foreign or (self.only_user and link.view.is_ca) or (self.only_ca and not link.view.is_ca):
            return False
        points = (name for point in link.view.distribution_points or () for name in point.names)
        return not self.names or not set(self.names).isdisjoint(points)


def _true(element: Tlv | None) -> bool:
    return element is not None and element.value != b"\0"


@dataclass(frozen=True, slots=True)
class PathCrl:
    """A parsed CRL. `entries` has the entries by serial number (content octets)."""

    view: CrlView
    tbs: bytes
    signature: bytes
    issuer: CanonicalName
    scope: CrlScope
    entries: dict[bytes, Tlv]

    @property
    def scope_der(self) -> bytes:
        """Return the value of issuingDistributionPoint. CRLs of one issuer with equal values have the same scope."""
        extension = self.view.by_oid.get(oid_octets.ISSUING_DISTRIBUTION_POINT)
        return b"" if extension is None else extension.value

    @classmethod
    def read(cls, data: bytes, field: str, *, max_elements: int = MAX_ELEMENTS) -> PathCrl:
        """Read a CRL (DER).

        Raises Malformed with `field` if it cannot be read or has more ASN.1 elements than `max_elements`. An entry has
        up to eleven elements.
        """
        guard.require_der(data, field, max_elements=max_elements)
        try:
            view = CrlView.read(data)
            element = tlv.read_whole(data, tlv.SEQUENCE)
            tbs, _, bits = element.children()
            entries = {tlv.read_fields(one, tlv.SEQUENCE, 2)[0].value: one for one in read_revoked_elements(element)}
            return cls(
                view, tbs.raw, tlv.read_bits(bits)[1], to_canonical_name(view.issuer), CrlScope.of(view), entries
            )
        except DerError as error:
            raise Malformed.of(field, "crl.form", f"is not a CRL (RFC 5280 §5.1): {error}") from None

    def find(self, serial: bytes) -> ParsedRevokedEntry | None:
        """Return the entry of a serial number, or None. Raises DerError if it has an unknown critical extension."""
        element = self.entries.get(serial)
        if element is None:
            return None
        entry = read_entry(element)
        if any(one.critical and one.oid not in _ENTRY_UNDERSTOOD for one in entry.extensions):
            raise DerError("an entry has a critical extension that is not understood")
        return entry
