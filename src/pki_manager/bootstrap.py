"""The composition root: settings become a wired installation. The only place that knows the adapters."""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import sqlalchemy as sa

from pki_manager.authority.context import Authority, AuthorityConfig
from pki_manager.authority.initialise import ISSUING_NAME, ROOT_NAME, is_initialised
from pki_manager.authority.initialise import initialise as make_hierarchy
from pki_manager.authority.issuers import current_certificate
from pki_manager.authority.tls import TlsFiles, ensure_tls_certificate, tls_files
from pki_manager.domain.actor import Actor, system
from pki_manager.domain.algorithms import key_type
from pki_manager.domain.errors import Conflict, Forbidden, HomeUnusable
from pki_manager.ports.signer import KeyRef
from pki_manager.settings import EMBEDDED, FILE_NAME, Settings
from pki_manager.signers.embedded.keystore import Keystore
from pki_manager.signers.embedded.keystore_file import create_keystore, open_keystore
from pki_manager.signers.embedded.master_key import (
    KekSource,
    KeyFile,
    PassphraseFile,
    create_key_file,
    from_credentials,
)
from pki_manager.signers.registry import Backends, BackendSettings, Collaborators
from pki_manager.storage import schema
from pki_manager.storage.engines import open_postgresql, open_sqlcipher
from pki_manager.storage.leader import SchedulerLock, scheduler_lock
from pki_manager.storage.published import SqlitePublished
from pki_manager.storage.storage import SqlStorage
from pki_manager.system import SystemClock, SystemEntropy

CLOCK, ENTROPY = SystemClock(), SystemEntropy()

_KEYSTORE, _MASTER_KEY, _DATABASE = "keystore.db", "master.key", "pki.db"
_LOCK, _STATUS_PORT = "init.lock", "status-port"
_FINISHED = b"finished\n"
_CHECKPOINT_KEY = "audit-checkpoint"
_OWNER_CHECK = "installation.owner"

_FIRST_DEADLINE = timedelta(seconds=5)
"""The signing deadline at the first start: nobody else signs then, and a run after a kill has to wait it out."""

TLS_ACTOR = system("tls")
"""Who asks for the server's own certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """An open installation: the use cases' `authority`, and what server and worker need beside it."""

    settings: Settings
    authority: Authority
    published: SqlitePublished
    scheduler: SchedulerLock
    tls: TlsFiles
    _stack: ExitStack = field(repr=False)

    @property
    def tls_names(self) -> tuple[str, ...]:
        """The names of the server's own certificate: how it is reached on this machine, and in public."""
        host = self.settings.bind("tls").public_host.strip("[]")
        bound = () if host == "localhost" else (f"IP:{host}",)
        always = ("DNS:localhost", "IP:127.0.0.1", "IP:::1")
        return tuple(dict.fromkeys((*always, *bound, _public_name(self.settings))))

    def close(self) -> None:
        """After what is under way."""
        self._stack.close()


def _public_name(settings: Settings) -> str:
    host = urlsplit(settings.url).hostname or "localhost"
    return f"IP:{host}" if ":" in host or host.replace(".", "").isdecimal() else f"DNS:{host}"


