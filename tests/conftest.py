"""Fixtures for all tests: time, randomness, and storage on each engine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import settings

from pki_manager.storage.engine import row_security, schema
from pki_manager.storage.engine.engines import open_postgresql, open_sqlcipher
from pki_manager.storage.storage import SqlStorage
from tests.fakes.clock import FrozenClock
from tests.fakes.entropy import SeededEntropy
from tests.faults.fault_log import format_rows
from tests.services.kms import Kms, kms_server
from tests.services.postgresql import PostgresServer, postgresql_server
from tests.support.memory.storage import copy_database, open_memory, ram_folder

# Without a deadline: a pause of a busy machine is no finding, and what must be fast is timed by name.
settings.register_profile("brief", deadline=None, max_examples=20)
settings.register_profile("thorough", deadline=None, max_examples=100)
settings.load_profile("brief")  # `make test` asks for `--hypothesis-profile=thorough`

DATABASE_KEY = bytes(range(32))
MAC_KEY = bytes(range(32, 64))
CHAIN = "host/worker-1"

OpenStorage = Callable[..., SqlStorage]
"""`open_storage(chain=…)` opens the test's database once more, as another process would."""


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def entropy() -> SeededEntropy:
    return SeededEntropy()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """A server for this test process."""
    with postgresql_server() as server:
        yield server


@pytest.fixture(scope="session")
def kms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kms]:
    """A Cosmian KMS for this test process, with a key-encryption key and two identities over mutual TLS."""
    with kms_server(tmp_path_factory.mktemp("kms")) as server:
        server.protect_with_kek()
        server.let_use_kek()
        yield server


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move tests that need a KMS to the end: on a new machine, the KMS is built while the others run.

    A test name that depends on the process (set order, address) is refused: two workers would collect different tests.
    """
    if unsteady := [item.nodeid for item in items if "frozenset(" in item.nodeid or " at 0x" in item.nodeid]:
        raise pytest.UsageError(f"these tests have another name in each process: {unsteady}")
    items.sort(key=lambda item: item.get_closest_marker("kms") is not None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table of faults if tests of faults ran."""
    reports = [one for found in terminalreporter.stats.values() for one in found]
    last = [one for one in reports if getattr(one, "when", None) == "teardown"]  # has what fixtures recorded, too
    if table := format_rows(pair for report in last for pair in report.user_properties):
        terminalreporter.write_sep("=", "faults")
        terminalreporter.write_line(table)


@pytest.fixture(scope="session")
def postgresql_template(postgresql: PostgresServer) -> str:
    """Return the name of a database with the schema, to copy."""
    name = postgresql.create_database()
    engine = open_postgresql(postgresql.url(name))
    schema.upgrade(engine)
    engine.dispose()
    return name


@pytest.fixture(scope="session")
def sqlcipher_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database file with the schema, to copy."""
    path = tmp_path_factory.mktemp("sqlcipher") / "template.db"
    engine = open_sqlcipher(path, DATABASE_KEY)
    schema.upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlcipher_url(sqlcipher_template: Path, tmp_path: Path) -> str:
    """Return `sqlcipher:PATH` of a new database with the schema."""
    path = tmp_path / "pki.db"
    shutil.copyfile(sqlcipher_template, path)
    return f"sqlcipher:{path}"


@pytest.fixture(scope="session")
def memory_template() -> Iterator[Path]:
    """A database file in RAM with the schema, to copy."""
    with ram_folder() as folder:
        path = folder / "template.db"
        engine = open_memory(path)
        schema.upgrade(engine)
        engine.dispose()
        yield path


@pytest.fixture
def memory_url(memory_template: Path) -> Iterator[str]:
    """`memory:PATH` of a new database in RAM with the schema."""
    with ram_folder() as folder:
        yield f"memory:{copy_database(memory_template, folder / 'pki.db')}"


@pytest.fixture
def postgresql_owner_url(postgresql: PostgresServer, postgresql_template: str) -> Iterator[str]:
    """Return the URL of a new database with the schema, for the role that owns its tables."""
    name = postgresql.create_database(postgresql_template)
    yield postgresql.url(name)
    postgresql.drop_database(name)


def grant_role(postgresql: PostgresServer, owner_url: str, role: str) -> str:
    """Let a role that owns no table use the database under row-level security. Return the URL for that role."""
    with postgresql.connect() as connection:
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone() is None:
            connection.execute(f"CREATE ROLE {role} LOGIN")
    engine = open_postgresql(owner_url)
    row_security.grant(engine, role)
    engine.dispose()
    return sa.make_url(owner_url).set(username=role).render_as_string(hide_password=False)


@pytest.fixture
def postgresql_url(postgresql: PostgresServer, postgresql_owner_url: str) -> str:
    """Return the URL of a new database with the schema.

    It is for the role that owns the tables, or for the one that TEST_ROLE names: `make test-long` runs tests as both.
    """
    role = os.environ.get("TEST_ROLE")
    return grant_role(postgresql, postgresql_owner_url, role) if role else postgresql_owner_url


@pytest.fixture(params=["sqlcipher", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of a new database with the schema, on each engine."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


def open_engine(url: str) -> sa.Engine:
    """Return an engine for the URL of a fixture."""
    kind, _, path = url.partition(":")
    if kind == "memory":
        return open_memory(Path(path))
    return open_sqlcipher(Path(path), DATABASE_KEY) if kind == "sqlcipher" else open_postgresql(url)


def lock_path(url: str) -> Path | None:
    kind, _, path = url.partition(":")
    return Path(path + ".lock") if kind in {"sqlcipher", "memory"} else None


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def owner_engine(database_url: str, request: pytest.FixtureRequest) -> Iterator[sa.Engine]:
    """An engine for the role that owns the tables, which can change them."""
    is_postgresql = database_url.startswith("postgresql")
    engine = open_engine(request.getfixturevalue("postgresql_owner_url") if is_postgresql else database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def open_storage(database_url: str, clock: FrozenClock) -> Iterator[OpenStorage]:
    opened: list[SqlStorage] = []
    engines: list[sa.Engine] = []

    def open_one(chain: str = CHAIN) -> SqlStorage:
        engines.append(open_engine(database_url))
        storage = SqlStorage(
            engines[-1],
            chain=chain,
            mac_key=MAC_KEY,
            clock=clock,
            entropy=SeededEntropy(chain),
            lock_path=lock_path(database_url),
        )
        opened.append(storage)
        return storage

    yield open_one
    for storage in opened:
        storage.close()
    for engine in engines:
        engine.dispose()


@pytest.fixture
def storage(open_storage: OpenStorage) -> SqlStorage:
    """Yield the storage port over the schema without rows, on each engine."""
    return open_storage()
