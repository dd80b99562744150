"""Lint: checks of objects before they are signed, by built-in rules (one module each) and by pkilint."""

from pki_manager.x509.lint.finding import Finding, Severity
from pki_manager.x509.lint.gate import (
    LINT_VERSION,
    Examination,
    examine_certificate,
    examine_crl,
    examine_ocsp,
    lint_certificate,
    lint_crl,
    lint_ocsp,
)
from pki_manager.x509.lint.kinds import Kind, KnownKinds

__all__ = [
    "LINT_VERSION",
    "Examination",
    "Finding",
    "Kind",
    "KnownKinds",
    "Severity",
    "examine_certificate",
    "examine_crl",
    "examine_ocsp",
    "lint_certificate",
    "lint_crl",
    "lint_ocsp",
]
