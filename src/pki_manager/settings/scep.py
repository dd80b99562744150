"""Validators of SCEP challenges, as in the tables `[[scep_validators]]`, checked when the settings are read."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from pki_manager.settings.oidc import AbsolutePath
from pki_manager.settings.types import NetworkText

_INTUNE_SCOPE = "https://api.manage.microsoft.com//.default"
"""The scope with two slashes that Microsoft's own client requests."""


class ValidatorKind(StrEnum):
    """The protocol of a validator."""

    WEBHOOK = "webhook"
    INTUNE = "intune"


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("must be an https:// URL without a username and a query, such as https://mdm.example.com/scep")
    return text


Url = Annotated[str, AfterValidator(_url), Field(max_length=1000)]


class ScepValidator(BaseModel):
    """One `[[scep_validators]]` table: a service that decides whether the challenge of a SCEP request is valid."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,30}$", description="Name of the validator in credentials")
    kind: ValidatorKind = Field(
        default=ValidatorKind.WEBHOOK,
        description="`webhook`: a service of your own. `intune`: Microsoft Intune, not run against Microsoft",
    )
    url: Url = Field(
        description="URL that requests are sent to. `intune`: the URI of the tenant's ScepRequestValidationFEService"
    )
    secret_file: AbsolutePath = Field(
        description="File with the secret, mode 0600. `webhook`: the key of the signatures. `intune`: the client secret"
    )
    token_url: Url | None = Field(
        default=None, description="Token endpoint of the tenant. Required for `intune`, not possible for `webhook`"
    )
    client_id: str | None = Field(
        default=None,
        min_length=1,
        max_length=300,
        description="Client ID of the application. Required for `intune`, not possible for `webhook`",
    )
    scope: str = Field(default=_INTUNE_SCOPE, max_length=300, description="Scope of the access token, for `intune`")
    timeout: timedelta = Field(
        default=timedelta(seconds=10),
        ge=timedelta(seconds=1),
        le=timedelta(seconds=30),
        description="Longest time for one validation. After it, the request is refused",
    )
    networks: tuple[NetworkText, ...] = Field(
        default=(),
        description="Networks in which the service can be, in addition to the public internet, for example 10.0.0.0/8",
    )
    ca_file: AbsolutePath | None = Field(
        default=None,
        description="PEM file with the trust anchors for the service. Default: the trust store of the system",
    )

    @model_validator(mode="after")
    def _whole(self) -> ScepValidator:
        is_complete = self.token_url is not None and self.client_id is not None
        if self.kind is ValidatorKind.INTUNE and not is_complete:
            raise ValueError("intune requires token_url and client_id")
        if self.kind is ValidatorKind.WEBHOOK and (self.token_url is not None or self.client_id is not None):
            raise ValueError("token_url and client_id are for intune only")
        return self
