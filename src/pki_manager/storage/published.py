"""The published store in one SQLite file of its own.

It is plain, because everything in it is public; disposable, because everything in it can be made again from the
database.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from pki_manager.ports.publish import PublishedIssuer, PublishedObject, PublishedResponse
from pki_manager.storage.disposable import DisposableDatabase, Row
from pki_manager.storage.types import microseconds, moment

_LAYOUT = 1
_SCHEMA = """
CREATE TABLE objects (
    path TEXT PRIMARY KEY, body BLOB NOT NULL, content_type TEXT NOT NULL, modified INTEGER NOT NULL, expires INTEGER
) STRICT;
CREATE TABLE issuers (
    issuer_key_id BLOB PRIMARY KEY, ca_id BLOB NOT NULL, number INTEGER NOT NULL,
    name_sha1 BLOB NOT NULL, name_sha256 BLOB NOT NULL, key_sha1 BLOB NOT NULL, key_sha256 BLOB NOT NULL
) STRICT;
CREATE TABLE responses (
    issuer_key_id BLOB NOT NULL, serial BLOB NOT NULL, hash_name TEXT NOT NULL, body BLOB NOT NULL,
    this_update INTEGER NOT NULL, next_update INTEGER NOT NULL,
    PRIMARY KEY (issuer_key_id, serial, hash_name)
) STRICT, WITHOUT ROWID;
CREATE INDEX responses_by_age ON responses (next_update);
CREATE TABLE completeness (complete INTEGER NOT NULL) STRICT;
INSERT INTO completeness VALUES (0);
"""
_FIND_RESPONSE = """SELECT body, this_update, next_update FROM responses
    WHERE issuer_key_id = ? AND serial = ? AND hash_name = ?"""


class SqlitePublished:
    """`ports.publish.PublishedStore` in the file at `path` (its folder is made); safe among threads and processes.

    A file that is missing, damaged or of another layout is replaced by an empty one, also while running. From then on
    `was_recreated` holds, for every process and over restarts, until `mark_complete`. Every method raises
    StorageUnavailable when the file cannot be read or written now.
    """

    def __init__(self, path: Path) -> None:
        self._database = DisposableDatabase(path, layout=_LAYOUT, schema=_SCHEMA)

    @property
    def was_recreated(self) -> bool:
        """Whether the file was begun empty and nobody has since said that everything is in it."""
        return self._database.read("SELECT complete FROM completeness") != [(1,)]

    def mark_complete(self) -> None:
        """Everything that should be published is: call it after publishing all."""
        self._database.write("UPDATE completeness SET complete = ?", [(1,)])

    def put_objects(self, objects: Sequence[PublishedObject]) -> None:
        rows = [
            (o.path, o.body, o.content_type, microseconds(o.modified), microseconds(o.expires) if o.expires else None)
            for o in objects
        ]
        self._database.write("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?)", rows)

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
                microseconds(response.this_update),
                microseconds(response.next_update),
            )
            for response in responses
        ]
        self._database.write("INSERT OR REPLACE INTO responses VALUES (?, ?, ?, ?, ?, ?)", rows)

    def object(self, path: str) -> PublishedObject | None:
        sql = "SELECT body, content_type, modified, expires FROM objects WHERE path = ?"
        for body, content_type, modified, expires in self._database.read(sql, (path,)):
            return PublishedObject(
                path=path,
                body=body,
                content_type=content_type,
                modified=moment(modified),
                expires=None if expires is None else moment(expires),
            )
        return None

    def issuers(self) -> Sequence[PublishedIssuer]:
        return [_issuer(row) for row in self._database.read("SELECT * FROM issuers ORDER BY issuer_key_id")]

    def response(self, issuer_key_id: UUID, serial: int, hash_name: str) -> PublishedResponse | None:
        key = (issuer_key_id.bytes, _octets(serial), hash_name)
        for body, this_update, next_update in self._database.read(_FIND_RESPONSE, key):
            return PublishedResponse(
                issuer_key_id=issuer_key_id,
                serial=serial,
                hash_name=hash_name,
                body=body,
                this_update=moment(this_update),
                next_update=moment(next_update),
            )
        return None

    def version(self) -> int:
        """See the port; within one process only do two numbers compare."""
        return self._database.version()

    def forget_responses(self, before: datetime) -> int:
        return self._database.write("DELETE FROM responses WHERE next_update < ?", [(microseconds(before),)])

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
