"""The table of rules: complete, used, cited."""

import re
from pathlib import Path

import pytest

import pki_manager.policy
from pki_manager.domain.errors import PolicyRefused
from pki_manager.policy.reasons import RULES, Findings

SOURCES = {
    path.name: path.read_text(encoding="utf-8")
    for path in Path(pki_manager.policy.__path__[0]).glob("*.py")
    if path.name != "reasons.py"
}


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_of_the_table_is_enforced_somewhere(rule):
    assert any(f'"{rule}"' in source for source in SOURCES.values())


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_a_case_in_these_tests(rule):
    tests = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py")]
    assert any(f'"{rule}"' in test for test in tests)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_quotes_a_standard_the_profile_or_the_ca(rule):
    assert re.search(r"RFC \d+|FIPS 186|SP 800-|CVE-\d+|the (profile|CA)'s|the algorithm table", RULES[rule])


def test_no_reasons_is_no_refusal():
    Findings().refuse_if_any()


def test_a_refusal_carries_every_reason_once_and_its_citation():
    findings = Findings()
    for _ in range(2):
        findings.refuse("sans", "san.ip", "is nobody's")
    findings.refuse("key", "key.roca", "can be computed")
    with pytest.raises(PolicyRefused) as caught:
        findings.refuse_if_any()
    assert [(error.field, error.rule) for error in caught.value.errors] == [("sans", "san.ip"), ("key", "key.roca")]
    assert caught.value.errors[1].message == "can be computed (CVE-2017-15361)"
    assert caught.value.detail == f"sans: is nobody's ({RULES['san.ip']}); key: can be computed (CVE-2017-15361)"


def test_a_rule_outside_the_table_cannot_be_used():
    with pytest.raises(KeyError, match=r"san\.invented"):
        Findings().refuse("sans", "san.invented", "no")
