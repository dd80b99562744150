"""Every use case has a unit test on storage and signers in memory."""

from __future__ import annotations

from tests.architecture.use_cases import ROOT, referenced_by_tests, use_cases

UNTESTED = {
    "cmp.enroll": ("build_application", "confirm", "poll", "request", "update_of"),
    "cmp.information": ("answer",),
    "cmp.responder": ("load_responder",),
    "cmp.revoke": ("revoke_certificate",),
    "cmp.transactions": ("revoke_overdue", "find_transaction"),
    "enrollment.reenroll": ("reenroll",),
    "enrollment.scep": ("find_target", "list_ca_certificates", "respond", "sign_as_ra", "sign_next_ca_certificate"),
    "people.backchannel_logout": ("sign_out",),
}
"""Use cases without a unit test, by module. A name goes when it gets one."""


def without_unit_test() -> set[str]:
    return use_cases() - referenced_by_tests(path.read_text() for path in (ROOT / "tests" / "unit").rglob("test_*.py"))


def listed() -> set[str]:
    return {f"{module}.{name}" for module, names in UNTESTED.items() for name in names}


def test_every_use_case_has_a_unit_test() -> None:
    assert len(use_cases()) > 250
    assert without_unit_test() - listed() == set()


def test_the_list_of_untested_use_cases_holds_none_that_has_a_test() -> None:
    assert listed() - without_unit_test() == set()


def test_a_use_case_counts_as_tested_only_by_a_test_that_refers_to_it() -> None:
    imports = "from pki_manager.authority.rights import tokens\n"
    assert referenced_by_tests([imports + "def helper(): tokens.create_token()"]) == set()
    assert referenced_by_tests([imports + "def test_it(): tokens.create_token()"]) - {""} >= {
        "rights.tokens.create_token"
    }
