"""Composition: settings become a running installation. Only this package knows all adapters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import urlsplit

import sqlalchemy as sa

from pki_manager.authority.audit.audit_log import require_complete
from pki_manager.authority.certificates.profiles import keep_builtin_profiles
from pki_manager.authority.installation.initialize import (
    DEFAULT_HIERARCHY,
    FirstHierarchy,
    create_hierarchy,
    is_initialized,
)
from pki_manager.authority.installation.tls import TLS_FOLDER, TlsFiles, ensure_tls_certificate, get_tls_files
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.recovery import load_recovery
from pki_manager.authority.people.invitations import create_first_administrator
from pki_manager.bootstrap import home, master_key
from pki_manager.bootstrap import keystore as keystores
from pki_manager.bootstrap.clock import judge_clock
from pki_manager.bootstrap.components import make_ports, open_components
from pki_manager.bootstrap.config import make_config
from pki_manager.bootstrap.database import open_engine
from pki_manager.bootstrap.master_key import MasterKeyChange, NewMasterKey
from pki_manager.bootstrap.summary import Summary, build_summary
from pki_manager.domain.algorithms import get_key_type
from pki_manager.domain.errors import ConfigurationInvalid, Conflict, FieldError, HomeUnusable, PkiError
from pki_manager.domain.events.audit import MasterKeyChanged, MasterKeyChangeIntended, Outcome
from pki_manager.domain.rights.actor import Actor, build_system_actor
from pki_manager.policy.status_urls import StatusUrlRule
from pki_manager.ports.clock import Clock
from pki_manager.settings import Settings
from pki_manager.signers.embedded.keystore import Keystore
from pki_manager.storage.engine import row_security, schema
from pki_manager.storage.engine.replication import find_replication_notice
from pki_manager.storage.engine.row_security import RowSecurity
from pki_manager.storage.leader import SchedulerLock
from pki_manager.storage.published import SqlitePublished
from pki_manager.system import SystemClock, SystemEntropy

CLOCK = SystemClock()

_FIRST_DEADLINE = timedelta(seconds=5)
"""Signing deadline at the first start. It is short, because a start after an interrupted one waits until it passes."""

TLS_ACTOR = build_system_actor("tls")
"""The requester of the server's own certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """An open installation: the use cases' `ctx`, and what server and worker need besides it."""

    settings: Settings
    ctx: Context
    published: SqlitePublished
    scheduler: SchedulerLock
    tls: TlsFiles
    keystore: Keystore = field(repr=False)
    engine: sa.Engine = field(repr=False)
    _stack: ExitStack = field(repr=False)

    @property
    def tls_names(self) -> tuple[str, ...]:
        """Return the names of the server's TLS certificate: local and public ones."""
        host = self.settings.bind("tls").public_host.strip("[]")
        bound = () if host == "localhost" else (f"IP:{host}",)
        always = ("DNS:localhost", "IP:127.0.0.1", "IP:::1")
        hosts = (urlsplit(self.settings.url).hostname or "localhost", *self.settings.allowed_hosts)
        return tuple(dict.fromkeys((*always, *bound, *map(_host_name, hosts))))

    def close(self) -> None:
        """Close all components, after the work in progress."""
        self._stack.close()


def _host_name(host: str) -> str:
    """Return the host of a URL as a subject alternative name."""
    return f"IP:{host}" if ":" in host or host.replace(".", "").isdecimal() else f"DNS:{host}"


def open_installation(
    settings: Settings,
    *,
    slot: str,
    differences: Mapping[str, str] | None = None,
    only_reads: bool = False,
    shares_writer: bool = False,
    clock: Clock = CLOCK,
) -> Installation:
    """Open an installation that `initialize` has set up. `slot` is this process in the audit log (`worker-1`, `cli`).

    `differences` says how settings differ from those of the running server (`in_force.adopt`). `only_reads` is for
    callers that change and sign nothing, or that repair the database, which can then be older than its checkpoints.
    `shares_writer` is for processes of one server: one of them writes to a SQLCipher database for all. Raises Forbidden
    if the data directory is another user's, also for root; HomeUnusable if it is not set up, cannot be read, is not
    this installation's, or has a database older than its checkpoints; StorageUnavailable if the database is
    unavailable.
    """
    home.require_own(settings.home)
    if not keystores.exists(settings):
        home.require_new(settings)
        raise HomeUnusable(f"{settings.home} is not set up. Run `pkim init`.")
    with ExitStack() as stack:
        installation = _wire(
            home.choose_ports(settings),
            slot,
            create=False,
            differences=differences,
            shares_writer=shares_writer,
            clock=clock,
        )
        stack.callback(installation.close)
        judge_clock(installation.ctx.ports.storage)
        if not is_initialized(installation.ctx):
            raise HomeUnusable(f"The setup of {settings.home} was interrupted. Run `pkim init` again.")
        if not only_reads:
            require_complete(installation.ctx)
        stack.pop_all()
    return installation


