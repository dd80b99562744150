"""Request bodies about users, sign-in, and second factors."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple, TypeAlias

from pydantic import Field, SecretStr, StrictBool, StrictStr, StringConstraints

from pki_manager.authority.people.factors import PasskeyAnswer
from pki_manager.authority.people.second_step import Proof
from pki_manager.authority.people.users import Person
from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.people.identity import SignInPurpose
from pki_manager.domain.rights.actor import Role
from pki_manager.ports.identity import Callback
from pki_manager.protocols.rest.bodies.common import Body

ShortText: TypeAlias = Annotated[StrictStr, StringConstraints(min_length=1, max_length=300)]
Password: TypeAlias = Annotated[SecretStr, Field(min_length=1, max_length=1024)]
LinkSecret: TypeAlias = Annotated[
    SecretStr, Field(min_length=1, max_length=200, description="Secret part of the invitation link, after `#`")
]


class PersonBody(Body):
    display_name: ShortText
    email: ShortText | None = None
    role: Role

    def person(self) -> Person:
        return Person(display_name=self.display_name, email=self.email, role=self.role)


class UserBody(PersonBody):
    login: Annotated[
        ShortText, Field(description="Username, unique. Letters a to z, digits, and the characters `. _ @ + -`")
    ]


class SignInBody(Body):
    login: ShortText
    password: Password


class InvitationCheckBody(Body):
    secret: LinkSecret


class InvitationBody(InvitationCheckBody):
    password: Annotated[Password, Field(description="New password, 12 to 128 characters. Common passwords are refused")]


Credential: TypeAlias = Annotated[
    dict[str, Any],
    Field(description="Response of the authenticator: `PublicKeyCredential.toJSON()` (WebAuthn Level 3 §5.1)"),
]


class ProofBody(Body):
    """Proof of identity: set exactly one property."""

    password: Password | None = None
    passkey: Credential | None = None

    def proof(self, origin: str) -> str | PasskeyAnswer:
        if (self.password is None) is (self.passkey is None):
            raise InvalidInput.of(
                "password", "proof.one", "cannot be set together with `passkey`; specify exactly one of them"
            )
        if self.passkey is not None:
            return PasskeyAnswer(self.passkey, origin)
        return self.password.get_secret_value() if self.password is not None else ""


class SecondFactorBody(Body):
    """Second factor: set exactly one property."""

    totp: Annotated[SecretStr, Field(max_length=20)] | None = None
    recovery_code: Annotated[SecretStr, Field(max_length=100)] | None = None
    passkey: Credential | None = None

    def proof(self, origin: str) -> Proof:
        if [self.totp, self.recovery_code, self.passkey].count(None) != 2:
            raise InvalidInput.of(
                "totp", "proof.one", "must be set alone; specify exactly one of `totp`, `recovery_code`, and `passkey`"
            )
        return Proof(
            totp=None if self.totp is None else self.totp.get_secret_value(),
            recovery_code=None if self.recovery_code is None else self.recovery_code.get_secret_value(),
            passkey=None if self.passkey is None else PasskeyAnswer(self.passkey, origin),
        )


class PasskeySignInBody(Body):
    passkey: Credential


class VisitPurpose(NamedTuple):
    """Purpose of an OpenID Connect flow. `invitation` is the secret of the invitation that it accepts, or None."""

    purpose: SignInPurpose
    invitation: str | None


class VisitBody(Body):
    """Purpose of an OpenID Connect flow. With `invitation`, the flow accepts that invitation."""

    purpose: Literal["sign-in", "prove", "link"] = "sign-in"
    invitation: LinkSecret | None = None

    def meaning(self) -> VisitPurpose:
        if self.invitation is None:
            return VisitPurpose(SignInPurpose(self.purpose), None)
        if SignInPurpose(self.purpose) is not SignInPurpose.SIGN_IN:
            raise InvalidInput.of("invitation", "visit.one", "can be set only for the purpose `sign-in`")
        return VisitPurpose(SignInPurpose.ACCEPT, self.invitation.get_secret_value())


class VisitEndBody(Body):
    """Query parameters that the browser brought back from the identity provider (RFC 6749 §4.1.2, RFC 9207)."""

    state: Annotated[SecretStr, Field(min_length=1, max_length=200)]
    code: Annotated[SecretStr, Field(min_length=1, max_length=4096)] | None = None
    iss: Annotated[StrictStr, StringConstraints(max_length=1000)] | None = None
    error: Annotated[StrictStr, StringConstraints(max_length=200)] | None = None

    def callback(self) -> Callback:
        return Callback(
            state=self.state.get_secret_value(),
            code=None if self.code is None else self.code.get_secret_value(),
            issuer=self.iss,
            error=self.error,
        )


class CodeBody(Body):
    code: Annotated[SecretStr, Field(max_length=20, description="Current 6-digit code of the authenticator app")]


class PasskeyNameBody(Body):
    name: ShortText


class PasskeyBody(PasskeyNameBody):
    credential: Credential


class PasswordBody(Body):
    current_password: Password
    new_password: Annotated[
        Password, Field(description="New password, 12 to 128 characters. Common passwords are refused")
    ]
    revoke_tokens: Annotated[
        StrictBool, Field(description="Whether to revoke your API tokens and EAB keys as well. Default: `false`")
    ] = False
