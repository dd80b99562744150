"""The runbook of a lost PostgreSQL server, executed as printed: everything comes back, or everything up to a time."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.test_runbooks import RUNBOOKS, execute, issue
from tests.interop.test_tutorial import _script
from tests.services.installation import Installation
from tests.services.postgresql import PostgresServer, postgresql_server, require_binaries

LIMIT = 60.0


@pytest.fixture
def store() -> Iterator[Path]:
    """A directory of the user postgres, for the archive and the base backup."""
    folder = Path(tempfile.mkdtemp(prefix="pkim-wal-", dir="/tmp"))
    (folder / "archive").mkdir()
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        shutil.chown(folder / "archive", "postgres", "postgres")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def server(store: Path) -> Iterator[PostgresServer]:
    archive = store / "archive"
    command = f"test ! -f {archive}/%f && cp %p {archive}/%f.part && mv {archive}/%f.part {archive}/%f"
    with postgresql_server("archive_mode=on", f"archive_command={command}") as running:
        yield running


def as_postgres(command: list[str], environment: dict[str, str] | None = None) -> None:
    user = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*user, *command],
        cwd="/",
        env={"PATH": os.environ["PATH"], **(environment or {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def back_up(server: PostgresServer, store: Path) -> None:
    program = require_binaries() / "pg_basebackup"
    target = str(store / "base")
    as_postgres([str(program), "-h", str(server.directory), "-U", "postgres", "--pgdata", target, "-c", "fast"])


def archive_all(server: PostgresServer) -> None:
    """Wait until everything up to now is in the archive."""
    with server.connect() as connection:
        row = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
        assert row is not None
        end = time.monotonic() + LIMIT
        done = "SELECT last_archived_wal >= %s FROM pg_stat_archiver"
        while connection.execute(done, row).fetchone() != (True,):
            assert time.monotonic() < end
            time.sleep(0.1)


def await_changes(server: PostgresServer) -> None:
    end = time.monotonic() + LIMIT
    with server.connect() as connection:
        while connection.execute("SELECT pg_is_in_recovery()").fetchone() != (False,):
            assert time.monotonic() < end
            time.sleep(0.1)


def restore(server: PostgresServer, store: Path, block: str, **values: str) -> None:
    """Lose the data directory, and restore it as the page prints."""
    server.kill()
    data = server.directory / "data"
    shutil.rmtree(data)
    as_postgres(
        ["bash", "-euo", "pipefail", "-c", block],
        {"BASE": str(store / "base"), "ARCHIVE": str(store / "archive"), "PGDATA": str(data), **values},
    )


def list_ids(installation: Installation) -> set[str]:
    return {one["id"] for one in installation.json("cert", "list")["items"]}


@pytest.mark.parametrize(
    "is_partial", [pytest.param(False, id="everything", marks=pytest.mark.long), pytest.param(True, id="up-to-a-time")]
)
def test_a_lost_postgresql_server_is_restored_from_its_archive(
    server: PostgresServer, store: Path, tmp_path: Path, is_partial: bool
) -> None:
    installation = Installation(tmp_path, {"PKIM_DATABASE_URL": server.url(server.create_database())})
    installation.run("init")
    first = issue(installation, "Issuing CA", "first.example.com")
    back_up(server, store)
    second = issue(installation, "Issuing CA", "second.example.com")
    with server.connect() as connection:
        row = connection.execute("SELECT clock_timestamp()::text").fetchone()
    assert row is not None
    third = issue(installation, "Issuing CA", "third.example.com")
    installation.run("audit", "checkpoint")
    (tmp_path / "seen.pem").write_text(third["pem"])
    archive_all(server)
    begin, _, rest = _script(f"{RUNBOOKS}/lost-postgresql-database.md").partition("pkim audit verify")
    recover, _, check = rest.partition("pkim db check")
    restore(server, store, begin, **({"TARGET": row[0]} if is_partial else {}))
    with server.running_again():
        await_changes(server)
        found = list_ids(installation) & {first["id"], second["id"], third["id"]}
        assert found == {first["id"], second["id"]} | (set() if is_partial else {third["id"]})
        if is_partial:
            execute(installation, f"pkim audit verify{recover}", SEEN=str(tmp_path / "seen.pem"))
            serials = {one["serial_number"] for one in installation.json("cert", "list")["items"]}
            assert third["serial_number"] in serials
        execute(installation, f"pkim db check{check}")
        fourth = issue(installation, "Issuing CA", "fourth.example.com")
        assert fourth["id"] in list_ids(installation)