def initialize(
    settings: Settings,
    hierarchy: FirstHierarchy | None = DEFAULT_HIERARCHY,
    *,
    actor: Actor | None = None,
    clock: Clock = CLOCK,
) -> Summary:
    """Set up the data directory: master key, keystore, database, built-in profiles, two CAs, TLS certificate.

    Only missing parts are created, so it can be interrupted and repeated, also in parallel. Once it has completed, a
    keystore or database that is missing is lost, and is not created again; an older database is upgraded. Raises
    ConfigurationInvalid if clients could not reach the status URLs. Forbidden and HomeUnusable as `open_installation`.
    Other errors as `create_ca`.
    """
    who = actor or build_system_actor("init")
    _require_status_url(settings, hierarchy=hierarchy is not None)
    home.prepare(settings.home)
    with home.lock_home(settings.home):
        home.tidy(settings.home)
        if not keystores.exists(settings):
            home.require_new(settings)
        keystores.create(settings, SystemEntropy())
        if is_set_up := home.is_set_up(settings):
            _require_database(settings)
        installation = _wire(home.choose_ports(settings), "init", create=True, clock=clock)
        try:
            ctx = _impatient(installation.ctx)
            if is_new := not is_initialized(ctx):
                create_hierarchy(ctx, who, hierarchy)
            else:
                require_complete(ctx)
            _first_tls_certificate(installation, ctx)
            sign_in_url = None if is_set_up else _first_link(ctx, who)
            home.mark_set_up(settings.home)
            return build_summary(ctx, installation.settings, is_new=is_new, sign_in_url=sign_in_url)
        finally:
            installation.close()


def find_status_url_fault(settings: Settings) -> str | None:
    """Return why new CAs cannot use the status URLs of these settings, and what to do. None if they can."""
    rule = StatusUrlRule(
        base=settings.status_url, is_public=settings.is_public, accepted=frozenset(settings.accepted_status_urls)
    )
    fault = rule.find_fault(settings.status_url)
    return fault and f"{settings.status_url} {fault}: set it to a URL such as http://status.example.com"


def _require_status_url(settings: Settings, *, hierarchy: bool) -> None:
    """Raise ConfigurationInvalid if clients could not reach the status URLs of the first CAs.

    Called before anything is created.
    """
    message = find_status_url_fault(settings)
    if message is not None and hierarchy and not home.is_set_up(settings):
        error = FieldError("public_status_url", "settings.status_url", message)
        raise ConfigurationInvalid(f"The settings are invalid: public_status_url: {message}.", errors=(error,))


def upgrade_database(settings: Settings) -> schema.Revisions:
    """Migrate the database to the present schema, with the built-in profiles. Returns the old and the new revision.

    A newer schema that this program can use stays, so that both revisions are the same. Raises HomeUnusable also for
    one that it cannot use. Other errors as `open_installation`.
    """
    with _database(settings) as engine:
        before = schema.get_current(engine)
        schema.upgrade(engine)
        after = schema.get_current(engine) or schema.get_head()
    # Without the upgrade no command could read the database, so that it is allowed before a repair, too.
    installation = open_installation(settings, slot="init", only_reads=True)
    try:
        keep_builtin_profiles(installation.ctx, build_system_actor("upgrade"))
    finally:
        installation.close()
    return schema.Revisions(before, after)


def get_database_revision(settings: Settings) -> schema.Revisions:
    """Return the schema revision of the database and that of this program. Errors as `upgrade_database`."""
    with _database(settings) as engine:
        return schema.Revisions(schema.get_current(engine), schema.get_head())


def get_schema_state(settings: Settings) -> schema.SchemaState:
    """Return whether this program can use the schema of the database. Errors as `upgrade_database`."""
    with _database(settings) as engine:
        return schema.get_state(engine)


def list_database_notices(settings: Settings) -> list[str]:
    """Return what the database lacks: searches for any part of a name, or a standby with every acknowledged commit.

    Errors as `upgrade_database`.
    """
    with _database(settings) as engine:
        found = (schema.search_notice(engine), find_replication_notice(engine))
    return [notice for notice in found if notice is not None]


