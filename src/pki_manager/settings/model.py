"""The class of the settings: a described field for each.

Create one with `pki_manager.settings.load`.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from pki_manager.domain.rights.actor import EnrollmentProtocol, Role
from pki_manager.domain.setting import Source
from pki_manager.policy.status_urls import is_local_url
from pki_manager.settings.backup import BackupInterval, BackupTarget, BackupVerifyInterval
from pki_manager.settings.hosts import DatabaseUrl, KeystoreUrl, NodeName, ReadDatabaseUrl
from pki_manager.settings.oidc import OidcProvider
from pki_manager.settings.scep import ScepValidator
from pki_manager.settings.types import (
    Bind,
    BindText,
    DnsServerText,
    HostText,
    IssuerText,
    KeyBackends,
    Listener,
    NetworkText,
    StatusUrlText,
    UrlText,
    parse_bind,
)
from pki_manager.signers.options import EMBEDDED, EmbeddedOptions


class Settings(BaseModel):
    """All settings of an installation. Create one with `load`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    _sources: dict[str, Source] = PrivateAttr(default_factory=dict)

    home: Path = Field(
        description="Data directory of the installation. Set in the environment (PKIM_HOME), not in the settings file"
    )
    database_url: DatabaseUrl = None
    read_database_url: ReadDatabaseUrl = None
    node_name: NodeName = None
    management_bind: BindText = Field(
        default="127.0.0.1:8080",
        description="Address of the management listener: API and web UI over plain HTTP. Requires "
        "trusted_proxies unless it is a loopback address",
    )
    tls_bind: BindText = Field(
        default="127.0.0.1:8443",
        description="Address of the TLS listener: API, web UI, and ACME over TLS. Its certificate is issued and "
        "renewed automatically",
    )
    status_bind: BindText = Field(
        default="127.0.0.1:8081",
        description="Address of the status listener: OCSP, CRLs, and CA certificates over plain HTTP, public",
    )
    public_url: UrlText | None = Field(
        default=None,
        description="URL that clients use for the API and the web UI. Default: derived from management_bind",
    )
    public_status_url: StatusUrlText | None = Field(
        default=None,
        description="Base URL of the status URLs in certificates. It cannot be changed in certificates that "
        "exist. Default: derived from status_bind",
    )
    accepted_status_urls: tuple[StatusUrlText, ...] = Field(
        default=(),
        description="Further base URLs of status services that CA certificates can contain in addition to "
        "public_status_url, for example a former URL. Use localhost only for a local trial",
    )
    trusted_proxies: tuple[NetworkText, ...] = Field(
        default=(),
        description="Networks of proxies whose forwarded header fields are trusted. Default: none, forwarded "
        "header fields are ignored",
    )
    allowed_hosts: tuple[HostText, ...] = Field(
        default=(),
        description="Further host names and addresses that clients use for the management and TLS listeners, in "
        "addition to localhost and the hosts of public_url and public_status_url. The server certificate contains them",
    )
    max_connections: int = Field(
        default=4096,
        ge=16,
        le=16384,
        description="Maximum number of open connections of each listener in a server process. Lower if the limit "
        "on open files is low",
    )
    max_connections_per_address: int = Field(
        default=256,
        ge=1,
        le=16384,
        description="Maximum number of open connections from one IPv4 address or one IPv6 /64 network to a "
        "listener in a server process. trusted_proxies are exempt on the management and TLS listeners",
    )
    header_timeout: timedelta = Field(
        default=timedelta(seconds=10),
        ge=timedelta(seconds=1),
        le=timedelta(minutes=5),
        description="Time limit for a TLS handshake, and for a request line with its header fields",
    )
    body_timeout: timedelta = Field(
        default=timedelta(seconds=30),
        ge=timedelta(seconds=1),
        le=timedelta(minutes=30),
        description="Time limit for a request body, plus one second for every 16 KiB received",
    )
    local_actor_role: Role = Field(
        default=Role.ADMINISTRATOR,
        description="Role of the owner of the data directory when they use the local command line",
    )
    workers: int = Field(
        default=1, ge=1, le=64, description="Number of server processes that share the listening sockets"
    )
    key_backends: KeyBackends = Field(
        default=(EmbeddedOptions(name=EMBEDDED, kind=EMBEDDED),),
        description="Key backends: tables [[key_backends]] with a name, a kind, and the options of that kind. "
        "The embedded backend is always available",
    )
    default_key_backend: str = Field(
        default=EMBEDDED, description="Name of the key backend that is used if none is set"
    )
    keystore_url: KeystoreUrl = None
    master_key_file: Path | None = Field(
        default=None,
        description="File with the master key of the embedded keystore. Default: master.key in the data directory",
    )
    master_passphrase_file: Path | None = Field(
        default=None, description="File with a passphrase that unlocks the embedded keystore, instead of a key file"
    )
    master_credential_directory: Path | None = Field(
        default=None,
        description="systemd credential directory (%d in a unit) with master.key or master.passphrase, instead "
        "of master_key_file",
    )
    blocked_keys_file: Path | None = Field(
        default=None,
        description="File with blocked keys, one hex SHA-256 of a SubjectPublicKeyInfo on each line. # starts a "
        "comment",
    )
    signing_deadline: timedelta = Field(
        default=timedelta(seconds=30),
        ge=timedelta(seconds=1),
        le=timedelta(minutes=10),
        description="Time limit of a key backend for signing a certificate. After it, the scheduler completes or "
        "abandons the issuance",
    )
    crl_validity: timedelta = Field(
        default=timedelta(days=7),
        ge=timedelta(minutes=10),
        le=timedelta(days=366),
        description="Time from thisUpdate to nextUpdate of a CRL",
    )
    crl_interval: timedelta = Field(
        default=timedelta(days=1), ge=timedelta(minutes=1), description="Interval at which each CRL is issued"
    )
    delta_crl_interval: timedelta | None = Field(
        default=None,
        ge=timedelta(minutes=1),
        description="Interval at which delta CRLs are issued. Default: no delta CRLs",
    )
    crl_shards: int = Field(
        default=1,
        ge=1,
        le=128,
        description="Number of partitions of the CRLs of new issuing CA keys. Each certificate contains the URL "
        "of its partition",
    )
    ocsp_validity: timedelta = Field(
        default=timedelta(hours=24),
        ge=timedelta(minutes=10),
        le=timedelta(days=10),
        description="Time from thisUpdate to nextUpdate of an OCSP response. Each response is signed again at "
        "half of it",
    )
    session_idle: timedelta = Field(
        default=timedelta(minutes=30),
        ge=timedelta(minutes=1),
        le=timedelta(days=1),
        description="Time after the last request at which a user's session ends",
    )
    session_lifetime: timedelta = Field(
        default=timedelta(hours=12),
        ge=timedelta(minutes=5),
        le=timedelta(days=7),
        description="Time after sign-in at which a user's session ends in any case",
    )
    fresh_authentication: timedelta = Field(
        default=timedelta(minutes=5),
        ge=timedelta(minutes=1),
        le=timedelta(hours=1),
        description="Maximum age of a user's authentication for sensitive operations, for example creating a CA",
    )
    max_token_lifetime: timedelta = Field(
        default=timedelta(days=731),
        ge=timedelta(hours=1),
        le=timedelta(days=3653),
        description="Longest lifetime of a new API token or EAB key. Existing ones keep their expiration",
    )
    invitation_validity: timedelta = Field(
        default=timedelta(days=3),
        ge=timedelta(minutes=10),
        le=timedelta(days=30),
        description="Lifetime of an invitation link",
    )
    second_factor_roles: tuple[Role, ...] = Field(
        default=(), description="Roles whose users must set up a second factor before they can do anything else"
    )
    oidc_providers: tuple[OidcProvider, ...] = Field(
        default=(),
        description="Identity providers (OpenID Connect): tables [[oidc_providers]] with name, issuer, "
        "client_id, and further options",
    )
    scep_validators: tuple[ScepValidator, ...] = Field(
        default=(),
        description="Services that validate SCEP challenges: tables [[scep_validators]] with name, url, secret_file, "
        "and further options",
    )
    acme_enabled: bool = Field(
        default=True, description="Whether clients can enroll by ACME. If false, every ACME path returns 404"
    )
    est_enabled: bool = Field(
        default=True, description="Whether clients can enroll by EST. If false, every EST path returns 404"
    )
    scep_enabled: bool = Field(
        default=True, description="Whether clients can enroll by SCEP. If false, every SCEP path returns 404"
    )
    cmp_enabled: bool = Field(
        default=True, description="Whether clients can enroll by CMP. If false, every CMP path returns 404"
    )
    acme_networks: tuple[NetworkText, ...] = Field(
        default=("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),
        description="Networks in which ACME domain validation can connect to servers, in addition to public addresses",
    )
    acme_http_port: int = Field(default=80, ge=1, le=65535, description="Port of http-01 validation")
    acme_tls_port: int = Field(default=443, ge=1, le=65535, description="Port of tls-alpn-01 validation")
    acme_caa_identities: tuple[IssuerText, ...] = Field(
        default=(),
        description="Domain names that identify this CA in CAA records. Default: none, CAA records are not checked",
    )
    acme_authorization_validity: timedelta = Field(
        default=timedelta(days=7),
        ge=timedelta(minutes=1),
        le=timedelta(days=30),
        description="Time for which a domain validation stays valid. After it, the name must be validated again",
    )
    acme_persist_issuers: tuple[IssuerText, ...] = Field(
        default=(),
        max_length=10,
        description="Domain names that identify this CA in the TXT records of the ACME challenge dns-persist-01, which "
        "is a draft. Default: none, the challenge is not offered",
    )
    dns_servers: tuple[DnsServerText, ...] = Field(
        default=(),
        description="DNS servers for ACME domain validation, as ADDRESS or ADDRESS:PORT. Default: the servers of "
        "the system",
    )
    clock_tolerance: timedelta = Field(
        default=timedelta(minutes=5),
        ge=timedelta(seconds=30),
        le=timedelta(hours=1),
        description="Tolerated difference between clocks. Nothing is signed while the clock of this host differs "
        "by more",
    )
    clock_longest_pause: timedelta = Field(
        default=timedelta(days=90),
        ge=timedelta(hours=1),
        le=timedelta(days=3660),
        description="Longest time between two signatures. If the server starts later than that, confirm the "
        "clock with pkim clock accept",
    )
    audit_verify_interval: timedelta = Field(
        default=timedelta(days=1),
        ge=timedelta(minutes=10),
        le=timedelta(days=31),
        description="Time from the end of a verification of the whole audit log to the start of the next. If "
        "problems are found, the next starts within an hour",
    )
    backup_targets: tuple[BackupTarget, ...] = Field(
        default=(), description="Where backups are stored: tables [[backup_targets]] with name, kind, place, and a key"
    )
    backup_interval: BackupInterval = None
    backup_verify_interval: BackupVerifyInterval = timedelta(days=7)
    backup_keep: int = Field(default=14, ge=1, le=10000, description="Newest backups that each backup target keeps")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Lowest level of log lines that are written"
    )

    @property
    def status_url(self) -> str:
        """Return the base URL of the status listener without a trailing slash."""
        return self.public_status_url or self.bind("status").http_url

    @property
    def node(self) -> str:
        """Return the name of this host: `node_name`, or the host name of the machine."""
        return self.node_name or socket.gethostname()

    @property
    def url(self) -> str:
        """Return the base URL of the application without a trailing slash."""
        return self.public_url or self.bind("management").http_url

    @property
    def acme_urls(self) -> tuple[str, ...]:
        """Return the base URLs of enrollment over TLS without a trailing slash, the preferred one first."""
        tls = self.bind("tls")
        over_tls = f"https://{tls.public_host}:{tls.port}"
        return tuple(dict.fromkeys((self.url, over_tls) if self.url.startswith("https:") else (over_tls, self.url)))

    @property
    def enrollment_protocols(self) -> frozenset[EnrollmentProtocol]:
        """Return the enrollment protocols that are switched on."""
        return frozenset(one for one in EnrollmentProtocol if getattr(self, f"{one}_enabled"))

    @property
    def is_public(self) -> bool:
        """Return whether other machines can reach a listener, directly or through `public_url`."""
        binds = (self.bind(listener) for listener in get_args(Listener))
        return not is_local_url(self.url) or any(not bind.is_loopback for bind in binds)

    @property
    def host_names(self) -> frozenset[str]:
        """Return the permitted host names of requests, in lower case."""
        urls = (self.url, self.status_url, *self.acme_urls)
        return frozenset({"localhost", *self.allowed_hosts, *(urlsplit(url).hostname or "" for url in urls)})

    @property
    def origins(self) -> tuple[str, ...]:
        """Return the origins of the web UI's pages: the origin of `public_url` and those of the listeners."""
        urls = (self.url, self.bind("management").http_url, *self.acme_urls)
        return tuple(dict.fromkeys(f"{parts.scheme}://{parts.netloc}".lower() for parts in map(urlsplit, urls)))

    def bind(self, listener: Listener) -> Bind:
        return parse_bind(getattr(self, f"{listener}_bind"))

    def with_port(self, listener: Listener, port: int) -> Settings:
        """Return a copy of the settings with this port for one listener."""
        return self.model_copy(update={f"{listener}_bind": str(Bind(self.bind(listener).host, port))})

    def source(self, name: str) -> Source:
        return self._sources.get(name, Source.DEFAULT)

    def remember_sources(self, sources: Mapping[str, Source]) -> None:
        self._sources.update(sources)
