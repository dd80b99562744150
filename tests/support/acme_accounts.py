"""One ACME account, as the operations of the protocol see it."""

from __future__ import annotations

from uuid import UUID

from pki_manager.authority.acme.accounts import KnownAccount, find_accounts
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import NotFound


def look_up(ctx: Context, account_id: UUID) -> KnownAccount:
    """Return the account with its token and actor. NotFound."""
    found = find_accounts(ctx, [account_id]).get(account_id)
    if found is None:
        raise NotFound.of("ACME account", str(account_id))
    return found
