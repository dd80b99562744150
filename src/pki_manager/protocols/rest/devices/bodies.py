"""Request bodies of sign-in by device code."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, SecretStr, StrictStr, StringConstraints

from pki_manager.domain.people.device import MAX_HOST, DeviceClient
from pki_manager.protocols.rest.bodies.common import Body
from pki_manager.protocols.rest.fields import Line, Name

ClientText: TypeAlias = Annotated[StrictStr, StringConstraints(min_length=1, max_length=MAX_HOST)]
_GRANT_TYPE: TypeAlias = Literal["urn:ietf:params:oauth:grant-type:device_code"]


class DeviceAuthorizationBody(Body):
    """Request of a command line to sign in. The user sees these values before they confirm the code."""

    client_id: Annotated[ClientText, Field(description="Name of the program, for example `pkim 1.0`")]
    host: Annotated[ClientText, Field(description="Name of the machine that the program runs on")]
    role: Annotated[Name | None, Field(description="Role of the token. Default: the user's choice")] = None
    expires: Annotated[
        Line | None,
        Field(description="Lifetime of the token as an ISO 8601 duration. Default: the user's choice"),
    ] = None

    def client(self) -> DeviceClient:
        return DeviceClient(client_id=self.client_id, host=self.host, role=self.role, lifetime=self.expires)


class DeviceTokenBody(Body):
    device_code: Annotated[SecretStr, Field(min_length=1, max_length=200)]
    grant_type: _GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"


class UserCodeBody(Body):
    user_code: Annotated[
        StrictStr,
        StringConstraints(min_length=1, max_length=20),
        Field(description="Code that the command line shows, in upper or lower case, with or without the hyphen"),
    ]


class DeviceApprovalBody(UserCodeBody):
    role: Annotated[Name, Field(description="Role of the token, with at most your own permissions")]
    expires: Annotated[Line, Field(description="Lifetime as an ISO 8601 duration, for example `PT12H`")]
