"""Identity providers, as in the tables `[[oidc_providers]]`, checked when the settings are read."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from pki_manager.domain.people.identity import UnknownUsers
from pki_manager.domain.rights.actor import Role
from pki_manager.settings.types import NetworkText

_LOOPBACK = ("127.0.0.0/8", "::1/128")


def _issuer(text: str) -> str:
    parts = urlsplit(text)
    is_whole = parts.scheme in ("http", "https") and parts.hostname and not parts.query and not parts.fragment
    if not is_whole or "@" in parts.netloc or not text.isascii() or not text.isprintable():
        raise ValueError("must be an issuer's URL such as https://login.example.com/realms/staff")
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise ValueError("must begin with https:// unless it is on this machine")
    return text


def _scope(text: str) -> str:
    if not text or not text.isascii() or not text.isprintable() or any(one in text for one in ' "\\'):
        raise ValueError("must be printable ASCII without spaces, quotes, or backslashes, such as groups")
    return text


def _absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError("must be an absolute path")
    return path


AbsolutePath = Annotated[Path, AfterValidator(_absolute)]
ClaimName = Annotated[str, Field(min_length=1, max_length=200)]


class OidcRule(BaseModel):
    """One `[[oidc_providers.rules]]` table."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    claim: ClaimName = Field(default="groups", description="Name of a claim whose value is a text or a list of texts")
    value: str = Field(min_length=1, max_length=1000, description="Value that the claim must contain, exactly")
    role: Role | None = Field(
        default=None, description="Role that the rule grants. If several rules grant a role, the first one applies"
    )
    custom_roles: tuple[str, ...] = Field(default=(), description="Custom roles that the rule grants")
    teams: tuple[str, ...] = Field(default=(), description="Names of the teams that the rule adds the user to")


class OidcProvider(BaseModel):
    """One `[[oidc_providers]]` table: an OpenID Connect provider that users sign in with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]{0,30}$", description="Name of the provider in the redirect URI and in audit events"
    )
    title: str | None = Field(
        default=None, min_length=1, max_length=60, description="Name of the provider on the sign-in page"
    )
    issuer: Annotated[str, AfterValidator(_issuer)] = Field(
        description="Issuer identifier, exactly as the provider writes it"
    )
    client_id: str = Field(min_length=1, max_length=300, description="Client ID of this installation at the provider")
    client_secret_file: AbsolutePath | None = Field(
        default=None, description="File with the client secret, mode 0600. Default: none, for a public client"
    )
    client_secret_credential: AbsolutePath | None = Field(
        default=None,
        description="File with the client secret in the systemd credential directory "
        "(/run/credentials/UNIT/NAME), instead of `client_secret_file`",
    )
    scopes: tuple[Annotated[str, AfterValidator(_scope)], ...] = Field(
        default=("openid", "profile", "email"), description="Scopes to request. Must contain `openid`"
    )
    login_claim: ClaimName = Field(
        default="preferred_username", description="Claim that becomes the username of a new user"
    )
    unknown_users: UnknownUsers = Field(
        default=UnknownUsers.REFUSE,
        description="Reaction when someone without a user here signs in. `create`: they become a user if a "
        "rule grants them a role. `refuse`: only invited users and users with a linked account can "
        "sign in",
    )
    rules: tuple[OidcRule, ...] = Field(
        default=(), description="Tables `[[oidc_providers.rules]]`: roles and teams by the value of a claim"
    )
    second_factor_amr: tuple[str, ...] = Field(
        default=(), description="Values of `amr` that prove a second factor at the provider"
    )
    second_factor_acr: tuple[str, ...] = Field(
        default=(),
        description="Values of `acr` that prove a second factor at the provider. They are requested as `acr_values`",
    )
    sign_out: bool = Field(
        default=True, description="Whether sign-out also ends the session at the provider, if the provider supports it"
    )
    networks: tuple[NetworkText, ...] = Field(
        default=(),
        description="Networks in which the provider can be, in addition to the public internet, for example 10.0.0.0/8",
    )
    ca_file: AbsolutePath | None = Field(
        default=None,
        description="PEM file with the trust anchors for the provider. Default: the trust store of the system",
    )

    @model_validator(mode="after")
    def _whole(self) -> OidcProvider:
        if self.client_secret_file is not None and self.client_secret_credential is not None:
            raise ValueError("either client_secret_file or client_secret_credential, not both")
        if "openid" not in self.scopes:
            raise ValueError("scopes must have openid among them")
        gives_role = any(rule.role is not None for rule in self.rules)
        if self.unknown_users is UnknownUsers.CREATE and not gives_role:
            raise ValueError("unknown_users = create requires a rule with a role")
        return self

    @property
    def is_here(self) -> bool:
        """Return whether the provider is on this machine, where TLS is not required."""
        return self.issuer.startswith("http:")

    @property
    def reachable(self) -> tuple[str, ...]:
        """Return the networks, as text, in which the provider's addresses must be."""
        return tuple(str(ip_network(one)) for one in (*self.networks, *(_LOOPBACK if self.is_here else ())))
