"""The entries of a CRL of somebody else's, one by one (RFC 5280 §5.1.2.6)."""

from __future__ import annotations

from typing import NamedTuple

from pki_manager.x509.lint import der
from pki_manager.x509.lint.der import DerError, Tlv
from pki_manager.x509.lint.structures import Extension, Time, read_extensions, read_time

_TIMES = (der.UTC_TIME, der.GENERALIZED_TIME)


class RevokedEntry(NamedTuple):
    """`serial` is content octets of the INTEGER."""

    serial: bytes
    time: Time
    extensions: tuple[Extension, ...]


def revoked_elements(crl: Tlv) -> list[Tlv]:
    """The undecoded entries of a CertificateList; DerError when it is not one."""
    fields = der.fields(crl.children()[0], der.SEQUENCE, 3)
    # Of the SEQUENCEs, only revokedCertificates comes right after a time.
    places = range(1, len(fields))
    found = [fields[at] for at in places if fields[at].tag == der.SEQUENCE and fields[at - 1].tag in _TIMES]
    return found[0].children() if found else []


def read_entry(element: Tlv) -> RevokedEntry:
    """DerError when it is none."""
    serial, time, *rest = der.fields(element, der.SEQUENCE, 2)
    if len(rest) > 1:
        raise DerError("an entry of revokedCertificates has too many fields")
    extensions = read_extensions(rest[0]) if rest else ()
    return RevokedEntry(der.expect(serial, der.INTEGER).value, read_time(time, *_TIMES), extensions)
