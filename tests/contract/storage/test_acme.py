"""ACME accounts, the keys that bind them, and nonces."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from pki_manager.domain.acme.orders import AccountState, AcmeAccount
from pki_manager.domain.errors import NotFound
from pki_manager.domain.rights.actor import EVERYTHING, Reach, Role, Scope, Visibility
from pki_manager.domain.rights.token import Token
from pki_manager.ports.unit_of_work import UnitOfWork
from pki_manager.storage.storage import SqlStorage
from tests.contract.storage.groups import in_one_group
from tests.contract.storage.values import digest, new_id
from tests.fakes.clock import START

HOUR = timedelta(hours=1)


def add_token(
    unit: UnitOfWork, number: int, owner: str = "local:alice", team: UUID | None = None, scope: Scope = EVERYTHING
) -> Token:
    token = Token(
        id=new_id(number),
        name=f"token {number}",
        prefix=f"pkim_{number}",
        role=Role.REQUESTER,
        owner_id=owner,
        team_id=team,
        created_by=owner,
        created_at=START,
        expires_at=START + HOUR,
        revoked_at=None,
        last_used_at=None,
        scope=scope,
    )
    unit.tokens.add(token, digest(f"secret {number}"))
    return token


def account(number: int, token: Token) -> AcmeAccount:
    return AcmeAccount(
        id=new_id(1000 + number),
        token_id=token.id,
        jwk=f'{{"n":"{number}"}}',
        thumbprint=digest(f"key {number}"),
        state=AccountState.VALID,
        contacts=("mailto:ops@example.com", "mailto:ca@example.com"),
        created_at=START,
        changed_at=START,
    )


def test_accounts_come_back_as_they_went_in(storage: SqlStorage) -> None:
    with storage.housekeep() as unit:
        made = account(1, add_token(unit, 1))
        assert unit.acme.accounts.add(made)
    with storage.read() as reader:
        assert reader.acme.accounts.get(made.id) == made
        assert reader.acme.accounts.find_key(made.thumbprint) == made
        assert reader.acme.accounts.find_key(digest("another EAB key")) is None
        with pytest.raises(NotFound, match=r"ACME account .* not found"):
            reader.acme.accounts.get(new_id(9))


def test_a_key_has_one_account(storage: SqlStorage) -> None:
    with storage.housekeep() as unit:
        one = account(1, add_token(unit, 1))
        assert unit.acme.accounts.add(one)
        assert not unit.acme.accounts.add(replace(account(2, add_token(unit, 2)), thumbprint=one.thumbprint))
    with storage.read() as reader:
        accounts = reader.acme.accounts
        assert accounts.page(None, 10).items == (one,)
        assert [accounts.count_unused(token_id, START) for token_id in (one.token_id, new_id(2))] == [1, 0]


def test_what_an_account_changes_is_kept_with_its_time(storage: SqlStorage) -> None:
    later, latest = START + HOUR, START + 2 * HOUR
    with storage.housekeep() as unit:
        token = add_token(unit, 1)
        one, other = account(1, token), account(2, token)
        for made in (one, other):
            assert unit.acme.accounts.add(made)
        unit.acme.accounts.set_state(one.id, AccountState.DEACTIVATED, later)
        assert unit.acme.accounts.set_key(one.id, '{"n":"3"}', digest("key 3"), later)
        for taken in (digest("key 3"), other.thumbprint):
            assert not unit.acme.accounts.set_key(one.id, other.jwk, taken, later)
        unit.acme.accounts.set_contacts(one.id, (), latest)
    with storage.read() as reader:
        assert reader.acme.accounts.get(other.id) == other
        assert reader.acme.accounts.find_key(digest("key 3")) == replace(
            one,
            jwk='{"n":"3"}',
            thumbprint=digest("key 3"),
            contacts=(),
            state=AccountState.DEACTIVATED,
            changed_at=latest,
        )
        assert reader.acme.accounts.find_key(one.thumbprint) is None


def test_an_account_that_is_not_there_is_not_changed(storage: SqlStorage) -> None:
    for number, name in enumerate(("state", "contacts", "key")):
        value = {"state": (AccountState.REVOKED,), "contacts": (("mailto:a@example.com",),), "key": ("{}", digest("k"))}
        with storage.housekeep() as unit, pytest.raises(NotFound, match=r"ACME account .* not found"):
            getattr(unit.acme.accounts, f"set_{name}")(new_id(number), *value[name], START)


def test_accounts_are_paged_newest_first_by_what_is_visible_of_their_tokens(storage: SqlStorage) -> None:
    team = new_id(500)
    with storage.housekeep() as unit:
        tokens = [add_token(unit, 1), add_token(unit, 2, "local:bob"), add_token(unit, 3, "local:bob", team)]
        made = [account(number, token) for number, token in enumerate(tokens)]
        for one in made:
            assert unit.acme.accounts.add(one)
    own, of_team = Scope(reach=Reach.OWN), Scope(reach=Reach.TEAM)
    with storage.read() as reader:
        first = reader.acme.accounts.page(None, 2)
        rest = reader.acme.accounts.page(first.next_cursor, 2)
        assert [*first.items, *rest.items] == made[::-1]

        def seen(*scopes: Scope) -> list[AcmeAccount]:
            visible = Visibility(scopes=scopes, owner="local:alice", teams=frozenset({team}))
            return list(reader.acme.accounts.page(None, 10, visible).items)

        assert seen() == []
        assert seen(own) == [made[0]]
        assert seen(of_team) == [made[2], made[0]]
        assert seen(own, Scope()) == made[::-1]


def test_a_token_has_one_key_to_bind_accounts_by(storage: SqlStorage) -> None:
    with storage.housekeep() as unit:
        with_key, without = add_token(unit, 1), add_token(unit, 2)
        unit.acme.accounts.put_binding_key(with_key.id, b"first")
        unit.acme.accounts.put_binding_key(with_key.id, b"second")
    with storage.read() as reader:
        accounts = reader.acme.accounts
        assert (accounts.find_binding_key(with_key.id), accounts.find_binding_key(without.id)) == (b"second", None)
        assert {token.id for token in reader.tokens.find_many((without.id, new_id(9)))} == {without.id}


def test_keys_that_are_open_are_told_newest_first(storage: SqlStorage) -> None:
    with storage.housekeep() as unit:
        accounts = unit.acme.accounts
        tokens = [add_token(unit, number).id for number in range(1, 5)]
        for token_id, is_open in zip(tokens, (True, False, True, True), strict=True):
            accounts.put_binding_key(token_id, b"sealed", is_open=is_open)
        accounts.put_binding_key(tokens[3], b"sealed")
    with storage.read() as reader:
        assert list(reader.acme.accounts.open_tokens()) == [tokens[2], tokens[0]]


def test_acm_12_a_nonce_is_used_once_also_by_units_of_one_commit(storage: SqlStorage) -> None:
    used: list[bool] = []

    def use() -> None:
        with storage.housekeep() as unit:
            used.append(unit.acme.nonces.use(digest("nonce"), START + HOUR))

    assert in_one_group(storage, use, use, use) == [None] * 4
    assert used.count(True) == 1
    use()
    assert used.count(True) == 1


def test_nonces_are_forgotten_once_they_have_expired(storage: SqlStorage, engine: sa.Engine) -> None:
    with storage.housekeep() as unit:
        assert unit.acme.nonces.use(digest("old"), START + HOUR)
        assert unit.acme.nonces.use(digest("new"), START + 2 * HOUR)
    for now, forgotten, left in ((START, 0, 2), (START + HOUR, 1, 1), (START + HOUR, 0, 1), (START + 2 * HOUR, 1, 0)):
        with storage.housekeep() as unit:
            assert unit.acme.prune(now, START) == forgotten
        with engine.connect() as connection:
            assert connection.execute(sa.text("SELECT count(*) FROM acme_nonces")).scalar() == left
