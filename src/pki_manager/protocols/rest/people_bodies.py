"""What callers send about people, and people about themselves."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import Field, SecretStr, StrictStr, StringConstraints

from pki_manager.authority.factors import Answer
from pki_manager.authority.second_step import Proof
from pki_manager.authority.users import Person
from pki_manager.domain.actor import Role
from pki_manager.domain.errors import InvalidInput
from pki_manager.protocols.rest.bodies import Body

ShortText: TypeAlias = Annotated[StrictStr, StringConstraints(min_length=1, max_length=300)]
Password: TypeAlias = Annotated[SecretStr, Field(min_length=1, max_length=1024)]
LinkSecret: TypeAlias = Annotated[
    SecretStr, Field(min_length=1, max_length=200, description="What follows `#` in a one-time link")
]


class PersonBody(Body):
    display_name: ShortText
    email: ShortText | None = None
    role: Role

    def person(self) -> Person:
        return Person(display_name=self.display_name, email=self.email, role=self.role)


class UserBody(PersonBody):
    login: Annotated[ShortText, Field(description="Unique; letters a to z, digits and . _ @ + -")]


class SignInBody(Body):
    login: ShortText
    password: Password


class InvitationBody(Body):
    secret: LinkSecret
    password: Annotated[Password, Field(description="12 to 128 characters, and not one of those guessed first")]


Credential: TypeAlias = Annotated[
    dict[str, Any], Field(description="`PublicKeyCredential.toJSON()` (WebAuthn Level 3 §5.1)")
]


class ProofBody(Body):
    """Exactly one of them."""

    password: Password | None = None
    passkey: Credential | None = None

    def proof(self, origin: str) -> str | Answer:
        if (self.password is None) is (self.passkey is None):
            raise InvalidInput.of("password", "proof.one", "give a password or a passkey's answer, and not both")
        if self.passkey is not None:
            return Answer(self.passkey, origin)
        return self.password.get_secret_value() if self.password is not None else ""


class SecondFactorBody(Body):
    """Exactly one of them."""

    totp: Annotated[SecretStr, Field(max_length=20)] | None = None
    recovery_code: Annotated[SecretStr, Field(max_length=100)] | None = None
    passkey: Credential | None = None

    def proof(self, origin: str) -> Proof:
        if [self.totp, self.recovery_code, self.passkey].count(None) != 2:
            raise InvalidInput.of("totp", "proof.one", "give one of totp, recovery_code and passkey")
        return Proof(
            totp=None if self.totp is None else self.totp.get_secret_value(),
            recovery_code=None if self.recovery_code is None else self.recovery_code.get_secret_value(),
            passkey=None if self.passkey is None else Answer(self.passkey, origin),
        )


class PasskeySignInBody(Body):
    passkey: Credential


class CodeBody(Body):
    code: Annotated[SecretStr, Field(max_length=20, description="What the authenticator shows now")]


class PasskeyNameBody(Body):
    name: ShortText


class PasskeyBody(PasskeyNameBody):
    credential: Credential


class PasswordBody(Body):
    current_password: Password
    new_password: Annotated[Password, Field(description="12 to 128 characters, and not one of those guessed first")]
