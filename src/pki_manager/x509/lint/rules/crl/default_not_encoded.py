from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.lint.finding import Severity
from pki_manager.x509.lint.rule import Breach, Rule, applies_always


def _check(crl: CrlView) -> Iterator[Breach]:
    entries = (extension for _, extensions in crl.entry_extensions for extension in extensions)
    for extension in (*crl.extensions, *entries):
        if extension.explicit_false:
            yield Breach("extensions", f"extension {extension.dotted} writes out critical FALSE")


RULE: Rule[CrlView] = Rule(
    id="crl.default_not_encoded",
    requirement="A value that equals its DEFAULT is not encoded.",
    citation="X.690 §11.5",
    since=date(2002, 7, 1),
    severity=Severity.ERROR,
    applies_to=applies_always,
    check=_check,
)
