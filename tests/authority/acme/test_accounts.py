"""Accounts, as they themselves may change them."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any
from uuid import UUID

import pytest

from pki_manager.authority.acme import accounts
from pki_manager.authority.acme.accounts import Binding, NewAccount, create_account
from pki_manager.authority.acme.administration import revoke_account
from pki_manager.authority.acme.keys import get_sealing_context
from pki_manager.authority.audit.audit_log import list_audit
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.token_cache import SECONDS
from pki_manager.authority.rights.tokens import list_tokens, revoke_token
from pki_manager.domain.acme.orders import AccountState, AcmeAccount
from pki_manager.domain.errors import Conflict, Forbidden, InvalidInput, NotFound, TooManyAttempts, Unauthenticated
from pki_manager.domain.rights.actor import Actor, ActorKind
from pki_manager.policy.throttle import NEWCOMER
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.storage.repositories.acme.accounts import SqlAcmeAccounts
from tests.conftest import OpenStorage
from tests.fakes.clock import FrozenClock
from tests.support.acme import YEAR, acme_account, acting, eab_key, new_account, thumbprint
from tests.support.acme_accounts import look_up
from tests.support.factories import ADMIN, make_authority

PEER = {"peer": "192.0.2.7", "request_id": "r"}
NOTHING = UUID("01a20d6d-5a00-7000-8000-000000000000")

Ending = Callable[[Context, AcmeAccount, FrozenClock], object]


def newest(ctx: Context) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(list_audit(ctx, ADMIN, AuditFilter(), None, 1).items[0].body)
    return told


def test_an_account_acts_as_its_key_s_token(bare: Context, clock: FrozenClock) -> None:
    key = eab_key(bare)
    made, is_new = create_account(bare, new_account(key, 1, "mailto:ops@example.com"), **PEER)
    assert is_new
    assert (made.token_id, made.state, made.contacts) == (
        key.token.id,
        AccountState.VALID,
        ("mailto:ops@example.com",),
    )
    actor = acting(bare, made)
    assert (actor.kind, actor.id, actor.via, actor.owner) == (
        ActorKind.TOKEN,
        f"token:{key.token.id}",
        "acme",
        ADMIN.id,
    )
    assert (actor.peer, actor.request_id) == ("192.0.2.7", "r")
    assert list_tokens(bare, ADMIN, None, 1).items[0].last_used_at == clock.now()
    told = newest(bare)
    assert (told["action"], told["actor"]["id"], told["actor"]["via"]) == ("acme_account.created", actor.id, "acme")


def test_a_key_that_has_an_account_gives_it_whatever_its_binding(bare: Context) -> None:
    made = acme_account(bare)
    other = replace(new_account(eab_key(bare), 1, "mailto:other@example.com"), binding=Binding("", lambda _: False))
    assert create_account(bare, other, **PEER) == (made, False)
    assert accounts.find_account(bare, made.thumbprint) == made
    assert accounts.find_account(bare, thumbprint(2)) is None
    assert look_up(bare, made.id).account == made
    with pytest.raises(NotFound, match=r"ACME account .* not found"):
        look_up(bare, NOTHING)


def rebound(wish: NewAccount, key_id: str) -> NewAccount:
    assert wish.binding is not None
    return replace(wish, binding=replace(wish.binding, key_id=key_id))


def unbound(number: int = 1) -> NewAccount:
    return NewAccount(jwk=f'{{"n":{number}}}', thumbprint=thumbprint(number), contacts=(), binding=None)


def test_without_a_binding_there_is_no_account_unless_a_key_is_open(bare: Context, clock: FrozenClock) -> None:
    eab_key(bare)
    assert not accounts.is_open(bare)
    with pytest.raises(Forbidden) as refused:
        create_account(bare, unbound(), **PEER)
    assert refused.value.errors[0].rule == accounts.BINDING_REQUIRED
    older, newer = eab_key(bare, is_open=True), eab_key(bare, is_open=True)
    assert accounts.is_open(bare)
    assert create_account(bare, unbound(1), **PEER)[0].token_id == newer.token.id
    revoke_token(bare, ADMIN, newer.token.id)
    assert create_account(bare, unbound(2), **PEER)[0].token_id == older.token.id
    with pytest.raises(Unauthenticated, match="The external account binding is not valid"):
        create_account(bare, rebound(new_account(older, 3), str(NOTHING)), **PEER)
    clock.advance(timedelta(days=366))
    assert not accounts.is_open(bare)
    with pytest.raises(Forbidden, match="requires an external account key"):
        create_account(bare, unbound(4), **PEER)


def test_strangers_from_one_address_are_slowed_down_and_no_others(bare: Context) -> None:
    key = eab_key(bare, is_open=True)
    for number in range(NEWCOMER.free + 1):
        create_account(bare, unbound(number), **PEER)
    with pytest.raises(TooManyAttempts) as slowed:
        create_account(bare, unbound(1000), **PEER)
    assert slowed.value.retry_after == 1
    create_account(bare, unbound(1000), peer="192.0.2.8", request_id="r")
    create_account(bare, new_account(key, 1001), **PEER)


def test_of_many_who_make_one_account_one_makes_it(bare: Context) -> None:
    wish = new_account(eab_key(bare))
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: create_account(bare, wish, **PEER), range(8)))
    assert len({account.id for account, _ in made}) == 1
    assert [is_new for _, is_new in made].count(True) == 1


def test_a_key_makes_so_many_accounts_and_no_more(bare: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "MAX_ACCOUNTS", 2)
    key = eab_key(bare)
    made = [acme_account(bare, key, number) for number in (1, 2)]
    accounts.deactivate(bare, acting(bare, made[0]), made[0])
    with pytest.raises(TooManyAttempts, match="Too many accounts of this EAB key have no order"):
        create_account(bare, new_account(key, 3), **PEER)
    assert accounts.find_account(bare, thumbprint(3)) is None
    assert create_account(bare, new_account(key, 2), **PEER) == (made[1], False)
    acme_account(bare, eab_key(bare), 3)


@pytest.mark.parametrize("key_id", ["", "x", "é", str(NOTHING), "{" + str(NOTHING) + "}"])
def test_a_binding_by_no_key_of_ours_makes_no_account(bare: Context, key_id: str) -> None:
    with pytest.raises(Unauthenticated, match="The external account binding is not valid"):
        create_account(bare, rebound(new_account(eab_key(bare)), key_id), **PEER)


def test_a_binding_that_is_wrong_or_of_an_ended_token_makes_no_account(bare: Context, clock: FrozenClock) -> None:
    key, ended = eab_key(bare), eab_key(bare)
    revoke_token(bare, ADMIN, ended.token.id)
    told = set()
    for wish in (new_account(replace(key, secret=bytes(32))), new_account(ended)):
        with pytest.raises(Unauthenticated) as refused:
            create_account(bare, wish, **PEER)
        told.add(refused.value.detail)
    assert len(told) == 1, "what is wrong is not told"
    clock.advance(timedelta(days=366))
    with pytest.raises(Unauthenticated, match="The external account binding is not valid"):
        create_account(bare, new_account(key), **PEER)


def test_a_token_that_can_ask_for_nothing_has_no_account(bare: Context) -> None:
    key = eab_key(bare)
    with bare.ports.storage.housekeep() as uow:
        without = replace(key.token, id=bare.new_id(), permissions=frozenset())
        uow.tokens.add(without, b"hash")
        sealed = bare.ports.factors.sealer.seal(key.secret or b"", get_sealing_context(without.id))
        uow.acme.accounts.put_binding_key(without.id, sealed)
    with pytest.raises(Forbidden, match="Requires the permission `request:submit`"):
        create_account(bare, rebound(new_account(key), str(without.id)), **PEER)


def test_a_token_revoked_by_another_process_is_refused_after_a_moment(bare: Context, clock: FrozenClock) -> None:
    account, other = acme_account(bare), Context.start(bare.ports, bare.config)
    act_as(bare, account)
    revoke_token(other, ADMIN, account.token_id)
    assert act_as(bare, account).id == f"token:{account.token_id}"
    clock.advance(timedelta(seconds=SECONDS))
    with pytest.raises(Unauthenticated, match="account is not valid"):
        act_as(bare, account)


def test_a_token_revoked_or_expired_in_this_process_is_refused_at_once(bare: Context, clock: FrozenClock) -> None:
    revoked, expired = (acme_account(bare, number=number) for number in (1, 2))
    act_as(bare, revoked)
    revoke_token(bare, ADMIN, revoked.token_id)
    with pytest.raises(Unauthenticated, match="account is not valid"):
        act_as(bare, revoked)
    act_as(bare, expired)
    clock.advance(timedelta(days=366))
    with pytest.raises(Unauthenticated, match="account is not valid"):
        act_as(bare, expired)


def act_as(ctx: Context, account: AcmeAccount) -> Actor:
    return accounts.get_actor(ctx, look_up(ctx, account.id), **PEER)


ENDINGS: dict[str, Ending] = {
    "deactivated": lambda ctx, account, _: accounts.deactivate(ctx, acting(ctx, account), account),
    "revoked": lambda ctx, account, _: revoke_account(ctx, ADMIN, account.id),
    "token revoked": lambda ctx, account, _: revoke_token(ctx, ADMIN, account.token_id),
    "token expired": lambda _ctx, _account, clock: clock.advance(timedelta(days=366)),
}


@pytest.mark.parametrize("how", ENDINGS)
def test_acm_16_an_account_that_has_ended_may_nothing(bare: Context, clock: FrozenClock, how: str) -> None:
    key = eab_key(bare, lifetime=YEAR)
    before = acme_account(bare, key)
    actor = acting(bare, before)
    ENDINGS[how](bare, before, clock)
    account = look_up(bare, before.id).account
    with pytest.raises(Unauthenticated, match="The account is not valid"):
        acting(bare, account)
    with pytest.raises(Unauthenticated, match="The account is not valid"):
        create_account(bare, new_account(key), **PEER)
    if account.state is not AccountState.VALID:
        for change in (
            lambda: accounts.update_contacts(bare, actor, before, ()),
            lambda: accounts.deactivate(bare, actor, before),
            lambda: accounts.change_key(bare, actor, before, "{}", thumbprint(9)),
        ):
            with pytest.raises(Unauthenticated, match="The account is not valid"):
                change()


def test_what_an_account_changes_of_itself(bare: Context, clock: FrozenClock) -> None:
    made = acme_account(bare)
    actor = acting(bare, made)
    clock.advance(timedelta(minutes=1))
    changed = accounts.update_contacts(bare, actor, made, ["mailto:a@example.com", "mailto:a@example.com"])
    assert (changed.contacts, changed.changed_at) == (("mailto:a@example.com",), clock.now())
    assert look_up(bare, made.id).account == changed
    assert newest(bare)["details"] == {"contacts": ["mailto:a@example.com"]}
    rolled = accounts.change_key(bare, actor, made, '{"n":2}', thumbprint(2))
    assert accounts.find_account(bare, thumbprint(2)) == rolled
    assert accounts.find_account(bare, made.thumbprint) is None
    assert newest(bare)["action"] == "acme_account.key_changed"
    ended = accounts.deactivate(bare, actor, rolled)
    assert ended.state is AccountState.DEACTIVATED
    assert look_up(bare, made.id).account == ended
    assert newest(bare)["action"] == "acme_account.deactivated"


def test_acm_17_a_key_that_has_an_account_is_nobody_s_new_key(bare: Context) -> None:
    key = eab_key(bare)
    one, other = acme_account(bare, key, 1), acme_account(bare, key, 2)
    for taken in (other, one):
        with pytest.raises(Conflict) as refused:
            accounts.change_key(bare, acting(bare, one), one, taken.jwk, taken.thumbprint)
        assert refused.value.facts["account"] == taken.id
    assert look_up(bare, one.id).account == one


def test_acm_17_of_two_accounts_that_take_a_key_in_the_same_moment_one_gets_it(
    bare: Context, tmp_path: Path, open_storage: OpenStorage, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have seen that nobody has the key, in the units that are to take it, where the engine lets two."""
    second = make_authority(tmp_path, open_storage(chain="host/worker-2"), clock, node="host/worker-2")
    key, both = eab_key(bare), Barrier(2)
    one, other = acme_account(bare, key, 1), acme_account(bare, key, 2)
    find_key = SqlAcmeAccounts.find_key

    def seen(self: SqlAcmeAccounts, wanted: bytes) -> AcmeAccount | None:
        found = find_key(self, wanted)
        if found is None:
            with suppress(BrokenBarrierError):
                both.wait(1)
        return found

    def change(ctx: Context, account: AcmeAccount) -> str:
        try:
            accounts.change_key(ctx, acting(ctx, account), account, '{"n":3}', thumbprint(3))
        except Conflict as refused:
            return f"409 {refused.facts['account']}"
        return str(account.id)

    monkeypatch.setattr(SqlAcmeAccounts, "find_key", seen)
    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(change, (bare, second), (one, other)))
    (winner,) = [text for text in said if not text.startswith("409")]
    assert sorted(said) == sorted((winner, f"409 {winner}"))


