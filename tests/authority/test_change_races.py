"""Each administrative change of a user against each other one that happens while it is under way, on both engines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import permutations
from typing import Any, cast

import pytest

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.secrets import hash_of
from pki_manager.authority.people import factors, identities, invitations, sessions, sign_in, users
from pki_manager.authority.people.sessions import SignedIn
from pki_manager.authority.people.users import Person
from pki_manager.authority.rights import roles, teams
from pki_manager.authority.rights.roles import RoleRequest
from pki_manager.domain.errors import Conflict, PkiError, SignInFailed, Unauthenticated
from pki_manager.domain.people.user import UserState
from pki_manager.domain.rights.actor import Role
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Reader, Storage
from pki_manager.storage.storage import SqlStorage
from tests.conftest import OpenStorage
from tests.fakes.clock import FrozenClock
from tests.support.concurrency import at_once
from tests.support.factories import ADMIN, with_ports
from tests.support.people import PASSWORD, acting, secret_of
from tests.support.sign_in_ways import NEW_PASSWORD, Case, Interrupted, make_case

RENAMED = Person(display_name="Ada the Second", email=None, role=Role.ADMINISTRATOR)
DEMOTED = Person(display_name="Ada", email=None, role=Role.AUDITOR)
LATE = (Conflict, SignInFailed, Unauthenticated)
"""What a change may answer that came too late."""


@dataclass(frozen=True)
class Target:
    """A user with a session, second factors, a linked account, a custom role, and a team."""

    case: Case
    here: SignedIn
    phc: str
    links: list[str]
    """Secrets of the invitation links that were made."""

    @property
    def login(self) -> str:
        return self.case.user.login


@dataclass(frozen=True)
class Change:
    """`holds`: whether what the change brought about is there."""

    make: Callable[[Context, Target], object]
    holds: Callable[[Reader, Target], bool]


def _change_password(ctx: Context, target: Target) -> None:
    sign_in.change_password(ctx, acting(ctx, target.here), target.here, PASSWORD, NEW_PASSWORD)


def _unlink(ctx: Context, target: Target) -> None:
    (linked,) = identities.list_of_user(ctx, ADMIN, target.login)
    identities.unlink_of_user(ctx, ADMIN, target.login, linked.id)


def _invite(ctx: Context, target: Target) -> None:
    link, _ = invitations.invite(ctx, ADMIN, target.login)
    target.links.append(secret_of(link.url))


def _is_kept_out(reader: Reader, target: Target) -> bool:
    now = target.case.clock.now()
    is_open = any(reader.users.find_invitation(hash_of(secret), now) for secret in target.links)
    user = reader.users.get(target.case.user.id)
    return user.state is UserState.DISABLED and not is_open and _is_signed_out(reader, target)


def _is_demoted(reader: Reader, target: Target) -> bool:
    return reader.users.get(target.case.user.id).role is Role.AUDITOR and _is_signed_out(reader, target)


def _is_signed_out(reader: Reader, target: Target) -> bool:
    living = reader.sessions.page(target.case.user.id, target.case.clock.now(), None, 100).items
    return target.here.session.id not in {session.id for session in living}


def _has_no_factor(reader: Reader, target: Target) -> bool:
    return factors.get_factors(reader, target.case.user.id).is_empty


CHANGES: dict[str, Change] = {
    "disable": Change(lambda ctx, target: users.disable_user(ctx, ADMIN, target.login), _is_kept_out),
    "demote": Change(lambda ctx, target: users.change_user(ctx, ADMIN, target.login, DEMOTED), _is_demoted),
    "rename": Change(
        lambda ctx, target: users.change_user(ctx, ADMIN, target.login, RENAMED),
        lambda reader, target: reader.users.get(target.case.user.id).display_name == RENAMED.display_name,
    ),
    "reset factors": Change(lambda ctx, target: factors.reset_factors(ctx, ADMIN, target.login), _has_no_factor),
    "unlink": Change(_unlink, lambda reader, target: not reader.identities.list_by_user(target.case.user.id)),
    "change the password": Change(
        _change_password, lambda reader, target: reader.users.find_password_hash(target.case.user.id) != target.phc
    ),
    "end the session": Change(
        lambda ctx, target: sessions.revoke_session(ctx, ADMIN, target.here.session.id), _is_signed_out
    ),
    "withdraw the role": Change(
        lambda ctx, target: roles.withdraw_role(ctx, ADMIN, "reader", target.login),
        lambda reader, target: not reader.roles.list_assigned(target.case.user.id),
    ),
    "remove from the team": Change(
        lambda ctx, target: teams.remove_member(ctx, ADMIN, "team", target.login),
        lambda reader, target: not reader.teams.list_by_user(target.case.user.id),
    ),
    "invite": Change(_invite, lambda reader, target: len(target.links) > 1),
}
PAIRS = list(permutations(CHANGES, 2))
UNDONE_BY = {"rename": {"demote"}}
"""A change of name and role sets both: the later one counts."""


@pytest.fixture
def target(tmp_path: Any, storage: SqlStorage, clock: FrozenClock) -> Target:
    case = make_case(tmp_path, storage, clock)
    request = RoleRequest(description="", permissions=frozenset({Permission.AUDIT_READ}))
    roles.create_role(case.ctx, ADMIN, "reader", request)
    roles.assign_role(case.ctx, ADMIN, "reader", case.user.login)
    teams.create_team(case.ctx, ADMIN, "team")
    teams.add_member(case.ctx, ADMIN, "team", case.user.login)
    with case.ctx.ports.storage.read() as reader:
        phc = reader.users.find_password_hash(case.user.id)
    assert phc is not None
    return Target(case, case.here(), phc, [case.link])


def require_effects(target: Target, done: set[str]) -> None:
    with target.case.ctx.ports.storage.read() as reader:
        lost = {name for name in done if not CHANGES[name].holds(reader, target)}
        user = reader.users.get(target.case.user.id)
    assert {name for name in lost if not UNDONE_BY.get(name, set()) & done} == set()
    assert "disable" in done or user.state is UserState.ACTIVE
    assert "demote" in done or user.role is Role.ADMINISTRATOR


@pytest.mark.parametrize(("change", "meanwhile"), PAIRS, ids=[" during ".join(reversed(pair)) for pair in PAIRS])
def test_a_change_that_is_made_during_another_one_is_never_undone(target: Target, change: str, meanwhile: str) -> None:
    ctx, done = target.case.ctx, {meanwhile}
    interrupted = Interrupted(ctx.ports.storage, lambda: CHANGES[meanwhile].make(ctx, target))
    try:
        CHANGES[change].make(with_ports(ctx, storage=cast("Storage", interrupted)), target)
        done.add(change)
    except LATE:
        pass
    require_effects(target, done)


def test_of_all_changes_at_once_in_two_processes_each_that_is_done_holds(
    target: Target, open_storage: OpenStorage
) -> None:
    """They begin and end as they like: only what the database locks keeps them apart."""
    both = target.case.ctx, with_ports(target.case.ctx, storage=open_storage(chain="host/worker-2"))
    tasks: list[Callable[[], object]] = [
        lambda ctx=both[number % 2], change=change: change.make(ctx, target)
        for number, change in enumerate(CHANGES.values())
    ]
    results = dict(zip(CHANGES, at_once(tasks), strict=True))
    failed = {name for name, result in results.items() if isinstance(result, PkiError)}
    assert {name: results[name] for name in failed if not isinstance(results[name], LATE)} == {}
    require_effects(target, set(CHANGES) - failed)
