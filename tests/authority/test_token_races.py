"""A token in use in two processes against each change that ends or lessens it, at the same moment, on both engines."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from uuid import UUID

import pytest

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.token_cache import SECONDS
from pki_manager.authority.people import sign_in, users
from pki_manager.authority.people.users import Person
from pki_manager.authority.rights import roles, service_accounts, teams, tokens
from pki_manager.authority.rights.roles import RoleRequest
from pki_manager.authority.rights.service_accounts import AccountRequest
from pki_manager.authority.rights.tokens import Narrowing
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import PkiError, Unauthenticated
from pki_manager.domain.people.user import User
from pki_manager.domain.rights.actor import Actor, Role
from pki_manager.domain.rights.permission import Permission
from pki_manager.policy.access import is_allowed
from pki_manager.storage.storage import SqlStorage
from tests.authority.test_people import at_once, enter
from tests.conftest import OpenStorage
from tests.fakes.clock import FrozenClock
from tests.support.factories import ADMIN, make_authority
from tests.support.people import PASSWORD, acting, make_user

DAY, SECOND = Duration.parse("P1D"), Duration.parse("PT1S")
CUSTOM = RoleRequest(description="", permissions=frozenset({Permission.AUDIT_READ}))
ROUNDS = 3


@dataclass
class Case:
    """A user with a custom role and a team, and a token of each kind."""

    ctx: Context
    user: User
    own: str
    by_role: str
    of_account: str
    own_id: UUID

    def person(self) -> Actor:
        return acting(self.ctx, enter(self.ctx, self.user))


@pytest.fixture
def make_case(tmp_path: object, storage: SqlStorage, clock: FrozenClock) -> Callable[[int], Case]:
    ctx = make_authority(tmp_path, storage, clock)
    make_user(ctx, Role.ADMINISTRATOR)

    def make(number: int) -> Case:
        user = make_user(ctx, Role.REGISTRATION_AUTHORITY)
        roles.create_role(ctx, ADMIN, f"reader-{number}", CUSTOM)
        roles.assign_role(ctx, ADMIN, f"reader-{number}", user.login)
        teams.create_team(ctx, ADMIN, f"team-{number}")
        teams.add_member(ctx, ADMIN, f"team-{number}", user.login)
        account = AccountRequest(name=f"account-{number}", role=Role.REQUESTER, user=user.login, team=f"team-{number}")
        service_accounts.create_account(ctx, ADMIN, account)
        actor = acting(ctx, enter(ctx, user))
        own, _ = tokens.create_token(ctx, actor, "own", Role.REGISTRATION_AUTHORITY, DAY)
        by_role, _ = tokens.create_token(ctx, actor, "by role", f"reader-{number}", DAY)
        less = Narrowing(service_account=f"account-{number}")
        of_account, _ = tokens.create_token(ctx, ADMIN, "account", Role.REQUESTER, DAY, narrowing=less)
        first, second, third = (made.secret or "" for made in (own, by_role, of_account))
        return Case(ctx, user, first, second, third, own.token.id)

    return make


def change_password(case: Case) -> None:
    here = enter(case.ctx, case.user)
    sign_in.change_password(
        case.ctx, acting(case.ctx, here), here, PASSWORD, "another long passphrase", revoke_tokens=True
    )


AUDITOR = Person(display_name="Ada", email=None, role=Role.AUDITOR)
ENDS: dict[str, tuple[str, Callable[[Case, int], object]]] = {
    "disable": ("own", lambda case, _: users.disable_user(case.ctx, ADMIN, case.user.login)),
    "revoke": ("own", lambda case, _: tokens.revoke_token(case.ctx, ADMIN, case.own_id)),
    "rotate": ("own", lambda case, _: tokens.rotate_token(case.ctx, case.person(), case.own_id, SECOND)),
    "password": ("own", lambda case, _: change_password(case)),
    "sign out everywhere": (
        "own",
        lambda case, _: sign_in.sign_out_everywhere(case.ctx, case.person(), revoke_tokens=True),
    ),
    "withdraw the role": (
        "by_role",
        lambda case, number: roles.withdraw_role(case.ctx, ADMIN, f"reader-{number}", case.user.login),
    ),
    "retire the role": ("by_role", lambda case, number: roles.retire_role(case.ctx, ADMIN, f"reader-{number}")),
    "disable its account": (
        "of_account",
        lambda case, number: service_accounts.disable_account(case.ctx, ADMIN, f"account-{number}"),
    ),
    "demote": ("own", lambda case, _: users.change_user(case.ctx, ADMIN, case.user.login, AUDITOR)),
    "remove from the team": (
        "of_account",
        lambda case, number: teams.remove_member(case.ctx, ADMIN, f"team-{number}", case.user.login),
    ),
}
LEFT: dict[str, Callable[[Actor], bool]] = {
    "demote": lambda actor: not is_allowed(actor, Permission.CERTIFICATE_ISSUE),
    "remove from the team": lambda actor: actor.team_ids == frozenset(),
    "withdraw the role": lambda actor: not is_allowed(actor, Permission.AUDIT_READ),
    "retire the role": lambda actor: not is_allowed(actor, Permission.AUDIT_READ),
}
"""Changes after which a token may still be somebody, but not with what was taken away."""


def use(ctx: Context, secret: str) -> Actor:
    arguments = {"peer": "192.0.2.1", "request_id": "r", "via": "rest"}
    known = tokens.recognize(ctx, secret, **arguments)
    return known or tokens.authenticate(ctx, secret, **arguments)


@pytest.mark.parametrize("change", ENDS)
def test_what_a_change_takes_from_a_token_is_gone_in_every_process(
    make_case: Callable[[int], Case], open_storage: OpenStorage, clock: FrozenClock, change: str
) -> None:
    kind, apply = ENDS[change]
    second = open_storage(chain="host/worker-2")
    for number in range(ROUNDS):
        case = make_case(number)
        secret: str = getattr(case, kind)
        here, other = case.ctx, Context.start(replace(case.ctx.ports, storage=second), case.ctx.config)

        def request(process: Context, secret: str = secret) -> Callable[[], object]:
            def send() -> None:
                with suppress(Unauthenticated):
                    use(process, secret)

            return send

        before = use(here, secret)
        assert change not in LEFT or not LEFT[change](before)
        tasks: list[Callable[[], object]] = [request(here), request(other)] * 2
        tasks.insert(2, lambda case=case, number=number: apply(case, number))
        assert [one for one in at_once(tasks) if isinstance(one, PkiError)] == []
        clock.sleep(SECONDS + 1)
        for process in (here, other):
            try:
                after = use(process, secret)
            except Unauthenticated:
                continue
            assert change in LEFT
            assert LEFT[change](after)
