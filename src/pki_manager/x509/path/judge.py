"""Validation of one complete path (RFC 5280 §6.1): every reason against it, from the trust anchor down."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from datetime import datetime

from pki_manager.domain.names import AlternativeName, NameKind
from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.oid_octets import decode_oid, encode_oid
from pki_manager.x509.asn1.structures import DNS, IP, Time
from pki_manager.x509.asn1.text_forms import escape_octets
from pki_manager.x509.asn1.tlv import DerError
from pki_manager.x509.path import constraints, policies
from pki_manager.x509.path.link import Link, find_algorithm
from pki_manager.x509.path.model import Budget, Question, Reason

_UNDERSTOOD = frozenset(
    {
        oid_octets.BASIC_CONSTRAINTS,
        oid_octets.KEY_USAGE,
        oid_octets.EXTENDED_KEY_USAGE,
        oid_octets.SUBJECT_ALT_NAME,
        oid_octets.NAME_CONSTRAINTS,
        oid_octets.CERTIFICATE_POLICIES,
        oid_octets.POLICY_MAPPINGS,
        oid_octets.POLICY_CONSTRAINTS,
        oid_octets.INHIBIT_ANY_POLICY,
        oid_octets.CRL_DISTRIBUTION_POINTS,
    }
)
"""Extensions that can be critical, because path validation processes them."""

_FITTING_BITS = {
    oid_octets.SERVER_AUTH: {"digitalSignature", "keyEncipherment", "keyAgreement"},
    oid_octets.CLIENT_AUTH: {"digitalSignature", "keyAgreement"},
    oid_octets.CODE_SIGNING: {"digitalSignature"},
    oid_octets.TIME_STAMPING: {"digitalSignature", "nonRepudiation"},
    oid_octets.OCSP_SIGNING: {"digitalSignature", "nonRepudiation"},
    oid_octets.EMAIL_PROTECTION: {"digitalSignature", "nonRepudiation", "keyEncipherment", "keyAgreement"},
}
"""keyUsage bits by extended key usage: a keyUsage, if present, must have one of them (RFC 5280 §4.2.1.12)."""


def find_reasons(path: Sequence[Link], question: Question, budget: Budget) -> list[Reason]:
    """Return every reason against the path (certificate first, trust anchor last) except signatures and revocation.

    Raises OutOfBudget if names and constraints are too many to compare.
    """
    found: list[Reason] = []
    for depth in range(len(path) - 1, -1, -1):
        found += _readable(path[depth], _link_reasons(path, depth, question, budget))
    found += _readable(path[0], _leaf_reasons(path[0], question))
    found += _readable(path[0], _policy_reasons(path))
    return found


def _readable(link: Link, judged: Iterator[Reason]) -> Iterator[Reason]:
    """Yield the reasons. If a part of the certificate cannot be read, yield a reason instead of an error."""
    try:
        yield from judged
    except DerError as error:
        yield Reason("malformed", link.shown, f"an extension cannot be read: {error}")


def _link_reasons(path: Sequence[Link], depth: int, question: Question, budget: Budget) -> Iterator[Reason]:
    link = path[depth]
    is_anchor = depth == len(path) - 1
    yield from _form_reasons(link, is_anchor=is_anchor)
    yield from _time_reasons(link, question)
    if depth > 0:
        yield from _ca_reasons(path, depth, is_anchor=is_anchor)
    yield from _usage_reasons(link, question)
    if depth > 0:
        yield from _constraint_reasons(path, depth, budget)


def _form_reasons(link: Link, *, is_anchor: bool) -> Iterator[Reason]:
    view = link.view
    if link.weak_key is not None:
        yield Reason("weak_key", link.shown, link.weak_key)
    if not is_anchor and view.signature.raw != view.signature_algorithm.raw:
        yield Reason("signature_algorithm", link.shown, "its two signature algorithms differ (RFC 5280 §4.1.1.2)")
    if len(view.by_oid) != len(view.extensions):
        yield Reason("extension_repeated", link.shown, "an extension occurs twice (RFC 5280 §4.2)")
    if view.version != 3 and view.extensions:
        yield Reason("version", link.shown, f"version {view.version} has no extensions (RFC 5280 §4.1.2.1)")
    for extension in view.extensions:
        if extension.critical and extension.oid not in _UNDERSTOOD:
            message = f"critical extension {extension.dotted} is not understood (RFC 5280 §4.2)"
            yield Reason("critical_extension", link.shown, message)


def _time_reasons(link: Link, question: Question) -> Iterator[Reason]:
    """Yield reasons about the validity period, both ends included (RFC 5280 §4.1.2.5).

    Raises DerError for a time in another form than that of RFC 5280.
    """
    begin, end = _moment(link.view.not_before), _moment(link.view.not_after)
    if question.time < begin:
        yield Reason("not_yet_valid", link.shown, f"is valid from {begin.isoformat()} on")
    if question.time.replace(microsecond=0) > end:
        yield Reason("expired", link.shown, f"was valid until {end.isoformat()}")


def _moment(time: Time) -> datetime:
    if time.moment is None:
        raise DerError("a time is not written to the second in UTC")
    return time.moment


def _ca_reasons(path: Sequence[Link], depth: int, *, is_anchor: bool) -> Iterator[Reason]:
    """Yield reasons why a certificate cannot act as CA in the path (§6.1.4 (k) to (n)).

    A trust anchor of version 1 has no extensions and is accepted as CA because its owner trusts it.
    """
    link = path[depth]
    view = link.view
    old_root = is_anchor and view.version == 1 and link.is_self_issued
    if not view.is_ca and not old_root:
        yield Reason("not_a_ca", link.shown, "issued a certificate and is no CA (RFC 5280 §4.2.1.9)")
    if view.key_usage is not None and "keyCertSign" not in view.key_usage:
        yield Reason("key_usage", link.shown, "issued a certificate without keyCertSign (RFC 5280 §4.2.1.3)")
    limit = view.basic_constraints.path_length if view.basic_constraints else None
    between = sum(1 for below in path[1:depth] if not below.is_self_issued)
    if limit is not None and between > limit:
        message = f"{between} CAs are below it; its path length is {limit} (RFC 5280 §4.2.1.9)"
        yield Reason("path_length", link.shown, message)


def _usage_reasons(link: Link, question: Question) -> Iterator[Reason]:
    """Yield a reason if a certificate lists extended key usages without the required one.

    This applies to CAs too, as validators agree, although RFC 5280 does not require it.
    """
    purposes = link.view.extended_key_usage
    if question.usage is None or purposes is None:
        return
    if encode_oid(question.usage) not in purposes and oid_octets.ANY_EXTENDED_KEY_USAGE not in purposes:
        listed = ", ".join(map(decode_oid, purposes)) or "nothing"
        yield Reason("extended_key_usage", link.shown, f"is for {listed}, not for {question.usage}")


def _constraint_reasons(path: Sequence[Link], depth: int, budget: Budget) -> Iterator[Reason]:
    """Yield reasons why names below a CA violate its name constraints (§6.1.3 (b)).

    Self-issued intermediate certificates are skipped; the last certificate of the path never is.
    """
    limits = constraints.read_constraints(path[depth])
    if limits is None:
        return
    for below in range(depth - 1, -1, -1):
        link = path[below]
        if link.is_self_issued and below > 0:
            continue
        for fault in constraints.find_faults(link, limits, budget, is_leaf=below == 0):
            yield Reason("name_constraints", link.shown, f"{fault} (constraints of {path[depth].shown})")


def _policy_reasons(path: Sequence[Link]) -> Iterator[Reason]:
    if not policies.has_valid_policy(path):
        yield Reason("policy", path[0].shown, "no policy is valid, and a CA requires one (RFC 5280 §4.2.1.11)")


def _leaf_reasons(link: Link, question: Question) -> Iterator[Reason]:
    bits = link.view.key_usage
    fitting = _FITTING_BITS.get(encode_oid(question.usage)) if question.usage else None
    if bits is not None and fitting is not None and not bits & fitting:
        yield Reason("key_usage", link.shown, f"its keyUsage does not fit {question.usage} (RFC 5280 §4.2.1.12)")
    if question.name is not None and not is_valid_for(link, question.name):
        yield Reason("name_mismatch", link.shown, f"does not speak for {question.name} (RFC 9525 §6.3)")


def is_valid_for(link: Link, name: AlternativeName) -> bool:
    """Return whether a certificate is valid for a name (RFC 9525 §6.3).

    Only alternative names count; addresses are compared as octets; a wildcard must be the whole left-most label. Raises
    DerError if the alternative names cannot be read.
    """
    sans = link.view.subject_alt_names or ()
    if name.kind is NameKind.IP:
        address = ipaddress.ip_address(name.value).packed
        return any(san.choice == IP and san.value == address for san in sans)
    host = name.value.removesuffix(".").lower()
    patterns = (escape_octets(san.value).removesuffix(".").lower() for san in sans if san.choice == DNS)
    return name.kind is NameKind.DNS and any(_matches(pattern, host) for pattern in patterns)


def _matches(pattern: str, host: str) -> bool:
    first, _, rest = host.partition(".")
    if pattern.startswith("*."):
        return bool(first) and "." in rest and pattern[2:] == rest
    return bool(pattern) and pattern == host


def build_unsigned_reason(link: Link) -> Reason:
    """Return the reason for a signature that does not verify with the key of any issuer found by name."""
    if find_algorithm(link.view.signature_algorithm) is None:
        called = decode_oid(link.view.signature_algorithm.oid)
        return Reason("signature_algorithm", link.shown, f"is signed with {called}, which is not trusted here")
    return Reason("signature", link.shown, "its signature is not by the key of its issuer")
