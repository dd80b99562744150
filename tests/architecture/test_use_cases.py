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
    "audit.audit_log": ("accept_truncation", "list_audit", "require_complete"),
    "audit.change_feed": ("changes_since",),
    "audit.export": ("export_range", "require_whole"),
    "audit.range_proof": ("verify_range",),
    "audit.verification": ("find_last_verified", "verify_some"),
    "bulk.results": ("chains", "progress", "rows"),
    "bulk.run": ("run",),
    "bulk.submit": ("submit",),
    "cas.backends": ("check_backend", "list_backends", "show_backend", "watch_backends"),
    "cas.ca_request": ("request_certificate",),
    "cas.cancel_rotation": ("cancel_rotation",),
    "cas.check_import": ("check_import",),
    "cas.create_key": ("create_key",),
    "cas.cross_sign": ("cross_sign",),
    "cas.destroy_key": ("destroy_key", "erase"),
    "cas.import_ca": ("import_ca",),
    "cas.install_ca": ("install_certificate",),
    "cas.key_intents": ("settle_overdue_keys",),
    "cas.keys": ("list_keys", "show_key"),
    "cas.preview_ca": ("preview_ca",),
    "cas.retire_ca": ("retire_ca",),
    "cas.revoke_ca": ("revoke_ca",),
    "cas.rotate_ca": ("advance_all", "retire_all_drained", "rotate_ca"),
    "cas.suspend_ca": ("resume_ca", "suspend_ca"),
    "cas.take_over_ca": ("take_over",),
    "cas.views": ("ca_chains", "views_of"),
    "certificates.delete": ("delete",),
    "certificates.enroll_batch": ("enroll_here",),
    "certificates.enroll_with_key": ("enroll_with_key",),
    "certificates.profile_samples": ("preview_profile",),
    "certificates.profiles": ("check", "create", "keep_builtin_profiles", "retire", "update"),
    "certificates.queries": (
        "certificate_chain",
        "certificate_chains",
        "certificate_id",
        "list_profiles",
        "show_certificate",
        "show_profile",
    ),
    "certificates.reconcile": ("reconcile_overdue",),
    "certificates.rekey": ("rekey",),
    "certificates.renew": ("renew",),
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
    "installation.backups": (
        "find_last_success",
        "list_last_backups",
        "record_backup",
        "record_failure",
        "record_pruning",
        "record_restore",
        "require_backup",
    ),
    "installation.dashboard": ("show_dashboard",),
    "installation.expirations": ("find_ends", "list_near_ends"),
    "installation.initialize": ("find_plan", "initialize", "is_initialized"),
    "installation.jobs": ("cancel_job", "retry_job"),
    "installation.queries": ("list_jobs", "list_settings", "show_job"),
    "installation.search": ("search",),
    "installation.stored_check": ("check_stored",),
    "installation.tls": ("ensure_tls_certificate", "find_tls_validity"),
    "installation.tools": ("decode", "lint_objects"),
    "installation.verify_path": ("verify_path",),
    "kernel.approvers": ("recount_approved",),
    "kernel.clock": ("accept_clock", "show_clock"),
    "kernel.disk": ("free_bytes", "home_of"),
    "kernel.durable_file": ("replace",),
    "kernel.issuers": ("best_first", "current_certificate"),
    "kernel.refusal_log": ("flush", "note"),
    "people.backchannel_logout": ("sign_out",),
    "people.factors": (
        "add_passkey",
        "begin_passkey",
        "confirm_totp",
        "make_recovery_codes",
        "prepare_totp",
        "remove_passkey",
        "remove_totp",
        "rename_passkey",
        "reset_factors",
        "show_own",
    ),
    "people.identities": ("list_of_user", "list_own", "unlink", "unlink_of_user"),
    "people.invitations": ("accept", "first_administrator", "invite"),
    "people.oidc": ("begin", "finish", "providers", "sign_out_url"),
    "people.second_step": ("offered", "passkey_options", "second_step", "sign_in_by_passkey"),
    "people.sessions": (
        "actor_of",
        "list_own",
        "list_sessions",
        "recognize",
        "revoke_own",
        "revoke_session",
        "sign_out",
    ),
    "people.sign_in": ("change_password", "reauthenticate", "sign_in", "sign_out_everywhere"),
    "people.users": ("change_user", "create_user", "disable_user", "enable_user", "list_users", "show_user"),
    "requests.approval_rules": ("change_rules", "show_rules"),
    "requests.approvals": (
        "approve",
        "approver",
        "cancel",
        "expire_due",
        "list_approvals",
        "override",
        "reject",
        "show_with_consequences",
        "withdraw",
    ),
    "requests.consequences": ("consequences_of",),
    "requests.edit_request": ("edit_request",),
    "requests.issue_approved": ("collect", "proceed"),
    "requests.requests": (
        "approval_of",
        "cancel_request",
        "comment_request",
        "list_requests",
        "show_request",
        "submit_request",
    ),
    "rights.tokens": ("authenticate",),
    "scep.ra": ("current_ra", "ensure_ra", "renew_all"),
    "signing.chains": ("find_chains", "without_root"),
    "signing.status_urls": ("find_notices", "list_notices"),
    "status.blocked_keys": ("block_key", "list_blocked", "show_blocked", "unblock_key"),
    "status.crls": ("list_crls", "show_crl"),
    "status.hold": ("hold", "release"),
    "status.ocsp_signer": ("ensure", "ensure_all"),
    "status.publish_ca": ("publish_ca",),
    "status.publish_crl": ("publish_all_changes", "publish_changes", "publish_due", "publish_now"),
    "status.publish_ocsp": ("refresh_some",),
    "status.published_status": ("published_status",),
    "status.revoke": ("revoke_by_key",),
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
