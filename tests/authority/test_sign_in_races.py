"""Each way to sign in against each change of the user that happens while the sign-in is under way, on both engines."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.people import factors, identities, invitations, oidc, second_step, sessions, sign_in, users
from pki_manager.authority.people.factors import PasskeyAnswer
from pki_manager.authority.people.second_step import Proof
from pki_manager.authority.people.sessions import SignedIn
from pki_manager.authority.people.users import Person
from pki_manager.credentials.passwords import Argon2Hasher, Cost
from pki_manager.domain.errors import Conflict, IdentityRefused, PkiError, SignInFailed, Unauthenticated
from pki_manager.domain.people.identity import Claims, Newcomers, Provider, SignInPurpose
from pki_manager.domain.people.session import Stage
from pki_manager.domain.people.user import User, UserState
from pki_manager.domain.rights.actor import Role
from pki_manager.ports.identity import Ask, Callback, IdentityProvider
from pki_manager.ports.unit_of_work import Storage
from pki_manager.storage.storage import SqlStorage
from pki_manager.system import SystemEntropy
from tests.authority.test_people import actions, at_once, enter
from tests.authority.test_second_factors import with_passkey
from tests.conftest import OpenStorage
from tests.fakes.clock import FrozenClock
from tests.support.authenticator import ORIGIN, Authenticator
from tests.support.factories import ADMIN, make_authority, with_ports
from tests.support.people import PASSWORD, VISITOR, acting, make_user, secret_of, shown

NEW_PASSWORD = "another long passphrase"
REFUSED = (SignInFailed, Unauthenticated, IdentityRefused)


@dataclass
class Vouching:
    """An identity provider that says of every visitor who they are."""

    about: Provider = field(
        default_factory=lambda: Provider(
            name="corp", title="Corp", issuer="https://id.example", newcomers=Newcomers.REFUSE
        )
    )
    subject: str = "ada"
    state: str = ""

    def authorization_url(self, ask: Ask) -> str:
        self.state = ask.state
        return "https://id.example/authorize"

    def redeem(self, _callback: Callback, _ask: Ask) -> Claims:
        return Claims(subject=self.subject, login="ada", display_name="Ada", email=None)


@dataclass
class Interrupted:
    """A storage on which `change` happens right before the first unit of work that acts for somebody."""

    inner: Storage
    change: Callable[[], object]

    def begin(self, *args: Any) -> Any:
        change, self.change = self.change, lambda: None
        change()
        return self.inner.begin(*args)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@dataclass
class Slow:
    """A password hasher that takes as long as `change` does."""

    inner: Any
    change: Callable[[], object]

    def verify(self, password: str, phc: str | None) -> bool:
        right = self.inner.verify(password, phc)
        self._interrupt()
        return bool(right)

    def hash(self, password: str) -> str:
        self._interrupt()
        return str(self.inner.hash(password))

    def _interrupt(self) -> None:
        change, self.change = self.change, lambda: None
        change()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@dataclass
class Case:
    """A user who can sign in by every way, and what that takes."""

    ctx: Context
    clock: FrozenClock
    provider: Vouching
    user: User
    key: Authenticator
    totp: str
    codes: tuple[str, ...]
    link: str

    def here(self) -> SignedIn:
        """A session of the user that is complete."""
        waiting = self.waiting()
        return second_step.second_step(self.ctx, VISITOR, waiting, Proof(recovery_code=self.codes[0]))

    def waiting(self) -> SignedIn:
        return enter(self.ctx, self.user)

    def visit(self, purpose: SignInPurpose, signed_in: SignedIn | None = None, link: str | None = None) -> str:
        actor = VISITOR if signed_in is None else acting(self.ctx, signed_in)
        return oidc.begin(self.ctx, actor, signed_in, "corp", purpose, link).secret

    def back(self, ctx: Context, secret: str, signed_in: SignedIn | None = None) -> SignedIn:
        callback = Callback(state=self.provider.state, code="code")
        return oidc.finish(ctx, VISITOR, signed_in, "corp", secret, callback, "browser")


Way = Callable[[Case], Callable[[Context], SignedIn]]
"""Prepares a sign-in up to its last request; what it returns is that request."""


def by_password(case: Case) -> Callable[[Context], SignedIn]:
    return lambda ctx: enter(ctx, case.user)


def by_rehash(case: Case) -> Callable[[Context], SignedIn]:
    dearer = Argon2Hasher(SystemEntropy(), Cost(memory=128, passes=1, lanes=1))
    return lambda ctx: enter(with_ports(ctx, passwords=_over(ctx.ports.passwords, dearer)), case.user)


def _over(hook: Any, hasher: Argon2Hasher) -> Any:
    return Slow(hasher, hook.change) if isinstance(hook, Slow) else hasher


def by_passkey(case: Case) -> Callable[[Context], SignedIn]:
    answer = PasskeyAnswer(case.key.sign(second_step.passkey_options(case.ctx, VISITOR, None, ORIGIN)), ORIGIN)
    return lambda ctx: second_step.sign_in_by_passkey(ctx, VISITOR, answer, "browser")


def by_code(case: Case) -> Callable[[Context], SignedIn]:
    return _second(case, lambda _: Proof(totp=shown(case.totp, case.clock)))


def by_recovery_code(case: Case) -> Callable[[Context], SignedIn]:
    return _second(case, lambda _: Proof(recovery_code=case.codes[1]))


def by_second_passkey(case: Case) -> Callable[[Context], SignedIn]:
    def proof(waiting: SignedIn) -> Proof:
        options = second_step.passkey_options(case.ctx, VISITOR, waiting, ORIGIN)
        return Proof(passkey=PasskeyAnswer(case.key.sign(options), ORIGIN))

    return _second(case, proof)


def _second(case: Case, proof: Callable[[SignedIn], Proof]) -> Callable[[Context], SignedIn]:
    waiting = case.waiting()
    shown_proof = proof(waiting)
    return lambda ctx: second_step.second_step(ctx, VISITOR, waiting, shown_proof)


def by_provider(case: Case) -> Callable[[Context], SignedIn]:
    secret = case.visit(SignInPurpose.SIGN_IN)
    return lambda ctx: case.back(ctx, secret)


def by_link(case: Case) -> Callable[[Context], SignedIn]:
    return lambda ctx: invitations.accept(ctx, VISITOR, case.link, PASSWORD, "browser")


def by_link_at_provider(case: Case) -> Callable[[Context], SignedIn]:
    case.provider.subject = "ada elsewhere"
    secret = case.visit(SignInPurpose.ACCEPT, link=case.link)
    return lambda ctx: case.back(ctx, secret)


def by_proof(case: Case) -> Callable[[Context], SignedIn]:
    here = case.here()
    actor = acting(case.ctx, here)
    return lambda ctx: sign_in.reauthenticate(ctx, actor, here, PASSWORD)


def by_proof_at_provider(case: Case) -> Callable[[Context], SignedIn]:
    here = case.here()
    secret = case.visit(SignInPurpose.PROVE, here)
    return lambda ctx: case.back(ctx, secret, here)


def by_another_password(case: Case) -> Callable[[Context], SignedIn]:
    here = case.here()
    actor = acting(case.ctx, here)
    return lambda ctx: sign_in.change_password(ctx, actor, here, PASSWORD, "a third long passphrase")


PASSWORD_WAYS = (by_password, by_rehash, by_proof, by_another_password)
FACTOR_WAYS = (by_passkey, by_code, by_recovery_code, by_second_passkey)
OTHER_WAYS = (by_provider, by_link, by_link_at_provider, by_proof_at_provider)
WAYS: tuple[Way, ...] = (*PASSWORD_WAYS, *FACTOR_WAYS, *OTHER_WAYS)


@pytest.fixture
def case(tmp_path: Any, storage: SqlStorage, clock: FrozenClock) -> Case:
    provider = Vouching()
    ctx = with_ports(make_authority(tmp_path, storage, clock), providers={"corp": cast("IdentityProvider", provider)})
    user = make_user(ctx, Role.ADMINISTRATOR)
    make_user(ctx, Role.ADMINISTRATOR)
    here = enter(ctx, user)
    actor = acting(ctx, here)
    secret = oidc.begin(ctx, actor, here, "corp", SignInPurpose.LINK).secret
    oidc.finish(ctx, VISITOR, here, "corp", secret, Callback(state=provider.state, code="code"), "browser")
    key, here = with_passkey(ctx, user)
    totp = factors.prepare_totp(ctx, acting(ctx, here)).secret
    here = factors.confirm_totp(ctx, acting(ctx, here), here, shown(totp, clock, -1))
    codes = factors.make_recovery_codes(ctx, acting(ctx, here))
    link, _ = invitations.invite(ctx, ADMIN, user.login)
    return Case(ctx, clock, provider, user, key, totp, codes, secret_of(link.url))


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
    with pytest.raises(SignInFailed):
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
    owner = second_step.second_step(other, VISITOR, case.waiting(), Proof(recovery_code=case.codes[2]))

    def replace_password() -> None:
        sign_in.change_password(other, acting(other, owner), owner, PASSWORD, NEW_PASSWORD)

    came, in_between = race(case, way, replace_password)
    assert in_between
    assert isinstance(came, REFUSED), came
    assert living(case) == [Stage.ACTIVE]
    with pytest.raises(SignInFailed):
        enter(other, case.user)
    assert enter(other, case.user, NEW_PASSWORD).session.stage is Stage.SECOND_FACTOR


@pytest.mark.parametrize("way", FACTOR_WAYS, ids=lambda way: way.__name__)
def test_a_factor_that_is_reset_while_it_is_shown_opens_nothing(case: Case, way: Way) -> None:
    last = way(case)
    ctx = interrupted(case.ctx, lambda: factors.reset_factors(case.ctx, ADMIN, case.user.login))
    with pytest.raises(REFUSED):
        last(ctx)
    assert living(case) == []


def test_an_account_that_is_unlinked_while_its_user_comes_back_opens_nothing(case: Case) -> None:
    last = by_provider(case)
    (linked,) = identities.list_of_user(case.ctx, ADMIN, case.user.login)
    ctx = interrupted(case.ctx, lambda: identities.unlink_of_user(case.ctx, ADMIN, case.user.login, linked.id))
    with pytest.raises(IdentityRefused):
        last(ctx)
    assert living(case) == []


def test_a_session_that_ends_while_an_account_is_linked_links_nothing(case: Case) -> None:
    here = case.here()
    case.provider.subject = "mallory"
    secret = case.visit(SignInPurpose.LINK, here)
    ctx = interrupted(case.ctx, lambda: sessions.revoke_session(case.ctx, ADMIN, here.session.id))
    with pytest.raises(IdentityRefused):
        case.back(ctx, secret, here)
    assert [one.subject for one in identities.list_of_user(case.ctx, ADMIN, case.user.login)] == ["ada"]


def test_a_second_secret_for_codes_never_takes_the_place_of_one_that_counts(case: Case) -> None:
    user = make_user(case.ctx, Role.AUDITOR)
    here = enter(case.ctx, user)
    actor = acting(case.ctx, here)
    secret = factors.prepare_totp(case.ctx, actor).secret
    ctx = interrupted(case.ctx, lambda: factors.confirm_totp(case.ctx, actor, here, shown(secret, case.clock)))
    with pytest.raises(Conflict):
        factors.prepare_totp(ctx, actor)
    assert enter(case.ctx, user).session.stage is Stage.SECOND_FACTOR


def test_links_end_when_their_user_is_disabled_and_do_not_come_back(case: Case) -> None:
    users.disable_user(case.ctx, ADMIN, case.user.login)
    users.enable_user(case.ctx, ADMIN, case.user.login)
    with pytest.raises(SignInFailed):
        by_link(case)(case.ctx)


def test_a_link_ends_when_its_user_chooses_a_password_without_it(case: Case) -> None:
    by_another_password(case)(case.ctx)
    with pytest.raises(SignInFailed):
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
