"""Accounts, as those see and revoke them who may see and revoke their tokens."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from pki_manager.authority.acme.administration import list_accounts, revoke_account, show_account
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.rights.tokens import authenticate, create_token
from pki_manager.domain.acme.orders import AccountState
from pki_manager.domain.duration import Duration
from pki_manager.domain.errors import Forbidden, NotFound
from pki_manager.domain.rights.actor import Actor, Role
from pki_manager.ports.unit_of_work import Claim
from tests.support.acme import acme_account, eab_key
from tests.support.acme_accounts import look_up
from tests.support.factories import ADMIN, as_role

NOTHING = UUID("01a20d6d-5a00-7000-8000-000000000000")


def somebody(role: Role, name: str) -> Actor:
    return replace(as_role(role), id=f"local:{name}", name=name)


def test_accounts_are_listed_newest_first_with_their_tokens(bare: Context) -> None:
    key = eab_key(bare)
    made = [acme_account(bare, key, number) for number in (1, 2, 3)]
    first = list_accounts(bare, ADMIN, None, 2)
    rest = list_accounts(bare, ADMIN, first.next_cursor, 2)
    assert [view.account for view in (*first.items, *rest.items)] == made[::-1]
    assert {view.token.id for view in first.items} == {key.token.id}
    assert show_account(bare, ADMIN, made[0].id).account == made[0]


def test_whoever_sees_their_own_tokens_sees_their_accounts(bare: Context) -> None:
    alice, bob = somebody(Role.REGISTRATION_AUTHORITY, "alice"), somebody(Role.REGISTRATION_AUTHORITY, "bob")
    hers = acme_account(bare, eab_key(bare, alice), 1)
    his = acme_account(bare, eab_key(bare, bob), 2)
    assert [view.account for view in list_accounts(bare, alice, None, 10).items] == [hers]
    assert len(list_accounts(bare, somebody(Role.AUDITOR, "carol"), None, 10).items) == 2
    with pytest.raises(NotFound, match="ACME account"):
        show_account(bare, alice, his.id)
    with pytest.raises(NotFound, match=r"ACME account .* not found"):
        revoke_account(bare, alice, his.id)
    with pytest.raises(NotFound, match=r"ACME account .* not found"):
        show_account(bare, ADMIN, NOTHING)
    with pytest.raises(Forbidden, match="Requires the permission `token:revoke`"):
        revoke_account(bare, somebody(Role.AUDITOR, "carol"), his.id)
    assert look_up(bare, his.id).account.state is AccountState.VALID


def test_a_token_sees_nothing_of_its_owner_s_accounts(bare: Context) -> None:
    alice = somebody(Role.REGISTRATION_AUTHORITY, "alice")
    account = acme_account(bare, eab_key(bare, alice))
    made, _ = create_token(bare, alice, "script", Role.REGISTRATION_AUTHORITY, Duration.parse("P1D"))
    script = authenticate(bare, made.secret or "", peer=None, request_id="r", via="rest")
    assert not list_accounts(bare, script, None, 10).items
    with pytest.raises(NotFound, match=r"ACME account .* not found"):
        show_account(bare, script, account.id)


def test_a_revoked_account_stays_revoked(bare: Context) -> None:
    account = acme_account(bare)
    claim = Claim("revokeAcmeAccount", "k", b"body")
    for replayed in (False, True):
        view, again = revoke_account(bare, ADMIN, account.id, claim)
        assert (view.account.state, again) == (AccountState.REVOKED, replayed)
    assert revoke_account(bare, ADMIN, account.id)[0].account.state is AccountState.REVOKED
