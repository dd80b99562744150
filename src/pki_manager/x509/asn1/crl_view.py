"""A CRL as lint rules read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

from pki_manager.x509.asn1 import oid_octets, tlv
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.asn1.crl_entries import Entries, Place
from pki_manager.x509.asn1.structures import (
    AlgorithmIdentifier,
    AuthorityKeyIdentifier,
    Extension,
    GeneralName,
    Time,
    read_algorithm,
    read_authority_key_identifier,
    read_extensions,
    read_point_name,
    read_signed,
    read_time,
)
from pki_manager.x509.asn1.tlv import DerError, Tlv


class IssuingDistributionPoint(NamedTuple):
    """An issuingDistributionPoint (RFC 5280 §5.2.5): names of its fullName, and counts of its fields."""

    names: tuple[GeneralName, ...]
    fields: int
    kinds: int
    indirect: bool
    explicit_false: bool


@dataclass(frozen=True, eq=False)
class CrlView:
    """The fields of a TBSCertList (RFC 5280 §5.1). `version` counts as in the RFC's text; None if absent (v1).

    `data` is the whole CRL; `revoked` is None if the list is absent; `issuer_certificate` is None if unknown.
    """

    data: bytes
    version: int | None
    signature: AlgorithmIdentifier
    signature_algorithm: AlgorithmIdentifier
    issuer: bytes
    this_update: Time
    next_update: Time | None
    revoked: Entries | None
    extensions: tuple[Extension, ...]
    issuer_certificate: CertificateView | None

    @classmethod
    def read(cls, data: bytes, issuer: CertificateView | None = None) -> CrlView:
        """Parse a CertificateList (DER). Raises DerError if it is malformed."""
        signed = read_signed(tlv.read_whole(data, tlv.SEQUENCE))
        if signed.rest:
            raise DerError("a CRL (CertificateList) must have exactly three fields")
        cursor = tlv.Cursor(signed.tbs)
        version = cursor.optional(tlv.INTEGER)
        signature, name = cursor.take(tlv.SEQUENCE), cursor.take(tlv.SEQUENCE)
        this_update = cursor.take()
        next_update = cursor.optional(tlv.UTC_TIME, tlv.GENERALIZED_TIME)
        revoked, extensions = cursor.optional(tlv.SEQUENCE), cursor.optional(0xA0)
        cursor.end()
        updated = read_time(this_update)
        return cls(
            data=data,
            version=None if version is None else tlv.read_integer(version) + 1,
            signature=read_algorithm(signature),
            signature_algorithm=signed.algorithm,
            issuer=name.raw,
            this_update=updated,
            next_update=None if next_update is None else read_time(next_update),
            revoked=None if revoked is None else Entries(revoked, updated),
            extensions=() if extensions is None else read_extensions(tlv.read_only_child(extensions)),
            issuer_certificate=issuer,
        )

    @property
    def issued_on(self) -> date | None:
        return self.this_update.day

    @cached_property
    def by_oid(self) -> dict[bytes, Extension]:
        """Return the extensions by OID. Of repeated extensions, the first is returned."""
        return {extension.oid: extension for extension in reversed(self.extensions)}

    @cached_property
    def entry_extensions(self) -> tuple[tuple[Place, tuple[Extension, ...]], ...]:
        """Return each different crlEntryExtensions, decoded, with the first entry that has it."""
        found = self.revoked.extensions if self.revoked else {}
        return tuple((place, read_extensions(tlv.read_whole(raw, tlv.SEQUENCE))) for raw, place in found.items())

    @cached_property
    def reasons(self) -> tuple[tuple[bytes, int], ...]:
        """Return each different reasonCode, as pairs of the serial number of an entry that has it and the number."""
        found: dict[int, bytes] = {}
        for place, extensions in self.entry_extensions:
            for extension in extensions:
                if extension.oid == oid_octets.REASON_CODE:
                    code = tlv.read_integer(tlv.read_whole(extension.value, tlv.ENUMERATED), tlv.ENUMERATED)
                    found.setdefault(code, place.serial)
        return tuple((serial, code) for code, serial in found.items())

    def abridged(self, most: int) -> bytes:
        """Return the CRL (DER) with at most `most` entries: first one for each different extensions.

        The signature of the result is not valid.
        """
        if self.revoked is None or self.revoked.count <= most:
            return self.data
        element, data = self.revoked.element, self.data
        kept = b"".join(data[place.start : place.end] for place in self.revoked.some(most))
        tbs, *outer = tlv.read_whole(data, tlv.SEQUENCE).children()
        body = data[tbs.value_start : element.start] + tlv.write(tlv.SEQUENCE, kept) + data[element.end : tbs.end]
        return tlv.write(tlv.SEQUENCE, tlv.write(tlv.SEQUENCE, body) + b"".join(part.raw for part in outer))

    @cached_property
    def number(self) -> int | None:
        return self._integer(oid_octets.CRL_NUMBER)

    @cached_property
    def base_number(self) -> int | None:
        """Return the BaseCRLNumber of a delta CRL; None for a full CRL."""
        return self._integer(oid_octets.DELTA_CRL_INDICATOR)

    @cached_property
    def authority_key_identifier(self) -> AuthorityKeyIdentifier | None:
        extension = self.by_oid.get(oid_octets.AUTHORITY_KEY_IDENTIFIER)
        return None if extension is None else read_authority_key_identifier(extension.value)

    @cached_property
    def issuing_distribution_point(self) -> IssuingDistributionPoint | None:
        extension = self.by_oid.get(oid_octets.ISSUING_DISTRIBUTION_POINT)
        if extension is None:
            return None
        cursor = tlv.Cursor(tlv.read_whole(extension.value, tlv.SEQUENCE))
        name, users, cas, reasons, indirect, attributes = (cursor.optional(tag) for tag in _POINT_FIELDS)
        cursor.end()
        flags = [None if field is None else _flag(field) for field in (users, cas, attributes, indirect)]
        return IssuingDistributionPoint(
            names=read_point_name(name),
            fields=sum(field is not None for field in (name, users, cas, reasons, indirect, attributes)),
            kinds=flags[:3].count(True),
            indirect=flags[3] is True,
            explicit_false=False in flags,
        )

    @property
    def is_delta(self) -> bool:
        return oid_octets.DELTA_CRL_INDICATOR in self.by_oid

    def _integer(self, oid: bytes) -> int | None:
        extension = self.by_oid.get(oid)
        return None if extension is None else tlv.read_integer(tlv.read_whole(extension.value, tlv.INTEGER))


_POINT_FIELDS = (0xA0, 0x81, 0x82, 0x83, 0x84, 0x85)


def _flag(element: Tlv) -> bool:
    """Return the value of an IMPLICIT BOOLEAN (X.690 §11.1). Raises DerError if it is neither 00 nor FF."""
    if element.value not in (b"\x00", b"\xff"):
        raise DerError("a BOOLEAN is neither 00 nor FF", "crlExtensions.issuingDistributionPoint")
    return element.value == b"\xff"
