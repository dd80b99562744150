"""Two hosts on one database are upgraded one after the other under load. The newer version has one more migration."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pki_manager.storage.engine import schema
from tests.faults.fault_log import Fault, FaultLog
from tests.faults.load import Load
from tests.faults.parts import HEALED
from tests.services.installation import Installation, administrator_token
from tests.services.postgresql import PostgresServer
from tests.support.newer_version import CONTRACTION, EXPANSION, build_newer_version


@pytest.fixture
def hosts(tmp_path: Path, postgresql: PostgresServer) -> Iterator[tuple[Installation, Installation]]:
    names = [postgresql.create_database() for _ in range(2)]
    shared = dict(zip(("PKIM_DATABASE_URL", "PKIM_KEYSTORE_URL"), map(postgresql.url, names), strict=True))
    made = []
    for name in ("pki-a", "pki-b"):
        (tmp_path / name).mkdir()
        made.append(Installation(tmp_path / name, {**shared, "PKIM_NODE_NAME": name}))
    first, second = made
    first.run("init")
    second.home.mkdir(mode=0o700)
    (second.home / "master.key").write_bytes((first.home / "master.key").read_bytes())
    (second.home / "master.key").chmod(0o600)
    yield first, second
    for name in names:
        postgresql.drop_database(name)


def upgrade(host: Installation, source: Path) -> None:
    """Install the newer version on a host."""
    host.environment["PYTHONPATH"] = str(source)


@pytest.mark.long
def test_hosts_are_upgraded_one_after_the_other_and_nothing_acknowledged_is_lost(
    hosts: tuple[Installation, Installation], tmp_path: Path, fault_log: FaultLog
) -> None:
    first, second = hosts
    newer = build_newer_version(tmp_path / "newer", body=EXPANSION, compatible_since=schema.get_head())
    token = administrator_token(first)
    with first.serving() as one:
        load = Load(one.management, token)
        load.start()
        load.await_more(20, HEALED)
        upgrade(second, newer)
        assert "Run `pkim db upgrade`" in second.run("ca", "list", expect=5)
        assert second.json("db", "upgrade")["after"] == "20990101_newer"
        load.await_more(20, HEALED)
        with second.serving() as other:
            beside = Load(other.management, token, records=load.records)
            beside.start()
            beside.await_more(20, HEALED)
            beside.stop()
        load.await_more(20, HEALED)
        load.stop()
    require_known_limits(first)
    with first.serving() as one, second.serving():  # the older version starts again on the newer schema
        again = Load(one.management, token, records=load.records)
        again.start()
        again.await_more(20, HEALED)
        again.stop()
    upgrade(first, newer)
    with first.serving():
        assert first.json("db", "check")["state"] == "current"
    assert (load.wrong, beside.wrong, again.wrong) == ([], [], [])
    assert (load.errors, beside.errors, again.errors) == (0, 0, 0)
    fault_log.conclude(Fault.ROLLING_UPGRADE, first, load.records, repetitions=1, errors=load.errors)


def require_known_limits(older: Installation) -> None:
    """Check what the older version says about the newer schema, and that it copies no part of it."""
    shown = older.json("db", "check")
    assert (shown["state"], shown["usable"], shown["current"]) == ("newer, usable", True, False)
    # Containers run both at each start.
    older.run("init")
    upgraded = older.json("db", "upgrade")
    assert (upgraded["before"], upgraded["after"]) == ("20990101_newer", "20990101_newer")
    secret = older.folder / "passphrase"
    secret.write_text("a passphrase of several words\n")
    secret.chmod(0o600)
    backup = older.folder / "pki.age"
    said = older.run("backup", "create", "--out", str(backup), "--passphrase-file", str(secret), expect=6)
    assert "Use the newer version." in said
    assert not backup.exists()


def test_a_host_of_this_version_refuses_the_schema_of_an_incompatible_one(
    hosts: tuple[Installation, Installation], tmp_path: Path
) -> None:
    first, second = hosts
    upgrade(second, build_newer_version(tmp_path / "newer", body=CONTRACTION, compatible_since=None))
    second.run("db", "upgrade")
    said = first.run("serve", expect=5)
    assert "newer schema, which this version of PKI Manager cannot use. Install the newer version." in said