def grant_database(settings: Settings, role: str) -> None:
    """Let another PostgreSQL role use the tables, under row-level security. Only the owner of the tables can do that.

    Raises ConfigurationInvalid without PostgreSQL. Other errors as `row_security.grant` and `upgrade_database`.
    """
    if settings.database_url is None:
        raise ConfigurationInvalid("The encrypted file in the data directory has no roles. Set database_url first.")
    with _database(settings) as engine:
        schema.require_usable(engine)
        row_security.grant(engine, role)


def get_row_security(settings: Settings) -> RowSecurity:
    """Return whether row-level security limits what the installation reads. Errors as `upgrade_database`."""
    with _database(settings) as engine:
        return row_security.get_row_security(engine)


def change_master_key(settings: Settings, actor: Actor, new: NewMasterKey) -> MasterKeyChange:
    """Encrypt the keystore with another master key. The call can be interrupted at any moment, and the server can run.

    Raises InvalidInput for an invalid `new`; BackendUnavailable if the keystore or its HSM is unavailable. Other errors
    as `open_installation`.
    """
    home.require_own(settings.home)
    kind = master_key.get_kind(new)
    with home.lock_home(settings.home), ExitStack() as stack:
        installation = open_installation(settings, slot="init")
        stack.callback(installation.close)
        storage, name = installation.ctx.ports.storage, str(settings.home)
        with storage.begin(actor) as uow:
            uow.record(MasterKeyChangeIntended(object_id=name, kind=kind))
        try:
            change = master_key.change(settings, installation.keystore, new, SystemEntropy())
        except PkiError as error:
            failed = MasterKeyChanged(object_id=name, kind=kind, records=0, outcome=Outcome.FAILED, reason=error.detail)
            with storage.begin(actor) as uow:
                uow.record(failed)
            raise
        with storage.begin(actor) as uow:
            uow.record(MasterKeyChanged(object_id=name, kind=kind, records=change.records))
    return change


def _require_database(settings: Settings) -> None:
    """Raise HomeUnusable if the database is missing or empty. A new one would hide that it is lost."""
    with _database(settings) as engine:
        schema.require_not_empty(engine)


@contextmanager
def _database(settings: Settings) -> Iterator[sa.Engine]:
    """Open only the database engine, for commands that must work with any version of the schema."""
    home.require_own(settings.home)
    with ExitStack() as stack:
        keystore = keystores.open_(settings, CLOCK, SystemEntropy())
        stack.callback(keystore.close)
        engine = open_engine(settings, keystore, create=False)
        stack.callback(engine.dispose)
        yield engine


def _wire(
    settings: Settings,
    slot: str,
    *,
    create: bool,
    clock: Clock,
    differences: Mapping[str, str] | None = None,
    shares_writer: bool = False,
) -> Installation:
    """Open every component. `create` creates the database and secrets that are missing."""
    node = f"{settings.node}/{slot}"
    with ExitStack() as stack:
        parts = open_components(settings, node, stack, create=create, clock=clock, shares_writer=shares_writer)
        (settings.home / "checkpoints").mkdir(mode=0o700, exist_ok=True)
        # The nonce key is created where it is missing: installations are older than ACME.
        nonce_key = parts.keystore.secret("acme-nonce-key", create=True)
        config = make_config(settings, node, mac_key=parts.mac_key, nonce_key=nonce_key)
        ctx = Context.start(make_ports(parts, settings, clock), replace(config, differences=differences or {}))
        load_recovery(ctx)
        if create:
            _create_checkpoint_key(ctx)
        return Installation(
            settings=settings,
            ctx=ctx,
            published=parts.published,
            scheduler=parts.scheduler,
            tls=get_tls_files(settings.home / TLS_FOLDER, _tls_password(parts.keystore, create=create)),
            keystore=parts.keystore,
            engine=parts.engine,
            _stack=stack.pop_all(),
        )


def _tls_password(keystore: Keystore, *, create: bool) -> bytes:
    return keystore.secret("tls-key-password", create=create).hex().encode()


def _create_checkpoint_key(ctx: Context) -> None:
    ref = ctx.config.checkpoint_key
    ctx.ports.signers.get(ref.backend).generate(get_key_type("Ed25519"), ref.key_id)


def _impatient(ctx: Context) -> Context:
    return replace(ctx, config=replace(ctx.config, signing_deadline=_FIRST_DEADLINE))


def _first_tls_certificate(installation: Installation, ctx: Context) -> None:
    try:
        ensure_tls_certificate(
            ctx,
            TLS_ACTOR,
            names=installation.tls_names,
            directory=installation.tls.certificate.parent,
            password=installation.tls.password,
        )
    except Conflict:
        # No CA can issue it yet; the worker makes it as soon as one can.
        return


def _first_link(ctx: Context, actor: Actor) -> str | None:
    try:
        return create_first_administrator(ctx, actor).url
    except Conflict:
        return None
