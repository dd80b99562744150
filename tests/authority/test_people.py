"""Users, their links, their sessions and what guards the sign-in, on both engines."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.people import invitations, sessions, sign_in, users
from pki_manager.authority.people.users import Person
from pki_manager.domain.errors import (
    Conflict,
    Forbidden,
    FreshAuthenticationRequired,
    InvalidInput,
    NameTaken,
    NotFound,
    PkiError,
    SignInFailed,
    TooManyAttempts,
)
from pki_manager.domain.people.user import User, UserState
from pki_manager.domain.rights.actor import ActorKind, Role
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.storage.storage import SqlStorage
from pki_manager.storage.tables.people import users as user_rows
from tests.conftest import OpenStorage
from tests.fakes.clock import FrozenClock
from tests.support.concurrency import at_once
from tests.support.factories import ADMIN, make_authority, with_ports
from tests.support.people import PASSWORD, VISITOR, acting, make_user, secret_of

AUDITOR = Person(display_name="Ada", email="ada@example.com", role=Role.AUDITOR)


@pytest.fixture
def ctx(tmp_path: Any, storage: SqlStorage, clock: FrozenClock) -> Context:
    """Without a hierarchy: people need none."""
    return make_authority(tmp_path, storage, clock)


def enter(ctx: Context, user: User, password: str = PASSWORD, peer: str = "192.0.2.7") -> sessions.SignedIn:
    return sign_in.sign_in(ctx, replace(VISITOR, peer=peer), user.login, password, "browser")


def actions(ctx: Context) -> list[str]:
    return [event["action"] for event in events(ctx)]


def events(ctx: Context) -> list[dict[str, Any]]:
    """Oldest first."""
    with ctx.ports.storage.read() as reader:
        return [json.loads(event.body) for event in reversed(reader.audit.page(AuditFilter(), None, 200).items)]


def test_the_first_administrator_comes_in_by_his_link_once(ctx: Context, clock: FrozenClock) -> None:
    link = invitations.create_first_administrator(ctx, ADMIN)
    assert link.expires_at == clock.now() + timedelta(hours=1)
    assert link.url is not None
    assert link.url.startswith("http://localhost:8080/welcome#")
    entered = invitations.accept(ctx, VISITOR, secret_of(link.url), PASSWORD, "browser")
    assert (entered.user.login, entered.user.role, entered.user.state) == ("admin", "administrator", "active")
    with pytest.raises(SignInFailed, match="This invitation link is invalid"):
        invitations.accept(ctx, VISITOR, secret_of(link.url), PASSWORD, "browser")
    with pytest.raises(Conflict, match="The installation already has a user who has signed in"):
        invitations.create_first_administrator(ctx, ADMIN)
    assert actions(ctx) == ["user.created", "invitation.accepted"]


def test_a_link_ends_with_its_hour_and_with_the_next_one(ctx: Context, clock: FrozenClock) -> None:
    first = invitations.create_first_administrator(ctx, ADMIN)
    second = invitations.create_first_administrator(ctx, ADMIN)
    with pytest.raises(SignInFailed, match="This invitation link is invalid"):
        invitations.accept(ctx, VISITOR, secret_of(first.url), PASSWORD, "browser")
    clock.advance(timedelta(hours=1))
    with pytest.raises(SignInFailed, match="This invitation link is invalid"):
        invitations.accept(ctx, VISITOR, secret_of(second.url), PASSWORD, "browser")


@pytest.mark.parametrize("secret", ["", "x", "a" * 43, "é" * 43, "\udc80"])
def test_what_is_no_link_of_ours_lets_nobody_in(ctx: Context, secret: str) -> None:
    invitations.create_first_administrator(ctx, ADMIN)
    with pytest.raises(SignInFailed, match="This invitation link is invalid"):
        invitations.accept(ctx, VISITOR, secret, PASSWORD, "browser")


def test_aut_21_twenty_first_administrators_at_once_are_one(ctx: Context) -> None:
    made = at_once([lambda: invitations.create_first_administrator(ctx, ADMIN)] * 20)
    links = [one for one in made if isinstance(one, invitations.InvitationLink)]
    assert users.list_users(ctx, ADMIN, None, 50).items[0].login == "admin"
    assert len(users.list_users(ctx, ADMIN, None, 50).items) == 1
    tasks = [
        lambda link=link: invitations.accept(ctx, VISITOR, secret_of(link.url), PASSWORD, "browser") for link in links
    ]
    entered = [one for one in at_once(tasks) if isinstance(one, sessions.SignedIn)]
    assert len(entered) == 1


def test_aut_21_one_link_followed_twenty_times_at_once_lets_one_in(ctx: Context) -> None:
    secret = secret_of(invitations.create_first_administrator(ctx, ADMIN).url)
    came = at_once([lambda: invitations.accept(ctx, VISITOR, secret, PASSWORD, "browser")] * 20)
    assert len([one for one in came if isinstance(one, sessions.SignedIn)]) == 1
    assert len([one for one in came if isinstance(one, SignInFailed)]) == 19
    assert actions(ctx).count("invitation.accepted") == 1


@pytest.mark.parametrize("processes", [1, 2])
def test_aut_21_of_twenty_administrators_who_go_at_once_one_stays(
    ctx: Context, processes: int, open_storage: OpenStorage
) -> None:
    """In one process, and in two on one database, where only the database can tell them apart."""
    others = [ctx] + [
        with_ports(ctx, storage=open_storage(chain=f"host/worker-{number}")) for number in range(2, processes + 1)
    ]
    made = [make_user(ctx) for _ in range(20)]
    tasks = [
        lambda user=user, number=number: users.disable_user(others[number % processes], ADMIN, str(user.id))
        for number, user in enumerate(made)
    ]
    gone = [one for one in at_once(tasks) if not isinstance(one, PkiError)]
    assert len(gone) == 19
    left = [one for one in users.list_users(ctx, ADMIN, None, 50).items if one.state is UserState.ACTIVE]
    assert len(left) == 1


def test_aut_21_the_last_administrator_can_neither_be_disabled_nor_given_another_role(ctx: Context) -> None:
    last = make_user(ctx)
    users.create_user(ctx, ADMIN, "invited", replace(AUDITOR, role=Role.ADMINISTRATOR))
    with pytest.raises(Conflict, match="last administrator"):
        users.disable_user(ctx, ADMIN, last.login)
    with pytest.raises(Conflict, match="last administrator"):
        users.change_user(ctx, ADMIN, last.login, AUDITOR)
    make_user(ctx)
    assert users.change_user(ctx, ADMIN, last.login, AUDITOR).role is Role.AUDITOR


def test_aut_07_nobody_changes_his_own_role_or_takes_down_somebody_mightier(ctx: Context) -> None:
    one, two = make_user(ctx), make_user(ctx)
    own = acting(ctx, enter(ctx, one))
    for role in (Role.AUDITOR, Role.CA_OPERATOR):
        with pytest.raises(Forbidden, match="You cannot change your own permissions"):
            users.change_user(ctx, own, one.login, replace(AUDITOR, role=role))
    with pytest.raises(Forbidden, match="You cannot change your own permissions"):
        users.disable_user(ctx, own, str(one.id))
    assert users.change_user(ctx, own, two.login, AUDITOR).role is Role.AUDITOR


def test_a_user_signs_in_acts_by_his_role_and_signs_out(ctx: Context, clock: FrozenClock) -> None:
    user = make_user(ctx, Role.AUDITOR)
    entered = enter(ctx, user)
    found = sessions.recognize(ctx, entered.secret)
    assert found is not None
    actor = acting(ctx, found)
    assert (actor.kind, actor.id, actor.roles) == (ActorKind.USER, f"user:{user.id}", (Role.AUDITOR,))
    assert found.user.last_sign_in_at == clock.now()
    assert entered.secret not in repr(sessions.list_own(ctx, actor, None, 10))
    sessions.sign_out(ctx, actor, entered.session.id)
    assert sessions.recognize(ctx, entered.secret) is None


def test_a_session_ends_when_it_is_idle_and_after_its_time_however_busy(ctx: Context, clock: FrozenClock) -> None:
    user = make_user(ctx)
    idle, busy = enter(ctx, user), enter(ctx, user)
    for _ in range(11 * 3):
        clock.advance(timedelta(minutes=20))
        assert sessions.recognize(ctx, busy.secret) is not None
    assert sessions.recognize(ctx, idle.secret) is None
    for _ in range(3):
        clock.advance(timedelta(minutes=20))
        last = sessions.recognize(ctx, busy.secret)
    assert last is None
    assert sessions.list_sessions(ctx, ADMIN, None, None, 10).items == ()


def test_a_new_role_and_a_disabled_user_end_the_sessions_at_once(ctx: Context) -> None:
    make_user(ctx)
    user = make_user(ctx, Role.AUDITOR)
    entered = enter(ctx, user)
    users.change_user(ctx, ADMIN, user.login, replace(AUDITOR, role=Role.REQUESTER))
    assert sessions.recognize(ctx, entered.secret) is None
    entered = enter(ctx, user)
    users.disable_user(ctx, ADMIN, user.login)
    assert sessions.recognize(ctx, entered.secret) is None
    with pytest.raises(SignInFailed, match="Incorrect username, password, or second factor"):
        enter(ctx, user)
    with pytest.raises(Conflict, match=r"User .* is disabled"):
        invitations.invite(ctx, ADMIN, user.login)
    assert users.enable_user(ctx, ADMIN, user.login)[0].state is UserState.ACTIVE
    assert sessions.recognize(ctx, entered.secret) is None
    enter(ctx, user)


def test_only_ones_own_sessions_are_listed_and_revoked_unless_the_role_allows_more(ctx: Context) -> None:
    one, two = make_user(ctx, Role.AUDITOR), make_user(ctx, Role.REQUESTER)
    first, second = enter(ctx, one), enter(ctx, two)
    actor, other = acting(ctx, first), acting(ctx, second)
    assert {each.user_id for each in sessions.list_own(ctx, actor, None, 10).items} == {one.id}
    with pytest.raises(NotFound, match=r"Session .* not found"):
        sessions.revoke_own(ctx, actor, second.session.id)
    with pytest.raises(Forbidden, match="Requires the permission `session:revoke`"):
        sessions.revoke_session(ctx, actor, second.session.id)
    with pytest.raises(Forbidden, match="Requires the permission `session:read`"):
        sessions.list_sessions(ctx, other, None, None, 10)
    assert len(sessions.list_sessions(ctx, actor, two.login, None, 10).items) == 2
    sessions.revoke_session(ctx, ADMIN, second.session.id)
    assert sessions.recognize(ctx, second.secret) is None
    assert sessions.list_own(ctx, ADMIN, None, 10).items == ()
    with pytest.raises(Forbidden, match="Requires the permission `self:update`"):
        sessions.revoke_own(ctx, ADMIN, first.session.id)


def test_dangerous_things_want_a_fresh_proof(ctx: Context, clock: FrozenClock) -> None:
    entered = enter(ctx, make_user(ctx))
    access.require(acting(ctx, entered), Permission.USER_MANAGE)
    clock.advance(timedelta(minutes=5))
    old = sessions.recognize(ctx, entered.secret)
    assert old is not None
    for permission in (Permission.USER_MANAGE, Permission.CA_CREATE, Permission.CA_REVOKE):
        with pytest.raises(FreshAuthenticationRequired, match="This operation requires recent authentication"):
            access.require(acting(ctx, old), permission)
    access.require(acting(ctx, old), Permission.CERTIFICATE_ISSUE)
    with pytest.raises(SignInFailed, match="Incorrect username, password, or second factor"):
        sign_in.reauthenticate(ctx, acting(ctx, old), old, "another password")
    fresh = sign_in.reauthenticate(ctx, acting(ctx, old), old, PASSWORD)
    access.require(acting(ctx, fresh), Permission.USER_MANAGE)
    assert fresh.secret != entered.secret
    assert fresh.session.ends_at == entered.session.ends_at
    assert sessions.recognize(ctx, entered.secret) is None


def test_another_password_ends_the_other_sessions_and_the_old_password(ctx: Context) -> None:
    user = make_user(ctx)
    here, elsewhere = enter(ctx, user), enter(ctx, user)
    actor = acting(ctx, here)
    with pytest.raises(SignInFailed, match="Incorrect username, password, or second factor"):
        sign_in.change_password(ctx, actor, here, "wrong wrong wrong", "a much better passphrase")
    with pytest.raises(InvalidInput, match="new_password: must have at least 12 characters"):
        sign_in.change_password(ctx, actor, here, PASSWORD, "short")
    renewed = sign_in.change_password(ctx, actor, here, PASSWORD, "a much better passphrase")
    assert sessions.recognize(ctx, renewed.secret) is not None
    assert sessions.recognize(ctx, here.secret) is None
    assert sessions.recognize(ctx, elsewhere.secret) is None
    with pytest.raises(SignInFailed, match="Incorrect username, password, or second factor"):
        enter(ctx, user)
    enter(ctx, user, "a much better passphrase")


def stored_password(ctx: Context, user: User) -> str:
    with ctx.ports.storage.read() as reader:
        return reader.users.find_password_hash(user.id) or ""


def test_aut_14_every_road_to_a_password_stores_argon2id(ctx: Context) -> None:
    user = make_user(ctx)
    seen = [stored_password(ctx, user)]
    here = enter(ctx, user)
    sign_in.change_password(ctx, acting(ctx, here), here, PASSWORD, "a much better passphrase")
    seen.append(stored_password(ctx, user))
    link, _ = invitations.invite(ctx, ADMIN, user.login)
    invitations.accept(ctx, VISITOR, secret_of(link.url), PASSWORD, "browser")
    seen.append(stored_password(ctx, user))
    assert len(set(seen)) == 3
    assert all(one.startswith("$argon2id$v=19$m=") for one in seen)
    assert [column.name for column in user_rows.c if "password" in column.name] == ["password"]


def test_a_hash_of_another_cost_is_made_anew_at_the_next_sign_in(ctx: Context) -> None:
    from pki_manager.credentials.passwords import Argon2Hasher, Cost

    user = make_user(ctx)
    before = stored_password(ctx, user)
    dearer = with_ports(ctx, passwords=Argon2Hasher(ctx.ports.entropy, Cost(memory=128, passes=1, lanes=1)))
    enter(dearer, user)
    after = stored_password(ctx, user)
    assert after != before
    assert after.startswith("$argon2id$v=19$m=128,")
    enter(dearer, user)
    assert stored_password(ctx, user) == after


def failure(ctx: Context, login: str, peer: str = "192.0.2.7") -> PkiError:
    with pytest.raises((SignInFailed, TooManyAttempts)) as raised:
        sign_in.sign_in(ctx, replace(VISITOR, peer=peer), login, "wrong wrong wrong", "browser")
    return raised.value


def test_aut_11_an_unknown_user_and_a_wrong_password_are_one_answer(ctx: Context) -> None:
    user, disabled = make_user(ctx), make_user(ctx)
    users.disable_user(ctx, ADMIN, disabled.login)
    users.create_user(ctx, ADMIN, "invited", AUDITOR)
    told = {
        (type(error), error.detail, error.errors, error.retry_after)
        for error in (failure(ctx, name) for name in (user.login, disabled.login, "invited", "nobody", "é" * 90))
    }
    assert len(told) == 1
    assert actions(ctx)[-5:] == ["login.failed"] * 5


@pytest.mark.parametrize("known", [True, False])
def test_aut_11_guesses_are_slowed_down_the_same_whether_or_not_there_is_a_user(
    ctx: Context, clock: FrozenClock, known: bool
) -> None:
    login = make_user(ctx).login if known else "nobody"
    variants = [login, login.upper(), f"  {login}", f"{login} ", login.title()]
    assert {type(failure(ctx, variant)) for variant in variants} == {SignInFailed}
    assert type(failure(ctx, login)) is SignInFailed
    waits = []
    for _ in range(14):
        error = failure(ctx, login)
        assert type(error) is TooManyAttempts
        waits.append(error.retry_after)
        clock.advance(timedelta(seconds=error.retry_after or 0))
        assert type(failure(ctx, login)) is SignInFailed
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900]


def test_aut_11_a_stranger_cannot_keep_a_user_out(ctx: Context, clock: FrozenClock) -> None:
    """However often he fails: where the user was signed in before, he comes in at once; elsewhere, within 30 s."""
    user = make_user(ctx)
    enter(ctx, user)
    for number in range(300):
        failure(ctx, user.login, f"198.51.100.{number % 200}")
    enter(ctx, user)
    for number in range(300):
        failure(ctx, user.login, f"198.51.100.{number % 200}")
    with pytest.raises(TooManyAttempts) as raised:
        enter(ctx, user, peer="203.0.113.1")
    assert (raised.value.retry_after or 0) <= 30
    clock.advance(timedelta(seconds=30))
    enter(ctx, user, peer="203.0.113.1")


def test_aut_11_fifty_guesses_at_once_are_not_more_than_one_after_another(ctx: Context) -> None:
    user = make_user(ctx)
    came = at_once([lambda: failure(ctx, user.login)] * 50)
    assert sorted({type(one).__name__ for one in came}) == ["SignInFailed", "TooManyAttempts"]
    assert len([one for one in came if isinstance(one, SignInFailed)]) == 6


def test_what_was_typed_as_a_login_is_kept_nowhere(ctx: Context) -> None:
    typed = "my-secret-password-in-the-wrong-field"
    failure(ctx, typed)
    (event,) = events(ctx)
    assert typed not in str(event)
    assert "wrong wrong" not in str(event)
    assert event["object"] == {"kind": "user", "id": "unknown"}


def test_failures_are_forgotten_with_success_and_with_time(ctx: Context, clock: FrozenClock) -> None:
    user = make_user(ctx)
    for _ in range(5):
        failure(ctx, user.login)
    enter(ctx, user)
    for _ in range(6):
        assert type(failure(ctx, user.login)) is SignInFailed
    clock.advance(timedelta(hours=1, seconds=2))
    for _ in range(6):
        assert type(failure(ctx, user.login)) is SignInFailed


@pytest.mark.parametrize(
    "login", ["", " ", "a b", "é", "-a", ".a", "a" * 101, "a/b", "01a20d6d-5a00-7000-8000-000000000000"]
)
def test_a_login_is_a_name_that_looks_like_no_other(ctx: Context, login: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        users.create_user(ctx, ADMIN, login, AUDITOR)
    assert raised.value.errors[0].field == "login"


def test_a_login_is_unique_whatever_its_case(ctx: Context) -> None:
    (user, _), _ = users.create_user(ctx, ADMIN, " Alice@Example.com ", AUDITOR)
    assert user.login == "alice@example.com"
    with pytest.raises(NameTaken, match=r"A user named .* already exists"):
        users.create_user(ctx, ADMIN, "ALICE@EXAMPLE.COM", AUDITOR)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"display_name": " "}, "must have 1 to 200 printable characters"),
        ({"display_name": "a\nb"}, "must have 1 to 200 printable characters"),
        ({"email": "a"}, "must be an email address"),
        ({"email": "a@b@c"}, "must be an email address"),
    ],
)
def test_a_person_has_a_printable_name_and_a_mail_address_or_none(
    ctx: Context, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(InvalidInput, match=reason):
        users.create_user(ctx, ADMIN, "ada", replace(AUDITOR, **changes))
