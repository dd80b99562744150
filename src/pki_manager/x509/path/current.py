"""Selection of the CRLs that show the present status of a certificate (RFC 5280 §5.2.4, §6.3.3).

Of several complete CRLs of one scope, the newest counts. A delta CRL applies to a complete CRL of the same scope if
base number ≤ number of the complete CRL < number of the delta. Therefore, an older list never overrides a newer one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pki_manager.x509.asn1 import oid_octets, tlv
from pki_manager.x509.asn1.tlv import DerError
from pki_manager.x509.crl_entries import ParsedRevokedEntry
from pki_manager.x509.path.crl import PathCrl

_REMOVED = 8


@dataclass(frozen=True, slots=True)
class CurrentStatus:
    """The status of a certificate by the CRLs of one scope. `entry` is the entry that revokes it, or None.

    `doubts` are reasons why the CRLs may not show the status completely.
    """

    entry: ParsedRevokedEntry | None
    covers_all_reasons: bool
    doubts: tuple[str, ...] = ()


def find_status(crls: Sequence[PathCrl], serial: bytes) -> CurrentStatus:
    """Return the status of a serial number by usable CRLs of the same scope.

    A delta CRL that does not fit any complete CRL adds revocations, because its issuer signed them, but does not remove
    any. Raises DerError for an entry that cannot be read.
    """
    complete = _newest([crl for crl in crls if not crl.view.is_delta])
    deltas = [crl for crl in crls if crl.view.is_delta and not _is_superseded(crl, complete)]
    fitting = _newest([delta for delta in deltas if any(_fits(delta, base) for base in complete)])
    entries = [crl.find(serial) for crl in complete]
    changes = [entry for entry in (delta.find(serial) for delta in fitting) if entry is not None]
    others = [delta for delta in deltas if delta not in fitting and not _is_superseded(delta, fitting)]
    additions = [entry for entry in (delta.find(serial) for delta in others) if entry is not None]
    found = [entry for entry in (changes or entries) if entry is not None] + additions
    revoking = [entry for entry in found if get_reason_code(entry) != _REMOVED]
    doubts = () if complete else tuple("a delta CRL came without the complete CRL that it is based on" for _ in deltas)
    covers = any(not crl.scope.partial for crl in complete)
    return CurrentStatus(revoking[0] if revoking else None, covers, doubts)


def get_reason_code(entry: ParsedRevokedEntry) -> int:
    """Return the reasonCode of an entry, or 0 (unspecified) if it has none."""
    for extension in entry.extensions:
        if extension.oid == oid_octets.REASON_CODE:
            return tlv.read_integer(tlv.read_whole(extension.value, tlv.ENUMERATED), tlv.ENUMERATED)
    return 0


def _fits(delta: PathCrl, complete: PathCrl) -> bool:
    """Return whether the delta CRL can be combined with that complete CRL (RFC 5280 §5.2.4)."""
    base, number, own = delta.view.base_number, complete.view.number, delta.view.number
    return base is not None and number is not None and own is not None and base <= number < own


def _is_superseded(delta: PathCrl, newer: Sequence[PathCrl]) -> bool:
    """Return whether another CRL is at least as new as the delta CRL, and so contains everything in it."""
    return any(_age(other, delta) >= _age(delta, other) for other in newer)


def _newest(crls: Sequence[PathCrl]) -> list[PathCrl]:
    """Return the CRLs that are not older than any other. If several claim the same age, all are returned."""
    newest = [crl for crl in crls if not any(_age(other, crl) > _age(crl, other) for other in crls)]
    return newest or list(crls)  # numbers and times that contradict each other: none is left out


def _age(crl: PathCrl, beside: PathCrl) -> tuple[int, datetime]:
    """Return the age of a CRL for comparison with `beside`: cRLNumber and thisUpdate.

    The number is 0 unless both CRLs have one. Raises DerError if thisUpdate cannot be read.
    """
    begin = crl.view.this_update.moment
    if begin is None:
        raise DerError("a CRL does not say from when it holds")
    number, other = crl.view.number, beside.view.number
    return (0, begin) if number is None or other is None else (number, begin)
