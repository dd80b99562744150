"""ACME accounts for administrators: list, show, and revoke. A user who may read a token may read its accounts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.idempotency import Done, change_once
from pki_manager.authority.rights import tokens
from pki_manager.domain.acme.orders import AccountState, AcmeAccount
from pki_manager.domain.events.acme import AcmeAccountRevoked
from pki_manager.domain.page import Page
from pki_manager.domain.rights.actor import Actor, ActorKind
from pki_manager.domain.rights.permission import Permission
from pki_manager.domain.rights.token import Token
from pki_manager.policy import access, scopes
from pki_manager.ports.unit_of_work import Claim, Reader, UnitOfWork


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account with the token that it acts as."""

    account: AcmeAccount
    token: Token


def list_accounts(ctx: Context, actor: Actor, cursor: str | None, limit: int) -> Page[AccountView]:
    """List accounts whose tokens the actor may read, newest first."""
    access.require_somewhere(actor, Permission.TOKEN_READ)
    visible = scopes.compute_visibility(actor, Permission.TOKEN_READ)
    if visible is not None and actor.kind is ActorKind.TOKEN:
        # A token is not its owner: of the owner's tokens it has itself, which no account acts as.
        visible = replace(visible, owner=actor.id)
    with ctx.ports.storage.read() as reader:
        page = reader.acme.accounts.page(cursor, limit, visible)
        theirs = {token.id: token for token in reader.tokens.find_many([one.token_id for one in page.items])}
    return Page(tuple(AccountView(one, theirs[one.token_id]) for one in page.items), page.next_cursor)


def show_account(ctx: Context, actor: Actor, account_id: UUID) -> AccountView:
    """Return an account. Raises NotFound if it does not exist or the actor may not read its token."""
    access.require_somewhere(actor, Permission.TOKEN_READ)
    with ctx.ports.storage.read() as reader:
        return _guarded(reader, actor, Permission.TOKEN_READ, account_id)


def revoke_account(ctx: Context, actor: Actor, account_id: UUID, claim: Claim | None = None) -> Done[AccountView]:
    """Revoke an account permanently. Its certificates stay valid.

    Can be repeated. The EAB key of the account can still bind other accounts; to prevent that, revoke its token.
    """
    access.require_somewhere(actor, Permission.TOKEN_REVOKE)

    def apply(uow: UnitOfWork, now: datetime) -> None:
        _guarded(uow, actor, Permission.TOKEN_REVOKE, account_id)
        uow.acme.accounts.set_state(account_id, AccountState.REVOKED, now)
        uow.record(AcmeAccountRevoked(object_id=str(account_id)))

    return change_once(ctx, actor, claim, account_id, apply, lambda reader: _view(reader, account_id))


def _guarded(reader: Reader, actor: Actor, permission: Permission, account_id: UUID) -> AccountView:
    found = _view(reader, account_id)
    target = tokens.build_target(actor, found.token)
    access.require_on(actor, permission, target, "ACME account", str(account_id))
    return found


def _view(reader: Reader, account_id: UUID) -> AccountView:
    account = reader.acme.accounts.get(account_id)
    return AccountView(account, reader.tokens.get(account.token_id))
