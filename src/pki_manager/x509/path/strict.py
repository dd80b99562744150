"""The strict mode of path validation: lint errors in the certificates or CRLs of a path are reasons against it.

All rules apply, including those that are newer than the object.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache

from pki_manager.x509.asn1 import oid_octets
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.asn1.oid_octets import encode_oid
from pki_manager.x509.asn1.tlv import DerError
from pki_manager.x509.lint import Finding, Severity, lint_certificate, lint_crl
from pki_manager.x509.lint.registry import load_certificate_rules
from pki_manager.x509.lint.rule import judge
from pki_manager.x509.lint.rulebook import AnyRule
from pki_manager.x509.path import web
from pki_manager.x509.path.crl import PathCrl
from pki_manager.x509.path.link import Link
from pki_manager.x509.path.model import Budget, Question, Reason

_NOT_FOR_ANCHORS = (
    "certificate.serial_",
    "pkilint:pkix.certificate_serial_",
    "certificate.ca_may_sign",
    "pkilint:pkix.ca_certificate_no_ku_extension",
)
"""Rules, by the beginning of their IDs, about requirements that a verifier does not have for a trust anchor.

An anchor is a name and a key (RFC 5280 §6.1.1 (d)): its revocation is not checked, and its keyUsage counts only "if a
key usage extension is present" (§6.1.4 (n), §6.3.3 (f)).
"""
_NOT_FOR_SELF_SIGNED = (
    "certificate.authority_key_identifier_present",
    "pkilint:pkix.authority_key_identifier_extension_absent",
)
"""Rules that do not apply to a trust anchor signed with its own key, even if its issuer name differs.

See RFC 5280 §4.2.1.1.
"""


def find_reasons(path: Sequence[Link], crls: Sequence[PathCrl], question: Question, budget: Budget) -> list[Reason]:
    """Return a reason with the code `lint` for each rule that the path's certificates, or CRLs of its CAs, violate.

    Raises OutOfBudget if there are too many objects to lint.
    """
    issuers = (*path[1:], None)
    found = [one for link, issuer in zip(path, issuers, strict=True) for one in _of_certificate(link, issuer, budget)]
    for issuer in path[1:]:
        found += [one for crl in crls if crl.issuer == issuer.subject for one in _of_crl(crl, issuer, budget)]
    if question.usage is not None and encode_oid(question.usage) == oid_octets.SERVER_AUTH:
        found += _of_web(path)
    return found


def _of_web(path: Sequence[Link]) -> list[Reason]:
    try:
        return [
            Reason("lint", link.shown, f"{fault[:-1]} of the Baseline Requirements)")
            for link, fault in web.find_faults(path)
        ]
    except DerError:
        return []  # the lint rules have said so


def _of_certificate(link: Link, issuer: Link | None, budget: Budget) -> Iterator[Reason]:
    """Yield lint errors of a certificate. It is linted together with its issuer only if it is self-issued.

    A self-issued certificate with an issuer is not self-signed. Path validation has already checked that the
    certificate fits its issuer.
    """
    beside = issuer.der if issuer is not None and link.is_self_issued else None
    budget.lint((link.der, beside or b""))
    findings = _certificate_findings(link.der, beside)
    if issuer is None:
        excluded = _NOT_FOR_ANCHORS + (_NOT_FOR_SELF_SIGNED if link.is_signed_by(link, budget) else ())
        findings = tuple(one for one in findings if not one.rule.startswith(excluded))
    yield from _lint_reasons(link.shown, findings)


def _of_crl(crl: PathCrl, issuer: Link, budget: Budget) -> Iterator[Reason]:
    budget.lint((crl.view.data, issuer.der))
    yield from _lint_reasons(issuer.shown, lint_crl(crl.view.data, issuer.der, full=True))


def _lint_reasons(shown: str, findings: Iterable[Finding]) -> Iterator[Reason]:
    errors = (one for one in findings if one.severity is Severity.ERROR)
    for one in errors:
        yield Reason("lint", shown, f"breaks rule {one.rule}: {one.message} ({one.citation})")


@lru_cache(maxsize=64)
def _certificate_findings(certificate_der: bytes, issuer_der: bytes | None) -> tuple[Finding, ...]:
    """Return the findings of the built-in rules, regardless of their dates, and those of pkilint."""
    dated = lint_certificate(certificate_der, issuer_der, full=True)
    try:
        issuer = None if issuer_der is None else CertificateView.read(issuer_der)
        timeless = tuple(judge(_timeless_rules(), CertificateView.read(certificate_der, issuer)))
    except DerError:
        timeless = ()
    return tuple(dict.fromkeys((*timeless, *dated)))


@lru_cache(maxsize=1)
def _timeless_rules() -> tuple[AnyRule, ...]:
    return tuple(replace(rule, since=date.min) for rule in load_certificate_rules())
