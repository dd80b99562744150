"""A real PostgreSQL server for tests: durable settings, a Unix socket of its own, gone with the process that made it.

`python -m tests.services.postgresql` prints the URL of an empty database, and ends when its standard input does.
PostgreSQL refuses to run as root; then it runs as the user `postgres`.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

_USER = "postgres"
_START_SECONDS = 30
_SYNCHRONOUS = "SELECT count(*) > 0 FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')"


def binaries() -> Path | None:
    """The directory with initdb and postgres, newest version first; None when PostgreSQL is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]))
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    return Path(on_path).parent if on_path else None


def require_binaries() -> Path:
    """As `binaries`; without PostgreSQL the test is skipped, but in CI fails."""
    found = binaries()
    if found is not None:
        return found
    if os.environ.get("CI"):
        pytest.fail("PostgreSQL is not installed, and CI has to test it")
    pytest.skip("PostgreSQL is not installed")


@dataclass
class PostgresServer:
    """A running server. `directory` holds its data and its socket."""

    directory: Path
    process: subprocess.Popen[bytes]
    _numbers: Iterator[int] = field(default_factory=count)

    def url(self, database: str) -> str:
        """For SQLAlchemy with psycopg 3."""
        return f"postgresql+psycopg://{_USER}@/{database}?host={self.directory}"

    def create_database(self, template: str = "template0") -> str:
        """A new database, a copy of `template`; its name."""
        name = f"test_{next(self._numbers)}"
        self._administer(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        return name

    def drop_database(self, name: str) -> None:
        """Also when somebody is still connected."""
        self._administer(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def stop(self) -> None:
        """A fast shutdown: whoever is connected is thrown out."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)

    def kill(self) -> None:
        """End the server and all of its processes at once, like a power failure of its host."""
        processes = [self.process.pid, *_read_children(self.process.pid)]
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.process.wait(30)

    def promote(self) -> None:
        """Make this replica a primary server, and return when it accepts changes."""
        with self.connect() as connection:
            assert connection.execute("SELECT pg_promote(true, 60)").fetchone() == (True,)

    def require_standby(self) -> None:
        """Let each commit wait for a standby from now on (`synchronous_standby_names`)."""
        with self.connect() as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (*)'")
            connection.execute("SELECT pg_reload_conf()")
            for _ in range(_START_SECONDS * 20):
                if connection.execute(_SYNCHRONOUS).fetchone() == (True,):
                    return
                time.sleep(0.05)
        raise RuntimeError("no standby became synchronous")

    @contextmanager
    def running_again(self) -> Iterator[None]:
        """On the same data, after `stop`, for as long as the block."""
        with _running(require_binaries(), self.directory, self.directory / "data", ()) as self.process:
            yield

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(host=str(self.directory), user=_USER, dbname=database, autocommit=True)

    def _administer(self, statement: sql.Composed) -> None:
        with self.connect() as connection:
            connection.execute(statement)


@contextmanager
def postgresql_server(*options: str) -> Iterator[PostgresServer]:
    """Run a server with `options` (`fsync=off`) beside its own, stop it at the end. Skipped as `require_binaries`."""
    bin_directory = require_binaries()
    # Not pytest's tmp_path: another user must be able to pass, and a socket's path must be short.
    directory = Path(tempfile.mkdtemp(prefix="pkim-pg-", dir="/tmp"))
    if os.geteuid() == 0:
        shutil.chown(directory, _USER, _USER)
    data = directory / "data"
    try:
        initialize = [
            str(bin_directory / "initdb"),
            "-D",
            str(data),
            "-A",
            "trust",
            "-U",
            _USER,
            "--no-sync",
            "-E",
            "UTF8",
        ]
        subprocess.run([*_as_user(), *initialize, "--locale=C"], cwd="/", check=True, capture_output=True)
        with _running(bin_directory, directory, data, options) as process:
            yield PostgresServer(directory, process)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def postgresql_replica(primary: PostgresServer) -> Iterator[PostgresServer]:
    """Run a streaming replica of a server, with all of its databases, and stop it at the end."""
    bin_directory = require_binaries()
    directory = Path(tempfile.mkdtemp(prefix="pkim-pg-", dir="/tmp"))
    if os.geteuid() == 0:
        shutil.chown(directory, _USER, _USER)
    data = directory / "data"
    try:
        copy = [str(bin_directory / "pg_basebackup"), "-h", str(primary.directory), "-U", _USER, "-D", str(data)]
        subprocess.run(
            [*_as_user(), *copy, "-R", "-X", "stream", "-c", "fast", "--no-sync"],
            cwd="/",
            check=True,
            capture_output=True,
        )
        with _running(bin_directory, directory, data, ()) as process:
            yield PostgresServer(directory, process)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def _running(
    bin_directory: Path, directory: Path, data: Path, options: tuple[str, ...]
) -> Iterator[subprocess.Popen[bytes]]:
    settings = ["listen_addresses=", f"unix_socket_directories={directory}", "max_connections=200", *options]
    arguments = [part for setting in settings for part in ("-c", setting)]
    # --pdeathsig: a test run that is killed leaves no server behind.
    command = [*_as_user("--pdeathsig", "QUIT"), str(bin_directory / "postgres"), "-D", str(data), *arguments]
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        ready = [str(bin_directory / "pg_isready"), "-q", "-h", str(directory)]
        for _ in range(_START_SECONDS * 20):
            if subprocess.run(ready, check=False).returncode == 0:
                break
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            raise RuntimeError(f"PostgreSQL did not start: {(directory / 'log').read_text()}")
        yield process
    finally:
        process.send_signal(signal.SIGINT)  # a fast shutdown
        process.wait(30)


def _read_children(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def _as_user(*options: str) -> list[str]:
    root = ["--reuid", _USER, "--regid", _USER, "--init-groups"] if os.geteuid() == 0 else []
    return ["setpriv", *root, *options] if root or options else []


if __name__ == "__main__":
    with postgresql_server() as server:
        sys.stdout.write(f"{server.url(server.create_database())}\n")
        sys.stdout.flush()
        sys.stdin.read()
