"""The components of an installation, and what the use cases reach of them."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack, closing
from dataclasses import dataclass, field

import sqlalchemy as sa

from pki_manager.authority.kernel.context import Ports
from pki_manager.bootstrap import keystore as keystores
from pki_manager.bootstrap.clock import build_guarded_clock
from pki_manager.bootstrap.database import open_engine, open_storage
from pki_manager.bootstrap.outbound import make_outbound, make_validation
from pki_manager.bootstrap.providers import make_providers
from pki_manager.bootstrap.validators import make_validators
from pki_manager.credentials.factors import AesSealer, Codes
from pki_manager.credentials.passkeys import WebAuthn
from pki_manager.credentials.passwords import Argon2Hasher
from pki_manager.domain.errors import HomeUnusable
from pki_manager.ports.clock import Clock
from pki_manager.ports.entropy import Entropy
from pki_manager.ports.factors import FactorTools
from pki_manager.settings import Settings
from pki_manager.signers.embedded.keystore import Keystore
from pki_manager.signers.embedded.ra_keys import EmbeddedRaKeys
from pki_manager.signers.registry import Backends, Collaborators
from pki_manager.storage.leader import SchedulerLock, build_scheduler_lock
from pki_manager.storage.published import SqlitePublished
from pki_manager.storage.storage import SqlStorage
from pki_manager.system import SystemEntropy

OWNER_CHECK = "installation.owner"
"""Name of the value in the database that identifies the installation to which the database belongs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Components:
    """Open components. `clock` is the guarded clock, which never runs backwards."""

    keystore: Keystore = field(repr=False)
    mac_key: bytes = field(repr=False)
    signers: Backends
    engine: sa.Engine = field(repr=False)
    storage: SqlStorage
    published: SqlitePublished
    scheduler: SchedulerLock
    clock: Clock
    entropy: Entropy


def open_components(
    settings: Settings, node: str, stack: ExitStack, *, create: bool, clock: Clock, shares_writer: bool
) -> Components:
    """Open every component, and close it with `stack`. `create` creates the database and secrets that are missing.

    Raises HomeUnusable if the database belongs to another installation. Other errors as `open_installation`.
    """
    entropy = SystemEntropy()
    keystore = keystores.open_(settings, clock, entropy)
    stack.callback(keystore.close)
    signers = Backends(settings.key_backends, Collaborators(home=settings.home, keystore=keystore, clock=clock))
    stack.callback(signers.close)
    mac_key = keystore.secret("audit-mac-key", create=create)
    engine = open_engine(settings, keystore, create=create)
    stack.callback(engine.dispose)
    guarded = build_guarded_clock(settings, clock)
    storage = open_storage(settings, engine, mac_key, node, guarded, shares_writer=shares_writer)
    stack.callback(storage.close)
    _claim_database(storage, mac_key, create=create)
    published = stack.enter_context(closing(SqlitePublished(settings.home / "published" / "status.db")))
    lock_file = settings.home / "scheduler.lock" if settings.database_url is None else None
    scheduler = build_scheduler_lock(engine, lock_file)
    stack.callback(scheduler.resign)
    return Components(
        keystore=keystore,
        mac_key=mac_key,
        signers=signers,
        engine=engine,
        storage=storage,
        published=published,
        scheduler=scheduler,
        clock=guarded,
        entropy=entropy,
    )


def make_ports(parts: Components, settings: Settings, clock: Clock) -> Ports:
    """Return the ports of the use cases.

    Calls to other servers measure time with `clock`. Everything else uses `parts.clock`, which does not follow `clock`
    backwards or far ahead.
    """
    return Ports(
        storage=parts.storage,
        signers=parts.signers,
        ra_keys=EmbeddedRaKeys(parts.keystore),
        published=parts.published,
        clock=parts.clock,
        entropy=parts.entropy,
        passwords=Argon2Hasher(parts.entropy),
        factors=_factor_tools(parts),
        validation=make_validation(settings, clock),
        challenge_validators=make_validators(
            settings.scep_validators, outbound=make_outbound(settings, clock), clock=clock
        ),
        providers=make_providers(settings.oidc_providers, outbound=make_outbound(settings, clock), clock=clock),
    )


def _factor_tools(parts: Components) -> FactorTools:
    """Return the tools for second factors. Their key is created if it is missing, as in old installations."""
    sealer = AesSealer(parts.keystore.secret("factor-key", create=True), parts.entropy)
    return FactorTools(totp=Codes(), sealer=sealer, passkeys=WebAuthn())


def _claim_database(storage: SqlStorage, mac_key: bytes, *, create: bool) -> None:
    """Raise HomeUnusable if the database belongs to another installation: two could not continue one audit log.

    With `create`, a database that belongs to no installation is assigned to this one.
    """
    expected = hashlib.sha256(b"owner" + mac_key).hexdigest()
    with storage.read() as reader:
        owner = reader.meta.get(OWNER_CHECK)
    if owner is None and create:
        with storage.housekeep() as uow:
            uow.meta.put(OWNER_CHECK, expected)
    elif owner != expected:
        raise HomeUnusable(
            "The database does not belong to this installation. Check database_url and the data directory."
        )
