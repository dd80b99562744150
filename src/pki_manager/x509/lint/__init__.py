"""Judging objects before they are signed: own rules, one a file, and pkilint."""

from pki_manager.x509.lint.finding import Finding, Severity
from pki_manager.x509.lint.gate import LINT_VERSION, lint_certificate, lint_crl, lint_ocsp

__all__ = ["LINT_VERSION", "Finding", "Severity", "lint_certificate", "lint_crl", "lint_ocsp"]
