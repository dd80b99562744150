"""Serial numbers."""

from __future__ import annotations

from datetime import datetime

from pki_manager.ports.entropy import Entropy

_OCTETS = 16
_TIME_BITS, _RANDOM_BITS = 36, 90
_UNITS_PER_SECOND = 16


def create_serial(entropy: Entropy, now: datetime) -> int:
    """Return a positive serial number of exactly 16 octets: 01, 36 bits of the time, 90 random bits.

    RFC 5280 §4.1.2.2 allows up to 20 octets and requires a positive number. The CA/Browser Forum requires 64 random
    bits. The two top bits are fixed to 01, so that the DER form is never shortened, never padded, and never negative.
    The time, in sixteenths of a second, makes certificates of one batch neighbors in every index that begins with the
    serial number: they share pages, which random numbers would not. It repeats after 136 years.
    """
    time = int(now.timestamp() * _UNITS_PER_SECOND) & ((1 << _TIME_BITS) - 1)
    random = int.from_bytes(entropy.token(_OCTETS), "big") & ((1 << _RANDOM_BITS) - 1)
    return (1 << (_TIME_BITS + _RANDOM_BITS)) | (time << _RANDOM_BITS) | random
