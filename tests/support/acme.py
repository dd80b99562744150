"""External account keys and accounts for tests of accounts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

from pki_manager.authority.acme.accounts import Binding, NewAccount, create_account, resolve_actor
from pki_manager.authority.acme.keys import EabKey, NewEabKey, create_eab_key
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.scope_request import ScopeRequest
from pki_manager.domain.acme.orders import AcmeAccount
from pki_manager.domain.duration import Duration
from pki_manager.domain.rights.actor import Actor, Role
from tests.support.factories import ADMIN

YEAR = Duration.parse("P1Y")


def eab_key(
    ctx: Context,
    actor: Actor = ADMIN,
    *,
    role: str = Role.REGISTRATION_AUTHORITY,
    lifetime: Duration = YEAR,
    scope: ScopeRequest | None = None,
    is_open: bool = False,
    pre_authorized: bool = False,
) -> EabKey:
    limits = scope or ScopeRequest()
    wish = NewEabKey(
        name="web servers", lifetime=lifetime, role=role, scope=limits, is_open=is_open, pre_authorized=pre_authorized
    )
    return create_eab_key(ctx, actor, wish)[0]


def thumbprint(number: int) -> bytes:
    """Thumbprint of an account key that no account has."""
    return hashlib.sha256(f"account key {number}".encode()).digest()


def new_account(key: EabKey, number: int = 1, *contacts: str) -> NewAccount:
    """Return the registration of the account key of that number, bound by the EAB key."""
    return NewAccount(
        jwk=f'{{"n":{number}}}',
        thumbprint=thumbprint(number),
        contacts=contacts,
        binding=Binding(str(key.token.id), lambda opened: opened == key.secret),
    )


def acme_account(ctx: Context, key: EabKey | None = None, number: int = 1) -> AcmeAccount:
    wish = new_account(key or eab_key(ctx), number)
    return create_account(ctx, wish, peer="192.0.2.7", request_id="r")[0]


def account_of(ctx: Context, told: Mapping[str, str]) -> AcmeAccount:
    """Return a new account, bound by an EAB key from the REST response."""
    secret = base64.urlsafe_b64decode(told["hmac_key"] + "=")
    wish = NewAccount(
        jwk="{}",
        thumbprint=hashlib.sha256(told["id"].encode()).digest(),
        contacts=("mailto:ops@example.com",),
        binding=Binding(told["id"], lambda opened: opened == secret),
    )
    return create_account(ctx, wish, peer="192.0.2.7", request_id="r")[0]


def acting(ctx: Context, account: AcmeAccount) -> Actor:
    return resolve_actor(ctx, account, peer="192.0.2.7", request_id="r")
