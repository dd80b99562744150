"""API tokens and service accounts: never more permissions than their owner has at that moment."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.kernel import current_rights
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.scope_request import ScopeRequest
from pki_manager.authority.people import users
from pki_manager.authority.people.users import Person
from pki_manager.authority.rights import service_accounts, teams, tokens
from pki_manager.authority.rights.service_accounts import AccountRequest
from pki_manager.authority.rights.tokens import Narrowing
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    PkiError,
    Unauthenticated,
)
from pki_manager.domain.rights.actor import Actor, ActorKind, Role
from pki_manager.policy.access import Permission
from pki_manager.policy.roles import list_builtin_grants
from pki_manager.storage.storage import SqlStorage
from tests.fakes.clock import FrozenClock
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, initialized, make_authority
from tests.support.people import new_user
from tests.support.rights import login, permissions, person

DAY = Duration.parse("P1D")


HOUR = Duration.parse("PT1H")


P = Permission


def token_of(ctx: Context, actor: Actor, role: str, narrowing: Narrowing | None = None) -> tokens.NewToken:
    return tokens.create_token(ctx, actor, "t", role, DAY, None, narrowing or Narrowing())[0]


def test_aut_06_a_token_never_exceeds_what_its_owner_may_at_that_moment(people: Context, clock: FrozenClock) -> None:
    alice = new_user(people, "alice", Role.CA_OPERATOR)
    made = token_of(people, person(people, alice), Role.CA_OPERATOR)
    assert P.CA_CREATE in permissions(login(people, made.secret))
    assert login(people, made.secret).user_id == alice.id
    users.change_user(people, ADMIN, "alice", Person(display_name="A", email=None, role=Role.REGISTRATION_AUTHORITY))
    assert P.CA_CREATE not in permissions(login(people, made.secret))
    assert P.CERTIFICATE_ISSUE in permissions(login(people, made.secret))
    users.disable_user(people, ADMIN, "alice")
    with pytest.raises(Unauthenticated, match="The bearer token is not valid"):
        login(people, made.secret)


def test_aut_06_a_token_of_the_command_line_never_exceeds_its_role(people: Context) -> None:
    made = token_of(people, ADMIN, Role.ADMINISTRATOR)
    assert P.USER_MANAGE in permissions(login(people, made.secret))
    lowered = replace(people, config=replace(people.config, local_actor_role=Role.AUDITOR))
    assert permissions(login(lowered, made.secret)) == permissions(
        replace(ADMIN, grants=list_builtin_grants(Role.AUDITOR))
    )


@pytest.mark.parametrize("role", [Role.REQUESTER, Role.REGISTRATION_AUTHORITY, Role.CA_OPERATOR])
def test_aut_06_minting_above_ones_own_rights_is_forbidden(people: Context, role: Role) -> None:
    who = person(people, new_user(people, "alice", role))
    with pytest.raises(Forbidden, match="You cannot grant permissions that you do not have"):
        token_of(people, who, Role.ADMINISTRATOR)
    with pytest.raises(Forbidden, match="You cannot grant permissions that you do not have"):
        token_of(people, who, Role.AUDITOR)
    assert token_of(people, who, role).token.owner_id == f"user:{who.user_id}"
    with pytest.raises(InvalidInput, match="role: is not an active role"):
        token_of(people, who, "unknown")


def test_a_token_is_narrower_than_its_role_in_every_dimension(
    tmp_path: Path, storage: SqlStorage, clock: FrozenClock
) -> None:
    ctx = initialized(make_authority(tmp_path, storage, clock))
    scope = ScopeRequest(cas=("Issuing CA",), profiles=("tls-server",), names=("DNS:example.com",))
    allow = frozenset({P.CERTIFICATE_ISSUE, P.CA_READ, P.AUDIT_READ})
    made = token_of(ctx, ADMIN, Role.REGISTRATION_AUTHORITY, Narrowing(permissions=allow, scope=scope))
    who = login(ctx, made.secret)
    assert permissions(who) == {P.CERTIFICATE_ISSUE, P.CA_READ}
    order = Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com"))
    assert enroll(ctx, who, order)[0].owner_id == ADMIN.id
    for csr, profile in ((make_csr("www.example.org"), "tls-server"), (order.csr, "tls-client")):
        with pytest.raises(Forbidden, match="Requires the permission `certificate:issue`"):
            enroll(ctx, who, Enroll(ca="Issuing CA", profile=profile, csr=csr))
    with pytest.raises(NotFound, match=r"CA .* not found"):
        token_of(ctx, ADMIN, Role.AUDITOR, Narrowing(scope=ScopeRequest(cas=("No CA",))))


def test_somebody_sees_and_ends_their_own_tokens_only(people: Context) -> None:
    alice, bob = (person(people, new_user(people, name, Role.REQUESTER)) for name in ("alice", "bob"))
    mine, his = token_of(people, alice, Role.REQUESTER).token, token_of(people, bob, Role.REQUESTER).token
    assert [one.id for one in tokens.list_tokens(people, alice, None, 10).items] == [mine.id]
    assert len(tokens.list_tokens(people, ADMIN, None, 10).items) == 2
    for verb in (
        lambda: tokens.revoke_token(people, alice, his.id),
        lambda: tokens.rotate_token(people, alice, his.id, HOUR),
    ):
        with pytest.raises(NotFound, match=r"Token .* not found"):
            verb()
    tokens.revoke_token(people, alice, mine.id)
    tokens.revoke_token(people, ADMIN, his.id)


def test_a_token_makes_no_tokens_for_its_owner(people: Context) -> None:
    alice = person(people, new_user(people, "alice", Role.REQUESTER))
    made = token_of(people, alice, Role.REQUESTER)
    by_token = login(people, made.secret)
    for verb in (
        lambda: token_of(people, by_token, Role.REQUESTER),
        lambda: tokens.rotate_token(people, by_token, made.token.id, HOUR),
    ):
        with pytest.raises(Forbidden, match="Requires the permission `token:create`"):
            verb()
    administrator = login(people, token_of(people, ADMIN, Role.ADMINISTRATOR).secret)
    assert token_of(people, administrator, Role.AUDITOR).token.owner_id == ADMIN.id


def test_a_rotated_tokens_old_secret_works_for_the_overlap(people: Context, clock: FrozenClock) -> None:
    made = token_of(people, ADMIN, Role.AUDITOR)
    new, _ = tokens.rotate_token(people, ADMIN, made.token.id, HOUR)
    assert new.secret is not None
    assert new.secret.startswith(new.token.prefix)
    assert (new.token.id, new.token.expires_at) == (made.token.id, made.token.expires_at)
    assert login(people, made.secret).id == login(people, new.secret).id == f"token:{made.token.id}"
    with pytest.raises(Conflict, match="The token has expired or was revoked"):
        tokens.rotate_token(people, ADMIN, made.token.id, HOUR)
    clock.advance(timedelta(hours=1))
    people.state.tokens.forget()
    with pytest.raises(Unauthenticated, match="The bearer token is not valid"):
        login(people, made.secret)
    assert login(people, new.secret).kind is ActorKind.TOKEN
    third, _ = tokens.rotate_token(people, ADMIN, made.token.id, HOUR)
    tokens.revoke_token(people, ADMIN, made.token.id)
    for secret in (new.secret, third.secret):
        with pytest.raises(Unauthenticated, match="The bearer token is not valid"):
            login(people, secret)
    with pytest.raises(Conflict, match="The token has expired or was revoked"):
        tokens.rotate_token(people, ADMIN, made.token.id, HOUR)


def test_an_old_secret_lives_no_longer_than_the_token_and_a_week(people: Context, clock: FrozenClock) -> None:
    made = token_of(people, ADMIN, Role.AUDITOR)
    with pytest.raises(InvalidInput, match="overlap: must be at most 7 days"):
        tokens.rotate_token(people, ADMIN, made.token.id, Duration.parse("P8D"))
    rotated, _ = tokens.rotate_token(people, ADMIN, made.token.id, Duration.parse("P7D"))
    assert rotated.token.old_until == made.token.expires_at


def test_of_twenty_rotations_at_once_one_is_done(people: Context) -> None:
    made = token_of(people, ADMIN, Role.AUDITOR)
    barrier = threading.Barrier(20)

    def rotate() -> object:
        barrier.wait()
        try:
            return tokens.rotate_token(people, ADMIN, made.token.id, HOUR)[0].secret
        except PkiError as error:
            return type(error)

    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(lambda _: rotate(), range(20)))
    (secret,) = [one for one in results if isinstance(one, str)]
    assert results.count(Conflict) == 19
    assert login(people, secret).id == login(people, made.secret).id


def test_a_service_account_acts_for_its_user_and_dies_with_him(people: Context) -> None:
    alice = new_user(people, "alice", Role.REGISTRATION_AUTHORITY)
    wanted = AccountRequest(name="deploy", role=Role.REGISTRATION_AUTHORITY, user="alice")
    account, _ = service_accounts.create_account(people, ADMIN, wanted)
    made = token_of(people, person(people, alice), Role.REGISTRATION_AUTHORITY, Narrowing(service_account="deploy"))
    who = login(people, made.secret)
    assert (who.owner, who.user_id) == (f"service:{account.id}", alice.id)
    assert P.CERTIFICATE_ISSUE in permissions(who)
    users.change_user(people, ADMIN, "alice", Person(display_name="A", email=None, role=Role.REQUESTER))
    assert P.CERTIFICATE_ISSUE not in permissions(login(people, made.secret))
    users.disable_user(people, ADMIN, "alice")
    with pytest.raises(Unauthenticated, match="The bearer token is not valid"):
        login(people, made.secret)


def test_a_service_account_of_a_team_goes_on_until_it_is_disabled(people: Context) -> None:
    team = teams.create_team(people, ADMIN, "Web")[0].team
    account, _ = service_accounts.create_account(people, ADMIN, AccountRequest(name="ci", role="requester", team="Web"))
    made = token_of(people, ADMIN, "requester", Narrowing(service_account=str(account.id)))
    who = login(people, made.secret)
    assert (who.team_id, who.team_ids, who.user_id) == (team.id, frozenset({team.id}), None)
    bob = person(people, new_user(people, "bob", Role.REQUESTER))
    with pytest.raises(Forbidden, match="Requires the permission `token:create`"):
        token_of(people, bob, "requester", Narrowing(service_account="ci"))
    with pytest.raises(NotFound, match=r"Service account .* not found"):
        token_of(people, ADMIN, "requester", Narrowing(service_account="nobody"))
    assert service_accounts.show_account(people, ADMIN, "ci") == account
    service_accounts.disable_account(people, ADMIN, "ci")
    with pytest.raises(Unauthenticated, match="The bearer token is not valid"):
        login(people, made.secret)


@pytest.mark.parametrize(
    ("wanted", "error", "reason"),
    [
        (AccountRequest(name="a", role="requester"), InvalidInput, "user: is required unless a team is set"),
        (AccountRequest(name=" ", role="requester", team="Web"), InvalidInput, "name: must have 1 to 100 printable"),
        (AccountRequest(name="a", role="nothing", team="Web"), InvalidInput, "is not an active role"),
        (AccountRequest(name="a", role="requester", team="None"), NotFound, "Team 'None' not found"),
        (AccountRequest(name="a", role="requester", user="none"), NotFound, "User 'none' not found"),
    ],
)
def test_a_service_account_needs_a_role_and_somebody_who_answers(
    people: Context, wanted: AccountRequest, error: type[PkiError], reason: str
) -> None:
    teams.create_team(people, ADMIN, "Web")
    with pytest.raises(error, match=reason):
        service_accounts.create_account(people, ADMIN, wanted)


def test_a_token_for_a_team_is_for_one_of_ones_own(people: Context) -> None:
    team = teams.create_team(people, ADMIN, "Web")[0].team
    alice = new_user(people, "alice", Role.REQUESTER)
    with pytest.raises(NotFound, match=r"Team .* not found"):
        token_of(people, person(people, alice), Role.REQUESTER, Narrowing(team="Web"))
    teams.add_member(people, ADMIN, "Web", "alice")
    made = token_of(people, person(people, alice), Role.REQUESTER, Narrowing(team="Web"))
    assert login(people, made.secret).team_id == team.id


def test_an_owner_whom_nobody_knows_has_no_rights(people: Context) -> None:
    with people.ports.storage.read() as reader:
        for owner in ("token:1", "user:nobody", f"user:{people.new_id()}", "service:x", "system:worker", ""):
            assert current_rights.find_owner_rights(reader, owner, Role.ADMINISTRATOR) is None


def test_a_token_sees_and_revokes_itself_and_none_of_its_owners_others(ctx: Context) -> None:
    """Whoever finds a script's token learns nothing of the administrator's, and stops none of them."""
    owner = ADMIN
    mighty = token_of(ctx, owner, Role.ADMINISTRATOR)
    small = token_of(ctx, owner, Role.REQUESTER)
    script = login(ctx, small.secret)
    assert [one.id for one in tokens.list_tokens(ctx, script, None, 50).items] == [small.token.id]
    with pytest.raises(NotFound, match=r"Token .* not found"):
        tokens.revoke_token(ctx, script, mighty.token.id)
    assert {one.id for one in tokens.list_tokens(ctx, owner, None, 50).items} >= {small.token.id, mighty.token.id}
    assert tokens.revoke_token(ctx, script, small.token.id)[0].revoked_at is not None
    assert login(ctx, mighty.secret)
