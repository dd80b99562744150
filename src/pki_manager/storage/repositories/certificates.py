"""Stored certificates of CAs and end entities, in one table."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.certificate import Certificate, CertificateKind, CertificateState, Validity
from pki_manager.domain.errors import Conflict, NotFound
from pki_manager.domain.names import AlternativeName
from pki_manager.domain.page import Page
from pki_manager.domain.revocation import Revocation, RevocationReason
from pki_manager.domain.rights.actor import OCSP_SIGNER
from pki_manager.ports.certificates import CertificateFilter
from pki_manager.storage.encoding import names as names_json
from pki_manager.storage.engine.bulk_statement import insert
from pki_manager.storage.engine.compiled_statement import CompiledStatement
from pki_manager.storage.engine.paging import read_page_by_id
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.repositories.certificate_search import (
    HELD,
    REVOKED,
    UNREVOKED,
    build_conditions,
    build_end_conditions,
    search_names,
)
from pki_manager.storage.repositories.counts.changes import State, count_moved, count_new
from pki_manager.storage.repositories.text_search.index import INSERT_QUEUED, SqlTextIndex
from pki_manager.storage.repositories.text_search.page import page_of_query
from pki_manager.storage.tables.acme import acme_orders
from pki_manager.storage.tables.pki import blocked_keys, certificate_names, certificates, issuer_keys, revocations
from pki_manager.storage.tables.types import is_serial

_later = certificates.alias("later")
_RENEWED_BY = (
    sa.select(_later.c.id)
    .where(_later.c.renews == certificates.c.id)
    .order_by(_later.c.id.desc())
    .limit(1)
    .scalar_subquery()
)

_SELECT = sa.select(
    certificates,
    _RENEWED_BY.label("renewed_by"),
    revocations.c.reason.label("revoked_for"),
    revocations.c.time.label("revoked_at"),
    revocations.c.invalidity_date,
).select_from(
    certificates.outerjoin(
        revocations,
        sa.and_(
            revocations.c.issuer_key_id == certificates.c.issuer_key_id,
            revocations.c.serial == certificates.c.serial,
        ),
    )
)


_RARE = 1000
"""If fewer certificates are in a state, a list finds them by their expiration time."""

INSERT_CERTIFICATES = insert(certificates, *certificates.c.keys())
INSERT_NAMES = insert(certificate_names, *certificate_names.c.keys())
_BY_ID = CompiledStatement(_SELECT.where(certificates.c.id == sa.bindparam("wanted")))
_BY_SERIAL = CompiledStatement(
    _SELECT.where(
        certificates.c.serial == sa.bindparam("wanted"), certificates.c.issuer_key_id == sa.bindparam("issuer_key")
    )
)
_OF_SUBJECT_KEY = CompiledStatement(
    _SELECT.where(certificates.c.subject_key_id == sa.bindparam("wanted")).order_by(certificates.c.id.desc())
)


_HAS_SERIAL = CompiledStatement(
    sa.select(certificates.c.id).where(
        certificates.c.issuer_key_id == sa.bindparam("key"), certificates.c.serial == sa.bindparam("wanted")
    )
)


class SqlCertificates:
    """Implements ports.certificates.Certificates."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, certificate_id: UUID) -> Certificate:
        row = self._transaction.first(_BY_ID, {"wanted": certificate_id})
        if row is None:
            raise NotFound.of("certificate", str(certificate_id))
        return _from_row(row)

    def find_serial(self, issuer_key_id: UUID, serial: int) -> Certificate | None:
        if not is_serial(serial):
            return None
        row = self._transaction.first(_BY_SERIAL, {"wanted": serial, "issuer_key": issuer_key_id})
        return None if row is None else _from_row(row)

    def list_after(self, after: UUID | None, limit: int) -> Sequence[Certificate]:
        statement = _SELECT if after is None else _SELECT.where(certificates.c.id > after)
        statement = statement.order_by(certificates.c.id).limit(limit)
        return [_from_row(row) for row in self._transaction.rows(statement)]

    def list_with_wrong_state(self, after: UUID | None, last: UUID) -> Sequence[UUID]:
        reason = revocations.c.reason
        held = reason == RevocationReason.CERTIFICATE_HOLD.value
        state = sa.case((reason.is_(None), UNREVOKED), (held, HELD), else_=REVOKED)
        statement = _SELECT.with_only_columns(certificates.c.id).where(
            certificates.c.id <= last, certificates.c.standing != state
        )
        if after is not None:
            statement = statement.where(certificates.c.id > after)
        return [row.id for row in self._transaction.rows(statement.order_by(certificates.c.id))]

    def find_many(self, ids: Sequence[UUID]) -> Sequence[Certificate]:
        if not ids:
            return []
        return [_from_row(row) for row in self._transaction.rows(_SELECT.where(certificates.c.id.in_(ids)))]

    def find_ids_by_serials(self, serials: Sequence[int]) -> Sequence[UUID]:
        of_these = certificates.c.serial.in_([serial for serial in serials if is_serial(serial)])
        return [row.id for row in self._transaction.rows(sa.select(certificates.c.id).where(of_these))]

    def has_serial(self, issuer_key_id: UUID, serial: int) -> bool:
        values = {"key": issuer_key_id, "wanted": serial}
        return is_serial(serial) and self._transaction.first(_HAS_SERIAL, values) is not None

    def page(self, where: CertificateFilter, now: datetime, cursor: str | None, limit: int) -> Page[Certificate]:
        """Return a page of certificates. IDs are selected first, from indexes alone, then the rows of the page."""
        matching = sa.select(certificates.c.id).where(
            *build_conditions(where, now, is_rare=self._is_rare(where.state, now))
        )

        def read(condition: sa.ColumnElement[bool]) -> Page[UUID]:
            limited = matching.where(condition)
            column = certificates.c.id
            return read_page_by_id(
                self._transaction, limited, column, cursor=cursor, limit=limit, value_of=lambda row: row.id
            )

        is_limited = where.query is not None and where.query.strip()
        ids = page_of_query(self._transaction, where.query or "", cursor, read) if is_limited else read(sa.true())
        statement = _SELECT.where(certificates.c.id.in_(ids.items)).order_by(certificates.c.id.desc())
        return Page(tuple(_from_row(row) for row in self._transaction.rows(statement)), ids.next_cursor)

    def list_by_subject_key(self, issuer_key_id: UUID) -> Sequence[Certificate]:
        return [_from_row(row) for row in self._transaction.rows(_OF_SUBJECT_KEY, {"wanted": issuer_key_id})]

    def find_by_subject_keys(self, issuer_key_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Certificate]]:
        statement = _SELECT.where(certificates.c.subject_key_id.in_(issuer_key_ids)).order_by(certificates.c.id.desc())
        found: dict[UUID, list[Certificate]] = {}
        for row in self._transaction.rows(statement):
            found.setdefault(row.subject_key_id, []).append(_from_row(row))
        return found

    def list_authorities_signed_by(self, issuer_key_id: UUID, now: datetime) -> Sequence[Certificate]:
        """Return the valid certificates of other CA keys that this key has signed.

        All CA certificates are read, because there are few.
        """
        statement = _SELECT.where(certificates.c.subject_key_id.in_(sa.select(issuer_keys.c.id)))
        found = [_from_row(row) for row in self._transaction.rows(statement) if row.issuer_key_id == issuer_key_id]
        living = [one for one in found if one.state(now) is CertificateState.VALID and not one.is_self_signed()]
        return sorted(living, key=lambda one: one.id)

    def list_by_key(self, spki_sha256: bytes) -> Sequence[Certificate]:
        statement = _SELECT.where(certificates.c.spki_sha256 == spki_sha256).order_by(certificates.c.id.desc())
        return [_from_row(row) for row in self._transaction.rows(statement)]

    def list_unexpired(
        self, issuer_key_id: UUID, now: datetime, after: UUID | None, limit: int
    ) -> Sequence[Certificate]:
        statement = _SELECT.where(certificates.c.issuer_key_id == issuer_key_id, certificates.c.not_after >= now)
        if after is not None:
            statement = statement.where(certificates.c.id > after)
        statement = statement.order_by(certificates.c.id).limit(limit)
        return [_from_row(row) for row in self._transaction.rows(statement)]

    def find_newest(
        self, ca_id: UUID, profile: str, requested_by: str, issuer_key_id: UUID | None = None
    ) -> Certificate | None:
        matching = [
            certificates.c.ca_id == ca_id,
            certificates.c.profile == profile,
            certificates.c.requested_by == requested_by,
        ]
        if issuer_key_id is not None:
            matching.append(certificates.c.issuer_key_id == issuer_key_id)
        row = self._transaction.first(_SELECT.where(*matching).order_by(certificates.c.id.desc()).limit(1))
        return None if row is None else _from_row(row)

    def find_newest_by_keys(
        self, issuer_key_ids: Collection[UUID], profile: str, requested_by: str
    ) -> Mapping[UUID, Certificate]:
        theirs = certificates.alias("theirs")
        newest = (
            sa.select(theirs.c.id)
            .where(
                theirs.c.requested_by == requested_by,
                theirs.c.ca_id == issuer_keys.c.ca_id,
                theirs.c.profile == profile,
                # PostgreSQL seeks by no index here: not through all that the key has signed, where those above are few.
                theirs.c.issuer_key_id.is_not_distinct_from(issuer_keys.c.id),
            )
            .order_by(theirs.c.id.desc())
            .limit(1)
            .scalar_subquery()
        )
        of_each = sa.select(newest).where(issuer_keys.c.id.in_(issuer_key_ids))
        found = self._transaction.rows(_SELECT.where(certificates.c.id.in_(of_each)))
        return {row.issuer_key_id: _from_row(row) for row in found}

    def find_used_names(self, names: Collection[AlternativeName]) -> frozenset[AlternativeName]:
        by_row = {(name.kind.value, name.value.lower()): name for name in names}
        statement = sa.select(certificate_names.c.kind, certificate_names.c.value).distinct()
        found = self._transaction.rows(
            statement.where(certificate_names.c.value.in_(sorted({value for _, value in by_row})))
        )
        return frozenset(by_row[row.kind, row.value] for row in found if (row.kind, row.value) in by_row)

    def list_with_name(self, name: AlternativeName, profile: str, now: datetime, limit: int) -> Sequence[Certificate]:
        named = sa.select(certificate_names.c.certificate_id).where(
            certificate_names.c.value == name.value.lower(), certificate_names.c.kind == name.kind.value
        )
        statement = _SELECT.where(
            certificates.c.id.in_(named),
            certificates.c.profile == profile,
            certificates.c.standing == UNREVOKED,
            certificates.c.not_after >= now,
        )
        return [
            _from_row(row) for row in self._transaction.rows(statement.order_by(certificates.c.id.desc()).limit(limit))
        ]

    def _is_rare(self, state: CertificateState | None, now: datetime) -> bool:
        """Return whether few certificates are valid, or expired.

        A list then finds them by their expiration time instead of scanning all certificates in its order.
        """
        if state not in (CertificateState.VALID, CertificateState.EXPIRED):
            return False
        few = sa.select(certificates.c.id).where(*build_end_conditions(state, now)).limit(_RARE)
        return len(self._transaction.rows(few)) < _RARE

    def add(self, certificate: Certificate) -> None:
        """Store a certificate without its revocation.

        Raises Conflict if a certificate of the same issuer name has the same serial number.
        """
        if not self._transaction.insert_new(certificates, _to_row(certificate)):
            raise Conflict("The issuer already has a certificate with this serial number.")
        self._added(certificate)

    def add_reserved(self, certificate: Certificate) -> None:
        self._transaction.defer(INSERT_CERTIFICATES, _to_row(certificate))
        self._added(certificate)

    def _added(self, certificate: Certificate) -> None:
        for name in search_names(certificate.id, certificate.subject, certificate.sans):
            self._transaction.defer(INSERT_NAMES, name)
        self._transaction.defer(INSERT_QUEUED, {"certificate_id": certificate.id})
        count_new(self._transaction, certificate)
        if certificate.subject_key_id is not None or certificate.requested_by == OCSP_SIGNER.id:
            self._transaction.change_directory()

    def certify(self, certificate_id: UUID, subject_key_id: UUID, kind: CertificateKind) -> None:
        this = sa.update(certificates).where(certificates.c.id == certificate_id)
        self._transaction.execute(this.values(subject_key_id=subject_key_id, kind=kind.value))
        self._transaction.change_directory()

    def delete(self, certificate_id: UUID) -> None:
        self._transaction.flush_deferred()
        row = self._transaction.first(_BY_ID, {"wanted": certificate_id})
        if row is None:
            raise NotFound.of("certificate", str(certificate_id))
        count_moved(self._transaction, certificate_id, State(row.standing, row.revoked_at), None)
        for column in (revocations.c.certificate_id, blocked_keys.c.certificate_id, acme_orders.c.replaces):
            forget = sa.update(column.table).where(column == certificate_id).values({column: None})
            self._transaction.execute(forget)
        own = certificate_names.c.certificate_id == certificate_id
        self._transaction.execute(sa.delete(certificate_names).where(own))
        SqlTextIndex(self._transaction).forget(certificate_id)
        self._transaction.execute(sa.delete(certificates).where(certificates.c.id == certificate_id))


