from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach
from pki_manager.x509.lint.rulebook import CertificateRule

_LABEL = re.compile(r"(?!-)[A-Za-z0-9*-]+(?<!-)")


def _check(certificate: CertificateView) -> Iterator[Breach]:
    for position, name in certificate.dns_names:
        labels = name.removesuffix(".").removeprefix("*.").split(".")
        # Wildcards elsewhere and the length of labels have rules of their own.
        if not all(_LABEL.fullmatch(label) for label in labels):
            yield Breach(
                f"extensions.subjectAltName.{position}", f"{name!r} holds more than letters, digits and hyphens"
            )


RULE = CertificateRule(
    id="certificate.san_dns_syntax",
    requirement="A dNSName is made of letter-digit-hyphen labels, perhaps with a wildcard in front.",
    citation="RFC 5280 §4.2.1.6, RFC 1034 §3.5",
    since=date(2008, 5, 1),
    severity=Severity.ERROR,
    applies_to=lambda certificate: certificate.has_alt_names,
    check=_check,
)
