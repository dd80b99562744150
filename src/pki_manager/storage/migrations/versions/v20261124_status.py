"""CRL entries encoded once, what delta CRLs go by, and holds that ended."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "20261124_status"
down_revision = "20261124_lineage"

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BYTES = sa.LargeBinary()

BATCH = 1000
_REASON_CODES = {
    "keyCompromise": 1,
    "cACompromise": 2,
    "affiliationChanged": 3,
    "superseded": 4,
    "cessationOfOperation": 5,
    "certificateHold": 6,
    "privilegeWithdrawn": 9,
    "aACompromise": 10,
}
_REASON_OID = b"\x06\x03\x55\x1d\x15"
_INVALIDITY_OID = b"\x06\x03\x55\x1d\x18"

revocations = sa.table(
    "revocations",
    sa.column("issuer_key_id", BYTES),
    sa.column("serial", BYTES),
    sa.column("reason", sa.Text),
    sa.column("time", INTEGER),
    sa.column("invalidity_date", INTEGER),
    sa.column("changed_at", INTEGER),
    sa.column("entry_der", BYTES),
)


def upgrade() -> None:
    op.add_column("crls", sa.Column("base_number", INTEGER, nullable=True))
    op.create_table(
        "releases",
        sa.Column("issuer_key_id", BYTES, nullable=False),
        sa.Column("serial", BYTES, nullable=False),
        sa.Column("time", INTEGER, nullable=False),
        sa.ForeignKeyConstraint(["issuer_key_id"], ["issuer_keys.id"], name="fk_releases_issuer_key_id"),
        sa.PrimaryKeyConstraint("issuer_key_id", "serial", name="pk_releases"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    # SQLite adds a required column only with a default; it is written over at once and never used again.
    nothing = sa.text("''") if op.get_context().dialect.name == "postgresql" else sa.text("x''")
    op.add_column("revocations", sa.Column("changed_at", INTEGER, nullable=False, server_default=sa.text("0")))
    op.add_column("revocations", sa.Column("entry_der", BYTES, nullable=False, server_default=nothing))
    op.create_index("ix_revocations_issuer_key_id_changed_at", "revocations", ["issuer_key_id", "changed_at"])
    op.execute(sa.update(revocations).values(changed_at=revocations.c.time))
    _encode_entries()


def _encode_entries() -> None:
    connection = op.get_bind()
    key = sa.tuple_(revocations.c.issuer_key_id, revocations.c.serial)
    these = sa.update(revocations).where(
        revocations.c.issuer_key_id == sa.bindparam("of_key"), revocations.c.serial == sa.bindparam("of_serial")
    )
    page = sa.select(revocations).order_by(revocations.c.issuer_key_id, revocations.c.serial).limit(BATCH)
    rows = connection.execute(page).all()
    while rows:
        values = [
            {
                "of_key": row.issuer_key_id,
                "of_serial": row.serial,
                "entry_der": _entry(bytes(row.serial), row.time, row.reason, row.invalidity_date),
            }
            for row in rows
        ]
        connection.execute(these, values)
        last = sa.tuple_(sa.literal(rows[-1].issuer_key_id, BYTES), sa.literal(rows[-1].serial, BYTES))
        rows = connection.execute(page.where(key > last)).all()


def _entry(serial: bytes, time: int, reason: str, invalidity_date: int | None) -> bytes:
    """An entry of revokedCertificates (RFC 5280 §5.1.2.6); no part of it is longer than 127 octets."""
    number = serial.lstrip(b"\0") or b"\0"
    extensions = b""
    if reason in _REASON_CODES:
        extensions += _extension(_REASON_OID, _element(0x0A, bytes((_REASON_CODES[reason],))))
    if invalidity_date is not None:
        extensions += _extension(_INVALIDITY_OID, _element(0x18, _digits(invalidity_date)))
    digits = _digits(time)
    return _element(
        0x30,
        _element(0x02, (b"\0" if number[0] & 0x80 else b"") + number)
        + (_element(0x17, digits[2:]) if digits < b"2050" else _element(0x18, digits))
        + (_element(0x30, extensions) if extensions else b""),
    )


def _extension(oid: bytes, value: bytes) -> bytes:
    return _element(0x30, oid + _element(0x04, value))


def _digits(microseconds: int) -> bytes:
    moment = datetime.fromtimestamp(microseconds // 1_000_000, UTC)
    return moment.strftime("%Y%m%d%H%M%SZ").encode()


def _element(tag: int, content: bytes) -> bytes:
    return bytes((tag, len(content))) + content
