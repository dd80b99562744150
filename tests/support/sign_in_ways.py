"""Every way to sign in, up to its last request, and ports that apply a change during the sign-in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.people import factors, invitations, oidc, second_step, sign_in
from pki_manager.authority.people.factors import PasskeyAnswer
from pki_manager.authority.people.second_step import Proof
from pki_manager.authority.people.sessions import SignedIn
from pki_manager.credentials.passwords import Argon2Hasher, Cost
from pki_manager.domain.errors import IdentityRefused, SignInFailed, Unauthenticated
from pki_manager.domain.people.identity import (
    Claims,
    Provider,
    SignedOut,
    SignInPurpose,
    UnknownUsers,
    build_identity_refused,
)
from pki_manager.domain.people.user import User
from pki_manager.domain.rights.actor import Role
from pki_manager.ports.identity import Ask, Callback, IdentityProvider
from pki_manager.ports.unit_of_work import Storage
from pki_manager.storage.storage import SqlStorage
from pki_manager.system import SystemEntropy
from tests.authority.test_people import enter
from tests.authority.test_second_factors import with_passkey
from tests.fakes.clock import FrozenClock
from tests.support.authenticator import ORIGIN, Authenticator
from tests.support.factories import ADMIN, make_authority, with_ports
from tests.support.people import PASSWORD, VISITOR, acting, make_user, secret_of, shown

NEW_PASSWORD = "another long passphrase"


REFUSED = (SignInFailed, Unauthenticated, IdentityRefused)


@dataclass
class Vouching:
    """An identity provider that identifies every visitor."""

    about: Provider = field(
        default_factory=lambda: Provider(
            name="corp", title="Corp", issuer="https://id.example", unknown_users=UnknownUsers.REFUSE
        )
    )
    subject: str = "ada"
    state: str = ""

    def build_authorization_url(self, ask: Ask) -> str:
        self.state = ask.state
        return "https://id.example/authorize"

    def redeem(self, _callback: Callback, _ask: Ask) -> Claims:
        return Claims(subject=self.subject, login="ada", display_name="Ada", email=None)

    def sign_out_url(self, back: str) -> str | None:
        return f"https://id.example/end?to={back}"

    def read_logout_token(self, token: str) -> SignedOut:
        """Accept any token but `forged` as a report about the subject; the token is its own ID."""
        if token == "forged":
            raise build_identity_refused("oidc.signature", "The signature of the token is not valid.")
        return SignedOut(subject=self.subject, session=None, token_id=token)


@dataclass
class Interrupted:
    """Storage that runs `change` right before the first unit of work that an actor begins."""

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
    """A password hasher that runs `change` while it hashes."""

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
    """A user who can sign in in every way, with the credentials for each."""

    ctx: Context
    clock: FrozenClock
    provider: Vouching
    user: User
    key: Authenticator
    totp: str
    codes: tuple[str, ...]
    link: str

    def here(self) -> SignedIn:
        """Return a complete session of the user."""
        waiting = self.waiting()
        return second_step.complete_sign_in(self.ctx, VISITOR, waiting, Proof(recovery_code=self.codes[0]))

    def waiting(self) -> SignedIn:
        return enter(self.ctx, self.user)

    def visit(self, purpose: SignInPurpose, signed_in: SignedIn | None = None, link: str | None = None) -> str:
        actor = VISITOR if signed_in is None else acting(self.ctx, signed_in)
        return oidc.begin(self.ctx, actor, signed_in, "corp", purpose, link).secret

    def back(self, ctx: Context, secret: str, signed_in: SignedIn | None = None) -> SignedIn:
        callback = Callback(state=self.provider.state, code="code")
        return oidc.finish(ctx, VISITOR, signed_in, "corp", secret, callback, "browser")


Way = Callable[[Case], Callable[[Context], SignedIn]]
"""Prepares a sign-in up to its last request, which it returns."""


def by_password(case: Case) -> Callable[[Context], SignedIn]:
    return lambda ctx: enter(ctx, case.user)


def by_rehash(case: Case) -> Callable[[Context], SignedIn]:
    dearer = Argon2Hasher(SystemEntropy(), Cost(memory=128, passes=1, lanes=1))
    return lambda ctx: enter(with_ports(ctx, passwords=_over(ctx.ports.passwords, dearer)), case.user)


def _over(hook: Any, hasher: Argon2Hasher) -> Any:
    return Slow(hasher, hook.change) if isinstance(hook, Slow) else hasher


def by_passkey(case: Case) -> Callable[[Context], SignedIn]:
    answer = PasskeyAnswer(case.key.sign(second_step.get_passkey_options(case.ctx, VISITOR, None, ORIGIN)), ORIGIN)
    return lambda ctx: second_step.sign_in_by_passkey(ctx, VISITOR, answer, "browser")


def by_code(case: Case) -> Callable[[Context], SignedIn]:
    return _second(case, lambda _: Proof(totp=shown(case.totp, case.clock)))


def by_recovery_code(case: Case) -> Callable[[Context], SignedIn]:
    return _second(case, lambda _: Proof(recovery_code=case.codes[1]))


def by_second_passkey(case: Case) -> Callable[[Context], SignedIn]:
    def proof(waiting: SignedIn) -> Proof:
        options = second_step.get_passkey_options(case.ctx, VISITOR, waiting, ORIGIN)
        return Proof(passkey=PasskeyAnswer(case.key.sign(options), ORIGIN))

    return _second(case, proof)


def _second(case: Case, proof: Callable[[SignedIn], Proof]) -> Callable[[Context], SignedIn]:
    waiting = case.waiting()
    shown_proof = proof(waiting)
    return lambda ctx: second_step.complete_sign_in(ctx, VISITOR, waiting, shown_proof)


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


def make_case(tmp_path: Any, storage: SqlStorage, clock: FrozenClock) -> Case:
    """Return a user with a password, a passkey, codes, a linked account, and an unused link."""
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
    codes = factors.create_recovery_codes(ctx, acting(ctx, here))
    link, _ = invitations.invite(ctx, ADMIN, user.login)
    return Case(ctx, clock, provider, user, key, totp, codes, secret_of(link.url))
