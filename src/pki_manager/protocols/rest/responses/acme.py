"""Response bodies of EAB keys and ACME accounts."""

from __future__ import annotations

import base64
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from pki_manager.authority.acme import keys
from pki_manager.authority.acme.administration import AccountView
from pki_manager.domain.acme.orders import AccountState
from pki_manager.protocols.rest.responses.tokens import TokenResponse


class NewEabKeyResponse(TokenResponse):
    """External account binding (EAB) key (RFC 8555 §7.3.4) with its token. The `id` of the token is the key ID (`kid`).

    `hmac_key` is Base64url without padding and returned only once. If the same request is repeated, it is null and
    `secret_delivered` is true. The directory URL for clients is `{acme_url}/{CA}/{profile}/directory`.
    """

    hmac_key: str | None
    secret_delivered: bool
    acme_url: str

    @classmethod
    def made(cls, new: keys.EabKey, base_url: str) -> NewEabKeyResponse:
        """Build the response to the creation of a key. `base_url` is the URL of the server for ACME clients."""
        encoded = None if new.secret is None else _base64url(new.secret)
        own = {"hmac_key": encoded, "secret_delivered": encoded is None, "acme_url": f"{base_url}/acme"}
        return cls.model_validate({**cls.members(new.token), **own})


class AcmeAccountResponse(BaseModel):
    """ACME account. It acts as the token `token_id`, and can do nothing after that token has expired or was revoked.

    `thumbprint` is the thumbprint of the account key (RFC 7638), Base64url without padding.
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
    def of(cls, view: AccountView) -> AcmeAccountResponse:
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
    items: list[AcmeAccountResponse]
    next_cursor: str | None


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
