"""Revocation checks of a path with the provided CRLs (RFC 5280 §6.3). Nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.tlv import DerError
from pki_manager.x509.crl_entries import ParsedRevokedEntry
from pki_manager.x509.decode.extensions import format_reason_code
from pki_manager.x509.path.crl import PathCrl
from pki_manager.x509.path.current import find_status, get_reason_code
from pki_manager.x509.path.link import Link, is_signed
from pki_manager.x509.path.model import Budget, Question, Reason

_UNDERSTOOD = frozenset(
    {
        oid_octets.ISSUING_DISTRIBUTION_POINT,
        oid_octets.DELTA_CRL_INDICATOR,
        oid_octets.CRL_NUMBER,
        oid_octets.AUTHORITY_KEY_IDENTIFIER,
    }
)


def find_reasons(path: Sequence[Link], crls: Sequence[PathCrl], question: Question, budget: Budget) -> list[Reason]:
    """Return a reason for each certificate below the trust anchor that is revoked or whose status is unknown.

    The status is unknown if it is in the scope of no usable CRL. The result is empty without CRLs.
    """
    if not crls:
        return []
    pairs = pairwise(path)
    return [one for link, issuer in pairs for one in _judge(link, issuer, crls, question, budget)]


def _judge(link: Link, issuer: Link, crls: Sequence[PathCrl], question: Question, budget: Budget) -> Iterator[Reason]:
    """Yield a reason if any scope with the certificate revokes it, or if no scope for all reasons shows its status."""
    usable, doubts = _usable(link, issuer, crls, question, budget)
    covered = False
    for scope in dict.fromkeys(crl.scope_der for crl in usable):
        try:
            status = find_status([crl for crl in usable if crl.scope_der == scope], link.view.serial)
            code = None if status.entry is None else get_reason_code(status.entry)
        except DerError as error:
            doubts.append(f"a CRL cannot be read: {error}")
            continue
        if status.entry is not None and code is not None:
            yield _revoked(link, status.entry, code)
            return
        covered = covered or status.covers_all_reasons
        doubts += status.doubts
    if not covered:
        yield Reason("revocation_unknown", link.shown, "; ".join(doubts) or "no CRL of its issuer is in the request")


def _usable(
    link: Link, issuer: Link, crls: Sequence[PathCrl], question: Question, budget: Budget
) -> tuple[list[PathCrl], list[str]]:
    """Return the issuer's CRLs that show the certificate's status, and the reasons why the others do not."""
    found: list[PathCrl] = []
    doubts: list[str] = []
    for crl in crls:
        if crl.issuer != link.issuer:
            continue
        try:
            doubt = _unusable(crl, link, issuer, question, budget)
        except DerError as error:
            doubt = f"a CRL cannot be read: {error}"
        if doubt is None:
            found.append(crl)
        else:
            doubts.append(doubt)
    return found, doubts


def _unusable(crl: PathCrl, link: Link, issuer: Link, question: Question, budget: Budget) -> str | None:
    """Return the reason why a CRL does not show the status of the certificate (RFC 5280 §6.3.3), or None."""
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


def _revoked(link: Link, entry: ParsedRevokedEntry, code: int) -> Reason:
    when = entry.time.moment.isoformat() if entry.time.moment else "an unreadable time"
    return Reason("revoked", link.shown, f"was revoked at {when}: {format_reason_code(code)}")
