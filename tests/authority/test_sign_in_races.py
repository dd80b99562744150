"""Each way to sign in against each change of the user that happens while the sign-in is under way, on both engines."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

import pytest

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.people import factors, identities, second_step, sessions, sign_in, users
from pki_manager.authority.people.second_step import Proof
from pki_manager.authority.people.sessions import SignedIn
from pki_manager.authority.people.users import Person
from pki_manager.credentials.passwords import Argon2Hasher, Cost
from pki_manager.domain.errors import Conflict, IdentityRefused, PkiError, SignInFailed
from pki_manager.domain.people.identity import SignInPurpose
from pki_manager.domain.people.session import Stage
from pki_manager.domain.people.user import User, UserState
from pki_manager.domain.rights.actor import Role
from pki_manager.ports.unit_of_work import Storage
from pki_manager.storage.storage import SqlStorage
from pki_manager.system import SystemEntropy
from tests.authority.test_people import actions, at_once, enter
from tests.conftest import OpenStorage
from tests.fakes.clock import FrozenClock
from tests.support.factories import ADMIN, with_ports
from tests.support.people import PASSWORD, VISITOR, acting, make_user, shown
from tests.support.sign_in_ways import (
    FACTOR_WAYS,
    NEW_PASSWORD,
    PASSWORD_WAYS,
    REFUSED,
    WAYS,
    Case,
    Interrupted,
    Slow,
    Way,
    by_another_password,
    by_link,
    by_provider,
    make_case,
)


@pytest.fixture
def case(tmp_path: Any, storage: SqlStorage, clock: FrozenClock) -> Case:
    return make_case(tmp_path, storage, clock)


Race = Callable[[Case, Way, Callable[[], object]], tuple[object, bool]]


def interrupted(ctx: Context, change: Callable[[], object]) -> Context:
    return with_ports(ctx, storage=cast("Storage", Interrupted(ctx.ports.storage, change)))


@pytest.fixture(params=["unit", "hasher"])
def race(request: pytest.FixtureRequest) -> Race:
    """Runs a way to sign in with a change in between: right before its unit of work, or while a password is hashed.

    Returns the result, and whether the change came in between; otherwise it is made afterwards.
    """

    def run(case: Case, way: Way, change: Callable[[], object]) -> tuple[object, bool]:
        last, made = way(case), list[bool]()

        def once() -> None:
            if not made:
                made.append(True)
                change()

        ctx = interrupted(case.ctx, once)
        if request.param == "hasher":
            ctx = with_ports(case.ctx, passwords=cast("Any", Slow(case.ctx.ports.passwords, once)))
        came: object
        try:
            came = last(ctx)
        except PkiError as error:
            came = error
        in_between = bool(made)
        once()
        return came, in_between

    return run


def state_of(case: Case) -> User:
    with case.ctx.ports.storage.read() as reader:
        return reader.users.get(case.user.id)


def living(case: Case) -> list[Stage]:
    """The stages of the user's sessions that have not ended."""
    with case.ctx.ports.storage.read() as reader:
        page = reader.sessions.page(case.user.id, case.clock.now(), None, 100)
    return [one.stage for one in page.items]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_user_who_is_disabled_while_signing_in_stays_disabled(case: Case, way: Way, race: Race) -> None:
    def disable() -> None:
        users.disable_user(case.ctx, ADMIN, case.user.login)

    came, in_between = race(case, way, disable)
    assert isinstance(came, REFUSED if in_between else SignedIn), came
    assert state_of(case).state is UserState.DISABLED
    assert living(case) == []
    assert "user.enabled" not in actions(case.ctx)
    with pytest.raises(SignInFailed, match="Incorrect username, password, or second factor"):
        enter(case.ctx, case.user)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_user_who_is_demoted_while_signing_in_has_the_lesser_role(case: Case, way: Way, race: Race) -> None:
    person = Person(display_name="Ada", email=None, role=Role.AUDITOR)
    came, _ = race(case, way, lambda: users.change_user(case.ctx, ADMIN, case.user.login, person))
    assert state_of(case).role is Role.AUDITOR
    if isinstance(came, SignedIn):
        again = sessions.recognize(case.ctx, came.secret)
        assert again is None or {grant.role for grant in again.rights.grants} == {Role.AUDITOR}


@pytest.mark.parametrize("way", PASSWORD_WAYS, ids=lambda way: way.__name__)
def test_a_password_that_was_replaced_while_it_was_verified_opens_nothing(case: Case, way: Way, race: Race) -> None:
    other = case.ctx
    owner = second_step.complete_sign_in(other, VISITOR, case.waiting(), Proof(recovery_code=case.codes[2]))

    def replace_password() -> None:
        sign_in.change_password(other, acting(other, owner), owner, PASSWORD, NEW_PASSWORD)

    came, in_between = race(case, way, replace_password)
    assert in_between
    assert isinstance(came, REFUSED), came
    assert living(case) == [Stage.ACTIVE]
    with pytest.raises(SignInFailed, match="Incorrect username, password, or second factor"):
        enter(other, case.user)
    assert enter(other, case.user, NEW_PASSWORD).session.stage is Stage.SECOND_FACTOR


