"""Every use case has a unit test on storage and signers in memory."""

from __future__ import annotations

from tests.architecture.use_cases import ROOT, referenced_by_tests, use_cases

UNTESTED = {
    "acme.accounts": (
        "act",
        "actor_of",
        "change_key",
        "count_stranger",
        "create_account",
        "deactivate",
        "find_account",
        "greet",
        "is_open",
        "look_up",
        "update_contacts",
    ),
    "acme.administration": ("list_accounts", "revoke_account", "show_account"),
    "acme.authorizations": ("authorization", "challenge", "deactivate_authorization"),
    "acme.finalize": ("certificate_chains", "finalize"),
    "acme.keys": ("create_acme_key",),
    "acme.orders": ("order", "orders"),
    "acme.renewal": ("renewal_window",),
    "acme.revoke": ("revoke_by_account", "revoke_by_key"),
    "acme.validate": ("give_up", "validate"),
    "bulk.results": ("chains", "progress", "rows"),
    "bulk.run": ("run",),
    "bulk.submit": ("submit",),
    "cas.check_import": ("check_import",),
    "cas.import_ca": ("import_ca",),
    "cas.take_over_ca": ("take_over",),
    "certificates.enroll_batch": ("enroll_here",),
    "certificates.profile_samples": ("preview_profile",),
    "certificates.profiles": ("check", "create", "keep_builtin_profiles", "retire", "update"),
    "certificates.queries": ("list_profiles", "show_profile"),
    "cmp.enroll": ("application_of", "confirm", "poll", "request", "update_of"),
    "cmp.information": ("answer",),
    "cmp.responder": ("load_responder",),
    "cmp.revoke": ("revoke_certificate",),
    "cmp.transactions": ("end_overdue", "find_transaction"),
    "enrollment.authenticate": (
        "authenticate_certificate",
        "authenticate_mac",
        "authenticate_secret",
        "open_secret",
        "require_current",
    ),
    "enrollment.ca_certificates": (
        "get_csr_attributes",
        "get_label_target",
        "get_only_issuing_ca",
        "list_ca_certificates",
    ),
    "enrollment.credentials": ("create_credential", "list_credentials", "revoke_credential", "show_credential"),
    "enrollment.labels": ("get_ca_of_part",),
    "enrollment.reenroll": ("reenroll",),
    "enrollment.request_certificate": ("request_certificate",),
    "enrollment.scep": ("find_target", "list_ca_certificates", "respond", "sign_as_ra", "sign_next_ca_certificate"),
    "installation.tls": ("ensure_tls_certificate", "find_tls_validity"),
    "kernel.durable_file": ("replace",),
    "kernel.issuers": ("best_first", "current_certificate"),
    "kernel.refusal_log": ("flush", "note"),
    "people.backchannel_logout": ("sign_out",),
    "people.factors": ("add_passkey",),
    "people.oidc": ("begin", "finish", "providers", "sign_out_url"),
    "people.second_step": ("sign_in_by_passkey",),
    "requests.edit_request": ("edit_request",),
    "requests.issue_approved": ("collect",),
    "rights.tokens": ("authenticate",),
    "scep.ra": ("current_ra", "ensure_ra", "renew_all"),
    "signing.chains": ("find_chains", "without_root"),
    "signing.status_urls": ("find_notices", "list_notices"),
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
