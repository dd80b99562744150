"""Custom roles."""

from __future__ import annotations

import pytest

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.rights import roles
from pki_manager.authority.rights.roles import RoleRequest
from pki_manager.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from pki_manager.domain.rights.actor import Role
from pki_manager.domain.rights.role import RoleState
from pki_manager.policy.access import Permission
from tests.support.factories import ADMIN, as_role
from tests.support.memory.events import POWERLESS, records, refuses
from tests.support.people import new_user

WATCHER = RoleRequest(description="Reads the audit log", permissions=frozenset({Permission.AUDIT_READ}))


@pytest.fixture
def watcher(ctx: Context) -> str:
    return roles.create_role(ctx, ADMIN, "watcher", WATCHER)[0].name


def test_permissions_are_listed_with_the_reach_that_each_built_in_role_has() -> None:
    views = {view.permission: view.reach for view in roles.list_permissions(ADMIN)}
    assert set(views) == set(Permission)
    assert Role.ADMINISTRATOR in views[Permission.CA_CREATE]
    assert Role.AUDITOR not in views[Permission.CA_CREATE]


def test_a_role_is_created_in_version_1(ctx: Context) -> None:
    with records(ctx, "role.created"):
        role, replayed = roles.create_role(ctx, ADMIN, "watcher", WATCHER)
    assert (role.name, role.version, role.permissions, role.state, replayed) == (
        "watcher",
        1,
        WATCHER.permissions,
        RoleState.ACTIVE,
        False,
    )


def test_a_name_is_used_once(ctx: Context, watcher: str) -> None:
    with refuses(ctx, Conflict, "already exists"):
        roles.create_role(ctx, ADMIN, watcher, WATCHER)


def test_a_role_without_permissions_is_refused(ctx: Context) -> None:
    with refuses(ctx, InvalidInput, "role.permissions"):
        roles.create_role(ctx, ADMIN, "idle", RoleRequest(description="", permissions=frozenset()))


def test_an_update_is_a_new_version(ctx: Context, watcher: str) -> None:
    wider = RoleRequest(description="", permissions=frozenset({Permission.AUDIT_READ, Permission.JOB_READ}))
    with records(ctx, "role.updated"):
        role = roles.update_role(ctx, ADMIN, watcher, wider)
    assert (role.version, role.permissions) == (2, wider.permissions)


def test_a_retired_role_can_be_neither_updated_nor_assigned(ctx: Context, watcher: str) -> None:
    user = new_user(ctx, "alice")
    with records(ctx, "role.retired"):
        role, _ = roles.retire_role(ctx, ADMIN, watcher)
    assert role.state is RoleState.RETIRED
    with refuses(ctx, Conflict, "is retired"):
        roles.update_role(ctx, ADMIN, watcher, WATCHER)
    with refuses(ctx, Conflict, "is retired"):
        roles.assign_role(ctx, ADMIN, watcher, user.login)


def test_roles_are_listed_by_name(ctx: Context, watcher: str) -> None:
    roles.create_role(ctx, ADMIN, "clerk", WATCHER)
    with records(ctx):
        assert [role.name for role in roles.list_roles(ctx, ADMIN, None, 10).items] == ["clerk", watcher]


def test_a_role_shows_its_holders_until_it_is_withdrawn(ctx: Context, watcher: str) -> None:
    user = new_user(ctx, "alice")
    with records(ctx, "role.assigned"):
        assert roles.assign_role(ctx, ADMIN, watcher, "alice").holders == (user.id,)
    assert roles.show_role(ctx, ADMIN, watcher).holders == (user.id,)
    with records(ctx, "role.withdrawn"):
        roles.withdraw_role(ctx, ADMIN, watcher, "alice")
    assert roles.show_role(ctx, ADMIN, watcher).holders == ()
    with refuses(ctx, NotFound, "does not have role"):
        roles.withdraw_role(ctx, ADMIN, watcher, "alice")


def test_roles_need_their_permissions(ctx: Context, watcher: str) -> None:
    for attempt in (
        lambda who: roles.create_role(ctx, who, "clerk", WATCHER),
        lambda who: roles.update_role(ctx, who, watcher, WATCHER),
        lambda who: roles.retire_role(ctx, who, watcher),
        lambda who: roles.assign_role(ctx, who, watcher, "alice"),
        lambda who: roles.withdraw_role(ctx, who, watcher, "alice"),
    ):
        with refuses(ctx, Forbidden, Permission.ROLE_MANAGE):
            attempt(as_role(Role.AUDITOR))
    for read in (lambda: roles.list_roles(ctx, POWERLESS, None, 10), lambda: roles.show_role(ctx, POWERLESS, watcher)):
        with refuses(ctx, Forbidden, Permission.ROLE_READ):
            read()
