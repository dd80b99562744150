"""Response bodies of second factors."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from pki_manager.authority.people.factors import FactorsView, PreparedTotp
from pki_manager.domain.people import factor


class PasskeyResponse(BaseModel):
    id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None

    @classmethod
    def of(cls, one: factor.Passkey) -> PasskeyResponse:
        return cls.model_validate(one, from_attributes=True)


class FactorsResponse(BaseModel):
    """Second factors of a user. `recovery_codes` is the number of unused codes."""

    totp: bool
    passkeys: list[PasskeyResponse]
    recovery_codes: int

    @classmethod
    def of(cls, view: FactorsView) -> FactorsResponse:
        return cls(
            totp=view.totp,
            passkeys=[PasskeyResponse.of(one) for one in view.passkeys],
            recovery_codes=view.recovery_codes,
        )


class NewTotp(BaseModel):
    """Secret for an authenticator app, returned only once.

    It is given in Base32, as an `otpauth://` URI, and as a QR code (SVG element).
    """

    secret: str
    uri: str
    qr_svg: str

    @classmethod
    def of(cls, one: PreparedTotp) -> NewTotp:
        return cls(secret=one.secret, uri=one.uri, qr_svg=one.picture)


class RecoveryCodes(BaseModel):
    """Recovery codes, returned only once. Each code replaces the second factor once."""

    codes: list[str]


class PasskeyOptions(BaseModel):
    """WebAuthn options, valid for five minutes.

    Parse them with `PublicKeyCredential.parse…OptionsFromJSON` (WebAuthn Level 3 §5.1).
    """

    options: dict[str, Any] = Field(description="Options in the JSON form of WebAuthn")
