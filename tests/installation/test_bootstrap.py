"""The home: set up, opened by its owner with its own key, and refused otherwise."""

from __future__ import annotations

import os
import shutil
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from pki_manager.authority.acme.nonces import create_nonce, use_nonce
from pki_manager.authority.audit.audit_log import verify_audit, write_checkpoint
from pki_manager.authority.cas.views import list_cas
from pki_manager.authority.installation.queries import get_readiness
from pki_manager.authority.people.users import list_users
from pki_manager.bootstrap import home, initialize, open_installation
from pki_manager.domain.errors import Forbidden, HomeUnusable
from pki_manager.domain.events.audit import InstallationInitialized
from pki_manager.domain.people.user import UserState
from pki_manager.settings import Settings, load
from pki_manager.storage.engine.transaction import begin
from pki_manager.storage.rows import list_kept_tables, open_snapshot
from tests.services.postgresql import PostgresServer
from tests.support.factories import ADMIN


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that is set up, to copy."""
    path = tmp_path_factory.mktemp("template") / "home"
    initialize(load(path, {}))
    return path


@pytest.fixture
def settings(template: Path, tmp_path: Path) -> Settings:
    copied = tmp_path / "home"
    shutil.copytree(template, copied, symlinks=True)
    copied.chmod(0o700)
    return load(copied, {})


def refused(settings: Settings) -> str:
    with pytest.raises(HomeUnusable) as caught:
        open_installation(settings, slot="test").close()
    return caught.value.detail


def test_a_home_that_is_set_up_is_closed_to_others_and_whole(settings: Settings) -> None:
    secret = ("", "keystore.db", "master.key", "pki.db", "checkpoints", "published", "tls", "tls/server.pem")
    for name in secret:
        assert stat.S_IMODE((settings.home / name).stat().st_mode) & 0o077 == 0, name
    opened = open_installation(settings, slot="worker-1")
    try:
        assert opened.ctx.config.node.endswith("/worker-1")
        states = {name: part.state for name, part in get_readiness(opened.ctx).items()}
        assert states.pop("disk_space") in {"ok", "low"}
        assert set(states.values()) == {"ok"}
        assert verify_audit(opened.ctx, ADMIN).valid
        assert "DNS:localhost" in opened.tls_names
    finally:
        opened.close()


def test_enr_19_a_new_installation_has_no_account_and_no_credential(settings: Settings) -> None:
    opened = open_installation(settings, slot="test")
    try:
        with open_snapshot(opened.engine) as database:
            filled = {name for name in list_kept_tables() if any(batch for batch in database.rows(name))}
        users = list_users(opened.ctx, ADMIN, cursor=None, limit=10).items
    finally:
        opened.close()
    pki = {"cas", "issuer_keys", "certificates", "certificate_names", "enrolments", "profiles", "status_changes"}
    assert filled == pki | {"audit_events", "audit_heads", "count_changes", "jobs", "meta", "users"}
    # The first administrator is invited, and has no password before the invitation is accepted.
    assert [(user.login, user.state) for user in users] == [("admin", UserState.INVITED)]


def test_another_node_name_begins_another_audit_chain_and_keeps_the_first(settings: Settings) -> None:
    named = settings.model_copy(update={"node_name": "pki-a"})
    for one in (settings, named):
        opened = open_installation(one, slot="worker-1")
        try:
            with opened.ctx.ports.storage.begin(ADMIN) as uow:
                uow.record(InstallationInitialized(object_id=one.node))
            assert write_checkpoint(opened.ctx)
            with opened.ctx.ports.storage.read() as reader:
                heads = {head.chain: head.seq for head in reader.audit.list_heads()}
            assert verify_audit(opened.ctx, ADMIN).valid
        finally:
            opened.close()
    assert (heads[f"{socket.gethostname()}/worker-1"], heads["pki-a/worker-1"]) == (1, 1)


def test_every_process_takes_the_nonces_of_the_others(settings: Settings) -> None:
    one, other = open_installation(settings, slot="worker-1"), open_installation(settings, slot="worker-2")
    try:
        use_nonce(other.ctx, create_nonce(one.ctx))
    finally:
        one.close()
        other.close()


def test_without_a_hierarchy_there_is_no_ca_and_no_tls_certificate(tmp_path: Path) -> None:
    settings = load(tmp_path / "home", {})
    summary = initialize(settings, hierarchy=None)
    assert (summary.root, summary.issuing, summary.is_new) == (None, None, True)
    assert initialize(settings).root is None, "the second run must not make what the first was told to leave out"
    opened = open_installation(settings, slot="test")
    try:
        assert list_cas(opened.ctx, ADMIN, None, 10).items == ()
        assert not opened.tls.certificate.exists()
    finally:
        opened.close()


def test_a_home_that_is_not_there_or_not_set_up_says_what_to_do(tmp_path: Path) -> None:
    assert "pkim init" in refused(load(tmp_path / "nothing", {}))
    tmp_path.chmod(0o700)
    assert "pkim init" in refused(load(tmp_path, {}))


def test_a_home_that_others_can_look_into_is_refused_with_the_cure(settings: Settings) -> None:
    settings.home.chmod(0o750)
    assert f"chmod 700 {settings.home}" in refused(settings)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a home away")
def test_another_users_home_is_not_opened_by_root_either(settings: Settings) -> None:
    os.chown(settings.home, 65534, 65534)
    with pytest.raises(Forbidden, match="65534"):
        open_installation(settings, slot="test")
    with pytest.raises(Forbidden, match="65534"):
        initialize(settings)


def test_a_directory_that_holds_something_else_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    tmp_path.chmod(0o755)
    with pytest.raises(HomeUnusable, match="contains other files"):
        initialize(load(tmp_path, {}))
    assert [entry.name for entry in tmp_path.iterdir()] == ["letters"]
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_a_lost_master_key_is_not_replaced_by_a_new_one(settings: Settings) -> None:
    key = settings.home / "master.key"
    key.unlink()
    assert "master key" in refused(settings)
    with pytest.raises(HomeUnusable, match="master key"):
        initialize(settings)
    assert not key.exists()


def test_a_lost_database_is_not_replaced_by_an_empty_one(settings: Settings) -> None:
    (settings.home / "pki.db").unlink()
    assert "Restore it from a backup" in refused(settings)
    with pytest.raises(HomeUnusable, match="Restore it from a backup"):
        initialize(settings)
    assert not (settings.home / "pki.db").exists()


def test_init_upgrades_the_database_of_an_older_version(settings: Settings) -> None:
    """As the containers do it, which run `pkim init` at each start."""
    opened = open_installation(settings, slot="test")
    with opened.engine.connect() as connection:
        begin(connection, write=True)
        connection.exec_driver_sql("ALTER TABLE alembic_version DROP COLUMN compatible_since")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '20261128_host_settings'")
        connection.exec_driver_sql("COMMIT")
    opened.close()
    assert "older schema" in refused(settings)
    assert not initialize(settings).is_new
    open_installation(settings, slot="test").close()


def test_a_postgresql_database_that_was_emptied_is_not_set_up_again(tmp_path: Path, empty_database: str) -> None:
    initialize(load(tmp_path, {}))
    settings = load(tmp_path, {"PKIM_DATABASE_URL": empty_database})
    with pytest.raises(HomeUnusable, match="The database is empty"):
        initialize(settings)


def test_an_interrupted_set_up_is_not_served(template: Path, tmp_path: Path) -> None:
    unfinished = tmp_path / "home"
    unfinished.mkdir(mode=0o700)
    for name in ("master.key", "keystore.db"):
        shutil.copy(template / name, unfinished / name)
    begun = [unfinished / name for name in (".master.key.0011", ".keystore.db.0011", ".keystore.db.0011-wal")]
    for file in begun:
        file.touch()
    settings = load(unfinished, {})
    assert not home.is_set_up(settings)
    assert "pkim init" in refused(settings)
    assert initialize(settings).is_new
    assert home.is_set_up(settings)
    assert not any(file.exists() for file in begun)


def test_a_passphrase_instead_of_a_key_file(tmp_path: Path) -> None:
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("correct horse battery staple\n")
    passphrase.chmod(0o600)
    given = {"PKIM_MASTER_PASSPHRASE_FILE": str(passphrase)}
    settings = load(tmp_path / "home", given)
    assert initialize(settings, hierarchy=None).is_new
    assert not (settings.home / "master.key").exists()
    open_installation(settings, slot="test").close()
    passphrase.write_text("another one\n")
    assert "master key does not match" in refused(settings)


def test_an_open_port_is_chosen_once_and_kept(tmp_path: Path) -> None:
    settings = load(tmp_path, {"PKIM_STATUS_BIND": "127.0.0.1:0", "PKIM_MANAGEMENT_BIND": "127.0.0.1:0"})
    first = home.choose_ports(settings)
    assert first.bind("status").port > 0
    assert first.bind("management").port not in (0, first.bind("status").port)
    assert home.choose_ports(settings) == first
    home.remember_port(settings, "status", 4711)
    assert home.choose_ports(settings).status_url == "http://localhost:4711"
    fixed = load(tmp_path, {"PKIM_STATUS_BIND": "127.0.0.1:5"})
    assert home.choose_ports(fixed).bind("status").port == 5


@pytest.fixture
def empty_database(postgresql: PostgresServer) -> Iterator[str]:
    name = postgresql.create_database()
    yield postgresql.url(name)
    postgresql.drop_database(name)


def test_a_database_of_another_installation_is_refused(tmp_path: Path, empty_database: str) -> None:
    given = {"PKIM_DATABASE_URL": empty_database}
    initialize(load(tmp_path / "one", given))
    opened = open_installation(load(tmp_path / "one", given), slot="test")
    opened.close()
    with pytest.raises(HomeUnusable, match="does not belong to this installation"):
        initialize(load(tmp_path / "two", given))
