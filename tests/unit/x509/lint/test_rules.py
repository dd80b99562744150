"""Every rule accepts what it should and refuses what it must; every rule file is registered, cited and tested."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from pki_manager.x509 import lint
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.asn1.crl_view import CrlView
from pki_manager.x509.asn1.ocsp_view import OcspView
from pki_manager.x509.lint import Finding, Severity
from pki_manager.x509.lint.registry import (
    load_certificate_rules,
    load_crl_rules,
    load_ocsp_rules,
    load_public_tls_rules,
)
from pki_manager.x509.lint.rule import Breach, Rule, applies_always, judge
from tests.unit.x509.lint import objects as o
from tests.unit.x509.lint.cases import Pair
from tests.unit.x509.lint.certificate_cases import CERTIFICATE
from tests.unit.x509.lint.crl_cases import CRL
from tests.unit.x509.lint.further_cases import FURTHER, MORE_BAD
from tests.unit.x509.lint.objects import CA, LEAF, ROOT, SIGNER, Crl, Ocsp
from tests.unit.x509.lint.ocsp_cases import OCSP
from tests.unit.x509.lint.public_tls_cases import PUBLIC_TLS

RULES = {
    rule.id: rule
    for rule in (*load_certificate_rules(), *load_public_tls_rules(), *load_crl_rules(), *load_ocsp_rules())
}
CASES = {
    f"{kind}.{name}": case
    for kind, table in (
        ("certificate", CERTIFICATE | FURTHER),
        ("public_tls", PUBLIC_TLS),
        ("crl", CRL),
        ("ocsp", OCSP),
    )
    for name, case in table.items()
}
FOLDER = Path(lint.__file__).parent / "rules"


def findings(pair: Pair, *, public_tls: bool = False) -> tuple[Finding, ...]:
    issuer = pair.issuer.der() if pair.issuer else None
    if isinstance(pair.item, Crl):
        return lint.lint_crl(pair.item.der(), issuer, full=False)
    if isinstance(pair.item, Ocsp):
        return lint.lint_ocsp(pair.item.der(), full=False)
    return lint.lint_certificate(pair.item.der(), issuer, full=False, public_tls=public_tls)


def judged_by(rule: str, pair: Pair) -> tuple[Finding, ...]:
    return findings(pair, public_tls=rule.startswith("public_tls."))


def view(pair: Pair) -> CertificateView | CrlView | OcspView:
    issuer = CertificateView.read(pair.issuer.der()) if pair.issuer else None
    if isinstance(pair.item, Crl):
        return CrlView.read(pair.item.der(), issuer)
    if isinstance(pair.item, Ocsp):
        return OcspView.read(pair.item.der())
    return CertificateView.read(pair.item.der(), issuer)


@pytest.mark.parametrize("rule", sorted(CASES))
def test_a_rule_accepts_what_keeps_it(rule: str) -> None:
    good = CASES[rule].good
    assert RULES[rule].applies_to(view(good)), "the accepted object says nothing about the rule"
    for pair in (good, *CASES[rule].also):
        assert [finding for finding in judged_by(rule, pair) if finding.rule == rule] == []


@pytest.mark.parametrize(
    ("rule", "number"), [(rule, number) for rule in sorted(CASES) for number in range(len(CASES[rule].bad))]
)
def test_a_rule_refuses_what_breaks_it(rule: str, number: int) -> None:
    bad = CASES[rule].bad[number]
    found = [finding for finding in judged_by(rule, bad) if finding.rule == rule]
    assert found
    assert {finding.severity for finding in found} == {RULES[rule].severity}
    assert {finding.citation for finding in found} == {RULES[rule].citation}
    assert all(finding.message and finding.where for finding in found)


@pytest.mark.parametrize("rule", sorted(MORE_BAD))
def test_a_rule_refuses_what_breaks_it_in_another_way(rule: str) -> None:
    for item in MORE_BAD[rule]:
        assert f"certificate.{rule}" in {finding.rule for finding in findings(Pair(item))}


def test_the_rules_of_the_public_web_judge_who_asks_for_them_only() -> None:
    der = LEAF.but(san=o.san((o.EMAIL, "a@a.example")), subject=o.common_name("server")).der()
    assert lint.lint_certificate(der, None, full=False) == ()
    found = {finding.rule for finding in lint.lint_certificate(der, None, full=False, public_tls=True)}
    assert found == {"public_tls.names", "public_tls.common_name"}


def files() -> Iterator[str]:
    for path in FOLDER.glob("*/*.py"):
        if path.name != "__init__.py":
            yield f"{path.parent.name}.{path.stem}"


def test_every_rule_file_is_registered_under_its_own_name() -> None:
    assert sorted(RULES) == sorted(files())
    assert len(RULES) == len(
        (*load_certificate_rules(), *load_public_tls_rules(), *load_crl_rules(), *load_ocsp_rules())
    )


def test_every_rule_file_has_an_object_that_passes_and_one_that_fails() -> None:
    assert sorted(CASES) == sorted(files())
    assert all(case.bad for case in CASES.values())


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_cites_its_source_and_its_day(rule: str) -> None:
    assert re.match(r"(RFC \d+ (§|Appendix )|X\.690 §|NIST |CA/B Forum |MS-WCCE §)", RULES[rule].citation)
    assert date(1987, 1, 1) <= RULES[rule].since <= date(2026, 12, 31)
    assert RULES[rule].requirement.endswith(".")


@pytest.mark.parametrize(
    "pair",
    [Pair(LEAF, CA), Pair(CA), Pair(ROOT), Pair(ROOT, ROOT), Pair(SIGNER, CA), Pair(Crl(), CA), Pair(Ocsp())],
    ids=["leaf", "ca", "root", "root under itself", "ocsp signer", "crl", "ocsp"],
)
def test_a_right_object_has_no_finding(pair: Pair) -> None:
    assert findings(pair) == ()


def test_an_object_older_than_a_rule_is_not_judged_by_it() -> None:
    rule: Rule[CertificateView] = Rule(
        id="certificate.example",
        requirement="Nothing is right.",
        citation="RFC 5280 §4",
        since=date(2026, 1, 2),
        severity=Severity.ERROR,
        applies_to=applies_always,
        check=lambda _: [Breach("serialNumber", "it is not right")],
    )
    assert list(judge((rule,), CertificateView.read(LEAF.der()))) == []
    newer = CertificateView.read(LEAF.but(not_before=b"\x17\x0d260102000000Z").der())
    assert [finding.rule for finding in judge((rule,), newer)] == ["certificate.example"]
