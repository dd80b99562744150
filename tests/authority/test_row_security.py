"""Row-level security of PostgreSQL: a query that forgets its condition returns no object outside of the scope."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.certificates.queries import CertificateQuery, list_certificates, show_certificate
from pki_manager.authority.kernel import guard
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.requests import requests
from pki_manager.authority.status.revoke import revoke
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import HomeUnusable, InvalidInput, NotFound
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import Actor, ActorKind, Grant, Reach, Scope
from pki_manager.domain.rights.permission import Permission
from pki_manager.storage.engine import row_security, schema, visibility
from pki_manager.storage.engine.engines import open_postgresql
from pki_manager.storage.engine.row_security import RowSecurity, get_row_security, grant
from pki_manager.storage.repositories import requests as request_rows
from pki_manager.storage.storage import SqlStorage
from pki_manager.system import SystemEntropy
from tests.conftest import CHAIN, MAC_KEY, grant_role
from tests.fakes.clock import FrozenClock
from tests.services.installation import Installation
from tests.services.postgresql import PostgresServer
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, initialized, make_authority

ROLE = "pkim_app"
TEAM, OTHER_TEAM = UUID(int=7), UUID(int=8)
READ = frozenset({Permission.CERTIFICATE_READ, Permission.REQUEST_READ})


def make_actor(reach: Reach, *, permissions: frozenset[Permission] = READ) -> Actor:
    """Return a user who is in `TEAM` and has issued nothing."""
    roles = (Grant(role="reader", permissions=permissions, scope=Scope(reach=reach)),)
    return Actor(kind=ActorKind.USER, id="user:mia", name="mia", via="rest", grants=roles, team_ids=frozenset({TEAM}))


def make_owner(name: str, team: UUID | None = None) -> Actor:
    """Return another administrator, whose certificates belong to a team."""
    return replace(ADMIN, id=f"user:{name}", name=name, team_id=team)


@pytest.fixture
def owner_url(postgresql_owner_url: str) -> str:
    return postgresql_owner_url


@pytest.fixture
def app_url(postgresql: PostgresServer, owner_url: str) -> str:
    """Return the URL of the same database for a role that owns nothing in it."""
    return grant_role(postgresql, owner_url, ROLE)


@pytest.fixture
def open_at(tmp_path: Path, clock: FrozenClock) -> Iterator[Callable[[str], Context]]:
    opened: list[SqlStorage] = []

    def open_one(url: str) -> Context:
        storage = SqlStorage(
            open_postgresql(url),
            chain=CHAIN,
            mac_key=MAC_KEY,
            clock=clock,
            entropy=SystemEntropy(),
            lock_path=None,
        )
        opened.append(storage)
        return initialized(make_authority(tmp_path, storage, clock))

    yield open_one
    for storage in opened:
        storage.close()


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the conditions of queries, and the checks of what they return."""
    monkeypatch.setattr(visibility, "build_certificate_conditions", lambda _: iter(()))
    monkeypatch.setattr(request_rows, "build_request_conditions", lambda _: iter(()))
    monkeypatch.setattr(guard, "require_certificate", lambda *_: None)
    monkeypatch.setattr(guard, "may_read", lambda *_: True)
    monkeypatch.setattr(requests, "is_visible", lambda *_: True)


def issue(ctx: Context, actor: Actor, name: str) -> Certificate:
    return enroll(ctx, actor, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr(name)))[0]


def list_names(ctx: Context, actor: Actor) -> set[str]:
    """Return the names of the certificates in the actor's list, except those of CAs and of the program."""
    page = list_certificates(ctx, actor, CertificateQuery(profile="tls-server"), None, 100)
    return {san.value for one in page.items for san in one.sans if san.value.endswith(".example.com")}


@pytest.mark.usefixtures("forgetful")
@pytest.mark.parametrize(("reach", "seen"), [(Reach.TEAM, {"team.example.com"}), (Reach.OWN, set())])
def test_a_query_without_its_condition_returns_nothing_of_other_teams(
    app_url: str, open_at: Callable[[str], Context], reach: Reach, seen: set[str]
) -> None:
    ctx = open_at(app_url)
    team = issue(ctx, make_owner("ann", TEAM), "team.example.com")
    other = issue(ctx, make_owner("bob", OTHER_TEAM), "other.example.com")
    issue(ctx, make_owner("eve"), "alone.example.com")
    actor = make_actor(reach)
    assert list_names(ctx, actor) == seen
    with pytest.raises(NotFound, match="not found"):
        show_certificate(ctx, actor, other.id)
    if reach is Reach.TEAM:
        assert show_certificate(ctx, actor, team.id) == team
    assert len(list_names(ctx, ADMIN)) == 3
    own = replace(actor, id="user:bob", team_ids=frozenset())
    assert list_names(ctx, own) == {"other.example.com"}


@pytest.mark.usefixtures("forgetful")
def test_the_same_query_of_the_owner_of_the_tables_returns_them(
    owner_url: str, open_at: Callable[[str], Context]
) -> None:
    """The control: without the policies, the conditions that the test removes are all there is."""
    ctx = open_at(owner_url)
    issue(ctx, make_owner("bob", OTHER_TEAM), "other.example.com")
    assert list_names(ctx, make_actor(Reach.TEAM)) == {"other.example.com"}


