"""Backup and restore on both engines: everything comes back, or nothing is touched."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from pki_manager.archive import manifest
from pki_manager.archive.bundle import BundleReader, BundleWriter
from pki_manager.archive.manifest import decode_header, encode_header
from pki_manager.authority.audit.audit_log import verify_audit, write_checkpoint
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.installation.backups import list_last_backups
from pki_manager.authority.installation.stored_check import check_stored
from pki_manager.authority.status.publish_crl import publish_now
from pki_manager.authority.status.revoke import revoke
from pki_manager.bootstrap import Installation, initialize, open_installation
from pki_manager.bootstrap.backup import create_backup, ignore_progress
from pki_manager.bootstrap.verify import verify_backup
from pki_manager.domain.errors import Conflict, Forbidden, HomeUnusable, InvalidInput, Malformed, PkiError
from pki_manager.domain.revocation import RevocationReason
from pki_manager.settings import load
from tests.fakes.entropy import SeededEntropy
from tests.services.postgresql import PostgresServer
from tests.support.backups import IDENTITIES, RECIPIENTS, digests, restored
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN

ENGINES = ["sqlcipher", "postgresql"]


def new_url(engine: str, postgresql: PostgresServer) -> str | None:
    return None if engine == "sqlcipher" else postgresql.url(postgresql.create_database())


def set_up(home: Path, url: str | None) -> Installation:
    """With a certificate that is valid, one that is revoked, and a checkpoint."""
    environ = {} if url is None else {"PKIM_DATABASE_URL": url}
    initialize(load(home, environ))
    installation = open_installation(load(home, environ), slot="worker-1")
    ctx = installation.ctx
    for name in ("one.example.com", "two.example.com"):
        last, _ = enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr(name)))
    revoke(ctx, ADMIN, last.id, RevocationReason.KEY_COMPROMISE)
    publish_now(ctx, ADMIN, "Issuing CA")
    write_checkpoint(ctx)
    return installation


@pytest.fixture(scope="module", params=ENGINES)
def origin(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgresql: PostgresServer
) -> Iterator[Installation]:
    installation = set_up(tmp_path_factory.mktemp("origin") / "home", new_url(request.param, postgresql))
    yield installation
    installation.close()


@pytest.fixture(scope="module")
def file(origin: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("backup") / "backup.age"
    create_backup(origin, ADMIN, path, RECIPIENTS)
    return path


def members(file: Path) -> list[tuple[str, bytes]]:
    with file.open("rb") as source:
        return list(BundleReader(source, IDENTITIES, field="--identity"))


def written(path: Path, contents: list[tuple[str, bytes]]) -> Path:
    with path.open("wb") as out:
        writer = BundleWriter(out, RECIPIENTS, entropy=SeededEntropy(path.name))
        for name, content in contents:
            writer.add(name, content)
        writer.finish()
    return path


@pytest.mark.parametrize("to", ENGINES)
def test_ops_01_everything_is_restored_on_either_engine(
    to: str, origin: Installation, tmp_path: Path, postgresql: PostgresServer
) -> None:
    before = digests(origin.engine)
    create_backup(origin, ADMIN, tmp_path / "backup.age", RECIPIENTS)
    home, url = tmp_path / "new" / "home", new_url(to, postgresql)
    done = restored(tmp_path / "backup.age", home, url)
    opened = open_installation(load(home, {}), slot="worker-1")
    try:
        assert digests(opened.engine) == before
        assert dict(done.rows) == {table: rows for table, (rows, _) in before.items()}
        assert min(before[table][0] for table in ("certificates", "revocations", "crls", "audit_events")) > 0
        assert verify_audit(opened.ctx, ADMIN).valid
        assert check_stored(opened.ctx, ADMIN) == ()
        assert opened.ctx.ports.signers.get("embedded").describe().reason is None
        enroll(opened.ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("new.example.com")))
    finally:
        opened.close()
    assert [entry.name for entry in home.parent.iterdir()] == ["home"]


def test_the_audit_log_shows_backup_and_restore(origin: Installation, tmp_path: Path) -> None:
    made = create_backup(origin, ADMIN, tmp_path / "backup.age", RECIPIENTS)
    assert list_last_backups(origin.ctx, ADMIN)["file"] == made
    with pytest.raises(Conflict, match=r"The file .* exists, or another backup writes to it"):
        create_backup(origin, ADMIN, tmp_path / "backup.age", RECIPIENTS)
    restored(tmp_path / "backup.age", tmp_path / "home", recorded=True)
    actions = []
    opened = open_installation(load(tmp_path / "home", {}), slot="test")
    for installation in (origin, opened):
        with installation.ctx.ports.storage.read() as reader:
            events = [event for head in reader.audit.list_heads() for event in reader.audit.iterate_chain(head.chain)]
        actions.append([event.body for event in events if b'"backup.' in event.body])
    opened.close()
    assert sum(made.sha256.encode() in body for body in actions[0]) == 1
    assert any(b'"outcome":"failed"' in body for body in actions[0])
    assert any(b'"backup.restored"' in body and made.id.encode() in body for body in actions[1])


def test_an_actor_without_the_permission_creates_no_backup(origin: Installation, tmp_path: Path) -> None:
    with pytest.raises(Forbidden, match="Requires the permission `backup:create`"):
        create_backup(origin, replace(ADMIN, grants=()), tmp_path / "backup.age", RECIPIENTS)
    assert not (tmp_path / "backup.age").exists()


def test_a_backup_verifies_and_leaves_nothing(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with file.open("rb") as source:
        found = verify_backup(source, IDENTITIES, {}, field="--identity", actor=ADMIN, progress=ignore_progress)
    assert found.passed
    assert found.audit.checkpoints > 0
    assert list(tmp_path.iterdir()) == []


def test_a_changed_audit_event_is_found_by_verification(file: Path, tmp_path: Path) -> None:
    """An attacker who knows the public key can write a valid file, not a valid audit log."""
    rows = dict(members(file))
    events = rows["database/audit_events"].splitlines(keepends=True)
    row = json.loads(events[1])
    body = base64.b64decode(row[3][0]).replace(b'"success"', b'"failed"', 1)
    row[3] = [base64.b64encode(body).decode()]
    events[1] = json.dumps(row, separators=(",", ":")).encode() + b"\n"
    rows["database/audit_events"] = b"".join(events)
    contents = manifest.Contents()
    for table in decode_header(*members(file)[0]).tables:
        contents.expect(f"database/{table}")
    for name, content in list(rows.items())[1:-1]:
        contents.update(name, content)
    rows[manifest.MANIFEST] = manifest.encode_manifest(contents)
    forged = written(tmp_path / "forged.age", list(rows.items()))
    with forged.open("rb") as source:
        found = verify_backup(source, IDENTITIES, {}, field="--identity", actor=ADMIN, progress=ignore_progress)
    assert not found.passed


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "damage",
    ["empty", "foreign", "half", "last octet missing", "bit in header", "bit in the middle", "bit at the end"],
)
def test_a_damaged_file_is_refused_and_nothing_is_touched(
    damage: str, engine: str, file: Path, tmp_path: Path, postgresql: PostgresServer
) -> None:
    whole = file.read_bytes()
    flipped = {"bit in header": 70, "bit in the middle": len(whole) // 2, "bit at the end": len(whole) - 1}
    cut = {"empty": 0, "half": len(whole) // 2, "last octet missing": len(whole) - 1}
    content = bytearray(os.urandom(5000) if damage == "foreign" else whole)
    if damage in flipped:
        content[flipped[damage]] ^= 4
    damaged = tmp_path / "damaged.age"
    damaged.write_bytes(content[: cut.get(damage, len(content))])
    url = new_url(engine, postgresql)
    with pytest.raises(InvalidInput, match=r"is damaged|is not a backup|does not decrypt this backup"):
        restored(damaged, tmp_path / "home", url)
    assert [entry.name for entry in tmp_path.iterdir()] == ["damaged.age"]
    if url is not None:
        restored(file, tmp_path / "home", url)


@pytest.mark.parametrize(
    "change", ["row missing", "row twice", "member missing", "no manifest", "no keystore", "added"]
)
def test_contents_that_differ_from_the_manifest_are_refused(change: str, file: Path, tmp_path: Path) -> None:
    contents = members(file)
    place = next(place for place, (name, _) in enumerate(contents) if name == "database/certificate_names")
    name, rows = contents[place]
    match change:
        case "row missing":
            contents[place] = name, rows.split(b"\n", 1)[1]
        case "row twice":
            contents[place] = name, rows + rows.split(b"\n", 1)[0] + b"\n"
        case "member missing":
            del contents[place]
        case "no manifest":
            contents.pop()
        case "no keystore":
            contents = [one for one in contents if not one[0].startswith("keystore/")]
        case "added":
            contents.insert(place, ("../../evil", b"content"))
    with pytest.raises(
        Malformed,
        match=r"that this version does not know|differ from its manifest|do not fit the table|The backup is incomplete",
    ):
        restored(written(tmp_path / "changed.age", contents), tmp_path / "home")
    assert [entry.name for entry in tmp_path.iterdir()] == ["changed.age"]


@pytest.mark.parametrize("what", ["format", "schema"])
def test_a_backup_of_a_newer_version_is_refused_by_its_version(what: str, file: Path, tmp_path: Path) -> None:
    contents = members(file)
    header = replace(decode_header(*contents[0]), version="9.9")
    newer = replace(header, format=2) if what == "format" else replace(header, schema="20991231_later")
    contents[0] = contents[0][0], encode_header(newer)
    with pytest.raises(Conflict, match=r"version 9\.9"):
        restored(written(tmp_path / "newer.age", contents), tmp_path / "home")
    assert not (tmp_path / "home").exists()


def test_a_target_that_is_not_empty_is_refused(
    file: Path, tmp_path: Path, postgresql: PostgresServer, postgresql_template: str
) -> None:
    home, url = tmp_path / "home", postgresql.url(postgresql.create_database(postgresql_template))
    with pytest.raises(Conflict, match="database is not empty"):
        restored(file, home, url)
    home.mkdir()
    (home / "note").write_text("mine")
    with pytest.raises(Conflict, match="is not empty"):
        restored(file, home)
    assert [entry.name for entry in home.iterdir()] == ["note"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["home"]


def test_a_master_passphrase_stays_outside_and_is_needed(tmp_path: Path) -> None:
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("correct horse battery staple\n")
    passphrase.chmod(0o600)
    environ = {"PKIM_MASTER_PASSPHRASE_FILE": str(passphrase)}
    initialize(load(tmp_path / "home", environ), hierarchy=None)
    opened = open_installation(load(tmp_path / "home", environ), slot="test")
    create_backup(opened, ADMIN, tmp_path / "backup.age", RECIPIENTS)
    opened.close()
    with pytest.raises(HomeUnusable, match="master key"):
        restored(tmp_path / "backup.age", tmp_path / "new")
    done = restored(tmp_path / "backup.age", tmp_path / "new", environ=environ)
    assert done.header.master_key == "passphrase"
    assert done.header.environment == {"master_passphrase_file": str(passphrase)}
    assert not (tmp_path / "new" / "master.key").exists()


def is_empty(url: str) -> bool:
    engine = sa.create_engine(url)
    try:
        return not sa.inspect(engine).get_table_names()
    finally:
        engine.dispose()


_CHILD = """
import sys
from pathlib import Path
from tests.support.backups import restored
print("ready", flush=True)
restored(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] or None)
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_a_killed_restore_leaves_nothing_and_can_be_repeated(
    engine: str, file: Path, tmp_path: Path, postgresql: PostgresServer
) -> None:
    url = new_url(engine, postgresql)
    for milliseconds in (5, 60, 150, 300):
        arguments = [sys.executable, "-c", _CHILD, str(file), str(tmp_path / "home"), url or ""]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(milliseconds / 1000)  # the moment may fall anywhere: each of them must be survived
            child.send_signal(signal.SIGKILL)
        if (tmp_path / "home").exists():
            break
    else:
        if url is not None and not is_empty(url):  # killed after the commit, before the rename
            url = new_url(engine, postgresql)
        restored(file, tmp_path / "home", url)
    assert [entry.name for entry in tmp_path.iterdir()] == ["home"]
    opened = open_installation(load(tmp_path / "home", {}), slot="test")
    assert verify_audit(opened.ctx, ADMIN).valid
    opened.close()


def test_a_backup_that_cannot_be_written_leaves_no_file_and_an_event(
    origin: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pki_manager.bootstrap.backup.os.fsync", full)
    with pytest.raises(PkiError, match="No space left"):
        create_backup(origin, ADMIN, tmp_path / "backup.age", RECIPIENTS)
    assert list(tmp_path.iterdir()) == []
