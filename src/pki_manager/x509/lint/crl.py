"""A CRL as the rules see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

from pki_manager.x509.lint import der, oids
from pki_manager.x509.lint.certificate import CertificateView
from pki_manager.x509.lint.der import DerError, Tlv
from pki_manager.x509.lint.structures import (
    AlgorithmIdentifier,
    AuthorityKeyIdentifier,
    Extension,
    Time,
    read_algorithm,
    read_authority_key_identifier,
    read_extensions,
    read_signed,
    read_time,
)


class Entry(NamedTuple):
    """One revokedCertificates entry, undecoded: a CRL may have a million, most of them alike.

    Content octets of the serial number and of revocationDate (with its tag); the crlEntryExtensions element or None.
    """

    serial: bytes
    time_tag: int
    time: bytes
    extensions: bytes | None


@dataclass(frozen=True, eq=False)
class CrlView:
    """The fields of a TBSCertList (RFC 5280 §5.1); `version` counts as the text does, None when absent (v1).

    `revoked` None when the list is absent. `issuer_certificate` is the issuer's when the caller gave it.
    """

    version: int | None
    signature: AlgorithmIdentifier
    signature_algorithm: AlgorithmIdentifier
    issuer: bytes
    this_update: Time
    next_update: Time | None
    revoked: tuple[Entry, ...] | None
    extensions: tuple[Extension, ...]
    issuer_certificate: CertificateView | None

    @classmethod
    def read(cls, data: bytes, issuer: CertificateView | None = None) -> CrlView:
        """Parse the DER of a CertificateList; DerError when it is not one."""
        signed = read_signed(der.whole(data, der.SEQUENCE))
        if signed.rest:
            raise DerError("a CertificateList has three fields")
        cursor = der.Cursor(signed.tbs)
        version = cursor.optional(der.INTEGER)
        signature, name = cursor.take(der.SEQUENCE), cursor.take(der.SEQUENCE)
        this_update = cursor.take()
        next_update = cursor.optional(der.UTC_TIME, der.GENERALIZED_TIME)
        revoked, extensions = cursor.optional(der.SEQUENCE), cursor.optional(0xA0)
        cursor.end()
        return cls(
            version=None if version is None else der.integer(version) + 1,
            signature=read_algorithm(signature),
            signature_algorithm=signed.algorithm,
            issuer=name.raw,
            this_update=read_time(this_update),
            next_update=None if next_update is None else read_time(next_update),
            revoked=None if revoked is None else _entries(revoked),
            extensions=() if extensions is None else read_extensions(der.only(extensions)),
            issuer_certificate=issuer,
        )

    @property
    def issued_on(self) -> date | None:
        return self.this_update.day

    @cached_property
    def by_oid(self) -> dict[bytes, Extension]:
        """Extensions by OID; of repeats the first."""
        return {extension.oid: extension for extension in reversed(self.extensions)}

    @cached_property
    def entry_extensions(self) -> tuple[tuple[Entry, tuple[Extension, ...]], ...]:
        """Each distinct crlEntryExtensions, decoded, with the first entry that has it."""
        first: dict[bytes, Entry] = {}
        for entry in self.revoked or ():
            if entry.extensions is not None:
                first.setdefault(entry.extensions, entry)
        return tuple((entry, read_extensions(der.whole(raw, der.SEQUENCE))) for raw, entry in first.items())

    @cached_property
    def reasons(self) -> tuple[tuple[Entry, int], ...]:
        """Each distinct reasonCode (as number) that stands in an entry, with an entry that has it."""
        found: dict[int, Entry] = {}
        for entry, extensions in self.entry_extensions:
            for extension in extensions:
                if extension.oid == oids.REASON_CODE:
                    code = der.integer(der.whole(extension.value, der.ENUMERATED), der.ENUMERATED)
                    found.setdefault(code, entry)
        return tuple((entry, code) for code, entry in found.items())

    @cached_property
    def number(self) -> int | None:
        return self._integer(oids.CRL_NUMBER)

    @cached_property
    def base_number(self) -> int | None:
        """BaseCRLNumber of a delta CRL, None for a full one."""
        return self._integer(oids.DELTA_CRL_INDICATOR)

    @cached_property
    def authority_key_identifier(self) -> AuthorityKeyIdentifier | None:
        extension = self.by_oid.get(oids.AUTHORITY_KEY_IDENTIFIER)
        return None if extension is None else read_authority_key_identifier(extension.value)

    @property
    def is_delta(self) -> bool:
        return oids.DELTA_CRL_INDICATOR in self.by_oid

    def _integer(self, oid: bytes) -> int | None:
        extension = self.by_oid.get(oid)
        return None if extension is None else der.integer(der.whole(extension.value, der.INTEGER))


def _entries(element: Tlv) -> tuple[Entry, ...]:
    """Each entry by four header reads; nothing is decoded."""
    data, at, end = element.data, element.value_start, element.end
    entries = []
    read = der.read
    while at < end:
        tag, _, _, inside, at = read(data, at, end)
        serial = read(data, inside, at)
        time = read(data, serial.end, at)
        if tag != der.SEQUENCE or serial.tag != der.INTEGER or time.tag not in (der.UTC_TIME, der.GENERALIZED_TIME):
            raise DerError("an entry of revokedCertificates is no such entry", "revokedCertificates")
        extensions = None
        if time.end < at:
            last = read(data, time.end, at)
            if last.end != at:
                raise DerError("an entry of revokedCertificates has too many fields", "revokedCertificates")
            extensions = last.raw
        entries.append(Entry(serial.value, time.tag, time.value, extensions))
    return tuple(entries)
