"""Everything that the invariants are checked against: the database at one moment, and the published status store."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from cryptography import x509

from pki_manager.bootstrap import Installation
from pki_manager.domain.errors import HomeUnusable
from pki_manager.storage.engine.compiled_statement import get_driver
from pki_manager.storage.engine.transaction import begin
from pki_manager.storage.tables.audit import audit_events
from pki_manager.storage.tables.columns import metadata
from pki_manager.storage.tables.jobs import status_changes
from pki_manager.storage.tables.pki import cas, certificates, crls, enrollments, issuer_keys, revocations
from tests.faults.invariants.client_records import ClientRecords

_BATCH = 500
Row = sa.Row[Any]
Serial = tuple[UUID, int]
"""A serial number of a CA: the ID of the CA and the number."""


@dataclass(frozen=True, slots=True)
class Event:
    """An audit event."""

    chain: str
    seq: int
    action: str
    object_id: str
    details: Mapping[str, Any]

    @property
    def serial(self) -> Serial:
        """Return the serial number that the event names."""
        return UUID(self.details["ca"]), int(self.details["serial_number"], 16)


@dataclass(frozen=True, slots=True)
class StoredCertificate:
    """A row of a certificate, with the SHA-256 of the certificate (DER) and of its signed part."""

    id: UUID
    ca_id: UUID
    issuer_key_id: UUID
    serial: int
    issuer_name_sha256: bytes
    lint_version: str
    sha256: str
    tbs_sha256: str


@dataclass(frozen=True, slots=True)
class StoredIntent:
    """A row of an enrollment with an intent, with the SHA-256 of the signed part of its certificate."""

    id: UUID
    state: str
    ca_id: UUID
    serial: int
    issuer_key_id: UUID
    deadline: datetime
    tbs_sha256: str


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of a check: how many rows it looked at, and a sentence for each violation."""

    rows: int
    violations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """The contents of the published status store, and the status revision up to which it is complete."""

    revision: int
    responses: Sequence[tuple[UUID, int, bytes, int]]
    """Issuer key, serial number, OCSPResponse (DER), and revision."""
    crls: Sequence[tuple[str, bytes, int]]
    """Path, CRL (DER), and number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The installation and what was read from it."""

    opened: Installation
    connection: sa.Connection
    now: datetime
    records: ClientRecords
    published: Published
    cas: Mapping[UUID, Row]
    keys: Mapping[UUID, Row]
    certificates: Mapping[UUID, StoredCertificate]
    intents: Mapping[Serial, StoredIntent]
    revocations: Mapping[tuple[UUID, int], Row]
    """By issuer key and serial number."""
    crls: Sequence[Row]
    """CRLs by issuer key and number."""
    status_revisions: Mapping[tuple[UUID, int], int]
    """The newest revision that changed the status of a serial number, by issuer key and serial number."""
    events: Mapping[str, Sequence[Event]]

    def list_events(self, *actions: str) -> Sequence[Event]:
        return [event for action in actions for event in self.events.get(action, ())]

    def index_serials(self) -> Mapping[Serial, StoredCertificate]:
        return {(one.ca_id, one.serial): one for one in self.certificates.values()}

    def list_revoked(self) -> frozenset[Serial]:
        """Return every serial number with a revocation, by CA."""
        return frozenset((self.keys[key].ca_id, serial) for key, serial in self.revocations)

    def list_deleted(self) -> frozenset[str]:
        """Return the IDs of certificates that were deleted after they expired."""
        return frozenset(event.object_id for event in self.list_events("certificate.deleted"))


def read_published(home: Path) -> Published:
    """Read the published status store of a data directory. Raises HomeUnusable if it cannot be read."""
    path = home / "published" / "status.db"
    try:
        with closing(sqlite3.connect(f"file:{path.resolve()}?mode=ro", uri=True, isolation_level=None)) as database:
            database.execute("BEGIN")
            ((revision,),) = database.execute("SELECT revision FROM state")
            responses = database.execute(
                "SELECT issuer_key_id, serial, body, revision FROM responses WHERE body <> x''"
            ).fetchall()
            found = database.execute("SELECT path, body, number FROM objects WHERE path LIKE '/crl/%'").fetchall()
    except sqlite3.Error as error:
        message = f"The published status store {path} cannot be read: {error}. Start the server, which builds it again."
        raise HomeUnusable(message) from None
    return Published(
        revision=-1 if revision is None else revision,
        responses=[(UUID(bytes=key), int.from_bytes(serial, "big"), body, at) for key, serial, body, at in responses],
        crls=found,
    )


