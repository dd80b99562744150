"""Every use case has a unit test on storage and signers in memory."""

from __future__ import annotations

from tests.architecture.use_cases import ROOT, referenced_by_tests, use_cases


def without_unit_test() -> set[str]:
    return use_cases() - referenced_by_tests(path.read_text() for path in (ROOT / "tests" / "unit").rglob("test_*.py"))


def test_every_use_case_has_a_unit_test() -> None:
    assert len(use_cases()) > 250
    assert without_unit_test() == set()


def test_a_use_case_counts_as_tested_only_by_a_test_that_refers_to_it() -> None:
    imports = "from pki_manager.authority.rights import tokens\n"
    assert referenced_by_tests([imports + "def helper(): tokens.create_token()"]) == set()
    assert referenced_by_tests([imports + "def test_it(): tokens.create_token()"]) - {""} >= {
        "rights.tokens.create_token"
    }
