"""Lint of an object before it is signed: the functions that run all rules on its encoding.

Objects have a throwaway signature, so signature values are not verified. Everything else that binds an object to its
issuer (names, key identifiers, dates, path length, constraints) is checked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import TypeVar

from pki_manager.x509.asn1.certificate_view import CertificateView, read_issuer
from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.asn1.ocsp_view import OcspView
from pki_manager.x509.asn1.tlv import DerError
from pki_manager.x509.lint import pkilint_bridge
from pki_manager.x509.lint.finding import Finding, Severity
from pki_manager.x509.lint.kinds import Kind, compute_certificate_kind, compute_crl_kind, compute_ocsp_kind
from pki_manager.x509.lint.registry import load_certificate_rulebook, load_crl_rules, load_ocsp_rules
from pki_manager.x509.lint.rule import judge

RULES_VERSION = "3"
"""Version of the built-in rules. It must rise with every change to their results."""

LINT_VERSION = f"rules {RULES_VERSION}, pkilint {version('pkilint')}"
"""The versions of the lint rules, stored with every certificate."""

_ENTRIES = 64
"""Maximum number of CRL entries that pkilint checks, at about a millisecond each. Built-in rules check every entry."""

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Examination:
    """The findings of the built-in rules, and the function `second`, which runs pkilint.

    `kind` is None if the object cannot be decoded; such an object is of no known kind.
    """

    findings: tuple[Finding, ...]
    kind: Kind | None
    second: Callable[[], tuple[Finding, ...]]

    def all(self) -> tuple[Finding, ...]:
        """Return the findings of the built-in rules and pkilint."""
        return self.findings + self.second()


def lint_certificate(
    der: bytes, issuer_der: bytes | None, *, full: bool, public_tls: bool = False
) -> tuple[Finding, ...]:
    """Lint a certificate (DER), and its relation to the issuer's certificate (DER) if set.

    The built-in rules always run, with those of the CA/Browser Forum if `public_tls` is set; pkilint runs if `full` is
    set. Never raises: data that is not a certificate results in a finding.
    """
    examined = examine_certificate(der, issuer_der, public_tls=public_tls)
    return examined.all() if full else examined.findings


def lint_crl(der: bytes, issuer_der: bytes | None, *, full: bool) -> tuple[Finding, ...]:
    """Lint a CRL (DER), and its relation to the issuer's certificate (DER) if set; with pkilint if `full`.

    Never raises: data that is not a CRL results in a finding.
    """
    examined = examine_crl(der, issuer_der)
    return examined.all() if full else examined.findings


def lint_ocsp(der: bytes, *, full: bool) -> tuple[Finding, ...]:
    """Lint an OCSPResponse (DER), with pkilint if `full`. Never raises: other data results in a finding."""
    examined = examine_ocsp(der)
    return examined.all() if full else examined.findings


def examine_certificate(der: bytes, issuer_der: bytes | None, *, public_tls: bool = False) -> Examination:
    """Lint a certificate as `lint_certificate` does, but let the caller run pkilint."""
    try:
        view = CertificateView.read(der, _issuer(issuer_der))
    except DerError as error:
        return _undecodable("certificate", "RFC 5280 §4.1", error)
    found = load_certificate_rulebook(public_tls=public_tls).judge(view)
    return _examined(found, view, compute_certificate_kind, partial(pkilint_bridge.lint_certificate, der, issuer_der))


def examine_crl(der: bytes, issuer_der: bytes | None) -> Examination:
    """Lint a CRL as `lint_crl` does, but let the caller run pkilint."""
    try:
        view = CrlView.read(der, _issuer(issuer_der))
    except DerError as error:
        return _undecodable("crl", "RFC 5280 §5.1", error)
    found = tuple(judge(load_crl_rules(), view))
    return _examined(found, view, compute_crl_kind, lambda: pkilint_bridge.lint_crl(view.abridged(_ENTRIES)))


def examine_ocsp(der: bytes) -> Examination:
    """Lint an OCSP response as `lint_ocsp` does, but let the caller run pkilint."""
    try:
        view = OcspView.read(der)
    except DerError as error:
        return _undecodable("ocsp", "RFC 6960 §4.2.1", error)
    return _examined(
        tuple(judge(load_ocsp_rules(), view)), view, compute_ocsp_kind, partial(pkilint_bridge.lint_ocsp, der)
    )


def _examined(
    found: tuple[Finding, ...], view: V, kind_of: Callable[[V], Kind], second: Callable[[], tuple[Finding, ...]]
) -> Examination:
    try:
        kind: Kind | None = kind_of(view)
    except DerError:
        kind = None
    return Examination(found, kind, second)


def _issuer(data: bytes | None) -> CertificateView | None:
    try:
        return None if data is None else read_issuer(data)
    except DerError as error:
        raise DerError(str(error), "issuer certificate") from None


def _undecodable(kind: str, citation: str, error: DerError) -> Examination:
    finding = Finding(f"{kind}.encoding", Severity.ERROR, citation, f"not decodable: {error}", error.where or kind)
    return Examination((finding,), None, lambda: ())
