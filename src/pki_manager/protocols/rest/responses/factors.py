"""Second factors as they are answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from pki_manager.authority.people.factors import FactorsView, PreparedTotp
from pki_manager.domain.people import factor


class Passkey(BaseModel):
    id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None

    @classmethod
    def of(cls, one: factor.Passkey) -> Passkey:
        return cls.model_validate(one, from_attributes=True)


class Factors(BaseModel):
    """`recovery_codes` is how many are left."""

    totp: bool
    passkeys: list[Passkey]
    recovery_codes: int

    @classmethod
    def of(cls, view: FactorsView) -> Factors:
        return cls(
            totp=view.totp,
            passkeys=[Passkey.of(one) for one in view.passkeys],
            recovery_codes=view.recovery_codes,
        )


class NewTotp(BaseModel):
    """Told once: the secret as one types it (base32), as `otpauth://` URI, and as its QR code, an SVG element."""

    secret: str
    uri: str
    qr_svg: str

    @classmethod
    def of(cls, one: PreparedTotp) -> NewTotp:
        return cls(secret=one.secret, uri=one.uri, qr_svg=one.picture)


class RecoveryCodes(BaseModel):
    """Told once. Each signs in once, in place of the second factor."""

    codes: list[str]


class PasskeyOptions(BaseModel):
    """For `PublicKeyCredential.parse…OptionsFromJSON` (WebAuthn Level 3 §5.1); good for five minutes."""

    options: dict[str, Any] = Field(description="As WebAuthn's JSON has it")
