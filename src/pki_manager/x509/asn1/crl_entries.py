"""The entries of a CRL, possibly a million: scanned as octets, with only different ones decoded.

Entries of one form (length of the serial number, extensions) differ only in serial number and date. The first entries
of a form are decoded. If the form is common, a regular expression matches its other entries, and only these two values
are read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from pki_manager.x509.asn1 import tlv
from pki_manager.x509.asn1.structures import Time
from pki_manager.x509.asn1.tlv import DerError, Tlv

_DAY = (
    rb"(?:(?:[0-9][0-9](?:(?:0[13578]|1[02])(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)(?:0[1-9]|[12][0-9]|30)"
    rb"|02(?:0[1-9]|1[0-9]|2[0-8])))|(?:[02468][048]|[13579][26])0229)"
)
"""Pattern of YYMMDD for days that exist, from 2000 to 2099."""
_SECOND = rb"(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]Z"
_PLAIN_UTC = rb"(?=[0-4])" + _DAY + _SECOND
_INVALIDITY_DATE = re.compile(rb"(?<=\x06\x03\x55\x1d\x18\x04\x11\x18\x0f)20" + _DAY + _SECOND)
_ANY_DATE = b"20000101000000Z"
_COMMON = 64
"""Number of decoded entries from which a form is common.

Compiling a pattern costs as much as decoding several hundred entries.
"""
_MOST_FORMS = 64


class Place(NamedTuple):
    """The position of an entry in the CRL's octets, and the content octets of its serial number."""

    start: int
    end: int
    serial: bytes


class Form(NamedTuple):
    """The parts that many entries share: the length of the serial number, and crlEntryExtensions (see `Entries`)."""

    size: int
    extensions: bytes

    @property
    def is_short(self) -> bool:
        """Return whether the entry's length fits in one octet and its serial number has a valid length."""
        return 0 < self.size <= 20 and len(self.extensions) < 0x40

    def pattern(self) -> bytes:
        """Return a regular expression that matches a whole entry of this form."""
        head = bytes((0x30, 2 + self.size + 15 + len(self.extensions), 0x02, self.size))
        serial = rb"[\x01-\x7f].{%d}" % (self.size - 1)
        if self.size > 1:  # a zero octet keeps a number positive whose first bit is set
            serial = rb"(?:%b|\x00[\x80-\xff].{%d})" % (serial, self.size - 2)
        extensions = re.escape(self.extensions).replace(re.escape(_ANY_DATE), b"20" + _DAY + _SECOND)
        return re.escape(head) + serial + rb"\x17\x0d" + _PLAIN_UTC + extensions