def _to_row(certificate: Certificate) -> dict[str, object]:
    return {
        "id": certificate.id,
        "ca_id": certificate.ca_id,
        "issuer_key_id": certificate.issuer_key_id,
        "subject_key_id": certificate.subject_key_id,
        "kind": certificate.kind.value,
        "profile": certificate.profile,
        "profile_version": certificate.profile_version,
        "serial": certificate.serial,
        "issuer_name_sha256": certificate.issuer_name_sha256,
        "subject": certificate.subject,
        "sans": names_json.sans_to_json(certificate.sans),
        "not_before": certificate.validity.not_before,
        "not_after": certificate.validity.not_after,
        "key_type": certificate.key_type,
        "spki_sha256": certificate.spki_sha256,
        "fingerprint_sha256": certificate.fingerprint_sha256,
        "der": certificate.der,
        "requested_by": certificate.requested_by,
        "owner_id": certificate.owner_id,
        "team_id": certificate.team_id,
        "renews": certificate.renews,
        "ignored_extensions": " ".join(certificate.ignored_extensions),
        "plan_sha256": certificate.plan_sha256,
        "lint_version": certificate.lint_version,
        "created_at": certificate.created_at,
        "standing": "",
    }


def _from_row(row: sa.Row[Any]) -> Certificate:
    return Certificate(
        id=row.id,
        ca_id=row.ca_id,
        issuer_key_id=row.issuer_key_id,
        subject_key_id=row.subject_key_id,
        kind=CertificateKind(row.kind),
        profile=row.profile,
        profile_version=row.profile_version,
        serial=row.serial,
        issuer_name_sha256=row.issuer_name_sha256,
        subject=row.subject,
        sans=names_json.sans_from_json(row.sans),
        validity=Validity(row.not_before, row.not_after),
        key_type=row.key_type,
        spki_sha256=row.spki_sha256,
        fingerprint_sha256=row.fingerprint_sha256,
        der=row.der,
        requested_by=row.requested_by,
        owner_id=row.owner_id,
        team_id=row.team_id,
        renews=row.renews,
        ignored_extensions=tuple(row.ignored_extensions.split()),
        plan_sha256=row.plan_sha256,
        lint_version=row.lint_version,
        created_at=row.created_at,
        revocation=_revocation(row),
        renewed_by=row.renewed_by,
    )


def _revocation(row: sa.Row[Any]) -> Revocation | None:
    if row.revoked_for is None:
        return None
    return Revocation(
        issuer_key_id=row.issuer_key_id,
        serial=row.serial,
        certificate_id=row.id,
        reason=RevocationReason(row.revoked_for),
        time=row.revoked_at,
        invalidity_date=row.invalidity_date,
        not_after=row.not_after,
    )
