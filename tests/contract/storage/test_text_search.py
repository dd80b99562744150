"""Any part of a certificate's text is found, whether the text index has it or it waits for it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from pki_manager.domain.certificate import Certificate, CertificateState
from pki_manager.domain.names import AlternativeName
from pki_manager.domain.rights.actor import Reach, Scope, Visibility
from pki_manager.ports.certificates import CertificateFilter
from pki_manager.storage.engine import schema, text_index
from pki_manager.storage.engine.engines import open_postgresql
from pki_manager.storage.repositories.text_search import index, matches, page
from pki_manager.storage.storage import SqlStorage
from tests.conftest import MAC_KEY
from tests.contract.storage.values import ACTOR, EVENT, Hierarchy, hierarchy, make_certificate, new_id
from tests.fakes.clock import START, FrozenClock
from tests.fakes.entropy import SeededEntropy
from tests.services.postgresql import PostgresServer

PARTS: tuple[tuple[str, list[int]], ...] = (
    ("le.com", [2, 1]),
    ("host-7.Team", [1]),
    ("eam-7.exam", [1]),
    ("*.example.com", [2]),
    ("dns:host-7", [1]),
    ("12:34:ab", [1]),
    ("12 34 AB", [1]),
    ("1234ab", [1]),
    ("0f1234", [1]),
    ("o=m\u00fcller, inc", []),
    ("O=M\u00fcller\\, Inc.,C=DE", [3]),
    ("\u00fcller, in", [3]),
    ("CN=Alice", [3]),
    ("ice@exam", [3]),
    ("2.0.113", [4]),
    ("example_com", []),
    ("exa%com", []),
    ("\\exam", []),
    ('"com"', []),
    ("nothing", []),
    ("com\ncn", []),
)


def stored(storage: SqlStorage, issuing: Hierarchy) -> None:
    add(
        storage,
        make_certificate(issuing, new_id(1), serial=0x0F1234AB99, names=("DNS:host-7.team-7.example.com",), subject=""),
        make_certificate(issuing, new_id(2), serial=0x22, names=("DNS:*.example.com",), subject=""),
        make_certificate(
            issuing,
            new_id(3),
            serial=0x33,
            names=("email:Alice@example.org",),
            subject="CN=Alice,O=M\u00fcller\\, Inc.,C=DE",
        ),
        make_certificate(
            issuing, new_id(4), serial=0x44, names=("IP:192.0.2.0", "IP:192.0.113.9"), subject="CN=router"
        ),
    )


def add(storage: SqlStorage, *made: Certificate) -> None:
    with storage.housekeep() as unit:
        for certificate in made:
            unit.certificates.add(certificate)


def fill(storage: SqlStorage) -> None:
    while True:
        with storage.housekeep() as unit:
            if not unit.text_index.fill():
                return


EVERYTHING = CertificateFilter()


def found(storage: SqlStorage, query: str, where: CertificateFilter = EVERYTHING) -> list[int]:
    """The numbers of the IDs, read two at a time so that every page but the last has a cursor."""
    numbers: list[int] = []
    cursor = None
    with storage.read() as reader:
        while True:
            one = reader.certificates.page(replace(where, query=query), START, cursor, 2)
            numbers += [next(n for n in range(1, 3000) if new_id(n) == item.id) for item in one.items]
            cursor = one.next_cursor
            if cursor is None:
                return numbers


@pytest.mark.parametrize("is_indexed", [False, True])
def test_any_part_of_a_name_a_subject_or_a_serial_number_is_found(
    storage: SqlStorage, issuing: Hierarchy, *, is_indexed: bool
) -> None:
    stored(storage, issuing)
    if is_indexed:
        fill(storage)
    with storage.read() as reader:
        assert reader.text_index.has_queued() is not is_indexed
    assert {query: found(storage, query) for query, _ in PARTS} == dict(PARTS)


@pytest.mark.parametrize("is_indexed", [False, True])
def test_a_short_text_is_found_at_the_start_of_names_and_as_a_whole_serial_number(
    storage: SqlStorage, issuing: Hierarchy, *, is_indexed: bool
) -> None:
    stored(storage, issuing)
    if is_indexed:
        fill(storage)
    queries = ("ho", "om", "22", "*.", "2", "1")
    assert [found(storage, query) for query in queries] == [[1], [], [2], [2], [], [4]]


def test_pages_of_many_matches_are_exact(
    storage: SqlStorage, issuing: Hierarchy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever of them are in the index, and whatever else limits the list."""
    for module in (matches, page):
        monkeypatch.setattr(module, "WINDOW", 4)
    monkeypatch.setattr(index, "AT_ONCE", 3)
    names = ("DNS:one.example.com", "DNS:two.example.org")
    all_of_them = [
        make_certificate(issuing, new_id(n), serial=n, names=(names[n % 2],), subject="", profile=f"p{n % 3}")
        for n in range(1, 31)
    ]
    add(storage, *all_of_them[:20])
    fill(storage)
    add(storage, *all_of_them[20:])
    with storage.housekeep() as unit:
        unit.text_index.fill()
    assert found(storage, "example.") == list(range(30, 0, -1))
    assert found(storage, "o.example") == list(range(29, 0, -2))
    assert found(storage, "o.example", CertificateFilter(profile="p0")) == list(range(27, 0, -6))
    assert found(storage, "e.example", CertificateFilter(state=CertificateState.EXPIRED)) == []