class Entries:
    """The revokedCertificates (RFC 5280 §5.1.2.6), read once. Reading raises DerError for an invalid entry.

    `extensions` maps each different crlEntryExtensions (DER) to the first entry that has it; two that differ only in a
    well-formed invalidityDate count as one. `serials` contains each serial number that is not positive, not 1 to 20
    octets long, or not in its shortest form. `times` (tag and text) contains every date that is not a well-formed
    UTCTime up to `this_update`, and can contain others.
    """

    def __init__(self, element: Tlv, this_update: Time) -> None:
        self.element = element
        self.count = 0
        self.extensions: dict[bytes, Place] = {}
        self.serials: list[bytes] = []
        self.times: dict[tuple[int, bytes], None] = {}
        # Each serial number with its length before it: what rises all the way through repeats nothing.
        self._last = b""
        self._rises = True
        self._read(_latest(this_update))

    @cached_property
    def repeated(self) -> frozenset[bytes]:
        """Return the serial numbers (content octets) that are listed more than once."""
        if self._rises:
            return frozenset()
        suspects = self._suspects()
        seen: set[bytes] = set()
        found: set[bytes] = set()
        for serial in self._walk() if suspects else ():
            if serial in suspects:
                (found if serial in seen else seen).add(serial)
        return frozenset(found)

    def _suspects(self) -> set[bytes]:
        """Return serial numbers that share a hash slot with an earlier one: all repeated ones, and a few others."""
        slots = bytearray(1 << (4 * self.count).bit_length())
        suspects: set[bytes] = set()
        for serial in self._walk():
            slot = hash(serial) & len(slots) - 1
            if slots[slot]:
                suspects.add(serial)
            slots[slot] = 1
        return suspects

    def _walk(self) -> Iterator[bytes]:
        """Yield the content octets of each serial number."""
        data, at, end = self.element.data, self.element.value_start, self.element.end
        while at < end:
            if data[at + 1] < 0x80 and data[at + 3] < 0x80:
                serial = data[at + 4 : at + 4 + data[at + 3]]
                at += 2 + data[at + 1]
            else:
                serial, _, _, _, at = _decode(data, at, end)
            yield serial

    def some(self, most: int) -> tuple[Place, ...]:
        """Return at most `most` entries: one for each different extensions, then entries from the start of the list."""
        places = {place.start: place for place in islice(self.extensions.values(), most)}
        at = self.element.value_start
        while len(places) < most and at < self.element.end:
            serial, _, _, _, end = _decode(self.element.data, at, self.element.end)
            places[at] = Place(at, end, serial)
            at = end
        return tuple(place for _, place in sorted(places.items()))

    def _read(self, latest: bytes) -> None:
        data, at, end = self.element.data, self.element.value_start, self.element.end
        forms: Counter[Form] = Counter()
        patterns: list[bytes] = []
        common: re.Pattern[bytes] | None = None
        while at < end:
            run = common.match(data, at, end) if common else None
            if run:
                self._take_run(at, run.end(), latest)
                at = run.end()
                continue
            form, at = self._take(at)
            forms[form] += 1
            if forms[form] == _COMMON and form.is_short and len(patterns) < _MOST_FORMS:
                patterns.append(form.pattern())
                common = re.compile(rb"(?s:" + b"|".join(patterns) + rb")++")

    def _take_run(self, at: int, end: int, latest: bytes) -> None:
        """Read a run of entries of common forms. Their only possible fault is a date after `latest`."""
        data, count, last, rises = self.element.data, 0, self._last, self._rises
        while at < end:
            date = at + 4 + data[at + 3]
            serial = data[at + 3 : date]
            if serial <= last:
                rises = False
            last = serial
            if data[date + 2 : date + 15] > latest:
                self.times[tlv.UTC_TIME, data[date + 2 : date + 15]] = None
            at += 2 + data[at + 1]
            count += 1
        self._last, self._rises = last, rises
        self.count += count

    def _take(self, at: int) -> tuple[Form, int]:
        """Read one entry of any form. Returns its form, and where the next entry begins."""
        serial, tag, time, extensions, after = _decode(self.element.data, at, self.element.end)
        self.count += 1
        numbered = bytes((min(len(serial), 255),)) + serial
        self._rises, self._last = self._rises and numbered > self._last, numbered
        if not _is_usual(serial):
            self.serials.append(serial)
        self.times[tag, time] = None
        shape = _INVALIDITY_DATE.sub(_ANY_DATE, extensions)
        if extensions and shape not in self.extensions:
            if tlv.read(extensions, 0, len(extensions)).end != len(extensions):
                raise DerError("an entry of revokedCertificates has too many fields", "revokedCertificates")
            self.extensions[shape] = Place(at, after, serial)
        return Form(len(serial), shape), after


def _decode(data: bytes, at: int, end: int) -> tuple[bytes, int, bytes, bytes, int]:
    """Return the serial number, tag and text of the date, crlEntryExtensions, and where the next entry begins.

    crlEntryExtensions is b"" if absent. Raises DerError if it is not an entry.
    """
    entry = tlv.read(data, at, end)
    serial = tlv.read(data, entry.value_start, entry.end)
    time = tlv.read(data, serial.end, entry.end)
    if (entry.tag, serial.tag) != (tlv.SEQUENCE, tlv.INTEGER) or time.tag not in (tlv.UTC_TIME, tlv.GENERALIZED_TIME):
        raise DerError("an entry of revokedCertificates is no such entry", "revokedCertificates")
    return serial.value, time.tag, time.value, data[time.end : entry.end], entry.end


def _is_usual(serial: bytes) -> bool:
    """Return whether the serial number is positive, 1 to 20 octets long, and in its shortest form.

    `Form.pattern` matches only such serial numbers.
    """
    if not 0 < len(serial) <= 20:
        return False
    return 0 < serial[0] < 0x80 or (serial[0] == 0 and len(serial) > 1 and serial[1] >= 0x80)


def _latest(this_update: Time) -> bytes:
    """Return the latest date that an entry may have, as a UTCTime of this century; b"" if it is unknown."""
    if this_update.moment is None or this_update.moment.year < 2000:
        return b""
    return this_update.text if this_update.tag == tlv.UTC_TIME else b"491231235959Z"
