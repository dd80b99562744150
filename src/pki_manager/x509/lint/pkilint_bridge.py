"""pkilint as a second linter.

Importing pkilint and building its validators are slow, so both happen once for each process, at the first full lint.
Validators that verify signatures are left out, because objects have a throwaway signature.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache, wraps
from typing import TYPE_CHECKING

from pki_manager.x509.asn1 import text_forms
from pki_manager.x509.lint.finding import Finding, Severity

if TYPE_CHECKING:
    from pki_manager.x509.lint.pkilint_validators import Node, PkilintResult, Validators

CRASH = "pkilint:crash"
_CITATION = "pkilint"
_CRASH_CODE = "base.unhandled_exception"
_SEVERITIES = {"FATAL": Severity.ERROR, "ERROR": Severity.ERROR, "WARNING": Severity.WARNING, "NOTICE": Severity.NOTICE}


_FORMS: dict[str, Callable[[str], bool]] = {
    "pkix.invalid_domain_name_syntax": lambda text: text_forms.is_host(text.removeprefix("*.")),
    "pkix.invalid_uri_syntax": lambda text: (
        text_forms.is_absolute_uri(text) or text_forms.is_host(text.removeprefix("."))
    ),
    "pkix.invalid_email_address_syntax": lambda text: (
        text_forms.is_mailbox(text) or text_forms.is_host(text.removeprefix("."))
    ),
}
"""Syntax checks by finding of pkilint: the finding is dropped if the check accepts the text.

pkilint requires names of the public DNS: it reports `localhost`, `*.example.com`, and `http://pki/ca.cer`, which RFC
5280 and RFC 3986 §3.2.2 permit. A bare host is valid in nameConstraints.
"""


@lru_cache(maxsize=1)
def load_validators() -> Validators:
    """Import pkilint and return its validators. They are built once for each process."""
    from pki_manager.x509.lint.pkilint_validators import Validators

    return Validators.build()


def _contained(lint: Callable[..., tuple[Finding, ...]]) -> Callable[..., tuple[Finding, ...]]:
    """Return a function that converts every exception of pkilint to a finding.

    An object that pkilint could not check must not pass.
    """

    @wraps(lint)
    def guarded(*arguments: bytes | None) -> tuple[Finding, ...]:
        try:
            return lint(*arguments)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 (pkilint raises anything, and its decoder in Rust panics)
            return (Finding(CRASH, Severity.ERROR, _CITATION, f"{type(error).__name__}: {error}", ""),)

    return guarded


@_contained
def lint_certificate(der: bytes, issuer_der: bytes | None = None) -> tuple[Finding, ...]:
    """Run pkilint's RFC 5280 validators on a certificate, and on the pair if the issuer's certificate (DER) is set."""
    return _findings(load_validators().certificate(der, issuer_der))


@_contained
def lint_crl(der: bytes) -> tuple[Finding, ...]:
    """Run pkilint's RFC 5280 CRL validators.

    They need about a millisecond for each entry, so pass an abridged CRL.
    """
    return _findings(load_validators().crl(der))


@_contained
def lint_ocsp(der: bytes) -> tuple[Finding, ...]:
    """Run pkilint's RFC 6960 response validators."""
    return _findings(load_validators().ocsp(der))


def _findings(results: Iterable[PkilintResult]) -> tuple[Finding, ...]:
    """Return pkilint's results as findings. Remarks (INFO, DEBUG) are left out."""
    found = []
    for result in results:
        for description in result.finding_descriptions:
            severity = _SEVERITIES.get(description.finding.severity.name)
            code = description.finding.code
            if severity is not None and not _is_narrower(code, result.node):
                rule = CRASH if code == _CRASH_CODE else f"pkilint:{code}"
                message = description.message or code
                found.append(Finding(rule, severity, _CITATION, message, result.node.path))
    return tuple(found)


def _is_narrower(code: str, node: Node) -> bool:
    form = _FORMS.get(code)
    return form is not None and form(str(node.pdu))
