"""The gate in front of every signature: what is about to be signed is judged first.

The objects come signed by a throwaway key, so nothing here looks at a signature's value; everything that binds an
object to its issuer (names, key identifiers, dates, path length, constraints) is looked at.
"""

from __future__ import annotations

from importlib.metadata import version

from pki_manager.x509.lint import pkilint_bridge
from pki_manager.x509.lint.certificate import CertificateView, read_issuer
from pki_manager.x509.lint.crl import CrlView
from pki_manager.x509.lint.der import DerError
from pki_manager.x509.lint.finding import Finding, Severity
from pki_manager.x509.lint.ocsp import OcspView
from pki_manager.x509.lint.registry import certificate_rules, crl_rules, ocsp_rules
from pki_manager.x509.lint.rule import judge

RULES_VERSION = "1"
"""Rises with every change to what the rules of this package say."""

LINT_VERSION = f"rules {RULES_VERSION}, pkilint {version('pkilint')}"
"""Kept with every certificate: what it was judged by."""


def lint_certificate(der: bytes, issuer_der: bytes | None, *, full: bool) -> tuple[Finding, ...]:
    """Judge a Certificate (DER), against its issuer's certificate (DER) where that is given.

    Own rules always; pkilint too when `full`. Never raises: what is no certificate is a finding.
    """
    try:
        own = tuple(judge(certificate_rules(), CertificateView.read(der, _issuer(issuer_der))))
    except DerError as error:
        return (_undecodable("certificate", "RFC 5280 §4.1", error),)
    return own + (pkilint_bridge.lint_certificate(der, issuer_der) if full else ())


def lint_crl(der: bytes, issuer_der: bytes | None, *, full: bool) -> tuple[Finding, ...]:
    """Judge a CertificateList (DER), against its issuer's certificate (DER) where that is given. Never raises."""
    try:
        own = tuple(judge(crl_rules(), CrlView.read(der, _issuer(issuer_der))))
    except DerError as error:
        return (_undecodable("crl", "RFC 5280 §5.1", error),)
    return own + (pkilint_bridge.lint_crl(der) if full else ())


def lint_ocsp(der: bytes, *, full: bool) -> tuple[Finding, ...]:
    """Judge an OCSPResponse (DER). Never raises."""
    try:
        own = tuple(judge(ocsp_rules(), OcspView.read(der)))
    except DerError as error:
        return (_undecodable("ocsp", "RFC 6960 §4.2.1", error),)
    return own + (pkilint_bridge.lint_ocsp(der) if full else ())


def _issuer(data: bytes | None) -> CertificateView | None:
    try:
        return None if data is None else read_issuer(data)
    except DerError as error:
        raise DerError(str(error), "issuer certificate") from None


def _undecodable(kind: str, citation: str, error: DerError) -> Finding:
    return Finding(f"{kind}.encoding", Severity.ERROR, citation, f"not decodable: {error}", error.where or kind)
