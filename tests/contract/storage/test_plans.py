"""What SQLite does for each question that is asked often: it must come from an index, at a million rows too.

Without statistics SQLite plans by the shape of indexes alone, so empty tables tell the same as full ones.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from pki_manager.domain.actor import Reach, Scope, Visibility
from pki_manager.domain.certificate import CertificateState
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.ports.requests import RequestFilter
from pki_manager.ports.unit_of_work import CertificateFilter, Claim
from pki_manager.storage.columns import metadata
from pki_manager.storage.storage import SqlStorage
from tests.conftest import CHAIN, MAC_KEY, lock_path, open_engine
from tests.contract.storage.values import digest, hierarchy, new_id
from tests.fakes.clock import START, FrozenClock
from tests.fakes.entropy import SeededEntropy

LATER = START + timedelta(days=30)


OWN = Visibility(scopes=(Scope(reach=Reach.OWN),), owner="user:1", teams=frozenset())
TEAM = Visibility(scopes=(Scope(reach=Reach.TEAM),), owner="user:1", teams=frozenset({new_id(1)}))


def page(**where: object) -> Callable[[Any], object]:
    return lambda at: at.certificates.page(CertificateFilter(**where), START, None, 50)


def audit(**where: object) -> Callable[[Any], object]:
    return lambda at: at.audit.page(AuditFilter(**where), None, 50)


QUESTIONS: dict[str, tuple[Callable[[Any], object], str]] = {
    "certificate by serial": (lambda at: at.certificates.find_serial(new_id(1), 5), "(issuer_key_id=? AND serial=?)"),
    "certificates": (page(), "sqlite_autoindex_certificates_1"),
    "of a CA": (page(ca_id=new_id(1)), "COVERING INDEX ix_certificates_ca (ca_id=?)"),
    "expired of a CA": (page(ca_id=new_id(1), state=CertificateState.EXPIRED), "COVERING INDEX ix_certificates_"),
    "of a profile": (page(profile="p"), "COVERING INDEX ix_certificates_profile (profile=?)"),
    "valid": (page(state=CertificateState.VALID), "COVERING INDEX ix_certificates_standing_id_not_after"),
    "expired": (page(state=CertificateState.EXPIRED), "COVERING INDEX ix_certificates_standing_id_not_after"),
    "revoked": (page(state=CertificateState.REVOKED), "INDEX ix_certificates_standing_id_not_after (standing=?)"),
    "expiring": (page(expires_before=LATER), "ix_certificates_standing_not_after_id (standing=? AND not_after<?)"),
    "by name": (page(query="www"), "ix_certificate_names_value_certificate_id (value>? AND value<?)"),
    "by end of name": (page(query="com"), "ix_certificate_names_reversed_certificate_id (reversed>? AND reversed<?)"),
    "by fingerprint": (page(query="ab" * 32), "(fingerprint_sha256=?)"),
    "by serial only": (page(query="ab"), "(serial=?)"),
    "one's own": (page(visible=OWN), "COVERING INDEX ix_certificates_owner_id_id (owner_id=?)"),
    "one's own and the team's": (page(visible=TEAM), "INDEX ix_certificates_team_id_id (team_id=?)"),
    "of a requester": (page(owner="user:1"), "COVERING INDEX ix_certificates_owner_id_id (owner_id=?)"),
    "requests of a requester": (
        lambda at: at.requests.page(RequestFilter(owner="user:1"), None, 8),
        "ix_enrolments_queue_owner (owner_id=?)",
    ),
    "users whose login begins": (lambda at: at.users.beginning("ad", 8), "(login>? AND login<?)"),
    "CAs with a text in their names": (lambda at: at.cas.named("ca", 8), "USING INDEX sqlite_autoindex_cas_1"),
    "count by state": (lambda at: at.census.by_state(START, None), "COVERING INDEX ix_certificates_standing_"),
    "count by CA": (lambda at: at.census.valid_by_ca(START, None), "COVERING INDEX ix_certificates_"),
    "count by profile": (lambda at: at.census.valid_by_profile(START, None), "COVERING INDEX ix_certificates_profile"),
    "count by key type": (
        lambda at: at.census.valid_by_key_type(START, None),
        "COVERING INDEX ix_certificates_standing_not_after_id (standing=? AND not_after>?)",
    ),
    "count by end": (
        lambda at: at.census.ending([START, LATER], None),
        "COVERING INDEX ix_certificates_standing_not_after_id (standing=? AND not_after>? AND not_after<?)",
    ),
    "count by making": (lambda at: at.census.made([START, LATER], None), "sqlite_autoindex_certificates_1 (id>? AND"),
    "newest of a requester": (
        lambda at: at.certificates.newest(new_id(1), "p", "system:tls"),
        "(requested_by=? AND ca_id=? AND profile=?)",
    ),
    "unexpired in batches": (
        lambda at: at.certificates.unexpired(new_id(1), START, new_id(2), 10),
        "ix_certificates_issuer_key_id_id_not_after (issuer_key_id=? AND id>?)",
    ),
    "use of a key": (
        lambda at: at.issuer_keys.use(hierarchy().key, START),
        "COVERING INDEX ix_certificates_issuer_key_id_id_not_after (issuer_key_id=?)",
    ),
    "CAs by a key": (lambda at: at.certificates.authorities_by(new_id(1), START), "(subject_key_id=?)"),
    "of a subject key": (lambda at: at.certificates.of_subject_key(new_id(1)), "(subject_key_id=?)"),
    "overdue": (lambda at: at.enrolments.overdue(START, 5), "(state=? AND deadline<?)"),
    "is revoked": (lambda at: at.revocations.find(new_id(1), 5), "(issuer_key_id=? AND serial=?)"),
    "CRL entries": (lambda at: at.revocations.entries(new_id(1)), "(issuer_key_id=?"),
    "delta CRL entries": (
        lambda at: at.revocations.changed(new_id(1), START),
        "ix_revocations_issuer_key_id_changed_at (issuer_key_id=? AND changed_at>?)",
    ),
    "CRL entries of a shard": (
        lambda at: at.revocations.entries(new_id(1), 3),
        "COVERING INDEX ix_revocations_shard (issuer_key_id=? AND shard=?)",
    ),
    "current CRL": (lambda at: at.crls.head(new_id(1)), "(issuer_key_id=? AND shard=? AND base_number=?)"),
    "when CRLs were made": (lambda at: at.crls.updates(new_id(1)), "(issuer_key_id=?)"),
    "jobs due": (lambda at: at.jobs.ready(START), "ix_jobs_state_run_at_id (state=? AND run_at<?)"),
    "token by hash": (lambda at: at.tokens.find_hash(digest("x"), START), "(token_sha256=?)"),
    "token by old hash": (lambda at: at.tokens.find_hash(digest("x"), START), "(old_sha256=?)"),
    "one's own tokens": (lambda at: at.tokens.page(None, 50, OWN), "ix_tokens_owner_id_id (owner_id=?)"),
    "teams of a user": (lambda at: at.teams.of_user(new_id(1)), "(user_id=?)"),
    "roles of a user": (lambda at: at.roles.assigned(new_id(1)), "(user_id=?)"),
    "holders of a role": (lambda at: at.roles.holders("r"), "(role=?)"),
    "idempotency key": (
        lambda at: at.idempotency.find("a", Claim("o", "k", b"")),
        "(actor_id=? AND operation=? AND key=?)",
    ),
    "events": (audit(), "ix_audit_events_time_chain_seq"),
    "events of an action": (audit(action="a"), "ix_audit_events_action_time (action=?)"),
    "events of an actor": (audit(actor="a"), "ix_audit_events_actor_time (actor=?)"),
    "events of an object": (audit(object_id="a"), "ix_audit_events_object_id_time (object_id=?)"),
    "events of a door": (audit(via="cli"), "ix_audit_events_via_time (via=?)"),
    "events that were refused": (audit(outcome="refused"), "ix_audit_events_outcome_time (outcome=?)"),
    "a chain": (lambda at: list(at.audit.chain(CHAIN, 5)), "(chain=? AND seq>?)"),
}


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory, sqlcipher_template) -> dict[str, str]:
    """The plans of all questions, each the plans of all its statements."""
    path = tmp_path_factory.mktemp("plans") / "pki.db"
    path.write_bytes(sqlcipher_template.read_bytes())
    engine = open_engine(f"sqlcipher:{path}")
    storage = SqlStorage(
        engine,
        chain=CHAIN,
        mac_key=MAC_KEY,
        clock=FrozenClock(),
        entropy=SeededEntropy(),
        lock_path=lock_path(f"sqlcipher:{path}"),
    )
    statements: list[str] = []

    def remember(statement: str) -> None:
        if statement.lstrip().startswith("SELECT"):
            statements.append(statement)

    # At the driver, with the values in their places: not every statement goes through SQLAlchemy's execution.
    sa.event.listen(engine, "connect", lambda connection, _: connection.set_trace_callback(remember))
    engine.dispose()
    found = {}
    for name, (ask, _) in QUESTIONS.items():
        statements.clear()
        with storage.read() as reader:
            ask(reader)
        asked = list(statements)
        with engine.connect() as connection:
            found[name] = "\n".join(
                row[3]
                for statement in asked
                for row in connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}")
            )
    storage.close()
    return found


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_index_answers(plans: dict[str, str], question: str) -> None:
    plan = plans[question]
    assert QUESTIONS[question][1] in plan, plan
    scanned = [line for line in plan.splitlines() if line.startswith("SCAN") and "USING" not in line]
    assert [line for line in scanned if line.split()[1] in metadata.tables] == [], plan
