"""Users, their links, and their sessions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.people import identities, invitations, sessions, sign_in, users
from pki_manager.authority.people.sessions import SignedIn
from pki_manager.authority.people.users import Person
from pki_manager.domain.errors import Conflict, Forbidden, NameTaken, NotFound, SignInFailed
from pki_manager.domain.people.user import UserState
from pki_manager.domain.rights.actor import Role
from pki_manager.policy.access import Permission
from tests.fakes.clock import FrozenClock
from tests.support.factories import ADMIN
from tests.support.memory.events import POWERLESS, records, refuses
from tests.support.people import PASSWORD, VISITOR, acting, make_user, new_user, secret_of

ADA = Person(display_name="Ada", email="ada@example.com", role=Role.AUDITOR)
NEW_PASSWORD = "another correct horse battery"


@pytest.fixture
def here(ctx: Context) -> SignedIn:
    """A session of an auditor."""
    user = make_user(ctx, Role.AUDITOR, "alice")
    return sign_in.sign_in(ctx, VISITOR, user.login, PASSWORD, "browser")


def test_a_user_is_created_with_a_link(ctx: Context) -> None:
    with records(ctx, "user.created"):
        (user, link), _ = users.create_user(ctx, ADMIN, "ada", ADA)
    assert (user.login, user.role, user.state) == ("ada", Role.AUDITOR, UserState.INVITED)
    assert link.url is not None
    assert users.show_user(ctx, ADMIN, "ada") == user
    assert [one.login for one in users.list_users(ctx, ADMIN, None, 10).items] == ["ada"]
    with refuses(ctx, NameTaken, "ada"):
        users.create_user(ctx, ADMIN, "ada", ADA)


def test_a_link_sets_a_password_and_works_once(ctx: Context) -> None:
    (_, first), _ = users.create_user(ctx, ADMIN, "ada", ADA)
    with records(ctx, "user.invited"):
        link, _ = invitations.invite(ctx, ADMIN, "ada")
    with pytest.raises(SignInFailed, match="link"):
        invitations.accept(ctx, VISITOR, secret_of(first.url), PASSWORD, "browser")
    with records(ctx, "invitation.accepted"):
        assert invitations.accept(ctx, VISITOR, secret_of(link.url), PASSWORD, "browser").user.login == "ada"


def test_there_is_one_first_administrator(ctx: Context) -> None:
    with records(ctx, "user.created"):
        link = invitations.create_first_administrator(ctx, ADMIN)
    invitations.accept(ctx, VISITOR, secret_of(link.url), PASSWORD, "browser")
    with refuses(ctx, Conflict, "who has signed in"):
        invitations.create_first_administrator(ctx, ADMIN)


def test_a_user_is_changed_disabled_and_enabled(ctx: Context) -> None:
    user = new_user(ctx, "alice")
    with records(ctx, "user.changed"):
        assert users.change_user(ctx, ADMIN, "alice", ADA).display_name == "Ada"
    with records(ctx, "user.disabled"):
        assert users.disable_user(ctx, ADMIN, str(user.id))[0].state is UserState.DISABLED
    with records(ctx, "user.enabled"):
        assert users.enable_user(ctx, ADMIN, "alice")[0].state is not UserState.DISABLED


def test_users_need_their_permissions(ctx: Context) -> None:
    for change in (
        lambda: users.create_user(ctx, POWERLESS, "ada", ADA),
        lambda: users.change_user(ctx, POWERLESS, "ada", ADA),
        lambda: users.disable_user(ctx, POWERLESS, "ada"),
        lambda: users.enable_user(ctx, POWERLESS, "ada"),
        lambda: invitations.invite(ctx, POWERLESS, "ada"),
    ):
        with refuses(ctx, Forbidden, Permission.USER_MANAGE):
            change()
    for read in (
        lambda: users.list_users(ctx, POWERLESS, None, 10),
        lambda: users.show_user(ctx, POWERLESS, "ada"),
        lambda: identities.list_of_user(ctx, POWERLESS, "ada"),
    ):
        with refuses(ctx, Forbidden, Permission.USER_READ):
            read()


def test_a_password_signs_in_and_a_wrong_one_is_recorded(ctx: Context) -> None:
    user = make_user(ctx, Role.AUDITOR)
    with records(ctx, "login.succeeded"):
        here = sign_in.sign_in(ctx, VISITOR, user.login, PASSWORD, "browser")
    assert here.user.login == user.login
    with records(ctx, "login.failed"), pytest.raises(SignInFailed, match="password"):
        sign_in.sign_in(ctx, VISITOR, user.login, "wrong", "browser")


def test_a_session_is_recognized_until_it_ends(ctx: Context, here: SignedIn) -> None:
    assert sessions.recognize(ctx, here.secret) is not None
    actor = sessions.build_session_actor(ctx, here, VISITOR)
    assert (actor.user_id, actor.roles) == (here.user.id, (Role.AUDITOR,))
    assert sessions.list_own(ctx, actor, None, 10).items[0].id == here.session.id
    with records(ctx, "session.ended"):
        sessions.sign_out(ctx, actor, here.session.id)
    assert sessions.recognize(ctx, here.secret) is None


def test_an_administrator_ends_any_session_and_a_user_their_own(ctx: Context, here: SignedIn) -> None:
    actor = acting(ctx, here)
    assert here.session.id in {one.id for one in sessions.list_sessions(ctx, ADMIN, "alice", None, 10).items}
    with refuses(ctx, Forbidden, Permission.SESSION_REVOKE):
        sessions.revoke_session(ctx, POWERLESS, here.session.id)
    with refuses(ctx, NotFound, "not found"):
        sessions.revoke_own(ctx, actor, ctx.new_id())
    with records(ctx, "session.revoked"):
        assert sessions.revoke_own(ctx, actor, here.session.id)[0].revoked_at is not None
    with records(ctx, "session.revoked"):
        sessions.revoke_session(ctx, ADMIN, here.session.id)


def test_a_changed_password_replaces_the_old_one(ctx: Context, here: SignedIn, clock: FrozenClock) -> None:
    with pytest.raises(SignInFailed, match="password"):
        sign_in.change_password(ctx, acting(ctx, here), here, "wrong", NEW_PASSWORD)
    with records(ctx, "password.changed"):
        sign_in.change_password(ctx, acting(ctx, here), here, PASSWORD, NEW_PASSWORD)
    clock.advance(timedelta(minutes=1))
    with records(ctx, "login.succeeded"):
        sign_in.sign_in(ctx, replace(VISITOR, peer="192.0.2.9"), "alice", NEW_PASSWORD, "browser")


def test_a_session_is_fresh_after_reauthentication(ctx: Context, here: SignedIn, clock: FrozenClock) -> None:
    clock.advance(ctx.config.fresh_authentication + timedelta(seconds=1))
    assert not acting(ctx, here).is_fresh
    with records(ctx, "session.reauthenticated"):
        again = sign_in.reauthenticate(ctx, acting(ctx, here), here, PASSWORD)
    assert acting(ctx, again).is_fresh


def test_a_user_signs_out_everywhere(ctx: Context, here: SignedIn) -> None:
    with records(ctx, "user.signed_out"):
        sign_in.sign_out_everywhere(ctx, acting(ctx, here))
    assert sessions.recognize(ctx, here.secret) is None


def test_a_user_without_a_provider_has_no_identities(ctx: Context, here: SignedIn) -> None:
    with records(ctx):
        assert identities.list_own(ctx, acting(ctx, here)) == ()
        assert identities.list_of_user(ctx, ADMIN, "alice") == ()
    with refuses(ctx, NotFound, "not found"):
        identities.unlink(ctx, acting(ctx, here), ctx.new_id())
    with refuses(ctx, NotFound, "not found"):
        identities.unlink_of_user(ctx, ADMIN, "alice", ctx.new_id())
