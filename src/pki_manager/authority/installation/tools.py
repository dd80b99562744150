"""Tools for objects that the caller provides: decode and lint them. Nothing is stored or fetched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pki_manager.domain.algorithms import KEY_TYPES
from pki_manager.domain.errors import InvalidInput, PkiError
from pki_manager.domain.names import NameKind
from pki_manager.domain.other_names import OtherName
from pki_manager.domain.profiles.terms import SanRule
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy.access import Permission, require
from pki_manager.policy.keys import judge_key, judge_signature_hash
from pki_manager.policy.names import judge_sans
from pki_manager.policy.reasons import RULES, Findings
from pki_manager.x509 import lint, parse
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.asn1.tlv import DerError
from pki_manager.x509.decode import Decoded, ObjectKind, bundle, decode_objects
from pki_manager.x509.decode.bundle import Item
from pki_manager.x509.lint.finding import Finding, Severity

_ANY_NAMES = SanRule(kinds=tuple(NameKind), maximum=parse.MAX_SANS, wildcards=True)


@dataclass(frozen=True, slots=True)
class LintReport:
    """The lint findings of one object of the input.

    If the input also contains the issuer's certificate, findings about the two together are included.
    """

    kind: ObjectKind
    findings: tuple[Finding, ...]


def decode(actor: Actor, data: str, password: str | None) -> tuple[Decoded, ...]:
    """Return every object in `data` (PEM with any number of blocks, or Base64 of DER). `password` decrypts PKCS #12.

    Raises Malformed, TooLarge, or InvalidInput with the field `data` if an object cannot be decoded.
    """
    require(actor, Permission.TOOLS_USE)
    return decode_objects(data, password)


def lint_objects(actor: Actor, data: str) -> tuple[LintReport, ...]:
    """Return the lint findings of every certificate, CSR, CRL, and OCSP response in `data`.

    The built-in rules and pkilint check them. Certificates and CRLs are checked with their issuer's certificate if it
    is in `data` too. Raises InvalidInput for an object of any other kind.
    """
    require(actor, Permission.TOOLS_USE)
    items = [_judged(item) for item in bundle.read_items(data)]
    issuers = _by_subject(items)
    return tuple(LintReport(item.kind, _LINTS[item.kind](item.element.raw, issuers)) for item in items)


_Issuers = dict[bytes, bytes]


def _judged(item: Item | bundle.EncryptedPemKey) -> Item:
    if isinstance(item, Item) and item.kind in _LINTS:
        return item
    kind = item.kind if isinstance(item, Item) else ObjectKind.ENCRYPTED_PRIVATE_KEY
    known = ", ".join(_LINTS)
    raise InvalidInput.of(
        "data", "lint.kind", f"must be an object of a kind that lint rules check ({known}), not {kind}"
    )


def _by_subject(items: list[Item]) -> _Issuers:
    """Return the certificates (DER) by the DER of their subject. Of several with one subject, the first is used."""
    found: _Issuers = {}
    for item in items:
        if item.kind is ObjectKind.CERTIFICATE:
            try:
                found.setdefault(CertificateView.read(item.element.raw).subject, item.element.raw)
            except DerError:
                continue
    return found


def _lint_certificate(der: bytes, issuers: _Issuers) -> tuple[Finding, ...]:
    try:
        issuer = issuers.get(CertificateView.read(der).issuer)
    except DerError:
        issuer = None
    return lint.lint_certificate(der, issuer, full=len(der) <= _FULL)


def _lint_crl(der: bytes, issuers: _Issuers) -> tuple[Finding, ...]:
    try:
        issuer = issuers.get(CrlView.read(der).issuer)
    except DerError:
        issuer = None
    return lint.lint_crl(der, issuer, full=True)


def _lint_ocsp(der: bytes, _: _Issuers) -> tuple[Finding, ...]:
    return lint.lint_ocsp(der, full=len(der) <= _FULL)


def _lint_request(der: bytes, _: _Issuers) -> tuple[Finding, ...]:
    """Return why no profile could certify the request: faults of its form, proof of possession, key, or names."""
    found = Findings()
    try:
        facts = parse.parse_csr(der, "request")
    except PkiError as error:
        return tuple(Finding(one.rule, Severity.ERROR, "RFC 2986", one.message, one.field) for one in error.errors)
    judge_key(facts.key, tuple(KEY_TYPES), found)
    judge_signature_hash(facts.signature_hash, found)
    types = (OtherName.parse(name.value).type_id for name in facts.sans if name.kind is NameKind.OTHER)
    judge_sans(facts.sans, replace(_ANY_NAMES, other_names=tuple(types)), found)
    return tuple(Finding(one.rule, Severity.ERROR, RULES[one.rule], one.message, one.field) for one in found.errors)


_FULL = 64 * 1024
"""Size in octets up to which pkilint also checks an object: it needs milliseconds and much memory for each name."""

_LINTS: dict[ObjectKind, Callable[[bytes, _Issuers], tuple[Finding, ...]]] = {
    ObjectKind.CERTIFICATE: _lint_certificate,
    ObjectKind.REQUEST: _lint_request,
    ObjectKind.CRL: _lint_crl,
    ObjectKind.OCSP_RESPONSE: _lint_ocsp,
}
