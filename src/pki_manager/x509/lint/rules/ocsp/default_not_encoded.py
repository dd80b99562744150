from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.ocsp_view import OcspView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule


def _check(ocsp: OcspView) -> Iterator[Breach]:
    if ocsp.basic.explicit_version:
        yield Breach("tbsResponseData.version", "the version is written out")
    singles = (extension for single in ocsp.basic.responses for extension in single.extensions)
    for extension in (*ocsp.basic.extensions, *singles):
        if extension.explicit_false:
            yield Breach("extensions", f"extension {extension.dotted} writes out critical FALSE")


RULE: Rule[OcspView] = Rule(
    id="ocsp.default_not_encoded",
    requirement="The default version v1, and critical FALSE, are not encoded.",
    citation="RFC 6960 §4.2.1, X.690 §11.5",
    since=date(2013, 6, 1),
    severity=Severity.ERROR,
    applies_to=lambda ocsp: ocsp.has_basic,
    check=_check,
)
