"""The database of a real installation moves between the engines: with the pages' commands, with a kill, and back."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pki_manager.x509.crl import read_crl_facts
from tests.interop.test_backup import _path, await_self_check, issue, ocsp, passphrase_file, published_crl
from tests.interop.test_tutorial import _run, _script
from tests.services.installation import PKIM, Installation
from tests.services.postgresql import PostgresServer

HOW_TO = "docs/how-to/move-to-postgresql.md"
RUNBOOK = "docs/operations/runbooks/moving-to-postgresql.md"
_PIPE, _LONGEST_LINE = 4096, 40
"""Octets of a pipe, and of a line of progress at most."""


def pages_environment(installation: Installation, target: str) -> dict[str, str]:
    return {**installation.environment, "PATH": _path(installation), "TARGET": target}


def test_a_moved_installation_serves_and_moves_back(tmp_path: Path, postgresql: PostgresServer) -> None:
    installation = Installation(tmp_path)
    installation.run("init")
    with installation.serving() as server:
        issue(installation, "valid.example.com")
        revoked = issue(installation, "revoked.example.com")
        installation.run("cert", "revoke", revoked["id"], "--reason", "keyCompromise")
        await_self_check(installation)
        numbers = [read_crl_facts(published_crl(installation, server.status)).number or 0]
        refused = installation.run("db", "copy", "--to", f"file://{tmp_path / 'other.db'}", expect=6)
        assert "Stop the server" in refused
        assert not (tmp_path / "other.db").exists()
    file, target = installation.home / "pki.db", postgresql.url(postgresql.create_database())
    for source, url in ((file, target), (target, f"file://{file}")):
        copied = installation.json("db", "copy", "--to", url)
        assert (copied["differences"], copied["first_differences"]) == (0, [])
        assert copied["equal_tables"] == installation.json("db", "verify", "--against", url)["equal_tables"]
        if source == file:
            installation.environment["PKIM_DATABASE_URL"] = target
            file.rename(tmp_path / "old.db")
        else:
            del installation.environment["PKIM_DATABASE_URL"]
        with installation.serving() as server:
            later = issue(installation, "later.example.com")
            installation.run("cert", "revoke", later["id"], "--reason", "superseded")
            await_self_check(installation)
            crl = read_crl_facts(published_crl(installation, server.status))
            numbers.append(crl.number or 0)
            assert {int(one["serial_number"], 16) for one in (revoked, later)} <= set(crl.serials)
            assert "leaf.pem: revoked" in ocsp(installation, revoked["pem"], server.status)
            assert "failed" not in installation.run("selfcheck")
        assert installation.json("audit", "verify")["valid"]
    assert numbers == sorted(set(numbers))


def test_the_how_to_copies_continues_compares_and_switches(tmp_path: Path, postgresql: PostgresServer) -> None:
    installation, target = Installation(tmp_path), postgresql.url(postgresql.create_database())
    installation.run("init")
    kept = issue(installation, "kept.example.com")
    done = _run(_script(HOW_TO), pages_environment(installation, target), tmp_path)
    assert done.returncode == 0, done.stdout
    (installation.home / "pki.db").unlink()
    assert installation.json("cert", "show", kept["id"])["state"] == "valid"
    assert "wrong" not in installation.run("config", "check")


def test_the_runbook_moves_and_serves(tmp_path: Path, postgresql: PostgresServer) -> None:
    installation, target = Installation(tmp_path), postgresql.url(postgresql.create_database())
    installation.run("init")
    backup = {"BACKUP": str(tmp_path / "pki.age"), "PASSPHRASE_FILE": str(passphrase_file(tmp_path))}
    done = _run(_script(RUNBOOK), pages_environment(installation, target) | backup, tmp_path)
    assert done.returncode == 0, done.stdout
    assert "OCSP says revoked" in done.stdout


@contextmanager
def stuck_after(octets: int, arguments: list[str], installation: Installation) -> Iterator[subprocess.Popen[bytes]]:
    """A command that can print so many octets of progress, and then waits until they are read."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, _PIPE)
    os.write(writing, bytes(_PIPE - octets))
    try:
        with subprocess.Popen([PKIM, *arguments], env=installation.environment, stderr=writing) as process:
            while process.poll() is None and _waiting(reading) < _PIPE - _LONGEST_LINE:
                time.sleep(0.05)
            yield process
            process.kill()
    finally:
        os.close(reading)
        os.close(writing)


def _waiting(pipe: int) -> int:
    """How many octets wait in a pipe."""
    (number,) = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4))
    return int(number)


@pytest.mark.parametrize("to", ["postgresql", "sqlcipher"])
def test_a_killed_copy_is_continued(to: str, tmp_path: Path, postgresql: PostgresServer) -> None:
    installation = Installation(tmp_path)
    server = postgresql.url(postgresql.create_database())
    if to == "sqlcipher":
        installation.environment["PKIM_DATABASE_URL"] = server
    installation.run("init")
    issue(installation, "one.example.com")
    target = server if to == "postgresql" else f"file://{installation.home / 'pki.db'}"
    copy = ["db", "copy", "--to", target]
    for octets in (60, 300, 600):
        with stuck_after(octets, copy, installation) as process:
            assert process.poll() is None
        assert process.returncode == -9
        assert "--resume" in installation.run("db", "copy", "--to", target, expect=6)
        copy = ["db", "copy", "--to", target, "--resume"]
    found = installation.json(*copy)
    assert found["differences"] == 0
    installation.environment.pop("PKIM_DATABASE_URL", None)
    if to == "postgresql":
        installation.environment["PKIM_DATABASE_URL"] = server
    issue(installation, "two.example.com")
    assert installation.json("audit", "verify")["valid"]


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (("copy",), 2, "--to"),
        (("copy", "--to", "mysql://db/pkim"), 2, "must be a URL such as"),
        (("copy", "--to", "postgresql+psycopg://pkim:secret@127.0.0.1:9/pkim"), 7, "The target cannot be opened"),
        (("copy", "--to", "file://{home}/pki.db"), 2, "must not be the database"),
        (("copy", "--to", "{full}"), 6, "is not empty"),
        (("copy", "--to", "file://{home}/new.db", "--url", "http://localhost"), 2, "--url"),
        (("verify", "--against", "file://{home}/new.db"), 4, "does not exist"),
        (("verify", "--against", "{full}"), 6, "does not belong to this installation"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    refused: tuple[Installation, str], arguments: tuple[str, ...], exit_code: int, words: str
) -> None:
    installation, full = refused
    before = files(installation)
    text = installation.run(
        "db", *(one.format(home=installation.home, full=full) for one in arguments), expect=exit_code
    )
    assert words in text
    assert "secret" not in text
    assert "Traceback" not in text
    assert files(installation) == before


def files(installation: Installation) -> list[str]:
    """The files of the data directory, without the one that a leader locks."""
    return sorted(path.name for path in installation.home.iterdir() if path.name != "scheduler.lock")


@pytest.fixture(scope="module")
def refused(
    tmp_path_factory: pytest.TempPathFactory, postgresql: PostgresServer, postgresql_template: str
) -> tuple[Installation, str]:
    """An installation, and a database that is not empty."""
    installation = Installation(tmp_path_factory.mktemp("refused"))
    installation.run("init")
    return installation, postgresql.url(postgresql.create_database(postgresql_template))