@pytest.mark.parametrize("way", FACTOR_WAYS, ids=lambda way: way.__name__)
def test_a_factor_that_is_reset_while_it_is_shown_opens_nothing(case: Case, way: Way) -> None:
    last = way(case)
    ctx = interrupted(case.ctx, lambda: factors.reset_factors(case.ctx, ADMIN, case.user.login))
    with pytest.raises(REFUSED, match="Incorrect username, password, or second factor"):
        last(ctx)
    assert living(case) == []


def test_an_account_that_is_unlinked_while_its_user_comes_back_opens_nothing(case: Case) -> None:
    last = by_provider(case)
    (linked,) = identities.list_of_user(case.ctx, ADMIN, case.user.login)
    ctx = interrupted(case.ctx, lambda: identities.unlink_of_user(case.ctx, ADMIN, case.user.login, linked.id))
    with pytest.raises(IdentityRefused, match="Your account at the identity provider was unlinked"):
        last(ctx)
    assert living(case) == []


def test_a_session_that_ends_while_an_account_is_linked_links_nothing(case: Case) -> None:
    here = case.here()
    case.provider.subject = "mallory"
    secret = case.visit(SignInPurpose.LINK, here)
    ctx = interrupted(case.ctx, lambda: sessions.revoke_session(case.ctx, ADMIN, here.session.id))
    with pytest.raises(IdentityRefused, match="Your session has changed since this sign-in started"):
        case.back(ctx, secret, here)
    assert [one.subject for one in identities.list_of_user(case.ctx, ADMIN, case.user.login)] == ["ada"]


def test_a_second_secret_for_codes_never_takes_the_place_of_one_that_counts(case: Case) -> None:
    user = make_user(case.ctx, Role.AUDITOR)
    here = enter(case.ctx, user)
    actor = acting(case.ctx, here)
    secret = factors.prepare_totp(case.ctx, actor).secret
    ctx = interrupted(case.ctx, lambda: factors.confirm_totp(case.ctx, actor, here, shown(secret, case.clock)))
    with pytest.raises(Conflict, match="One-time codes are already set up"):
        factors.prepare_totp(ctx, actor)
    assert enter(case.ctx, user).session.stage is Stage.SECOND_FACTOR


def test_links_end_when_their_user_is_disabled_and_do_not_come_back(case: Case) -> None:
    users.disable_user(case.ctx, ADMIN, case.user.login)
    users.enable_user(case.ctx, ADMIN, case.user.login)
    with pytest.raises(SignInFailed, match="This invitation link is invalid"):
        by_link(case)(case.ctx)


def test_a_link_ends_when_its_user_chooses_a_password_without_it(case: Case) -> None:
    by_another_password(case)(case.ctx)
    with pytest.raises(SignInFailed, match="This invitation link is invalid"):
        by_link(case)(case.ctx)


def test_a_rehash_happens_outside_the_unit_of_work(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = threading.local()
    begin = type(case.ctx.ports.storage).begin
    hashed: list[bool] = []

    def noted(self: SqlStorage, *args: Any) -> Any:
        inside.depth = True
        return begin(self, *args)

    class Noting(Argon2Hasher):
        def hash(self, password: str) -> str:
            hashed.append(getattr(inside, "depth", False))
            return super().hash(password)

    monkeypatch.setattr(type(case.ctx.ports.storage), "begin", noted)
    dearer = Noting(SystemEntropy(), Cost(memory=128, passes=1, lanes=1))
    hashed.clear()
    enter(with_ports(case.ctx, passwords=dearer), case.user)
    assert hashed
    assert not any(hashed)


def test_of_sign_ins_and_a_disabling_at_once_in_two_processes_no_session_is_left(
    case: Case, open_storage: OpenStorage
) -> None:
    """Both begin and end as they like: only what the database locks can tell them apart."""
    other = with_ports(case.ctx, storage=open_storage(chain="host/worker-2"))
    for _ in range(6):
        user = make_user(case.ctx, Role.AUDITOR)

        def come_in(ctx: Context, user: User = user) -> None:
            with suppress(SignInFailed):
                enter(ctx, user)

        tasks: list[Callable[[], object]] = [lambda: come_in(other), lambda: come_in(case.ctx)] * 3
        tasks.insert(3, lambda user=user: users.disable_user(case.ctx, ADMIN, user.login))
        failures = [one for one in at_once(tasks) if isinstance(one, PkiError)]
        assert failures == []
        with case.ctx.ports.storage.read() as reader:
            assert reader.users.get(user.id).state is UserState.DISABLED
            assert reader.sessions.page(user.id, case.clock.now(), None, 100).items == ()
