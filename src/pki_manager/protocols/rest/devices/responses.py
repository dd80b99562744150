"""Response bodies of sign-in by device code."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from pydantic import BaseModel

from pki_manager.authority.people.device_sign_in import DeliveredToken, DeviceCodes
from pki_manager.domain.people import device
from pki_manager.domain.people.device import DeviceState

BEARER: Final = "Bearer"


class DeviceAuthorizationResponse(BaseModel):
    """Codes of a sign-in (RFC 8628 §3.2). `expires_in` and `interval` are in seconds."""

    device_code: str
    user_code: str
    verification_uri: str
    expires_in: int
    interval: int

    @classmethod
    def of(cls, codes: DeviceCodes) -> DeviceAuthorizationResponse:
        return cls.model_validate(codes, from_attributes=True)


class DeviceTokenResponse(BaseModel):
    """API token of a sign-in (RFC 6749 §5.1). `access_token` is returned only once."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    token_id: UUID
    role: str

    @classmethod
    def of(cls, one: DeliveredToken) -> DeviceTokenResponse:
        return cls(
            access_token=one.secret,
            token_type=BEARER,
            expires_in=one.expires_in,
            token_id=one.token.id,
            role=one.token.role,
        )


class DeviceSignInResponse(BaseModel):
    """Sign-in of a command line. `client_id` and `host` are what it says about itself; `peer` is its address.

    `role` and `expires` (ISO 8601 duration) are what it requests for its token.
    """

    client_id: str
    host: str
    peer: str | None
    role: str | None
    expires: str | None
    state: DeviceState
    created_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, one: device.DeviceSignIn) -> DeviceSignInResponse:
        return cls(
            client_id=one.client.client_id,
            host=one.client.host,
            peer=one.peer,
            role=one.client.role,
            expires=one.client.lifetime,
            state=one.state,
            created_at=one.created_at,
            expires_at=one.expires_at,
        )
