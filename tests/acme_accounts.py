"""ACME accounts for tests, made through the storage port: whoever a token of a role is, with a key of its own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from pki_manager.authority.acme.orders import NewOrder, OrderView, new_order, order
from pki_manager.authority.acting import as_now
from pki_manager.authority.context import Authority
from pki_manager.authority.tokens import Narrowing, create_token
from pki_manager.domain.acme import AccountState, AcmeAccount, AuthorizationState, ChallengeState
from pki_manager.domain.acme_events import AcmeAccountCreated
from pki_manager.domain.actor import Actor
from pki_manager.domain.duration import Duration
from pki_manager.domain.token import Token
from tests.factories import ADMIN

VALIDITY = timedelta(days=7)
"""How long a name that was proved here is believed."""

_NUMBERS = count(1)


@dataclass(frozen=True)
class Client:
    """An account, and who it acts as."""

    authority: Authority
    account: AcmeAccount
    token: Token

    @property
    def actor(self) -> Actor:
        with self.authority.storage.read() as reader:
            actor = as_now(self.authority, reader, f"token:{self.token.id}", self.token.name, "acme")
        assert actor is not None
        return actor

    def order(self, *names: str, profile: str = "tls-server", ca: str = "Issuing CA", **more: Any) -> OrderView:
        """For DNS names, or for `ip:` and an address."""
        identifiers = tuple(("ip", one[3:]) if one.startswith("ip:") else ("dns", one) for one in names)
        wish = NewOrder(ca=ca, profile=profile, identifiers=identifiers, **more)
        return new_order(self.authority, self.actor, self.account, wish)

    def show(self, view: OrderView) -> OrderView:
        return order(self.authority, self.account, view.order.id)

    def ready(self, *names: str, **more: Any) -> OrderView:
        """An order whose names are all proved."""
        return self.prove(self.order(*names, **more))

    def prove(self, view: OrderView) -> OrderView:
        """As a validation leaves it that found the first challenge of each authorization right."""
        now = self.authority.clock.now()
        until = now + VALIDITY
        with self.authority.storage.housekeep() as uow:
            kept = uow.acme.authorizations
            for one in view.authorizations:
                if kept.move(
                    one.id,
                    (AuthorizationState.PENDING,),
                    AuthorizationState.VALID,
                    expires_at=until,
                    validated_at=now,
                ):
                    first = kept.challenges(one.id)[0]
                    kept.move_challenge(first.id, (first.state,), ChallengeState.VALID, validated_at=now)
        return self.show(view)


def make_client(
    authority: Authority, role: str = "registration-authority", narrowing: Narrowing | None = None, by: Actor = ADMIN
) -> Client:
    """With a token of its own, which is of that role."""
    number = next(_NUMBERS)
    made, _ = create_token(authority, by, f"client {number}", role, Duration.parse("P1Y"), narrowing=narrowing)
    return Client(authority, add_account(authority, made.token, number), made.token)


def add_account(authority: Authority, token: Token, number: int | None = None) -> AcmeAccount:
    """Another account that acts as a token."""
    now, jwk = authority.clock.now(), f'{{"n":"{next(_NUMBERS) if number is None else number}"}}'
    account = AcmeAccount(
        id=authority.new_id(),
        token_id=token.id,
        jwk=jwk,
        thumbprint=hashlib.sha256(jwk.encode()).digest(),
        state=AccountState.VALID,
        contacts=(),
        created_at=now,
        changed_at=now,
    )
    with authority.storage.begin(ADMIN) as uow:
        assert uow.acme.accounts.add(account)
        uow.record(
            AcmeAccountCreated(
                object_id=str(account.id), token=str(token.id), thumbprint=account.thumbprint.hex(), contacts=()
            )
        )
    return account
