"""What each engine does for each question that is asked often: it must come from an index, at a million rows too.

Without statistics SQLite plans by the shape of indexes alone, so empty tables tell the same as full ones. PostgreSQL
would read an empty table whole: it is told to avoid that, and then does so only where no index can serve.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pki_manager.domain.acme.orders import Identifier, IdentifierKind
from pki_manager.domain.approval import ApprovalState
from pki_manager.domain.bulk import BulkRowState
from pki_manager.domain.certificate import CertificateState
from pki_manager.domain.enrollment import EnrollmentState
from pki_manager.domain.jobs import JobState
from pki_manager.domain.rights.actor import Reach, Scope, Visibility
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.ports.certificates import CertificateFilter
from pki_manager.ports.requests import ApprovalFilter, Approver, RequestFilter
from pki_manager.ports.unit_of_work import Claim
from pki_manager.storage.repositories import certificates
from pki_manager.storage.storage import SqlStorage
from pki_manager.storage.tables.columns import metadata
from tests.conftest import CHAIN, MAC_KEY, lock_path, open_engine
from tests.contract.storage.values import digest, hierarchy, new_id
from tests.fakes.clock import START, FrozenClock
from tests.fakes.entropy import SeededEntropy
from tests.support.statements import Asked, selects

LATER = START + timedelta(days=30)

READ_WHOLE = {"count_changes", "search_queue"}
"""The worker empties them every second."""

OWN = Visibility(scopes=(Scope(reach=Reach.OWN),), owner="user:1", teams=frozenset())
TEAM = Visibility(scopes=(Scope(reach=Reach.TEAM),), owner="user:1", teams=frozenset({new_id(1)}))


APPROVER = Approver("user:1", frozenset({"user:1", "role:officer"}))


def page(**where: object) -> Callable[[Any], object]:
    return lambda at: at.certificates.page(CertificateFilter(**where), START, None, 50)


def audit(**where: object) -> Callable[[Any], object]:
    return lambda at: at.audit.page(AuditFilter(**where), None, 50)


def requests(**where: object) -> Callable[[Any], object]:
    return lambda at: at.requests.page(RequestFilter(**where), None, 50)


def approvals(**where: object) -> Callable[[Any], object]:
    return lambda at: at.approvals.page(ApprovalFilter(**where), None, 50)


QUESTIONS: dict[str, tuple[Callable[[Any], object], str]] = {
    "certificate by serial": (lambda at: at.certificates.find_serial(new_id(1), 5), "(issuer_key_id=? AND serial=?)"),
    "certificates": (page(), "sqlite_autoindex_certificates_1"),
    "of a CA": (page(ca_id=new_id(1)), "COVERING INDEX ix_certificates_ca (ca_id=?)"),
    "expired of a CA": (page(ca_id=new_id(1), state=CertificateState.EXPIRED), "COVERING INDEX ix_certificates_"),
    "of a profile": (page(profile="p"), "COVERING INDEX ix_certificates_profile (profile=?)"),
    "valid": (page(state=CertificateState.VALID), "COVERING INDEX ix_certificates_standing_id_not_after"),
    "expired": (page(state=CertificateState.EXPIRED), "COVERING INDEX ix_certificates_standing_id_not_after"),
    "few expired": (
        page(state=CertificateState.EXPIRED),
        "ix_certificates_standing_not_after_id (standing=? AND not_after<?)",
    ),
    "few valid of a CA": (
        page(state=CertificateState.VALID, ca_id=new_id(1)),
        "ix_certificates_standing_not_after_id (standing=? AND not_after>?)",
    ),
    "revoked": (page(state=CertificateState.REVOKED), "INDEX ix_certificates_standing_id_not_after (standing=?)"),
    "revoked of a key": (
        page(issuer_key_id=new_id(1), state=CertificateState.REVOKED),
        "COVERING INDEX ix_certificates_issuer_key_id_id_not_after (issuer_key_id=?)",
    ),
    "expired of a key": (
        page(issuer_key_id=new_id(1), state=CertificateState.EXPIRED),
        "COVERING INDEX ix_certificates_issuer_key_id_id_not_after (issuer_key_id=?)",
    ),
    "one's own, revoked": (
        page(visible=OWN, state=CertificateState.REVOKED),
        "COVERING INDEX ix_certificates_owner_id_id (owner_id=?)",
    ),
    "one's own, expired": (
        page(visible=OWN, state=CertificateState.EXPIRED),
        "COVERING INDEX ix_certificates_owner_id_id (owner_id=?)",
    ),
    "expiring": (page(expires_before=LATER), "ix_certificates_standing_not_after_id (standing=? AND not_after<?)"),
    "expiring in a week": (
        page(state=CertificateState.VALID, expires_from=START, expires_before=LATER),
        "COVERING INDEX ix_certificates_standing_id_not_after (standing=?)",
    ),
    "issued on a day": (
        page(issued_from=START, issued_before=LATER),
        "sqlite_autoindex_certificates_1 (id>? AND id<?)",
    ),
    "revoked on a day": (
        page(revoked_from=START, revoked_before=LATER),
        "COVERING INDEX ix_revocations_time_reason_certificate_id (time>? AND time<?)",
    ),
    "issued on a day by a CA": (
        page(ca_id=new_id(1), issued_from=START, issued_before=LATER),
        "COVERING INDEX ix_certificates_ca (ca_id=? AND id>? AND id<?)",
    ),
    "by part of a name": (page(query="www"), "SCAN certificate_trigrams VIRTUAL TABLE INDEX"),
    "by start of a name": (page(query="ww"), "ix_certificate_names_value_certificate_id (value>? AND value<?)"),
    "by fingerprint": (page(query="ab" * 32), "(fingerprint_sha256=?)"),
    "by serial only": (page(query="ab"), "(serial=?)"),
    "one's own": (page(visible=OWN), "COVERING INDEX ix_certificates_owner_id_id (owner_id=?)"),
    "one's own and the team's": (page(visible=TEAM), "INDEX ix_certificates_team_id_id (team_id=?)"),
    "of a requester": (page(owner="user:1"), "COVERING INDEX ix_certificates_owner_id_id (owner_id=?)"),
    "requests of a requester": (
        lambda at: at.requests.page(RequestFilter(owner="user:1"), None, 8),
        "ix_enrolments_queue_owner (owner_id=?)",
    ),
    "requests": (requests(), "USING INDEX ix_enrolments_queue"),
    "requests in a state": (requests(state=EnrollmentState.READY), "ix_enrolments_queue_state (state=?)"),
    "requests to a CA": (requests(ca_id=new_id(1)), "ix_enrolments_queue_ca (ca_id=?)"),
    "requests by a profile": (requests(profile="p"), "ix_enrolments_queue_profile (profile=?)"),
    "one's own requests": (requests(visible=OWN), "ix_enrolments_queue_owner (owner_id=?)"),
    "one's own requests and the team's": (requests(visible=TEAM), "ix_enrolments_queue_team (team_id=?)"),
    "requests that wait for somebody": (requests(waits_for=APPROVER), "ix_enrolments_queue_state (state=?)"),
    "requests past their time": (
        lambda at: at.requests.list_expired(START, 5),
        "ix_enrolments_queue_expiry (state=? AND expires_at<?)",
    ),
    "comments on a request": (lambda at: at.requests.list_comments(new_id(1)), "(request_id=?)"),
    "approvals": (approvals(), "USING INDEX sqlite_autoindex_approvals_1"),
    "approvals in a state": (approvals(state=ApprovalState.WAITING), "ix_approvals_state_id (state=?)"),
    "approvals of a requester": (approvals(owner="user:1"), "ix_approvals_person_id (person=?)"),
    "approvals that wait for somebody": (approvals(waits_for=APPROVER), "ix_approvals_state_id (state=?)"),
    "approvals past their time": (
        lambda at: at.approvals.list_expired(START, 5),
        "ix_approvals_state_expires_at (state=? AND expires_at<?)",
    ),
    "open approval": (lambda at: at.approvals.open_of("user:1", "x"), "(person=? AND object_id=?"),
    "approvals overridden": (lambda at: at.approvals.count_overridden(), "ix_approvals_overridden"),
    "users": (lambda at: at.users.page(None, 50), "USING INDEX sqlite_autoindex_users_1"),
    "users whose login begins": (lambda at: at.users.list_by_login_prefix("ad", 8), "(login>? AND login<?)"),
    "CAs with a text in their names": (lambda at: at.cas.search_by_name("ca", 8), "USING INDEX sqlite_autoindex_cas_1"),
    "count by state": (
        lambda at: at.census.count_totals(START, None),
        "count_totals USING PRIMARY KEY (measure=? AND bucket>?)",
    ),
    "count what ends today": (
        lambda at: at.census.count_totals(START, None),
        "ix_certificates_standing_not_after_id (standing=? AND not_after>? AND not_after<?)",
    ),
    "count by end": (
        lambda at: at.census.count_expiring([START, LATER], None),
        "count_totals USING PRIMARY KEY (measure=? AND bucket>? AND bucket<?)",
    ),
    "count what ends on a part of a day": (
        lambda at: at.census.count_expiring([START, LATER], None),
        "COVERING INDEX ix_certificates_standing_not_after_id (standing=? AND not_after>? AND not_after<?)",
    ),
    "count by revocation": (
        lambda at: at.census.count_revoked([START, LATER], None),
        "COVERING INDEX ix_revocations_time_reason_certificate_id (time>? AND time<?)",
    ),
    "one's own, count by state": (
        lambda at: at.census.count_totals(START, OWN),
        "count_groups USING INDEX ix_count_groups_owner_id_end_day (owner_id=?",
    ),
    "one's own and the team's, count by state": (
        lambda at: at.census.count_totals(START, TEAM),
        "count_groups USING INDEX ix_count_groups_team_id_end_day (team_id=?",
    ),
    "one's own, count by revocation": (
        lambda at: at.census.count_revoked([START, LATER], OWN),
        "count_groups USING INDEX ix_count_groups_owner_id_end_day (owner_id=?",
    ),
    "count by issue": (
        lambda at: at.census.count_issued([START, LATER], None),
        "sqlite_autoindex_certificates_1 (id>? AND",
    ),
    "recount of a day": (
        lambda at: at.counts.compute_differences(20_000),
        "sqlite_autoindex_certificates_1 (id>? AND id<?)",
    ),
    "newest of a requester": (
        lambda at: at.certificates.find_newest(new_id(1), "p", "system:tls"),
        "(requested_by=? AND ca_id=? AND profile=?)",
    ),
    "unexpired in batches": (
        lambda at: at.certificates.list_unexpired(new_id(1), START, new_id(2), 10),
        "ix_certificates_issuer_key_id_id_not_after (issuer_key_id=? AND id>?)",
    ),
    "use of a key": (
        lambda at: at.issuer_keys.use(hierarchy().key, START),
        "COVERING INDEX ix_certificates_issuer_key_id_id_not_after (issuer_key_id=?)",
    ),
    "CAs by a key": (lambda at: at.certificates.list_authorities_signed_by(new_id(1), START), "(subject_key_id=?)"),
    "of a subject key": (lambda at: at.certificates.list_by_subject_key(new_id(1)), "(subject_key_id=?)"),
    "overdue": (lambda at: at.enrollments.list_overdue(START, 5), "(state=? AND deadline<?)"),
    "is revoked": (lambda at: at.revocations.find(new_id(1), 5), "(issuer_key_id=? AND serial=?)"),
    "CRL entries": (lambda at: at.revocations.read_entries(new_id(1)), "(issuer_key_id=?"),
    "delta CRL entries": (
        lambda at: at.revocations.read_changed_entries(new_id(1), START),
        "ix_revocations_issuer_key_id_changed_at (issuer_key_id=? AND changed_at>?)",
    ),
    "CRL entries of a shard": (
        lambda at: at.revocations.read_entries(new_id(1), 3),
        "COVERING INDEX ix_revocations_shard (issuer_key_id=? AND shard=?)",
    ),
    "current CRL": (lambda at: at.crls.find_head(new_id(1)), "(issuer_key_id=? AND shard=? AND base_number=?)"),
    "when CRLs are due": (lambda at: at.crls.find_next_updates([new_id(1), new_id(2)]), "(issuer_key_id=?)"),
    "newest of some keys": (
        lambda at: at.certificates.find_newest_by_keys([new_id(1), new_id(2)], "p", "system:ocsp"),
        "(requested_by=? AND ca_id=? AND profile=?)",
    ),
    "of some subject keys": (
        lambda at: at.certificates.find_by_subject_keys([new_id(1), new_id(2)]),
        "(subject_key_id=?)",
    ),
    "last use of some keys": (
        lambda at: at.issuer_keys.find_last_uses([new_id(1), new_id(2)]),
        "INDEX ix_certificates_issuer_key_id_id_not_after (issuer_key_id=?)",
    ),
    "keys of some CAs": (lambda at: at.issuer_keys.find_by_cas([new_id(1), new_id(2)]), "(ca_id=?)"),
    "when CRLs were made": (lambda at: at.crls.find_this_updates(new_id(1)), "(issuer_key_id=?)"),
    "jobs due": (lambda at: at.jobs.find_due(START), "ix_jobs_state_run_at_id (state=? AND run_at<?)"),
    "token by hash": (lambda at: at.tokens.find_hash(digest("x"), START), "(token_sha256=?)"),
    "token by old hash": (lambda at: at.tokens.find_hash(digest("x"), START), "(old_sha256=?)"),
    "tokens": (lambda at: at.tokens.page(None, 50), "USING INDEX sqlite_autoindex_tokens_1"),
    "one's own tokens and the team's": (lambda at: at.tokens.page(None, 50, TEAM), "ix_tokens_team_id_id (team_id=?)"),
    "one's own tokens": (lambda at: at.tokens.page(None, 50, OWN), "ix_tokens_owner_id_id (owner_id=?)"),
    "sessions": (lambda at: at.sessions.page(None, START, None, 50), "USING INDEX sqlite_autoindex_sessions_1"),
    "sessions of a user": (
        lambda at: at.sessions.page(new_id(1), START, None, 50),
        "ix_sessions_user_id_id (user_id=?)",
    ),
    "identities of a user": (lambda at: at.identities.list_by_user(new_id(1)), "ix_identities_user_id_id (user_id=?)"),
    "identity": (lambda at: at.identities.find("i", "s"), "(issuer=? AND subject=?)"),
    "grants of an identity": (lambda at: at.identities.list_grants(new_id(1)), "(identity_id=?)"),
    "keys": (lambda at: at.issuer_keys.page(None, None, 50), "USING INDEX sqlite_autoindex_issuer_keys_1"),
    "keys of a CA": (lambda at: at.issuer_keys.page(new_id(1), None, 50), "(ca_id=?)"),
    "blocked keys": (lambda at: at.known_keys.page(None, 50), "USING INDEX sqlite_autoindex_blocked_keys_1"),
    "jobs": (lambda at: at.jobs.page(None, None, 50), "USING INDEX sqlite_autoindex_jobs_1"),
    "jobs in a state": (lambda at: at.jobs.page(JobState.FAILED, None, 50), "ix_jobs_state_id (state=?)"),
    "count of jobs": (lambda at: at.jobs.count_by_state(), "COVERING INDEX ix_jobs_state_id"),
    "rows of a bulk job": (lambda at: at.bulk.page(new_id(1), None, None, 50), "(job_id=?)"),
    "rows of a bulk job in a state": (lambda at: at.bulk.page(new_id(1), BulkRowState.DONE, None, 50), "(job_id=?)"),
    "teams": (lambda at: at.teams.page(None, 50), "USING INDEX sqlite_autoindex_teams_1"),
    "members of a team": (lambda at: at.teams.list_members(new_id(1)), "ix_team_members_team_id (team_id=?)"),
    "service accounts": (lambda at: at.service_accounts.page(None, 50), "sqlite_autoindex_service_accounts_1"),
    "teams of a user": (lambda at: at.teams.list_by_user(new_id(1)), "(user_id=?)"),
    "roles of a user": (lambda at: at.roles.list_assigned(new_id(1)), "(user_id=?)"),
    "holders of a role": (lambda at: at.roles.list_role_holders("r"), "(role=?)"),
    "idempotency key": (
        lambda at: at.idempotency.find("a", Claim("o", "k", b"")),
        "(actor_id=? AND operation=? AND key=?)",
    ),
    "events": (audit(), "ix_audit_events_time_chain_seq"),
    "events since": (audit(since=START), "ix_audit_events_time_chain_seq (time>?)"),
    "events of an actor since": (audit(actor="a", since=START), "ix_audit_events_actor_time (actor=? AND time>?)"),
    "events that succeeded": (audit(outcome="success"), "ix_audit_events_time_chain_seq"),
    "spans of chains": (
        lambda at: at.audit.list_spans(START, LATER),
        "COVERING INDEX ix_audit_events_time_chain_seq (time>? AND time<?)",
    ),
    "events of an action": (audit(action="a"), "ix_audit_events_action_time (action=?)"),
    "events of an actor": (audit(actor="a"), "ix_audit_events_actor_time (actor=?)"),
    "events of an object": (audit(object_id="a"), "ix_audit_events_object_id_time (object_id=?)"),
    "events of a door": (audit(via="cli"), "ix_audit_events_via_time (via=?)"),
    "events that were refused": (audit(outcome="refused"), "ix_audit_events_outcome_time (outcome=?)"),
    "ACME orders of an account": (
        lambda at: at.acme.orders.page_of(new_id(1), None, 50),
        "ix_acme_orders_account_id_id (account_id=?)",
    ),
    "ACME orders that are open": (
        lambda at: at.acme.orders.open_orders(new_id(1), START),
        # Of two that serve, PostgreSQL takes either as long as the table is empty.
        "INDEX ix_acme_orders_open",
    ),
    "ACME order of a serial": (
        lambda at: at.acme.orders.find_by_serial(new_id(1), 5),
        "(serial=? AND issuer_key_id=?)",
    ),
    "ACME order of a request": (lambda at: at.acme.orders.find_by_enrollment(new_id(1)), "(enrolment_id=?)"),
    "ACME orders that replace": (lambda at: at.acme.orders.list_replacing(new_id(1)), "(replaces=?)"),
    "ACME authorizations of an order": (lambda at: at.acme.orders.list_authorizations(new_id(1)), "(order_id=?)"),
    "ACME authorizations that are usable": (
        lambda at: at.acme.authorizations.find_usable(
            new_id(1), [Identifier(IdentifierKind.DNS, "www.example.com")], START
        ),
        "ix_acme_authorizations_account_id_value_state (account_id=? AND value=? AND state=?)",
    ),
    "ACME challenges": (
        lambda at: at.acme.authorizations.find_challenges([new_id(1), new_id(2)]),
        "ix_acme_challenges_authorization_id (authorization_id=?)",
    ),
    "a chain": (lambda at: list(at.audit.iterate_chain(CHAIN, 5)), "(chain=? AND seq>?)"),
}


def plans_of(url: str, explain: Callable[[Any, Asked], str]) -> dict[str, str]:
    """The plans of all questions on one engine, each the plans of all its statements."""
    engine = open_engine(url)
    storage = SqlStorage(
        engine, chain=CHAIN, mac_key=MAC_KEY, clock=FrozenClock(), entropy=SeededEntropy(), lock_path=lock_path(url)
    )
    found = {}
    for name, (ask, _) in QUESTIONS.items():
        with pytest.MonkeyPatch.context() as patched, selects(engine) as asked, storage.read() as reader:
            if not name.startswith("few"):
                patched.setattr(certificates, "_RARE", 0)
            ask(reader)
        with engine.connect() as connection:
            cursor = connection.connection.cursor()
            found[name] = "\n".join(explain(cursor, statement) for statement in asked)
    storage.close()
    engine.dispose()
    return found


@pytest.fixture(scope="module")
def sqlite_plans(tmp_path_factory: pytest.TempPathFactory, sqlcipher_template) -> dict[str, str]:
    path = tmp_path_factory.mktemp("plans") / "pki.db"
    path.write_bytes(sqlcipher_template.read_bytes())

    def explain(cursor: Any, asked: Asked) -> str:
        return "\n".join(row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {asked[0]}"))

    return plans_of(f"sqlcipher:{path}", explain)


@pytest.fixture(scope="module")
def postgresql_plans(postgresql, postgresql_template: str) -> dict[str, str]:
    def explain(cursor: Any, asked: Asked) -> str:
        query, params = asked
        cursor.execute("SET enable_seqscan = off")
        return "\n".join(row[0] for row in cursor.execute(f"EXPLAIN {query}", params))

    return plans_of(postgresql.url(postgresql.create_database(postgresql_template)), explain)


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_index_answers(sqlite_plans: dict[str, str], question: str) -> None:
    plan = sqlite_plans[question]
    assert QUESTIONS[question][1] in plan, plan
    scanned = [line for line in plan.splitlines() if line.startswith("SCAN") and "USING" not in line]
    assert {line.split()[1] for line in scanned} & (set(metadata.tables) - READ_WHOLE) == set(), plan


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_index_answers_on_postgresql(postgresql_plans: dict[str, str], question: str) -> None:
    """What SQLite seeks by, PostgreSQL seeks by too, or takes from an index of those rows alone."""
    plan = postgresql_plans[question]
    assert "Scan" in plan
    assert set(re.findall(r"Seq Scan on (\w+)", plan)) <= READ_WHOLE, plan
    conditions = " ".join(line for line in plan.splitlines() if re.search("(Index|Recheck) Cond:", line))
    columns = re.findall(r"(\w+)[=<>]", QUESTIONS[question][1])
    assert [column for column in columns if not re.search(rf"\b{column}\b", conditions)] == [], plan
