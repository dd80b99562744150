"""Reader of the entries of an external CRL, one by one (RFC 5280 §5.1.2.6)."""

from __future__ import annotations

from typing import NamedTuple

from pki_manager.x509.asn1 import tlv
from pki_manager.x509.asn1.structures import Extension, Time, read_extensions, read_time
from pki_manager.x509.asn1.tlv import DerError, Tlv

_TIMES = (tlv.UTC_TIME, tlv.GENERALIZED_TIME)


class ParsedRevokedEntry(NamedTuple):
    """One entry. `serial` is the content octets of the INTEGER."""

    serial: bytes
    time: Time
    extensions: tuple[Extension, ...]


def read_revoked_elements(crl: Tlv) -> list[Tlv]:
    """Return the undecoded entries of a CertificateList. Raises DerError if it is malformed."""
    fields = tlv.read_fields(crl.children()[0], tlv.SEQUENCE, 3)
    # Of the SEQUENCEs, only revokedCertificates comes right after a time.
    places = range(1, len(fields))
    found = [fields[at] for at in places if fields[at].tag == tlv.SEQUENCE and fields[at - 1].tag in _TIMES]
    return found[0].children() if found else []


def read_entry(element: Tlv) -> ParsedRevokedEntry:
    """Return one decoded entry. Raises DerError if it is malformed."""
    serial, time, *rest = tlv.read_fields(element, tlv.SEQUENCE, 2)
    if len(rest) > 1:
        raise DerError("an entry of revokedCertificates has too many fields")
    extensions = read_extensions(rest[0]) if rest else ()
    return ParsedRevokedEntry(tlv.require_tag(serial, tlv.INTEGER).value, read_time(time, *_TIMES), extensions)
