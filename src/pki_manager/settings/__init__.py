"""Settings: one described class, filled from `pki-manager.toml` in the home and `PKIM_<FIELD>`; the environment wins.

Every fault is told at once, by the name of its field. Nothing else in the tree reads the environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from pki_manager.domain.errors import ConfigurationInvalid, FieldError
from pki_manager.domain.rights.actor import Role
from pki_manager.domain.setting import Source
from pki_manager.policy.status_urls import is_local_url
from pki_manager.settings.checks import TOGETHER
from pki_manager.settings.explanation import explain
from pki_manager.settings.oidc import OidcProvider
from pki_manager.settings.sources import FILE_NAME, HOME, find_home, read_environment, read_file
from pki_manager.settings.types import (
    Bind,
    BindText,
    DatabaseUrlText,
    DnsServerText,
    HostText,
    IssuerText,
    KeyBackends,
    KeystoreUrlText,
    Listener,
    NetworkText,
    StatusUrlText,
    UrlText,
    parse_bind,
)
from pki_manager.signers.options import EMBEDDED, EmbeddedOptions

__all__ = ["EMBEDDED", "FILE_NAME", "Bind", "Listener", "Settings", "explain", "find_home", "load", "parse_bind"]


class Settings(BaseModel):
    """All settings of an installation. Make one with `load`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    _sources: dict[str, Source] = PrivateAttr(default_factory=dict)

    home: Path = Field(description="The directory of the installation: PKIM_HOME, never a key of the file")
    database_url: DatabaseUrlText | None = Field(
        default=None,
        repr=False,
        description="postgresql+psycopg://… for scale; without it an encrypted file (SQLCipher) in the home",
    )
    management_bind: BindText = Field(
        default="127.0.0.1:8080", description="Plain HTTP for API and UI; beyond this machine only with trusted_proxies"
    )
    tls_bind: BindText = Field(
        default="127.0.0.1:8443", description="The same over TLS, with a certificate that it issues and renews itself"
    )
    status_bind: BindText = Field(
        default="127.0.0.1:8081", description="Plain HTTP for OCSP, CRLs and CA certificates; all of it public"
    )
    public_url: UrlText | None = Field(
        default=None, description="How clients reach the application; without it derived from management_bind"
    )
    public_status_url: StatusUrlText | None = Field(
        default=None, description="Base of the status URLs in certificates, for good; without it from status_bind"
    )
    accepted_status_urls: tuple[StatusUrlText, ...] = Field(
        default=(),
        description="Base URLs of status services that CA certificates may point to beside public_status_url, such as "
        "one that was used before; one on localhost is for a local trial",
    )
    trusted_proxies: tuple[NetworkText, ...] = Field(
        default=(), description="Networks of proxies whose forwarded headers are believed; none: ignored"
    )
    allowed_hosts: tuple[HostText, ...] = Field(
        default=(),
        description="Further host names and addresses by which clients reach the management and TLS listeners, beside "
        "localhost and the hosts of public_url and public_status_url. The server's own certificate contains them",
    )
    max_connections: int = Field(
        default=4096,
        ge=16,
        le=16384,
        description="Open connections of each listener in a server process, at most; fewer if the limit on open files "
        "is low",
    )
    max_connections_per_address: int = Field(
        default=256,
        ge=1,
        le=16384,
        description="Open connections from one IPv4 address or one IPv6 /64 network to a listener in a server process, "
        "at most; trusted_proxies are exempt on the management and TLS listeners",
    )
    header_timeout: timedelta = Field(
        default=timedelta(seconds=10),
        ge=timedelta(seconds=1),
        le=timedelta(minutes=5),
        description="Time for a TLS handshake, and for a request line with its header fields",
    )
    body_timeout: timedelta = Field(
        default=timedelta(seconds=30),
        ge=timedelta(seconds=1),
        le=timedelta(minutes=30),
        description="Time for a request body, plus one second for every 16 KiB received",
    )
    local_actor_role: Role = Field(
        default=Role.ADMINISTRATOR, description="What the owner of the home may do through the local command line"
    )
    workers: int = Field(default=1, ge=1, le=64, description="Processes that share the listening sockets")
    key_backends: KeyBackends = Field(
        default=(EmbeddedOptions(name=EMBEDDED, kind=EMBEDDED),),
        description="Key backends: tables [[key_backends]] with name, kind, and options of the kind. The embedded one "
        "need not be listed",
    )
    default_key_backend: str = Field(default=EMBEDDED, description="The key backend of CAs that name none")
    keystore_url: KeystoreUrlText | None = Field(
        default=None,
        repr=False,
        description="A database of its own (postgresql+psycopg://…) for several hosts, or file:///…; without it "
        "keystore.db in the home",
    )
    master_key_file: Path | None = Field(
        default=None, description="The key file that unlocks the keystore; without it master.key in the home"
    )
    master_passphrase_file: Path | None = Field(
        default=None, description="A file with a passphrase that unlocks the keystore, instead of a key file"
    )
    master_credential_directory: Path | None = Field(
        default=None,
        description="systemd's credential directory (%d in a unit) with master.key or master.passphrase, instead",
    )
    blocked_keys_file: Path | None = Field(
        default=None, description="Public keys that nothing is issued for, one a line (hex SHA-256); # is a comment"
    )
    signing_deadline: timedelta = Field(
        default=timedelta(seconds=30),
        ge=timedelta(seconds=1),
        le=timedelta(minutes=10),
        description="How long a key backend may take for a certificate; after it the scheduler settles the matter",
    )
    crl_validity: timedelta = Field(
        default=timedelta(days=7),
        ge=timedelta(minutes=10),
        le=timedelta(days=366),
        description="From thisUpdate to nextUpdate of a CRL",
    )
    crl_interval: timedelta = Field(
        default=timedelta(days=1), ge=timedelta(minutes=1), description="How often each CRL is made anew"
    )
    delta_crl_interval: timedelta | None = Field(
        default=None, ge=timedelta(minutes=1), description="How often delta CRLs are made in between; without it none"
    )
    crl_shards: int = Field(
        default=1,
        ge=1,
        le=128,
        description="Into how many parts the CRLs of new keys of issuing CAs are divided; certificates name theirs",
    )
    ocsp_validity: timedelta = Field(
        default=timedelta(hours=24),
        ge=timedelta(minutes=10),
        le=timedelta(days=10),
        description="From thisUpdate to nextUpdate of an OCSP response; each is signed anew at half of it",
    )
    session_idle: timedelta = Field(
        default=timedelta(minutes=30),
        ge=timedelta(minutes=1),
        le=timedelta(days=1),
        description="How long after its last request a user's session ends",
    )
    session_lifetime: timedelta = Field(
        default=timedelta(hours=12),
        ge=timedelta(minutes=5),
        le=timedelta(days=7),
        description="How long after signing in a user's session ends in any case",
    )
    fresh_authentication: timedelta = Field(
        default=timedelta(minutes=5),
        ge=timedelta(minutes=1),
        le=timedelta(hours=1),
        description="How recent a user's proof of who he is must be for dangerous things, such as creating a CA",
    )
    max_token_lifetime: timedelta = Field(
        default=timedelta(days=731),
        ge=timedelta(hours=1),
        le=timedelta(days=3653),
        description="Longest lifetime of a new API token or ACME key. Existing ones keep their expiration",
    )
    invitation_validity: timedelta = Field(
        default=timedelta(days=3),
        ge=timedelta(minutes=10),
        le=timedelta(days=30),
        description="How long a new user's one-time link can be followed",
    )
    second_factor_roles: tuple[Role, ...] = Field(
        default=(), description="Roles whose users have to set up a second factor before they can do anything else"
    )
    oidc_providers: tuple[OidcProvider, ...] = Field(
        default=(),
        description="Who vouches for people: tables [[oidc_providers]] with name, issuer, client_id and more",
    )
    acme_networks: tuple[NetworkText, ...] = Field(
        default=("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),
        description="Where servers may be that prove control of a name by ACME, beside public addresses",
    )
    acme_http_port: int = Field(default=80, ge=1, le=65535, description="The port that http-01 asks")
    acme_tls_port: int = Field(default=443, ge=1, le=65535, description="The port that tls-alpn-01 asks")
    acme_caa_identities: tuple[IssuerText, ...] = Field(
        default=(), description="Domain names by which CAA records mean this CA; none: CAA is not asked"
    )
    acme_authorization_validity: timedelta = Field(
        default=timedelta(days=7),
        ge=timedelta(minutes=1),
        le=timedelta(days=30),
        description="How long control of a name is believed after its proof; then it has to be proved anew",
    )
    dns_servers: tuple[DnsServerText, ...] = Field(
        default=(),
        description="DNS servers that ACME asks, ADDRESS or ADDRESS:PORT; none: those of the system",
    )
    clock_tolerance: timedelta = Field(
        default=timedelta(minutes=5),
        ge=timedelta(seconds=30),
        le=timedelta(hours=1),
        description="Difference between clocks that is no fault; nothing is signed while this host's clock is more off",
    )
    clock_longest_pause: timedelta = Field(
        default=timedelta(days=90),
        ge=timedelta(hours=1),
        le=timedelta(days=3660),
        description="Longest time between two signatures; at a start after it `pkim clock accept` confirms the clock",
    )
    audit_verify_interval: timedelta = Field(
        default=timedelta(days=1),
        ge=timedelta(minutes=10),
        le=timedelta(days=31),
        description="Time from the end of a verification of the whole audit log to the next. A log that was found "
        "invalid is verified again after an hour at the latest",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least level logged"
    )

    @property
    def status_url(self) -> str:
        """The base URL of the status listener, without a trailing slash."""
        return self.public_status_url or self.bind("status").http_url

    @property
    def url(self) -> str:
        """The base URL of the application, without a trailing slash."""
        return self.public_url or self.bind("management").http_url

    @property
    def acme_urls(self) -> tuple[str, ...]:
        """The base URLs that ACME clients reach us by, without a trailing slash; the preferred one first."""
        tls = self.bind("tls")
        over_tls = f"https://{tls.public_host}:{tls.port}"
        return tuple(dict.fromkeys((self.url, over_tls) if self.url.startswith("https:") else (over_tls, self.url)))

    @property
    def is_public(self) -> bool:
        """Whether other machines can reach a listener, directly or through `public_url`."""
        binds = (self.bind(listener) for listener in get_args(Listener))
        return not is_local_url(self.url) or any(not bind.is_loopback for bind in binds)

    @property
    def host_names(self) -> frozenset[str]:
        """The host names that requests to the application may name, in lower case."""
        urls = (self.url, self.status_url, *self.acme_urls)
        return frozenset({"localhost", *self.allowed_hosts, *(urlsplit(url).hostname or "" for url in urls)})

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins of the web UI's pages: that of `public_url` and those of the listeners."""
        urls = (self.url, self.bind("management").http_url, *self.acme_urls)
        return tuple(dict.fromkeys(f"{parts.scheme}://{parts.netloc}".lower() for parts in map(urlsplit, urls)))

    def bind(self, listener: Listener) -> Bind:
        return parse_bind(getattr(self, f"{listener}_bind"))

    def with_port(self, listener: Listener, port: int) -> Settings:
        """A copy in which that listener has this port."""
        return self.model_copy(update={f"{listener}_bind": str(Bind(self.bind(listener).host, port))})

    def source(self, name: str) -> Source:
        return self._sources.get(name, Source.DEFAULT)

    def remember_sources(self, sources: Mapping[str, Source]) -> None:
        self._sources.update(sources)


def load(home: Path | None, environ: Mapping[str, str]) -> Settings:
    """The settings of the home; without a file there, defaults and the environment.

    ConfigurationInvalid with every fault: keys that do not exist, values that cannot be meant, values that do not go
    together.
    """
    where = find_home(home, environ)
    faults: list[FieldError] = []
    from_file = read_file(where / FILE_NAME, faults)
    from_environment = read_environment(environ, Settings.model_fields.keys(), faults)
    values = {**from_file, **from_environment, HOME: where}
    settings = _validated(values, faults)
    if faults:
        text = "; ".join(f"{fault.field}: {fault.message}" for fault in faults)
        raise ConfigurationInvalid(f"the settings cannot work: {text}", errors=tuple(faults))
    given = dict.fromkeys(from_file, Source.FILE) | dict.fromkeys(from_environment, Source.ENVIRONMENT)
    settings.remember_sources(given | ({HOME: Source.ENVIRONMENT} if home or environ.get("PKIM_HOME") else {}))
    return settings


def _validated(values: dict[str, Any], faults: list[FieldError]) -> Settings:
    """Settings of the values that are right, so that what does not go together is told with what is wrong."""
    wrong: set[str] = set()
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            field = _field(fault["loc"])
            known = fault["type"] != "extra_forbidden"
            message = fault["msg"].removeprefix("Value error, ") if known else "there is no such setting"
            faults.append(FieldError(field, f"settings.{fault['type'] if known else 'unknown'}", message))
            wrong.add(str(fault["loc"][0]))
        settings = Settings.model_validate({name: value for name, value in values.items() if name not in wrong})
    for fields, check in TOGETHER:
        if wrong.isdisjoint(fields):
            faults.extend(check(settings))
    return settings


def _field(location: tuple[int | str, ...]) -> str:
    """Dotted, as in the file. Pydantic puts the kind of a key backend between its number and its option."""
    parts = [str(part) for part in location]
    if parts[0] == "key_backends" and len(parts) != 1:
        parts[2:3] = [] if len(parts) > 2 else ["kind"]
    return ".".join(parts)