@dataclass(frozen=True, slots=True)
class CaSummary:
    """`fingerprint_sha256` is lower-case hex, of the CA's current certificate."""

    id: UUID
    name: str
    fingerprint_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What the first start made, or found: `is_new` tells. CAs are None where there are none of the standing names."""

    home: Path
    root: CaSummary | None
    issuing: CaSummary | None
    is_new: bool
    sign_in_url: str | None = None


def open_installation(settings: Settings, *, slot: str) -> Installation:
    """Open what `initialise` has made. `slot` names this process in the audit trail (`worker-1`, `cli`).

    Forbidden when the home is another user's, root's own opening of it included; HomeUnusable when it is not set up,
    cannot be read or is not ours; StorageUnavailable when the database is away. Key backends are not waited for.
    """
    _require_own(settings.home)
    if not (settings.home / _KEYSTORE).exists():
        raise HomeUnusable(f"{settings.home} is not set up: run `pkim init`")
    with ExitStack() as stack:
        installation = _wire(with_status_port(settings), slot, create=False)
        stack.callback(installation.close)
        if not is_initialised(installation.authority):
            raise HomeUnusable(f"the set-up of {settings.home} was interrupted: run `pkim init` again")
        stack.pop_all()
    return installation


def is_set_up(settings: Settings) -> bool:
    """Whether `initialise` has come to its end here; nothing is opened to know it."""
    try:
        return (settings.home / _LOCK).read_bytes() == _FINISHED
    except OSError:
        return False


def initialise(
    settings: Settings,
    *,
    hierarchy: bool = True,
    root_key_type: str = "ECDSA-P384",
    issuing_key_type: str = "ECDSA-P256",
    actor: Actor | None = None,
) -> Summary:
    """Set up the home: master key, keystore, database, standing profiles, `Root CA` and `Issuing CA`, TLS certificate.

    Does what is missing and nothing twice, so it may be killed at any moment and run again, also by two at once.
    Forbidden and HomeUnusable as `open_installation`; what creating a CA raises.
    """
    who = actor or system("init")
    _prepare_home(settings.home)
    with _alone(settings.home / _LOCK):
        _create_keystore(settings)
        installation = _wire(with_status_port(settings), "init", create=True)
        try:
            authority = _impatient(installation.authority)
            is_new = not is_initialised(authority)
            if is_new:
                make_hierarchy(
                    authority,
                    who,
                    hierarchy=hierarchy,
                    root_key_type=root_key_type,
                    issuing_key_type=issuing_key_type,
                )
            _first_tls_certificate(installation, authority)
            (settings.home / _LOCK).write_bytes(_FINISHED)
            return Summary(
                home=settings.home,
                root=_summary(authority, ROOT_NAME),
                issuing=_summary(authority, ISSUING_NAME),
                is_new=is_new,
            )
        finally:
            installation.close()


def upgrade_database(settings: Settings) -> tuple[str | None, str]:
    """Bring the database's schema to what this program works with; the revisions before and after.

    Forbidden and HomeUnusable as `open_installation`; HomeUnusable also for a database newer than this program.
    """
    with _database(settings) as engine:
        before = schema.current(engine)
        schema.upgrade(engine)
    return before, schema.head()


def database_revision(settings: Settings) -> tuple[str | None, str]:
    """The revision of the database's schema and the one that this program works with; raises as the above."""
    with _database(settings) as engine:
        return schema.current(engine), schema.head()


@contextmanager
def _database(settings: Settings) -> Iterator[sa.Engine]:
    """The engine alone, for what must work on a schema that the rest would not open."""
    _require_own(settings.home)
    with ExitStack() as stack:
        keystore = open_keystore(settings.home / _KEYSTORE, _kek_source(settings), clock=CLOCK, entropy=ENTROPY)
        stack.callback(keystore.close)
        engine = _engine(settings, keystore, create=False)
        stack.callback(engine.dispose)
        yield engine


def with_status_port(settings: Settings) -> Settings:
    """`status_bind` with a port instead of `:0`: the one that the home remembers, else a free one, remembered.

    Certificates name the status listener for good, so a port that is only known once something listens would be late.
    """
    if settings.bind("status").port:
        return settings
    port = remembered_status_port(settings)
    if port is None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        remember_status_port(settings, port)
    return settings.with_port("status", port)


