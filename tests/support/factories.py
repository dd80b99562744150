"""A complete installation in the folder of a test: real database, keystore, and published store."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pki_manager.authority.installation.initialize import FirstHierarchy, create_hierarchy
from pki_manager.authority.kernel.context import Config, Context, Ports
from pki_manager.credentials.factors import AesSealer, Codes
from pki_manager.credentials.passkeys import WebAuthn
from pki_manager.credentials.passwords import Argon2Hasher, Cost
from pki_manager.domain.algorithms import get_key_type
from pki_manager.domain.rights.actor import Actor, ActorKind, Role
from pki_manager.policy.roles import list_builtin_grants
from pki_manager.ports.clock import Clock
from pki_manager.ports.factors import FactorTools
from pki_manager.ports.signer import Signers
from pki_manager.ports.unit_of_work import Storage
from pki_manager.ports.validation import Validation
from pki_manager.signers.embedded.keystore import Keystore
from pki_manager.signers.embedded.keystore_file import create_keystore, open_keystore
from pki_manager.signers.embedded.master_key import KeyFile, create_key_file
from pki_manager.signers.embedded.ra_keys import EmbeddedRaKeys
from pki_manager.signers.options import EMBEDDED, EmbeddedOptions
from pki_manager.signers.registry import Backends, Collaborators
from pki_manager.storage.published import SqlitePublished
from pki_manager.system import SystemEntropy
from tests.fakes.validation import FakeValidation

MAC_KEY = bytes(range(32, 64))
NONCE_KEY = bytes(range(96, 128))
CHEAP = Cost(memory=64, passes=1, lanes=1)
"""The real password hash with low costs, so that tests can run it hundreds of times."""
STATUS_URL = "http://localhost:8081"
ADMIN = Actor(
    kind=ActorKind.LOCAL, id="local:tester", name="tester", via="test", grants=list_builtin_grants(Role.ADMINISTRATOR)
)


def as_role(role: Role | None) -> Actor:
    """Return ADMIN with the permissions of another role, or of none."""
    return replace(ADMIN, grants=list_builtin_grants(role))


def open_test_keystore(folder: Path, clock: Clock) -> Keystore:
    """Return the keystore of a folder, created by the first call."""
    create_key_file(folder / "master.key", SystemEntropy())
    source = KeyFile(folder / "master.key")
    create_keystore(folder / "keystore.db", source, entropy=SystemEntropy())
    return open_keystore(folder / "keystore.db", source, clock=clock, entropy=SystemEntropy())


def make_authority(
    folder: Path,
    storage: Storage,
    clock: Clock,
    *,
    signers: Signers | None = None,
    validation: Validation | None = None,
    node: str = "host/worker-1",
) -> Context:
    """Return the use cases over `storage`. Default signers: an embedded keystore in `folder`.

    The default `validation` finds the responses that the test has stored.
    """
    keystore = open_test_keystore(folder, clock)
    backends: Signers = signers or Backends(
        [EmbeddedOptions(name=EMBEDDED, kind=EMBEDDED)],
        Collaborators(home=folder, keystore=keystore, clock=clock),
    )
    checkpoints = folder / "checkpoints"
    checkpoints.mkdir(exist_ok=True)
    ports = Ports(
        storage=storage,
        signers=backends,
        ra_keys=EmbeddedRaKeys(keystore),
        published=SqlitePublished(folder / "published" / "status.db"),
        clock=clock,
        entropy=SystemEntropy(),
        passwords=Argon2Hasher(SystemEntropy(), CHEAP),
        factors=FactorTools(Codes(), AesSealer(bytes(range(64, 96)), SystemEntropy()), WebAuthn()),
        validation=validation or FakeValidation(),
    )
    config = Config(
        node=node,
        status_url=STATUS_URL,
        default_backend="embedded",
        checkpoints=checkpoints,
        checkpoint_key=backends.get("embedded").generate(get_key_type("Ed25519"), "audit-checkpoint"),
        audit_mac_key=MAC_KEY,
        acme_nonce_key=NONCE_KEY,
    )
    return Context.start(ports, config)


def with_ports(ctx: Context, **ports: object) -> Context:
    """Return the context with other adapters. Its caches and batches are new; tokens and counters are shared."""
    changed = replace(ctx.ports, **ports)
    return _beside(ctx, changed, ctx.config)


def with_config(ctx: Context, **values: object) -> Context:
    """Return the context with other settings. Its caches and batches are new; tokens and counters are shared."""
    changed = replace(ctx.config, **values)
    return _beside(ctx, ctx.ports, changed)


def _beside(ctx: Context, ports: Ports, config: Config) -> Context:
    fresh = Context.start(ports, config)
    shared = {name: getattr(ctx.state, name) for name in ("tokens", "refusals", "issued")}
    return replace(fresh, state=replace(fresh.state, **shared))


def initialized(ctx: Context) -> Context:
    """Return a context with built-in profiles, `Root CA`, and `Issuing CA` (both ECDSA P-256, for speed)."""
    create_hierarchy(ctx, ADMIN, FirstHierarchy(root_key_type="ECDSA-P256", issuing_key_type="ECDSA-P256"))
    return ctx
