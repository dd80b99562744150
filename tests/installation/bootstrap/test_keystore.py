"""`keystore_url`: the keystore in a file elsewhere, and in a PostgreSQL database; sealed alike, and shared."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from pki_manager.bootstrap import keystore as places
from pki_manager.bootstrap import master_key
from pki_manager.bootstrap.master_key import NewMasterKey
from pki_manager.domain.algorithms import KEY_TYPES
from pki_manager.domain.errors import BackendUnavailable, HomeUnusable, NotFound
from pki_manager.ports.signer import KeyRef
from pki_manager.settings import Settings, load
from pki_manager.signers.embedded.keystore import Keystore, RecordKind
from pki_manager.signers.embedded.signer import EmbeddedSigner
from pki_manager.system import SystemClock, SystemEntropy
from tests.services.postgresql import PostgresServer

P256 = KEY_TYPES["ECDSA-P256"]
CLOCK, ENTROPY = SystemClock(), SystemEntropy()


@dataclass
class Place:
    """A keystore by settings, opened as often as processes would."""

    settings: Settings
    opened: list[Keystore] = field(default_factory=list)

    def open(self) -> Keystore:
        self.opened.append(places.open_(self.settings, CLOCK, ENTROPY))
        return self.opened[-1]

    def close(self) -> None:
        for store in self.opened:
            store.close()

    def renew(self) -> int:
        return master_key.change(self.settings, self.open(), NewMasterKey(), ENTROPY).records

    def tamper(self, statement: str) -> None:
        url = (self.settings.keystore_url or "").replace("file://", "sqlite:///")
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()


@pytest.fixture(params=["file", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    url = f"file://{tmp_path}/elsewhere.db"
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgresql")
        url = server.url(server.create_database())
    made = Place(load(home, {"PKIM_KEYSTORE_URL": url}))
    yield made
    made.close()
    if request.param == "postgresql":
        server.drop_database(url.rpartition("/")[2].partition("?")[0])


@pytest.fixture
def made(place: Place) -> Place:
    places.create(place.settings, ENTROPY)
    return place


def test_it_is_made_once_and_nothing_of_it_is_in_the_home(place: Place) -> None:
    assert not places.exists(place.settings)
    places.create(place.settings, ENTROPY)
    assert places.exists(place.settings)
    key = (place.settings.home / "master.key").read_bytes()
    places.create(place.settings, ENTROPY)
    assert (place.settings.home / "master.key").read_bytes() == key
    assert [path.name for path in place.settings.home.iterdir()] == ["master.key"]


def test_no_master_key_is_made_beside_a_keystore_that_is_there(made: Place) -> None:
    (made.settings.home / "master.key").unlink()
    places.create(made.settings, ENTROPY)
    assert not (made.settings.home / "master.key").exists()
    with pytest.raises(HomeUnusable, match="cannot be read"):
        made.open()


def test_those_that_make_it_at_once_share_one(place: Place) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: places.create(place.settings, ENTROPY), range(4)))
        secrets = set(pool.map(lambda _: place.open().secret("shared", create=True), range(4)))
    assert len(secrets) == 1


def test_keys_and_secrets_are_there_for_every_process(made: Place) -> None:
    store = made.open()
    signer = EmbeddedSigner("embedded", store, clock=CLOCK)
    ref = signer.generate(P256, "shared")
    other = EmbeddedSigner("embedded", made.open(), clock=CLOCK)
    assert other.get_public_key(ref) == signer.get_public_key(ref)
    assert other.sign(ref, b"x", P256.signature, "op")
    other.destroy(ref)
    with pytest.raises(NotFound, match=r"Key .* not found"):
        EmbeddedSigner("embedded", made.open(), clock=CLOCK).get_public_key(ref)


def test_kms_06_a_wrong_master_key_and_a_damaged_record_are_refused(made: Place) -> None:
    signer = EmbeddedSigner("embedded", made.open(), clock=CLOCK)
    signer.generate(P256, "one")
    signer.generate(P256, "two")
    made.tamper("UPDATE records SET key_type = 'Ed25519' WHERE id = 'one'")
    fresh = EmbeddedSigner("embedded", made.open(), clock=CLOCK)
    with pytest.raises(BackendUnavailable, match="damaged or was exchanged"):
        fresh.get_public_key(KeyRef("embedded", "one"))
    assert fresh.get_public_key(KeyRef("embedded", "two"))
    path = made.settings.home / "master.key"
    path.write_text(f"pki-manager master key v1\n{'00' * 32}\n")
    with pytest.raises(HomeUnusable, match="master key does not match"):
        made.open()


def test_another_master_key_for_all_records_while_others_make_new_ones(made: Place) -> None:
    running = made.open()
    kept = running.secret("kept", create=True)
    told: dict[str, bytes] = {}

    def make(worker: int) -> None:
        store = made.open()
        for number in range(15):
            told[f"{worker}-{number}"] = store.secret(f"{worker}-{number}", create=True)

    with ThreadPoolExecutor(2) as pool:
        makers = [pool.submit(make, worker) for worker in range(2)]
        renewed = [made.renew() for _ in range(3)]
    for maker in makers:
        maker.result()
    assert renewed[0] >= 1
    assert running.secret("kept", create=False) == kept
    fresh = made.open()
    assert {name: fresh.secret(name, create=False) for name in told} == told
    record = fresh.find(RecordKind.SECRET, "kept")
    assert record is not None
    assert record.version == 4


def test_a_database_that_holds_no_keystore_is_told(place: Place) -> None:
    with pytest.raises(HomeUnusable, match=r"is not a keystore|cannot be read"):
        place.open()


@pytest.mark.parametrize("url", ["mysql://x", "file://relative/path", "/a/path", "sqlite:////x"])
def test_a_url_that_cannot_be_meant_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(Exception, match="keystore_url"):
        load(tmp_path, {"PKIM_KEYSTORE_URL": url})


def test_the_keystore_is_never_the_main_database(tmp_path: Path) -> None:
    url = "postgresql+psycopg://pkim@db/pkim"
    with pytest.raises(Exception, match="keystore_url: must not be the database_url"):
        load(tmp_path, {"PKIM_KEYSTORE_URL": url, "PKIM_DATABASE_URL": url})
