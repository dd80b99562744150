"""Encoders of times and extensions for certificates and CRLs (RFC 5280)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from pki_manager.x509.asn1 import der

_CRITICAL = der.encode(der.BOOLEAN, b"\xff")


def extension(oid: str, value: bytes, *, critical: bool = False) -> bytes:
    """Return an Extension (DER, RFC 5280 §4.1) that contains a DER value."""
    return der.encode_sequence(der.oid(oid), _CRITICAL if critical else b"", der.encode(der.OCTET_STRING, value))


@lru_cache(maxsize=256)
def time(moment: datetime) -> bytes:
    """Return a UTCTime through 2049, a GeneralizedTime from 2050, to the second (RFC 5280 §4.1.2.5, §5.1.2.4)."""
    digits = _utc(moment)
    return der.encode(der.UTC_TIME, digits[2:]) if digits < b"2050" else der.encode(der.GENERALIZED_TIME, digits)


def generalized_time(moment: datetime) -> bytes:
    """Return a GeneralizedTime in UTC to the second, as in invalidityDate (RFC 5280 §5.3.2)."""
    return der.encode(der.GENERALIZED_TIME, _utc(moment))


def _utc(moment: datetime) -> bytes:
    utc = moment.astimezone(UTC)
    return b"%04d%02d%02d%02d%02d%02dZ" % (utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second)