@pytest.mark.usefixtures("forgetful")
def test_a_permission_for_requests_alone_shows_no_certificate(app_url: str, open_at: Callable[[str], Context]) -> None:
    ctx = open_at(app_url)
    issue(ctx, make_owner("bob"), "other.example.com")
    actor = make_actor(Reach.ALL, permissions=frozenset({Permission.REQUEST_READ}))
    with ctx.ports.storage.read(actor) as reader:
        assert {one.subject_key_id is None for one in reader.certificates.list_after(None, 100)} == {False}


def test_a_query_without_a_condition_reads_no_request_of_other_teams(
    app_url: str, open_at: Callable[[str], Context]
) -> None:
    ctx = open_at(app_url)
    issue(ctx, make_owner("ann", TEAM), "team.example.com")
    issue(ctx, make_owner("bob", OTHER_TEAM), "other.example.com")
    read = ctx.ports.storage.read
    counts = {}
    for name, actor in (
        ("team", make_actor(Reach.TEAM)),
        ("own", make_actor(Reach.OWN)),
        ("certificates", make_actor(Reach.ALL, permissions=frozenset({Permission.CERTIFICATE_READ}))),
    ):
        with read(actor) as reader:
            counts[name] = sum(reader.enrollments.count_by_state().values())
    assert counts == {"team": 1, "own": 0, "certificates": 0}
    with read(make_actor(Reach.ALL)) as limited, read() as unlimited:
        assert limited.enrollments.count_by_state() == unlimited.enrollments.count_by_state()


def test_the_scope_of_a_caller_ends_with_the_transaction(app_url: str, open_at: Callable[[str], Context]) -> None:
    ctx = open_at(app_url)
    issued = issue(ctx, make_owner("bob"), "other.example.com")
    actor = make_actor(Reach.OWN)
    for _ in range(3):
        with ctx.ports.storage.read(actor) as reader, pytest.raises(NotFound, match="not found"):
            reader.certificates.get(issued.id)
        with ctx.ports.storage.read() as reader:
            assert reader.certificates.get(issued.id) == issued
    with pytest.raises(ZeroDivisionError, match="in the block"), ctx.ports.storage.read(actor):
        raise ZeroDivisionError("in the block")
    with ctx.ports.storage.read() as reader:
        assert reader.certificates.get(issued.id) == issued
    assert revoke(ctx, ADMIN, issued.id, RevocationReason.SUPERSEDED)


def test_a_connection_without_the_settings_sees_no_row(
    app_url: str, open_at: Callable[[str], Context], postgresql: PostgresServer
) -> None:
    issue(open_at(app_url), ADMIN, "other.example.com")
    plain = sa.create_engine(app_url)
    with plain.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM enrolments").scalar_one() == 0
        leaves = "SELECT count(*) FROM certificates WHERE subject_key_id IS NULL"
        assert connection.exec_driver_sql(leaves).scalar_one() == 0
    plain.dispose()


def test_the_state_is_reported(app_url: str, owner_url: str) -> None:
    states = {}
    for name, url in (("app", app_url), ("owner", owner_url)):
        engine = open_postgresql(url)
        states[name] = get_row_security(engine)
        engine.dispose()
    assert states == {"app": RowSecurity.ACTIVE, "owner": RowSecurity.INACTIVE}


def test_the_command_prepares_a_role_with_which_the_server_runs(postgresql: PostgresServer, tmp_path: Path) -> None:
    with postgresql.connect() as connection:
        for role in ("pkim_owner", "pkim_server"):
            if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone() is None:
                connection.execute(f"CREATE ROLE {role} LOGIN")
        name = postgresql.create_database()
        connection.execute(f"ALTER DATABASE {name} OWNER TO pkim_owner")
    url = sa.make_url(postgresql.url(name))
    installation = Installation(tmp_path, {"PKIM_DATABASE_URL": str(url.set(username="pkim_owner"))})
    installation.run("init")
    assert installation.json("db", "check")["row_security"] == "inactive"
    assert "role: must be an existing role" in installation.run("db", "grant", "nobody_there", expect=2)
    assert installation.json("db", "grant", "pkim_server") == {"role": "pkim_server", "granted": True}
    installation.environment["PKIM_DATABASE_URL"] = str(url.set(username="pkim_server"))
    assert installation.json("db", "check")["row_security"] == "active"
    with installation.serving():
        steps = {step["name"]: step["outcome"] for step in installation.json("selfcheck")["checks"]}
    assert steps["database: row-level security"] == "passed"
    assert "failed" not in steps.values()
    postgresql.drop_database(name)


@pytest.mark.parametrize("role", ["postgres", "nobody_there"])
def test_a_role_that_policies_do_not_limit_is_refused(owner_url: str, role: str) -> None:
    engine = open_postgresql(owner_url)
    with pytest.raises(InvalidInput, match="role: must"):
        grant(engine, role)
    engine.dispose()


def test_every_table_with_a_policy_is_protected(owner_url: str) -> None:
    engine = open_postgresql(owner_url)
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT tablename FROM pg_policies").scalars().all()
        enabled = connection.exec_driver_sql("SELECT relname FROM pg_class WHERE relrowsecurity").scalars().all()
    engine.dispose()
    assert set(found) == set(enabled) == set(row_security.TABLES)


def test_a_role_that_owns_no_table_is_told_who_upgrades(app_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_postgresql(app_url)
    schema.upgrade(engine)
    found = schema.get_current(engine)
    monkeypatch.setattr(schema, "get_head", lambda: "20990101_newer")
    with pytest.raises(HomeUnusable, match="does not own the tables"):
        schema.upgrade(engine)
    assert schema.get_current(engine) == found
    engine.dispose()