def test_certificates_of_one_millisecond_are_listed_once_each(
    storage: SqlStorage, issuing: Hierarchy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that entered the index later have higher numbers and lower IDs."""
    for module in (matches, page):
        monkeypatch.setattr(module, "WINDOW", 4)
    monkeypatch.setattr(index, "AT_ONCE", 2)
    many = [make_certificate(issuing, new_id(n), serial=n, subject="") for n in range(1, 12)]
    add(storage, *many)
    fill(storage)
    assert found(storage, "example") == list(range(11, 0, -1))


@pytest.mark.parametrize("is_indexed", [False, True])
def test_a_viewer_finds_only_what_the_viewer_can_read(
    storage: SqlStorage, issuing: Hierarchy, monkeypatch: pytest.MonkeyPatch, *, is_indexed: bool
) -> None:
    for module in (matches, page):
        monkeypatch.setattr(module, "WINDOW", 3)
    add(
        storage,
        *(
            replace(make_certificate(issuing, new_id(n), serial=n, subject=""), owner_id=f"user:{n % 3}")
            for n in range(1, 16)
        ),
    )
    if is_indexed:
        fill(storage)
    own = Visibility(scopes=(Scope(reach=Reach.OWN),), owner="user:1", teams=frozenset())
    narrow = Scope(names=frozenset({AlternativeName.parse("DNS:other.example")}))
    assert found(storage, "ww.examp", CertificateFilter(visible=own)) == [13, 10, 7, 4, 1]
    assert found(storage, "ww.examp", CertificateFilter(visible=replace(own, scopes=(narrow,)))) == []
    assert found(storage, "ww.examp", CertificateFilter(visible=replace(own, scopes=()))) == []


@pytest.mark.parametrize("is_indexed", [False, True])
def test_a_deleted_certificate_is_not_found(storage: SqlStorage, issuing: Hierarchy, *, is_indexed: bool) -> None:
    stored(storage, issuing)
    if is_indexed:
        fill(storage)
    with storage.housekeep() as unit:
        unit.certificates.delete(new_id(2))
    fill(storage)
    assert found(storage, "example") == [3, 1]


def test_of_a_long_queue_the_starts_of_names_are_found(
    storage: SqlStorage, issuing: Hierarchy, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(storage, issuing)
    with storage.housekeep() as unit:
        unit.text_index.fill()
    add(
        storage,
        *(
            make_certificate(issuing, new_id(n), serial=n, names=("DNS:host-8.example.com",), subject="")
            for n in (5, 6, 7)
        ),
    )
    monkeypatch.setattr(matches, "LONGEST_QUEUE", 2)
    assert found(storage, "host-") == [7, 6, 5, 1]
    assert found(storage, "7.example.com") == [1]
    fill(storage)
    assert found(storage, "8.exam") == [7, 6, 5]


def test_an_index_answers_among_many(engine: sa.Engine, storage: SqlStorage, issuing: Hierarchy) -> None:
    add(
        storage,
        *(
            make_certificate(issuing, new_id(n), serial=n, names=(f"DNS:h-{n * 7919:09d}.example.com",), subject="")
            for n in range(1, 2500)
        ),
    )
    fill(storage)
    is_postgresql = engine.dialect.name == "postgresql"
    if is_postgresql:
        with engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
            connection.commit()
    with storage.read() as reader:
        statement = matches.TextMatches(reader.certificates._transaction, "-007919")._indexed(None)
    with engine.connect() as connection:
        text = str(statement.compile(engine, compile_kwargs={"literal_binds": True}))
        if is_postgresql:
            for plan in ("seqscan", "indexscan"):
                connection.exec_driver_sql(f"SET enable_{plan} = off")
        explain = "EXPLAIN" if is_postgresql else "EXPLAIN QUERY PLAN"
        explained = connection.exec_driver_sql(f"{explain} {text}")
        plan = "\n".join(str(row[-1]) for row in explained)
    assert (text_index.NAME if is_postgresql else f"SCAN {text_index.TRIGRAMS} VIRTUAL TABLE INDEX") in plan, plan
    assert "Seq Scan" not in plan
    assert "SCAN certificate_texts" not in plan


def test_without_the_right_to_create_the_extension_the_starts_of_names_are_found(postgresql: PostgresServer) -> None:
    """As soon as the extension exists, an upgrade creates the index."""
    database = postgresql.create_database()
    with postgresql.connect(database) as administrator:
        administrator.execute("CREATE ROLE limited LOGIN")
        administrator.execute("GRANT CREATE ON SCHEMA public TO limited")
    engine = open_postgresql(postgresql.url(database).replace("postgres@", "limited@"))
    schema.upgrade(engine)
    with engine.connect() as connection:
        assert not text_index.exists(connection)
    storage = SqlStorage(
        engine, chain="a/b", mac_key=MAC_KEY, clock=FrozenClock(), entropy=SeededEntropy(), lock_path=None
    )
    made = hierarchy()
    with storage.begin(ACTOR) as unit:
        unit.cas.add(made.ca)
        unit.issuer_keys.add(made.key)
        unit.record(EVENT)
    stored(storage, made)
    fill(storage)
    assert found(storage, "host-7") == [1]
    assert found(storage, "team-7") == []
    with postgresql.connect(database) as administrator:
        administrator.execute("CREATE EXTENSION pg_trgm")
    schema.upgrade(engine)
    assert found(storage, "team-7") == [1]
    storage.close()
    postgresql.drop_database(database)
