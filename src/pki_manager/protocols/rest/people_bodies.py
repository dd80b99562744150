"""What callers send about people, and people about themselves."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field, SecretStr, StrictStr, StringConstraints

from pki_manager.authority.users import Person
from pki_manager.domain.actor import Role
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


class ProofBody(Body):
    password: Password


class PasswordBody(Body):
    current_password: Password
    new_password: Annotated[Password, Field(description="12 to 128 characters, and not one of those guessed first")]
