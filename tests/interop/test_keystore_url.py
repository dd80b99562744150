"""Two hosts, here two homes, on one database and one keystore database: each issues with the CAs of the other."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.services.installation import Installation
from tests.services.postgresql import PostgresServer
from tests.support.csrs import make_csr


def test_two_homes_share_a_database_and_a_keystore_database(tmp_path: Path, postgresql: PostgresServer) -> None:
    database, keystore = postgresql.create_database(), postgresql.create_database()
    settings = {"PKIM_DATABASE_URL": postgresql.url(database), "PKIM_KEYSTORE_URL": postgresql.url(keystore)}
    one, two = (Installation(tmp_path / name, settings) for name in ("one", "two"))
    for each in (one, two):
        each.folder.mkdir()
    one.run("init")
    assert not (one.home / "keystore.db").exists()
    two.home.mkdir(mode=0o700)
    shutil.copy(one.home / "master.key", two.home / "master.key")
    two.run("ca", "create", "--name", "Of two", "--subject", "CN=Of two", "--parent", "Root CA")
    for each, ca in ((one, "Of two"), (two, "Issuing CA")):
        request = each.folder / "request.pem"
        request.write_text(make_csr("www.example.com"))
        each.run("cert", "issue", "--ca", ca, "--profile", "tls-server", "--csr", str(request))
    assert one.run("audit", "verify")

    with postgresql.connect(database) as main:
        assert main.execute("SELECT count(*) FROM pg_tables WHERE tablename = 'records'").fetchone() == (0,)
    (two.home / "master.key").unlink()
    assert "cannot be read" in two.run("ca", "list", expect=5)
    for name in (database, keystore):
        postgresql.drop_database(name)
