"""The published status store in a separate SQLite file.

It is not encrypted, because its contents are public. Its loss is acceptable, because the contents can be created again
from the database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from pki_manager.ports.publish import (
    PublishedIssuer,
    PublishedObject,
    PublishedResponse,
    PublishedState,
    RefreshRound,
    WithdrawnStatus,
)
from pki_manager.storage.engine.disposable_file import DisposableDatabase, Row
from pki_manager.storage.tables.types import from_microseconds, to_microseconds

_LAYOUT = 2
_SCHEMA = """
CREATE TABLE objects (
    path TEXT PRIMARY KEY, body BLOB NOT NULL, content_type TEXT NOT NULL, modified INTEGER NOT NULL, expires INTEGER,
    key_number INTEGER NOT NULL, number INTEGER NOT NULL
) STRICT;
CREATE TABLE issuers (
    issuer_key_id BLOB PRIMARY KEY, ca_id BLOB NOT NULL, number INTEGER NOT NULL,
    name_sha1 BLOB NOT NULL, name_sha256 BLOB NOT NULL, key_sha1 BLOB NOT NULL, key_sha256 BLOB NOT NULL
) STRICT;
CREATE TABLE responses (
    issuer_key_id BLOB NOT NULL, serial BLOB NOT NULL, hash_name TEXT NOT NULL, body BLOB NOT NULL,
    this_update INTEGER NOT NULL, next_update INTEGER NOT NULL, revision INTEGER NOT NULL,
    PRIMARY KEY (issuer_key_id, serial, hash_name)
) STRICT, WITHOUT ROWID;
CREATE INDEX responses_by_age ON responses (next_update);
CREATE TABLE rounds (
    issuer_key_id BLOB PRIMARY KEY, began INTEGER NOT NULL, validity INTEGER NOT NULL, after BLOB,
    ended INTEGER NOT NULL
) STRICT;
CREATE TABLE state (store BLOB NOT NULL, revision INTEGER, base INTEGER NOT NULL) STRICT;
INSERT INTO state VALUES (randomblob(16), NULL, 0);
"""

_PUT_OBJECT = """INSERT INTO objects VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (path) DO UPDATE SET body = excluded.body, content_type = excluded.content_type,
    modified = excluded.modified, expires = excluded.expires, key_number = excluded.key_number, number = excluded.number
    WHERE (excluded.key_number, excluded.number) >= (objects.key_number, objects.number)"""

# `base` is the revision at which the store was emptied: statuses read before it are not stored any more.
_PUT_RESPONSE = """INSERT INTO responses SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 FROM state WHERE ?7 >= base
    ON CONFLICT (issuer_key_id, serial, hash_name) DO UPDATE SET body = excluded.body,
    this_update = excluded.this_update, next_update = excluded.next_update, revision = excluded.revision
    WHERE excluded.revision >= responses.revision"""

# An empty body means no response: the row exists to refuse older ones.
_WITHDRAW = """INSERT INTO responses VALUES (?, ?, ?, x'', 0, ?, ?)
    ON CONFLICT (issuer_key_id, serial, hash_name) DO UPDATE SET body = excluded.body,
    this_update = excluded.this_update, next_update = excluded.next_update, revision = excluded.revision
    WHERE excluded.revision > responses.revision"""

_FIND_RESPONSE = """SELECT body, this_update, next_update, revision FROM responses
    WHERE issuer_key_id = ? AND serial = ? AND hash_name = ? AND body <> x''"""

_HASHES = ("sha1", "sha256")


class SqlitePublished:
    """The published status store (`ports.publish.PublishedStore`) in the file at `path`.

    Safe among threads and processes.

    A file that is missing, damaged, or of another layout is replaced by an empty one with another ID and no revision.
    Every method raises StorageUnavailable if the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._database = DisposableDatabase(path, layout=_LAYOUT, schema=_SCHEMA)

    def get_state(self) -> PublishedState:
        ((store, revision),) = self._database.read("SELECT store, revision FROM state")
        return PublishedState(UUID(bytes=store), revision)

    def clear(self, revision: int) -> PublishedState:
        state = "UPDATE state SET store = randomblob(16), revision = NULL, base = max(base, ?)"
        self._database.write(state, [(revision,)])
        for table in ("objects", "issuers", "responses", "rounds"):
            self._database.write(f"DELETE FROM {table}", [()])  # noqa: S608 - fixed names of tables
        return self.get_state()

    def advance(self, store: UUID, revision: int) -> None:
        sql = "UPDATE state SET revision = ?1 WHERE store = ?2 AND coalesce(revision, -1) < ?1"
        self._database.write(sql, [(revision, store.bytes)])

    def lock_updates(self) -> AbstractContextManager[bool]:
        return self._database.try_exclusive()

    def put_objects(self, objects: Sequence[PublishedObject]) -> None:
        rows = [
            (
                one.path,
                one.body,
                one.content_type,
                to_microseconds(one.modified),
                to_microseconds(one.expires) if one.expires else None,
                *one.order,
            )
            for one in objects
        ]
        self._database.write(_PUT_OBJECT, rows)

    def put_issuers(self, issuers: Sequence[PublishedIssuer]) -> None:
        rows = [_issuer_row(issuer) for issuer in issuers]
        self._database.write("INSERT OR REPLACE INTO issuers VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def put_responses(self, responses: Sequence[PublishedResponse]) -> None:
        rows = [
            (
                response.issuer_key_id.bytes,
                _octets(response.serial),
                response.hash_name,
                response.body,
                to_microseconds(response.this_update),
                to_microseconds(response.next_update),
                response.revision,
            )
            for response in responses
        ]
        self._database.write(_PUT_RESPONSE, rows)

    def withdraw(self, statuses: Sequence[WithdrawnStatus]) -> None:
        rows = [
            (one.issuer_key_id.bytes, _octets(one.serial), hash_name, to_microseconds(one.until), one.revision)
            for one in statuses
            for hash_name in _HASHES
        ]
        self._database.write(_WITHDRAW, rows)

    def find_rounds(self) -> Mapping[UUID, RefreshRound]:
        rows = self._database.read("SELECT issuer_key_id, began, validity, after, ended FROM rounds")
        return {
            UUID(bytes=key): RefreshRound(
                issuer_key_id=UUID(bytes=key),
                began=from_microseconds(began),
                validity=timedelta(microseconds=validity),
                after=None if after is None else UUID(bytes=after),
                ended=bool(ended),
            )
            for key, began, validity, after, ended in rows
        }

    def put_round(self, round_: RefreshRound) -> None:
        row = (
            round_.issuer_key_id.bytes,
            to_microseconds(round_.began),
            round_.validity // timedelta(microseconds=1),
            None if round_.after is None else round_.after.bytes,
            int(round_.ended),
        )
        self._database.write("INSERT OR REPLACE INTO rounds VALUES (?, ?, ?, ?, ?)", [row])

    def forget_rounds(self) -> None:
        self._database.write("DELETE FROM rounds", [()])

    def find_object(self, path: str) -> PublishedObject | None:
        sql = "SELECT body, content_type, modified, expires, key_number, number FROM objects WHERE path = ?"
        for body, content_type, modified, expires, *order in self._database.read(sql, (path,)):
            return PublishedObject(
                path=path,
                body=body,
                content_type=content_type,
                modified=from_microseconds(modified),
                expires=None if expires is None else from_microseconds(expires),
                order=(order[0], order[1]),
            )
        return None

    def list_issuers(self) -> Sequence[PublishedIssuer]:
        return [_issuer(row) for row in self._database.read("SELECT * FROM issuers ORDER BY issuer_key_id")]

    def find_response(self, issuer_key_id: UUID, serial: int, hash_name: str) -> PublishedResponse | None:
        key = (issuer_key_id.bytes, _octets(serial), hash_name)
        for body, this_update, next_update, revision in self._database.read(_FIND_RESPONSE, key):
            return PublishedResponse(
                issuer_key_id=issuer_key_id,
                serial=serial,
                hash_name=hash_name,
                body=body,
                this_update=from_microseconds(this_update),
                next_update=from_microseconds(next_update),
                revision=revision,
            )
        return None

    def get_version(self) -> int:
        """Return a number that differs after every change. It is comparable within one process only."""
        return self._database.version()

    def forget_responses(self, before: datetime) -> int:
        end = to_microseconds(before)
        # Rows refuse older responses; what they refused, the base refuses from now on.
        base = """UPDATE state SET base = max(base, coalesce(
            (SELECT max(revision) FROM responses WHERE next_update < ?), 0))"""
        self._database.write(base, [(end,)])
        return self._database.write("DELETE FROM responses WHERE next_update < ?", [(end,)])

    def close(self) -> None:
        self._database.close()


def _octets(serial: int) -> bytes:
    return serial.to_bytes((serial.bit_length() + 7) // 8, "big")


def _issuer_row(issuer: PublishedIssuer) -> Row:
    return (
        issuer.issuer_key_id.bytes,
        issuer.ca_id.bytes,
        issuer.number,
        issuer.name_hash["sha1"],
        issuer.name_hash["sha256"],
        issuer.key_hash["sha1"],
        issuer.key_hash["sha256"],
    )


def _issuer(row: Row) -> PublishedIssuer:
    key_id, ca_id, number, name_sha1, name_sha256, key_sha1, key_sha256 = row
    return PublishedIssuer(
        issuer_key_id=UUID(bytes=key_id),
        ca_id=UUID(bytes=ca_id),
        number=number,
        name_hash={"sha1": name_sha1, "sha256": name_sha256},
        key_hash={"sha1": key_sha1, "sha256": key_sha256},
    )
