"""The context of every use case: ports, configuration, and process state, wired once by `bootstrap`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID

from pki_manager.authority.kernel.directory import Directory
from pki_manager.authority.kernel.issuance_batches import IssuanceBatches
from pki_manager.authority.kernel.repeat_counter import EventCounter, IssuedTally, RefusalTally
from pki_manager.authority.kernel.token_cache import TokenMemory
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.ids import RisingIds
from pki_manager.domain.rights.actor import EnrollmentProtocol, Role
from pki_manager.domain.setting import Explained
from pki_manager.policy.status_urls import StatusUrlRule
from pki_manager.ports.challenges import ChallengeValidator
from pki_manager.ports.clock import Clock
from pki_manager.ports.entropy import Entropy
from pki_manager.ports.factors import FactorTools
from pki_manager.ports.identity import IdentityProvider
from pki_manager.ports.people import PasswordHasher
from pki_manager.ports.publish import PublishedStore
from pki_manager.ports.ra_keys import RaKeys
from pki_manager.ports.signer import KeyRef, Signers
from pki_manager.ports.unit_of_work import Storage
from pki_manager.ports.validation import Validation
from pki_manager.x509.lint import KnownKinds


def get_node_name(node: str) -> str:
    """Return the name of the host of a process: `host` for `host/worker-1`."""
    return node.rpartition("/")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The settings that use cases need. Durations are `timedelta`; URLs have no trailing slash.

    `node` names this process in intents and the audit chain (`host/worker-1`). `status_url` is the base of status URLs
    in new certificates.

    `signing_deadline` limits the duration of an issuance; after it, only the scheduler can complete it. A CRL is issued
    every `crl_interval` and is valid for `crl_validity`; with a `delta_crl_interval`, delta CRLs are issued in between.
    The CRL of a new key has `crl_shards` partitions, unless it is the key of a root CA. OCSP responses are signed again
    after half of `ocsp_validity`.

    `public_url` is the URL of the web UI; `origins` are further origins of its pages, in lower case. A session ends
    `session_idle` after its last request and `session_lifetime` after its beginning. Sensitive operations require
    authentication within the last `fresh_authentication`. Users with a role of `second_factor_roles` must set up a
    second factor first. `local_actor_role` is the role of `local:<os user>`, and the highest role of its tokens. A new
    token or EAB key expires after `max_token_lifetime` at the latest.

    `enrollment_protocols` are the protocols that are switched on. `acme_urls` are the base URLs of enrollment over TLS,
    the preferred one first. CAA records name this CA by one of `acme_caa_identities` (lower case); without any, CAA is
    not checked. The validation of an ACME identifier is valid for `acme_authorization_validity`. dns-persist-01 is
    offered if there are `acme_persist_issuers`, the names of this CA in its records (lower case).

    `is_public` is whether other machines can reach a listener; `accepted_status_urls` are further base URLs that issuer
    keys can have. The audit log is verified again `audit_verify_interval` after the last verification ended.
    `differences` says how settings differ from those of the running server, by name; `settings` explains all settings.
    `shared_settings` are digests of the settings that all hosts must share, by name.

    `audit_mac_key` authenticates the audit chain and is kept outside the database. `acme_nonce_key` (32 octets, the
    same in all processes) authenticates ACME nonces. `blocked_keys` are the keys in the operator's file: the SHA-256 of
    a SubjectPublicKeyInfo (32 octets), or the 10 octets of `KeyFacts.rsa_debian`.
    """

    node: str
    status_url: str
    default_backend: str
    checkpoints: Path
    checkpoint_key: KeyRef
    audit_mac_key: bytes = field(repr=False)
    acme_nonce_key: bytes = field(repr=False)
    blocked_keys: frozenset[bytes] = field(default=frozenset(), repr=False)
    settings: tuple[Explained, ...] = ()
    shared_settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    signing_deadline: timedelta = timedelta(seconds=30)
    crl_validity: timedelta = timedelta(days=7)
    crl_interval: timedelta = timedelta(days=1)
    delta_crl_interval: timedelta | None = None
    crl_shards: int = 1
    ocsp_validity: timedelta = timedelta(hours=24)
    public_url: str = "http://localhost:8080"
    session_idle: timedelta = timedelta(minutes=30)
    session_lifetime: timedelta = timedelta(hours=12)
    fresh_authentication: timedelta = timedelta(minutes=5)
    invitation_validity: timedelta = timedelta(days=3)
    max_token_lifetime: timedelta = timedelta(days=731)
    local_actor_role: Role = Role.ADMINISTRATOR
    second_factor_roles: frozenset[Role] = frozenset()
    origins: tuple[str, ...] = ()
    enrollment_protocols: frozenset[EnrollmentProtocol] = frozenset(EnrollmentProtocol)
    acme_urls: tuple[str, ...] = ("https://localhost:8443",)
    acme_caa_identities: frozenset[str] = frozenset()
    acme_authorization_validity: timedelta = timedelta(days=7)
    acme_persist_issuers: tuple[str, ...] = ()
    is_public: bool = False
    accepted_status_urls: frozenset[str] = frozenset()
    audit_verify_interval: timedelta = timedelta(days=1)
    backup_targets: tuple[str, ...] = ()
    backup_interval: timedelta | None = None
    backup_verify_interval: timedelta = timedelta(days=7)
    differences: Mapping[str, str] = field(default_factory=dict)

    @property
    def node_name(self) -> str:
        """Return the name of this host, the first part of `node`."""
        return get_node_name(self.node)

    @property
    def status_url_rule(self) -> StatusUrlRule:
        return StatusUrlRule(base=self.status_url, is_public=self.is_public, accepted=self.accepted_status_urls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The adapters of the use cases. `providers` are the identity providers that users can sign in with, by name.

    `challenge_validators` are the services that validate SCEP challenges, by name.
    """

    storage: Storage
    signers: Signers
    ra_keys: RaKeys
    published: PublishedStore
    clock: Clock
    entropy: Entropy
    passwords: PasswordHasher
    factors: FactorTools
    validation: Validation
    providers: Mapping[str, IdentityProvider] = field(default_factory=dict)
    challenge_validators: Mapping[str, ChallengeValidator] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessState:
    """What one process remembers between calls: caches, batches, counters, and events. Thread-safe.

    It is empty when the process builds its context, and ends with the process. It never holds the only copy of data:
    `directory` and `tokens` can be read again, a call that waits in `issuances` has not been acknowledged, and
    `refusals` are written to the audit log by the scheduler and when the process ends. `issued` counts certificates for
    the metrics, which begin at zero in each process.

    `linted_kinds` are the kinds of objects in which pkilint found no error; a kind that was removed from the cache is
    linted again. `challenge_answered` is set when this process accepted a response to an ACME challenge, so that the
    validator starts at once. `has_worker` is set while this process runs a background worker, which publishes what the
    process has committed. `in_recovery` is set if the installation was in recovery when this process last looked.
    """

    directory: Directory
    tokens: TokenMemory = field(default_factory=TokenMemory)
    issuances: IssuanceBatches[Any, Certificate] = field(default_factory=IssuanceBatches)
    refusals: RefusalTally = field(default_factory=RefusalTally)
    issued: IssuedTally = field(default_factory=IssuedTally)
    second_factor_failures: EventCounter = field(default_factory=EventCounter)
    challenge_answered: Event = field(default_factory=Event)
    has_worker: Event = field(default_factory=Event)
    linted_kinds: KnownKinds = field(default_factory=lambda: KnownKinds(4096))
    in_recovery: Event = field(default_factory=Event)
    ids: RisingIds = field(default_factory=RisingIds)


@dataclass(frozen=True, slots=True)
class Context:
    """The three parts that every use case receives: adapters, settings, and the memory of this process."""

    ports: Ports
    config: Config
    state: ProcessState = field(repr=False)

    @classmethod
    def start(cls, ports: Ports, config: Config) -> Context:
        """Return a context with empty state. A process calls this once."""
        return cls(ports, config, ProcessState(directory=Directory(ports.storage)))

    def new_id(self) -> UUID:
        """Return a new ID (UUIDv7). IDs of one process increase, unless its clock goes back."""
        milliseconds = int(self.ports.clock.now().timestamp() * 1000)
        return self.state.ids.next(milliseconds, self.ports.entropy.token(10))
