"""KMS-07 on a whole installation: its own keys and secrets, looked for wherever the program writes or answers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from pki_manager.signers.embedded.keystore import RecordKind
from pki_manager.signers.embedded.keystore_file import open_keystore
from pki_manager.signers.embedded.master_key import KeyFile
from pki_manager.system import SystemClock, SystemEntropy
from tests.services.installation import Installation, Server, administrator_token
from tests.support.canary import clothes, dressed, hits
from tests.support.csrs import make_csr

COMMANDS = (("ca", "show", "Root CA"), ("audit", "list"), ("config", "explain"))
PATHS = ("/cas", "/cas/Issuing CA", "/certificates", "/audit", "/backends", "/profiles", "/tokens", "/status")


def secrets(home: Path) -> Iterator[bytes]:
    """Every pattern by which something of the keystore, or the master key, would be known again."""
    yield from dressed((home / "master.key").read_bytes().strip())
    source = KeyFile(home / "master.key")
    keystore = open_keystore(home / "keystore.db", source, clock=SystemClock(), entropy=SystemEntropy())
    with closing(sqlite3.connect(home / "keystore.db")) as raw:
        records = raw.execute("SELECT kind, id FROM records").fetchall()
    try:
        assert {kind for kind, _ in records} == {RecordKind.PRIVATE_KEY, RecordKind.SECRET}
        for kind, record_id in records:
            record = keystore.find(RecordKind(kind), record_id)
            assert record is not None
            opened = keystore.open(record)
            yield from clothes(opened) if kind == RecordKind.PRIVATE_KEY else dressed(opened)
    finally:
        keystore.close()


def shown_by(server: Server) -> Iterator[tuple[str, bytes]]:
    """What other users of the machine could see of the process, and its environment."""
    for name in ("cmdline", "environ", "comm"):
        yield name, Path(f"/proc/{server.pid}/{name}").read_bytes()


def answers(installation: Installation, server: Server) -> Iterator[tuple[str, bytes]]:
    for command in COMMANDS:
        yield " ".join(command), installation.run(*command).encode()
    with server.client(administrator_token(installation)) as client:
        for path in PATHS:
            answer = client.get(path)
            assert answer.status_code == 200, path
            yield path, answer.content
        csr = make_csr("www.example.com")
        issued = client.post("/certificates", json={"ca": "Issuing CA", "profile": "tls-server", "csr": csr})
        assert issued.status_code == 201, issued.text
        yield "issue", issued.content
        yield "malformed", client.post("/certificates", json={"ca": "Issuing CA", "profile": 1, "csr": "x"}).content


def test_kms_07_no_key_or_secret_of_an_installation_is_anywhere_but_sealed(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    installation = Installation(tmp_path, {"TMPDIR": str(scratch), "SQLITE_TMPDIR": str(scratch)})
    said = installation.run("init").encode()
    with installation.serving() as server:
        seen = [("init", said), *shown_by(server), *answers(installation, server)]
        patterns = list(secrets(installation.home))
        alive = hits(tmp_path, patterns)
    assert [(name, pattern) for name, data in seen for pattern in patterns if pattern in data] == []
    # The key of the TLS listener is encrypted under a password of the keystore, and says so.
    sealed = ("server.pem", b"PRIVATE KEY")
    assert b"-----BEGIN ENCRYPTED PRIVATE KEY-----" in next(installation.home.rglob(sealed[0])).read_bytes()
    for found in (alive, hits(tmp_path, patterns)):
        assert {name for name, _ in found} == {"master.key", sealed[0]}, "the search itself is blind"
        assert {pattern for name, pattern in found if name == sealed[0]} == {sealed[1]}