def test_acm_14_another_token_s_account_is_not_changed(bare: Context) -> None:
    one, other = acme_account(bare, number=1), acme_account(bare, number=2)
    actor = acting(bare, other)
    for change in (
        lambda: accounts.update_contacts(bare, actor, one, ()),
        lambda: accounts.deactivate(bare, actor, one),
        lambda: accounts.change_key(bare, actor, one, "{}", thumbprint(9)),
    ):
        with pytest.raises(Forbidden, match="You cannot change another account"):
            change()
    assert look_up(bare, one.id).account == one


@pytest.mark.parametrize(
    "contact",
    [
        "mailto:ops@example.com",
        "mailto:ops+acme@mail.example.com",
        "mailto:root@localhost",
    ],
)
def test_a_contact_is_a_plain_mail_address(bare: Context, contact: str) -> None:
    made = acme_account(bare)
    assert accounts.update_contacts(bare, acting(bare, made), made, [contact]).contacts == (contact,)


@pytest.mark.parametrize(
    "contact",
    [
        "",
        "ops@example.com",
        "MAILTO:ops@example.com",
        "mailto:",
        "mailto:ops",
        "mailto:ops@",
        "mailto:ops@example.com?subject=x",
        "mailto:ops@example.com,other@example.com",
        "mailto:ops%0a@example.com",
        "mailto:ops@example.com\n",
        "mailto:<b>@example.com",
        'mailto:"><img src=x>@example.com',
        "mailto:öps@example.com",
        "tel:+123",
        "https://example.com",
        "mailto:" + "a" * 250 + "@example.com",
    ],
)
def test_other_contacts_are_refused(bare: Context, contact: str) -> None:
    key = eab_key(bare)
    many = [f"mailto:a{n}@example.com" for n in range(11)]
    rule = "acme.contact" if contact.lower().startswith("mailto:") else "acme.contact_scheme"
    for contacts, expected in (([contact], rule), (many, "acme.contact")):
        with pytest.raises(InvalidInput) as refused:
            create_account(bare, new_account(key, 1, *contacts), **PEER)
        assert [fault.rule for fault in refused.value.errors] == [expected]
    assert accounts.find_account(bare, thumbprint(1)) is None
