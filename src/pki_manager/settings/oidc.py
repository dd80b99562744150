"""Identity providers, as the tables `[[oidc_providers]]` name them. Judged when the settings are read."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from pki_manager.domain.people.identity import Newcomers
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
        raise ValueError("is no scope")
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

    claim: ClaimName = Field(default="groups", description="A claim: a text, or a list of texts")
    value: str = Field(min_length=1, max_length=1000, description="What has to be in it, exactly")
    role: Role | None = Field(default=None, description="The role that this gives; of several the first counts")
    custom_roles: tuple[str, ...] = Field(default=(), description="Roles of your own that this gives")
    teams: tuple[str, ...] = Field(default=(), description="Teams that this puts into, by name")


class OidcProvider(BaseModel):
    """One `[[oidc_providers]]` table: a provider of OpenID Connect by whom people sign in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,30}$", description="Part of the redirect URI, and of audit events")
    title: str | None = Field(default=None, min_length=1, max_length=60, description="What the sign-in page calls it")
    issuer: Annotated[str, AfterValidator(_issuer)] = Field(description="Exactly as the provider writes it")
    client_id: str = Field(min_length=1, max_length=300, description="Who we are there")
    client_secret_file: AbsolutePath | None = Field(
        default=None, description="A file with the client secret, mode 0600; without one we are a public client"
    )
    client_secret_credential: AbsolutePath | None = Field(
        default=None, description="The same in systemd's credential directory (/run/credentials/UNIT/NAME), instead"
    )
    scopes: tuple[Annotated[str, AfterValidator(_scope)], ...] = Field(
        default=("openid", "profile", "email"), description="What is asked for; openid among them"
    )
    login_claim: ClaimName = Field(default="preferred_username", description="The claim that a new user's login is")
    newcomers: Newcomers = Field(
        default=Newcomers.REFUSE,
        description="create: whoever has a role by the rules is a user from the first sign-in on; refuse: only who "
        "was invited, or has linked the account",
    )
    rules: tuple[OidcRule, ...] = Field(default=(), description="Tables [[oidc_providers.rules]]: who gets what")
    second_factor_amr: tuple[str, ...] = Field(
        default=(), description="Values of `amr` that mean a second factor was shown there"
    )
    second_factor_acr: tuple[str, ...] = Field(
        default=(), description="The same of `acr`; these are asked for (acr_values)"
    )
    sign_out: bool = Field(default=True, description="Signing out here signs out there, where the provider offers it")
    networks: tuple[NetworkText, ...] = Field(
        default=(), description="Networks beside the public internet in which the provider may be, as 10.0.0.0/8"
    )
    ca_file: AbsolutePath | None = Field(default=None, description="PEM trust anchors for it; without it the system's")

    @model_validator(mode="after")
    def _whole(self) -> OidcProvider:
        if self.client_secret_file is not None and self.client_secret_credential is not None:
            raise ValueError("either client_secret_file or client_secret_credential, not both")
        if "openid" not in self.scopes:
            raise ValueError("scopes must have openid among them")
        gives_role = any(rule.role is not None for rule in self.rules)
        if self.newcomers is Newcomers.CREATE and not gives_role:
            raise ValueError("newcomers = create needs a rule with a role, or nobody could come in")
        return self

    @property
    def is_here(self) -> bool:
        """On this machine, and so perhaps without TLS."""
        return self.issuer.startswith("http:")

    @property
    def reachable(self) -> tuple[str, ...]:
        """The networks in which it may be, as text."""
        return tuple(str(ip_network(one)) for one in (*self.networks, *(_LOOPBACK if self.is_here else ())))
