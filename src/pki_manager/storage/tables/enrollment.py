"""The tables of enrollment credentials."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, PrimaryKeyConstraint, text

from pki_manager.storage.tables.columns import optional, required, table
from pki_manager.storage.tables.types import Bytes, Id, Integer, Moment, Text

enrollment_credentials = table(
    "enrollment_credentials",
    Column("token_id", Id, ForeignKey("tokens.id"), primary_key=True),
    required("protocol", Text),
    required("single_use", Integer),
    required("device_count", Integer),
    # Of ACME: whether its accounts get permitted names without validation.
    required("pre_authorized", Integer),
    # Of SCEP: whether its clients may use 3DES and SHA-1.
    required("legacy_algorithms", Integer),
    # Of SCEP: the name of the service that validates challenges.
    optional("validator", Text),
    # Of CMP: the certificate with which a registration authority signs requests.
    optional("ra_certificate_id", Id),
    optional("secret_sha256", Bytes),
    optional("sealed", Bytes),
    # Of a single-use credential: the enrollment that it admitted. No foreign key: rows of enrollments are written
    # together, after those of their neighbours.
    optional("enrollment_id", Id),
    optional("used_at", Moment),
    Index(
        "uq_enrollment_credentials_secret_sha256",
        "secret_sha256",
        unique=True,
        sqlite_where=text("secret_sha256 IS NOT NULL"),
        postgresql_where=text("secret_sha256 IS NOT NULL"),
    ),
    Index(
        "ix_enrollment_credentials_legacy_algorithms",
        "token_id",
        sqlite_where=text("legacy_algorithms = 1"),
        postgresql_where=text("legacy_algorithms = 1"),
    ),
    Index(
        "ix_enrollment_credentials_validator",
        "token_id",
        sqlite_where=text("validator IS NOT NULL"),
        postgresql_where=text("validator IS NOT NULL"),
    ),
    Index(
        "ix_enrollment_credentials_ra_certificate_id",
        "ra_certificate_id",
        sqlite_where=text("ra_certificate_id IS NOT NULL"),
        postgresql_where=text("ra_certificate_id IS NOT NULL"),
    ),
    rowid=False,
)

enrollment_devices = table(
    "enrollment_devices",
    required("token_id", Id, ForeignKey("enrollment_credentials.token_id")),
    required("identity", Text),
    # The number of the device in the list: the identities of one device have the same number.
    required("device", Integer),
    PrimaryKeyConstraint("token_id", "identity", "device"),
    rowid=False,
)

# Which enrollment a client's exchange began, so that its next message finds it.
enrollment_exchanges = table(
    "enrollment_exchanges",
    Column("exchange_sha256", Bytes, primary_key=True),
    required("enrollment_id", Id),
    required("created_at", Moment),
    Index(None, "created_at"),
    rowid=False,
)