def remembered_status_port(settings: Settings) -> int | None:
    try:
        return int((settings.home / _STATUS_PORT).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def remember_status_port(settings: Settings, port: int) -> None:
    """For the next start with `:0`."""
    (settings.home / _STATUS_PORT).write_text(f"{port}\n", encoding="ascii")


def _prepare_home(home: Path) -> None:
    """Make it, or see that it is ours to use: a directory that holds something else is not."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = {entry.name for entry in home.iterdir()}
    except OSError as error:
        raise HomeUnusable(f"{home} cannot be made the home: {error.strerror}") from error
    _require_own(home, private=False)
    if held and held.isdisjoint({_LOCK, _KEYSTORE, _MASTER_KEY, FILE_NAME}):
        raise HomeUnusable(f"{home} holds something else: choose a directory that is empty or does not exist")
    home.chmod(0o700)


def _require_own(home: Path, *, private: bool = True) -> None:
    try:
        found = home.stat()
    except FileNotFoundError:
        raise HomeUnusable(f"there is no installation at {home}: run `pkim init`") from None
    except OSError as error:
        raise HomeUnusable(f"{home} cannot be opened: {error.strerror}") from error
    if found.st_uid != os.geteuid():
        raise Forbidden(f"{home} belongs to user id {found.st_uid}, and only that user may open it: run as its owner")
    if private and found.st_mode & 0o077:
        raise HomeUnusable(f"others can look into {home}: close it with: chmod 700 {home}")


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One first start at a time; the kernel lets go when a process dies."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _create_keystore(settings: Settings) -> None:
    """A master key is made only with the keystore: beside an existing one it could only be the wrong key."""
    if (settings.home / _KEYSTORE).exists():
        return
    source = _kek_source(settings)
    if isinstance(source, KeyFile) and not source.credential:
        create_key_file(source.path, ENTROPY)
    create_keystore(settings.home / _KEYSTORE, source, entropy=ENTROPY)


def _kek_source(settings: Settings) -> KekSource:
    if settings.master_passphrase_file is not None:
        return PassphraseFile(settings.master_passphrase_file)
    if settings.master_credential_directory is not None:
        return from_credentials(settings.master_credential_directory)
    return KeyFile(settings.master_key_file or settings.home / _MASTER_KEY)


def _wire(settings: Settings, slot: str, *, create: bool) -> Installation:
    """Open every part; `create` makes the database and the own secrets where they are missing."""
    home = settings.home
    with ExitStack() as stack:
        keystore = open_keystore(home / _KEYSTORE, _kek_source(settings), clock=CLOCK, entropy=ENTROPY)
        stack.callback(keystore.close)
        signers = _backends(settings, keystore)
        mac_key = keystore.secret("audit-mac-key", create=create)
        engine = _engine(settings, keystore, create=create)
        stack.callback(engine.dispose)
        on_file = settings.database_url is None
        node = f"{socket.gethostname()}/{slot}"
        storage = SqlStorage(
            engine,
            chain=node,
            mac_key=mac_key,
            clock=CLOCK,
            entropy=ENTROPY,
            lock_path=home / f"{_DATABASE}.queue" if on_file else None,
        )
        stack.callback(storage.close)
        _claim_database(storage, mac_key, create=create)
        published = SqlitePublished(home / "published" / "status.db")
        stack.callback(published.close)
        scheduler = scheduler_lock(engine, home / "scheduler.lock" if on_file else None)
        stack.callback(scheduler.resign)
        password = keystore.secret("tls-key-password", create=create).hex().encode()
        (home / "checkpoints").mkdir(mode=0o700, exist_ok=True)
        authority = Authority(
            storage=storage,
            signers=signers,
            published=published,
            clock=CLOCK,
            entropy=ENTROPY,
            config=_config(settings, node),
            audit_mac_key=mac_key,
        )
        if create:
            ref = authority.config.checkpoint_key
            signers.get(ref.backend).generate(key_type("Ed25519"), ref.key_id)
        return Installation(
            settings=settings,
            authority=authority,
            published=published,
            scheduler=scheduler,
            tls=tls_files(home / "tls", password),
            _stack=stack.pop_all(),
        )


def _backends(settings: Settings, keystore: Keystore) -> Backends:
    configured = [BackendSettings(row.name, row.kind, row.options()) for row in settings.key_backends]
    return Backends(configured, Collaborators(keystore=keystore, clock=CLOCK))


def _config(settings: Settings, node: str) -> AuthorityConfig:
    own = next(backend.name for backend in settings.key_backends if backend.kind == EMBEDDED)
    return AuthorityConfig(
        node=node,
        status_url=settings.status_url,
        default_backend=settings.default_key_backend,
        checkpoints=settings.home / "checkpoints",
        checkpoint_key=KeyRef(own, _CHECKPOINT_KEY),
        signing_deadline=settings.signing_deadline,
        crl_validity=settings.crl_validity,
        crl_interval=settings.crl_interval,
        ocsp_validity=settings.ocsp_validity,
    )


def _engine(settings: Settings, keystore: Keystore, *, create: bool) -> sa.Engine:
    if settings.database_url is not None:
        engine = open_postgresql(settings.database_url)
    else:
        path = settings.home / _DATABASE
        if not create and not path.exists():
            raise HomeUnusable(f"the database {path} is missing: restore it, or run `pkim init` if there never was one")
        engine = open_sqlcipher(path, keystore.secret("database-key", create=create))
    if create:
        schema.upgrade(engine)
    return engine


def _claim_database(storage: SqlStorage, mac_key: bytes, *, create: bool) -> None:
    """A database in use by one installation is not another's: its audit trail could not be continued."""
    ours = hashlib.sha256(b"owner" + mac_key).hexdigest()
    with storage.read() as reader:
        owner = reader.meta.get(_OWNER_CHECK)
    if owner is None and create:
        with storage.housekeep() as uow:
            uow.meta.put(_OWNER_CHECK, ours)
    elif owner != ours:
        raise HomeUnusable("the database belongs to another installation, or to none: check database_url and the home")


def _impatient(authority: Authority) -> Authority:
    return replace(authority, config=replace(authority.config, signing_deadline=_FIRST_DEADLINE))


def _first_tls_certificate(installation: Installation, authority: Authority) -> None:
    try:
        ensure_tls_certificate(
            authority,
            TLS_ACTOR,
            names=installation.tls_names,
            directory=installation.tls.certificate.parent,
            password=installation.tls.password,
        )
    except Conflict:
        # No CA can issue it yet; the worker makes it as soon as one can.
        return


def _summary(authority: Authority, name: str) -> CaSummary | None:
    with authority.storage.read() as reader:
        ca = reader.cas.find(name)
        if ca is None:
            return None
        certificate = current_certificate(reader, reader.issuer_keys.current(ca.id))
    return CaSummary(ca.id, ca.name, certificate.fingerprint_sha256.hex())
