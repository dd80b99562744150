"""Those who act by the directory (CAs, keys, profiles) and those who change it wait for each other, on both engines."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from uuid import uuid4

import pytest
import sqlalchemy as sa

from pki_manager.authority.cas.retire_ca import retire_ca
from pki_manager.authority.cas.suspend_ca import resume_ca, suspend_ca
from pki_manager.authority.certificates import profiles
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.blocked_keys import block_key
from pki_manager.domain.ca import CaState, CertificateAuthority
from pki_manager.domain.errors import Conflict, PkiError
from pki_manager.domain.known_key import BlockedKey, BlockReason
from pki_manager.domain.profiles import codec
from pki_manager.policy import builtin_profiles
from pki_manager.ports.unit_of_work import Reader, UnitOfWork
from pki_manager.x509 import parse
from tests.conftest import OpenStorage, open_engine
from tests.fakes.clock import START
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, with_ports

WEB = Enroll(ca="Issuing CA", profile="web", csr=make_csr("www.example.com"))

Change = Callable[[Context], object]


def _definition(name: str) -> dict[str, object]:
    return {**codec.to_dict(builtin_profiles.TLS_SERVER), "name": name, "version": 1}


@pytest.fixture
def waits(database_url: str) -> Callable[[threading.Thread], None]:
    """Returns when the thread waits for a lock of PostgreSQL, or has ended. On SQLite it cannot begin at all."""

    def until_blocked(thread: threading.Thread) -> None:
        if database_url.startswith("sqlcipher"):
            return
        engine = open_engine(database_url)
        waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        while thread.is_alive():
            with engine.connect() as connection:
                if connection.execute(waiting).scalar_one():
                    break
            time.sleep(0.01)
        engine.dispose()

    return until_blocked


def beside(
    ctx: Context,
    open_storage: OpenStorage,
    waits: Callable[[threading.Thread], None],
    first: Callable[[UnitOfWork], None],
    second: Change,
) -> tuple[list[str], list[object]]:
    """In which order the two ended, and what came of the second, which began in another process during the first."""
    other = with_ports(ctx, storage=open_storage(chain="host/worker-2"))
    order: list[str] = []
    results: list[object] = []

    def run() -> None:
        try:
            results.append(second(other))
        except PkiError as error:
            results.append(error)
        order.append("second")

    thread = threading.Thread(target=run)
    with ctx.ports.storage.housekeep() as uow:
        first(uow)
        thread.start()
        waits(thread)
        order.append("first")
    thread.join()
    return order, results


def _issuing_ca(reader: Reader | UnitOfWork) -> CertificateAuthority:
    ca = reader.cas.find("Issuing CA")
    assert ca is not None
    return ca


CHANGES: dict[str, Change] = {
    "suspend a CA": lambda at: suspend_ca(at, ADMIN, "Issuing CA"),
    "retire a CA": lambda at: retire_ca(at, ADMIN, "Issuing CA"),
    "block a key": lambda at: block_key(at, ADMIN, "5a" * 32),
    "update a profile": lambda at: profiles.update(at, ADMIN, "web", {**_definition("web"), "description": "New"}),
    "retire a profile": lambda at: profiles.retire(at, ADMIN, "web"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_the_directory_does_not_change_under_a_unit_that_acts_by_it(
    ctx: Context, open_storage: OpenStorage, waits: Callable[[threading.Thread], None], change: Change
) -> None:
    profiles.create(ctx, ADMIN, _definition("web"))
    seen: list[int] = []

    def act(uow: UnitOfWork) -> None:
        seen.append(uow.meta.get_directory_revision())

    order, results = beside(ctx, open_storage, waits, act, change)
    assert order == ["first", "second"]
    assert not isinstance(results[0], PkiError), results
    with ctx.ports.storage.read() as reader:
        assert reader.meta.get_directory_revision() == seen[0] + 1


def _retire_web(uow: UnitOfWork) -> None:
    uow.profiles.retire("web")


def _suspend_ca(uow: UnitOfWork) -> None:
    uow.cas.set_state(_issuing_ca(uow).id, CaState.SUSPENDED)


def _block_key(uow: UnitOfWork) -> None:
    digest = parse.parse_csr(WEB.csr).key.spki_sha256
    key = BlockedKey(
        id=uuid4(),
        spki_sha256=digest,
        reason=BlockReason.OPERATOR,
        comment="",
        blocked_by=ADMIN.id,
        blocked_at=START,
        certificate_id=None,
    )
    assert uow.known_keys.block(key)


STOPS = {"the CA is suspended": _suspend_ca, "the key is blocked": _block_key, "the profile is retired": _retire_web}


@pytest.mark.parametrize("stop", STOPS.values(), ids=STOPS.keys())
def test_nothing_is_issued_that_was_decided_before_a_change_and_stored_after_it(
    ctx: Context,
    open_storage: OpenStorage,
    waits: Callable[[threading.Thread], None],
    stop: Callable[[UnitOfWork], None],
) -> None:
    profiles.create(ctx, ADMIN, _definition("web"))
    order, results = beside(ctx, open_storage, waits, stop, lambda at: enroll(at, ADMIN, WEB))
    assert order == ["first", "second"]
    assert isinstance(results[0], PkiError), results


def test_a_state_is_decided_on_what_another_process_has_made_of_the_ca(
    ctx: Context, open_storage: OpenStorage, waits: Callable[[threading.Thread], None]
) -> None:
    suspend_ca(ctx, ADMIN, "Issuing CA")
    with ctx.ports.storage.read() as reader:
        ca_id = _issuing_ca(reader).id
    order, results = beside(
        ctx,
        open_storage,
        waits,
        lambda uow: uow.cas.set_state(ca_id, CaState.REVOKED),
        lambda at: resume_ca(at, ADMIN, "Issuing CA"),
    )
    assert order == ["first", "second"]
    assert isinstance(results[0], Conflict)
    with ctx.ports.storage.read() as reader:
        assert reader.cas.get(ca_id).state is CaState.REVOKED
