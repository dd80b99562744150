"""ACME's keys and accounts as they are answered."""

from __future__ import annotations

import base64
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from pki_manager.authority.acme import keys
from pki_manager.authority.acme.administration import AccountView
from pki_manager.domain.acme.orders import AccountState
from pki_manager.protocols.rest.responses.tokens import Token


class NewAcmeKey(Token):
    """An external account key (RFC 8555 §7.3.4) and the token that it belongs to, whose `id` is the key's id (`kid`).

    `hmac_key` is base64url without padding, and told once: null, with `secret_delivered`, when the same request comes
    again. Clients' directories are at `acme_url`, below it `/{CA}/{profile}/directory`.
    """

    hmac_key: str | None
    secret_delivered: bool
    acme_url: str

    @classmethod
    def made(cls, new: keys.AcmeKey, base_url: str) -> NewAcmeKey:
        """`base_url` is where ACME clients reach us."""
        told = None if new.secret is None else _base64url(new.secret)
        own = {"hmac_key": told, "secret_delivered": told is None, "acme_url": f"{base_url}/acme"}
        return cls.model_validate({**cls.members(new.token), **own})


class AcmeAccount(BaseModel):
    """It acts as its token (`token_id`), and may nothing once that has ended.

    `thumbprint` is that of the account's key (RFC 7638), base64url without padding.
    """

    id: UUID
    state: AccountState
    contacts: list[str]
    thumbprint: str
    token_id: UUID
    token_name: str
    token_expires: datetime
    token_revoked_at: datetime | None
    owner: str
    team: UUID | None
    created_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, view: AccountView) -> AcmeAccount:
        return cls(
            id=view.account.id,
            state=view.account.state,
            contacts=list(view.account.contacts),
            thumbprint=_base64url(view.account.thumbprint),
            token_id=view.token.id,
            token_name=view.token.name,
            token_expires=view.token.expires_at,
            token_revoked_at=view.token.revoked_at,
            owner=view.token.owner_id,
            team=view.token.team_id,
            created_at=view.account.created_at,
            changed_at=view.account.changed_at,
        )


class AcmeAccountPage(BaseModel):
    items: list[AcmeAccount]
    next_cursor: str | None


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
