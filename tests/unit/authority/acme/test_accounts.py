"""EAB keys and accounts."""

from __future__ import annotations

import pytest

from pki_manager.authority.acme import accounts
from pki_manager.authority.acme.administration import list_accounts, revoke_account, show_account
from pki_manager.authority.acme.keys import NewEabKey, create_eab_key
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.acme.orders import AccountState, AcmeAccount
from pki_manager.domain.errors import Conflict, Forbidden, InvalidInput, NotFound, TooManyAttempts, Unauthenticated
from pki_manager.domain.rights.actor import Role
from pki_manager.policy.access import Permission
from tests.support.acme import YEAR, acme_account, acting, eab_key, new_account, thumbprint
from tests.support.acme_accounts import look_up
from tests.support.factories import ADMIN
from tests.support.memory.events import POWERLESS, records, refuses

PEER = {"peer": "192.0.2.7", "request_id": "r"}


@pytest.fixture
def account(ctx: Context) -> AcmeAccount:
    return acme_account(ctx)


def test_a_key_binds_accounts(ctx: Context) -> None:
    wanted = NewEabKey(name="web servers", lifetime=YEAR, role=Role.REGISTRATION_AUTHORITY)
    with records(ctx, "eab_key.created"):
        key, _ = create_eab_key(ctx, ADMIN, wanted)
    assert key.secret
    with records(ctx, "acme_account.created"):
        account, is_new = accounts.create_account(ctx, new_account(key), **PEER)
        again, is_new_again = accounts.create_account(ctx, new_account(key), **PEER)
    assert (again.id, is_new, is_new_again) == (account.id, True, False)
    with refuses(ctx, Forbidden, Permission.TOKEN_CREATE):
        create_eab_key(ctx, POWERLESS, wanted)


def test_an_account_acts_as_the_token_of_its_key(ctx: Context, account: AcmeAccount) -> None:
    assert accounts.find_account(ctx, thumbprint(1)) == account
    assert accounts.find_account(ctx, thumbprint(2)) is None
    actor = accounts.resolve_actor(ctx, account, **PEER)
    assert actor.id == f"token:{account.token_id}"
    assert accounts.get_actor(ctx, look_up(ctx, account.id), **PEER).id == actor.id
    with refuses(ctx, NotFound, "not found"):
        look_up(ctx, ctx.new_id())


def test_contacts_and_the_key_of_an_account_change(ctx: Context, account: AcmeAccount) -> None:
    actor = acting(ctx, account)
    with records(ctx, "acme_account.updated"):
        changed = accounts.update_contacts(ctx, actor, account, ["mailto:ops@example.com"])
    assert changed.contacts == ("mailto:ops@example.com",)
    with refuses(ctx, InvalidInput, "contact"):
        accounts.update_contacts(ctx, actor, account, ["tel:1"])
    with records(ctx, "acme_account.key_changed"):
        assert accounts.change_key(ctx, actor, account, '{"n":9}', thumbprint(9)).thumbprint == thumbprint(9)
    other = acme_account(ctx, eab_key(ctx), 2)
    with refuses(ctx, Conflict, "key"):
        accounts.change_key(ctx, acting(ctx, other), other, '{"n":9}', thumbprint(9))


def test_a_deactivated_account_no_longer_acts(ctx: Context, account: AcmeAccount) -> None:
    with records(ctx, "acme_account.deactivated"):
        ended = accounts.deactivate(ctx, acting(ctx, account), account)
    assert ended.state is AccountState.DEACTIVATED
    with pytest.raises((Unauthenticated, Forbidden), match="account"):
        accounts.resolve_actor(ctx, ended, **PEER)


def test_an_administrator_lists_and_revokes_accounts(ctx: Context, account: AcmeAccount) -> None:
    assert [view.account.id for view in list_accounts(ctx, ADMIN, None, 10).items] == [account.id]
    assert show_account(ctx, ADMIN, account.id).account == account
    with records(ctx, "acme_account.revoked"):
        assert revoke_account(ctx, ADMIN, account.id)[0].account.state is AccountState.REVOKED
    with refuses(ctx, Forbidden, Permission.TOKEN_READ):
        list_accounts(ctx, POWERLESS, None, 10)
    with refuses(ctx, Forbidden, Permission.TOKEN_REVOKE):
        revoke_account(ctx, POWERLESS, account.id)


def test_a_stranger_whose_request_was_right_does_not_count(ctx: Context) -> None:
    for number in range(100):
        accounts.count_stranger(ctx, thumbprint(number), "192.0.2.7")
        accounts.forgive_stranger(ctx, "192.0.2.7")
    with records(ctx):
        accounts.count_stranger(ctx, thumbprint(1), "192.0.2.7")


def test_too_many_strangers_from_one_address_are_refused(ctx: Context) -> None:
    def count_many() -> None:
        for number in range(1000):
            accounts.count_stranger(ctx, thumbprint(number), "192.0.2.7")

    with pytest.raises(TooManyAttempts, match="many"):
        count_many()


def test_accounts_are_open_only_with_an_open_key(ctx: Context) -> None:
    assert not accounts.is_open(ctx)
    eab_key(ctx, is_open=True)
    assert accounts.is_open(ctx)
