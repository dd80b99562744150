"""Revocation along a path by the CRLs that were given (RFC 5280 §6.3); none is fetched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pki_manager.domain.errors import Malformed
from pki_manager.x509 import der as guard
from pki_manager.x509.crl_entries import RevokedEntry, read_entry, revoked_elements
from pki_manager.x509.decode.extensions import reason_code
from pki_manager.x509.lint import der, oids
from pki_manager.x509.lint.crl import CrlView
from pki_manager.x509.lint.der import DerError, Tlv
from pki_manager.x509.lint.structures import GeneralName, read_general_names
from pki_manager.x509.path.link import CanonicalName, Link, canonical, is_signed
from pki_manager.x509.path.model import Budget, Question, Reason

MAX_ELEMENTS = 400_000
_REMOVED = 8

_UNDERSTOOD = frozenset(
    {
        oids.ISSUING_DISTRIBUTION_POINT,
        oids.DELTA_CRL_INDICATOR,
        oids.CRL_NUMBER,
        oids.AUTHORITY_KEY_IDENTIFIER,
    }
)
_ENTRY_UNDERSTOOD = frozenset({oids.REASON_CODE, oids.INVALIDITY_DATE})


@dataclass(frozen=True, slots=True)
class Scope:
    """issuingDistributionPoint (RFC 5280 §5.2.5): which certificates a CRL is about."""

    names: tuple[GeneralName, ...] = ()
    only_user: bool = False
    only_ca: bool = False
    partial: bool = False
    foreign: bool = False

    @classmethod
    def of(cls, view: CrlView) -> Scope:
        """`partial`: some reasons only; `foreign`: indirect, for attribute certificates, or named in a relative way."""
        extension = view.by_oid.get(oids.ISSUING_DISTRIBUTION_POINT)
        if extension is None:
            return cls()
        cursor = der.Cursor(der.whole(extension.value, der.SEQUENCE))
        point, user, ca = cursor.optional(0xA0), cursor.optional(0x81), cursor.optional(0x82)
        some, indirect, attribute = cursor.optional(0x83), cursor.optional(0x84), cursor.optional(0x85)
        cursor.end()
        choice = der.only(point) if point else None
        names = read_general_names(choice.children()) if choice and choice.tag == 0xA0 else ()
        relative = choice is not None and choice.tag != 0xA0
        return cls(names, _true(user), _true(ca), some is not None, _true(indirect) or _true(attribute) or relative)

    def covers(self, link: Link) -> bool:
        """DerError when the certificate's own distribution points cannot be read."""
        if self.foreign or (self.only_user and link.view.is_ca) or (self.only_ca and not link.view.is_ca):
            return False
        points = (name for point in link.view.distribution_points or () for name in point.names)
        return not self.names or not set(self.names).isdisjoint(points)


def _true(element: Tlv | None) -> bool:
    return element is not None and element.value != b"\0"


@dataclass(frozen=True, slots=True)
class Crl:
    """A CRL that was read; `entries` by serial number (content octets)."""

    view: CrlView
    tbs: bytes
    signature: bytes
    issuer: CanonicalName
    scope: Scope
    entries: dict[bytes, Tlv]

    @classmethod
    def read(cls, data: bytes, field: str, *, max_elements: int = MAX_ELEMENTS) -> Crl:
        """Malformed naming `field` for what is no CRL, or has more ASN.1 elements; an entry has up to eleven."""
        guard.require_der(data, field, max_elements=max_elements)
        try:
            view = CrlView.read(data)
            element = der.whole(data, der.SEQUENCE)
            tbs, _, bits = element.children()
            entries = {der.fields(one, der.SEQUENCE, 2)[0].value: one for one in revoked_elements(element)}
            return cls(view, tbs.raw, der.bits(bits)[1], canonical(view.issuer), Scope.of(view), entries)
        except DerError as error:
            raise Malformed.of(field, "crl.form", f"is not a CRL (RFC 5280 §5.1): {error}") from None

    def find(self, serial: bytes) -> RevokedEntry | None:
        """The entry of a serial number; DerError when it holds something critical that is not understood."""
        element = self.entries.get(serial)
        if element is None:
            return None
        entry = read_entry(element)
        if any(one.critical and one.oid not in _ENTRY_UNDERSTOOD for one in entry.extensions):
            raise DerError("an entry has a critical extension that is not understood")
        return entry


def reasons(path: Sequence[Link], crls: Sequence[Crl], question: Question, budget: Budget) -> list[Reason]:
    """For every certificate below the anchor: revoked, or not found in a CRL that could tell. Nothing without CRLs."""
    if not crls:
        return []
    pairs = pairwise(path)
    return [one for link, issuer in pairs for one in _judge(link, issuer, crls, question, budget)]


def _judge(link: Link, issuer: Link, crls: Sequence[Crl], question: Question, budget: Budget) -> Iterator[Reason]:
    """Deltas are looked at last, so that they have the last word over the full list that they are based on."""
    covered = False
    revoked: Reason | None = None
    doubts = []
    for crl in sorted((crl for crl in crls if crl.issuer == link.issuer), key=lambda crl: crl.view.is_delta):
        try:
            doubt = _unusable(crl, link, issuer, question, budget)
            if doubt is not None:
                doubts.append(doubt)
                continue
            entry = crl.find(link.view.serial)
        except DerError as error:
            doubts.append(f"a CRL cannot be read: {error}")
            continue
        if crl.view.is_delta and not covered and revoked is None:
            doubts.append("a delta CRL came without the full one that it is based on")
            continue
        covered = covered or not crl.scope.partial
        if entry is not None:
            code = _code(entry)
            revoked = None if code == _REMOVED and crl.view.is_delta else _revoked(link, entry, code)
    if revoked is not None:
        yield revoked
    elif not covered:
        yield Reason("revocation_unknown", link.shown, "; ".join(doubts) or "no CRL of its issuer was given")


def _unusable(crl: Crl, link: Link, issuer: Link, question: Question, budget: Budget) -> str | None:
    """Why a CRL says nothing about the certificate (RFC 5280 §6.3.3); None when it does."""
    view = crl.view
    begin, end = view.this_update.moment, view.next_update.moment if view.next_update else None
    if begin is None or end is None:
        return "a CRL does not say from when until when it holds"
    if not begin <= question.time <= end:
        return f"a CRL holds from {begin.isoformat()} to {end.isoformat()}"
    if not crl.scope.covers(link):
        return "a CRL is about other certificates"
    if any(one.critical and one.oid not in _UNDERSTOOD for one in view.extensions):
        return "a CRL has a critical extension that is not understood"
    if view.signature.raw != view.signature_algorithm.raw:
        return "the two signature algorithms of a CRL differ"
    usage = issuer.view.key_usage
    if usage is not None and "cRLSign" not in usage:
        return "the issuer of a CRL has no cRLSign"
    if not is_signed(crl.tbs, view.signature_algorithm, crl.signature, issuer.spki, budget):
        return "the signature of a CRL is not by the issuer's key"
    return None


def _code(entry: RevokedEntry) -> int:
    for extension in entry.extensions:
        if extension.oid == oids.REASON_CODE:
            return der.integer(der.whole(extension.value, der.ENUMERATED), der.ENUMERATED)
    return 0


def _revoked(link: Link, entry: RevokedEntry, code: int) -> Reason:
    when = entry.time.moment.isoformat() if entry.time.moment else "an unreadable time"
    return Reason("revoked", link.shown, f"was revoked at {when}: {reason_code(code)}")