@contextmanager
def gather(opened: Installation, published: Published, records: ClientRecords) -> Iterator[Evidence]:
    """Read the database in one transaction that cannot write. `published` must be from before."""
    with opened.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            get_driver(connection).deadline = None  # large tables are read completely
        begin(connection, write=False)
        try:
            yield _read(opened, connection, published, records)
        finally:
            connection.rollback()
            connection.invalidate()  # its deadline is gone


def _read(opened: Installation, connection: sa.Connection, published: Published, records: ClientRecords) -> Evidence:
    return Evidence(
        opened=opened,
        connection=connection,
        now=opened.ctx.ports.clock.now(),
        records=records,
        published=published,
        cas={row.id: row for row in connection.execute(sa.select(cas))},
        keys={row.id: row for row in connection.execute(sa.select(issuer_keys))},
        certificates={one.id: one for one in _read_certificates(connection)},
        intents={(one.ca_id, one.serial): one for one in _read_intents(connection)},
        revocations={(row.issuer_key_id, row.serial): row for row in connection.execute(_REVOCATIONS)},
        crls=connection.execute(sa.select(crls).order_by(crls.c.issuer_key_id, crls.c.number)).all(),
        status_revisions={
            (row.issuer_key_id, row.serial): row.revision for row in connection.execute(_STATUS_REVISIONS)
        },
        events=_read_events(connection),
    )


_REVOCATIONS = sa.select(*(column for column in revocations.c if column.name != "entry_der"))
_STATUS_REVISIONS = (
    sa.select(
        status_changes.c.issuer_key_id,
        status_changes.c.serial,
        sa.func.max(status_changes.c.revision).label("revision"),
    )
    .where(status_changes.c.serial.is_not(None))
    .group_by(status_changes.c.issuer_key_id, status_changes.c.serial)
)


def _read_certificates(connection: sa.Connection) -> Iterator[StoredCertificate]:
    names = ("id", "ca_id", "issuer_key_id", "serial", "issuer_name_sha256", "lint_version")
    columns = [certificates.c[name] for name in names]
    for row in _stream(connection, sa.select(*columns, certificates.c.der).order_by(certificates.c.id)):
        tbs = x509.load_der_x509_certificate(row.der).tbs_certificate_bytes
        values = {column.name: getattr(row, column.name) for column in columns}
        yield StoredCertificate(**values, sha256=_hash(row.der), tbs_sha256=_hash(tbs))


def _read_intents(connection: sa.Connection) -> Iterator[StoredIntent]:
    columns = [enrollments.c[name] for name in ("id", "state", "ca_id", "serial", "issuer_key_id", "deadline")]
    statement = sa.select(*columns, enrollments.c.tbs_der).where(enrollments.c.serial.is_not(None))
    for row in _stream(connection, statement):
        values = {column.name: getattr(row, column.name) for column in columns}
        yield StoredIntent(**values, tbs_sha256=_hash(row.tbs_der))


def _read_events(connection: sa.Connection) -> Mapping[str, Sequence[Event]]:
    columns = (audit_events.c.chain, audit_events.c.seq, audit_events.c.body)
    statement = sa.select(*columns).order_by(audit_events.c.chain, audit_events.c.seq)
    found: dict[str, list[Event]] = defaultdict(list)
    for row in _stream(connection, statement):
        body = json.loads(row.body)
        event = Event(row.chain, row.seq, body["action"], body["object"]["id"], body["details"])
        found[event.action].append(event)
    return found


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _stream(connection: sa.Connection, statement: sa.Select[Any]) -> Iterator[Row]:
    yield from connection.execute(statement.execution_options(yield_per=_BATCH))


def count_lost_by_foreign_keys(connection: sa.Connection) -> Iterator[tuple[str, int, int]]:
    """Yield the result of `count_lost` for every foreign key."""
    for table in metadata.sorted_tables:
        for key in sorted(table.foreign_keys, key=lambda one: one.parent.name):
            yield count_lost(connection, key.parent, key.column)


def count_lost(
    connection: sa.Connection, column: sa.Column[Any], target: sa.Column[Any], deleted: Sequence[UUID] = ()
) -> tuple[str, int, int]:
    """Return the name of a reference, how many rows have it, and how many of them lead to a missing row.

    A row that leads to one of `deleted` is not lost.
    """
    other = target.table.alias("target")
    found = other.c[target.name]
    statement = (
        sa.select(column, found.is_(None))
        .select_from(column.table.outerjoin(other, column == found))
        .where(column.is_not(None))
    )
    rows = lost = 0
    known = frozenset(deleted)
    for value, is_missing in _stream(connection, statement):
        rows += 1
        lost += is_missing and value not in known
    return f"{column.table.name}.{column.name}", rows, lost
