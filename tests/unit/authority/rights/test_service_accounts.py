"""Service accounts."""

from __future__ import annotations

import pytest

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.rights import service_accounts, teams
from pki_manager.authority.rights.service_accounts import AccountRequest
from pki_manager.domain.errors import Forbidden, InvalidInput, NameTaken, NotFound
from pki_manager.domain.rights.actor import Role
from pki_manager.domain.rights.team import ServiceAccount, ServiceAccountState
from pki_manager.policy.access import Permission
from tests.support.factories import ADMIN
from tests.support.memory.events import POWERLESS, records, refuses


@pytest.fixture
def account(ctx: Context) -> ServiceAccount:
    teams.create_team(ctx, ADMIN, "Web")
    wanted = AccountRequest(name="deploy", role=Role.REQUESTER, team="Web")
    return service_accounts.create_account(ctx, ADMIN, wanted)[0]


def test_an_account_belongs_to_its_team(ctx: Context) -> None:
    view, _ = teams.create_team(ctx, ADMIN, "Web")
    with records(ctx, "service_account.created"):
        account, replayed = service_accounts.create_account(
            ctx, ADMIN, AccountRequest(name="deploy", role=Role.REQUESTER, team="Web")
        )
    assert (account.name, account.role, account.team_id, replayed) == ("deploy", Role.REQUESTER, view.team.id, False)
    assert service_accounts.show_account(ctx, ADMIN, "deploy") == account


def test_an_account_has_an_owner_and_a_name_of_its_own(ctx: Context, account: ServiceAccount) -> None:
    with refuses(ctx, InvalidInput, "service_account.owner"):
        service_accounts.create_account(ctx, ADMIN, AccountRequest(name="lonely", role=Role.REQUESTER))
    with refuses(ctx, NameTaken, "deploy"):
        service_accounts.create_account(ctx, ADMIN, AccountRequest(name="deploy", role=Role.REQUESTER, team="Web"))
    with refuses(ctx, NotFound, "Mail"):
        service_accounts.create_account(ctx, ADMIN, AccountRequest(name="other", role=Role.REQUESTER, team="Mail"))


def test_accounts_are_listed(ctx: Context, account: ServiceAccount) -> None:
    with records(ctx):
        assert service_accounts.list_accounts(ctx, ADMIN, None, 10).items == (account,)


def test_a_disabled_account_stays_disabled(ctx: Context, account: ServiceAccount) -> None:
    with records(ctx, "service_account.disabled"):
        disabled, _ = service_accounts.disable_account(ctx, ADMIN, "deploy")
    assert (disabled.id, disabled.state) == (account.id, ServiceAccountState.DISABLED)
    assert service_accounts.show_account(ctx, ADMIN, "deploy").state is ServiceAccountState.DISABLED


def test_accounts_need_their_permissions(ctx: Context, account: ServiceAccount) -> None:
    wanted = AccountRequest(name="other", role=Role.REQUESTER, team="Web")
    for change in (
        lambda: service_accounts.create_account(ctx, POWERLESS, wanted),
        lambda: service_accounts.disable_account(ctx, POWERLESS, "deploy"),
    ):
        with refuses(ctx, Forbidden, Permission.USER_MANAGE):
            change()
    for read in (
        lambda: service_accounts.list_accounts(ctx, POWERLESS, None, 10),
        lambda: service_accounts.show_account(ctx, POWERLESS, "deploy"),
    ):
        with refuses(ctx, Forbidden, Permission.USER_READ):
            read()
