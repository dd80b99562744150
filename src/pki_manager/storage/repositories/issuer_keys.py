"""Stored issuer keys of CAs."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.ca import SERVING, IssuerKey, KeyState, KeyUse, StatusUrls
from pki_manager.domain.enrollment import EnrollmentState
from pki_manager.domain.errors import Conflict, NotFound
from pki_manager.domain.page import Page
from pki_manager.domain.rights.actor import OCSP_SIGNER
from pki_manager.storage.engine.compiled_statement import CompiledStatement
from pki_manager.storage.engine.paging import read_page_by_id
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.tables.pki import certificates, crls, enrollments, issuer_keys
from pki_manager.storage.tables.types import to_microseconds

_TAKEN_OVER = (
    "backend",
    "backend_key_id",
    "key_type",
    "signature_algorithm",
    "state",
    "name_hash_sha1",
    "name_hash_sha256",
    "key_hash_sha1",
    "key_hash_sha256",
    "ocsp_key_id",
    "crl_url",
    "ocsp_url",
    "certificate_url",
    "switch_at",
    "cross_certify",
    "crl_shards",
)
"""Columns that change when the key of an external CA becomes a key of this installation."""

_IS_CURRENT = issuer_keys.c.state == KeyState.CURRENT.value


_BY_ID = CompiledStatement(sa.select(issuer_keys).where(issuer_keys.c.id == sa.bindparam("wanted")))
_CURRENT = CompiledStatement(sa.select(issuer_keys).where(issuer_keys.c.ca_id == sa.bindparam("wanted"), _IS_CURRENT))
_BY_SPKI = CompiledStatement(sa.select(issuer_keys).where(issuer_keys.c.spki_sha256 == sa.bindparam("wanted")))


class SqlIssuerKeys:
    """Implements ports.unit_of_work.IssuerKeys."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, key_id: UUID) -> IssuerKey:
        key = self._one(_BY_ID, key_id)
        if key is None:
            raise NotFound.of("issuer key", str(key_id))
        return key

    def get_current(self, ca_id: UUID) -> IssuerKey:
        key = self._one(_CURRENT, ca_id)
        if key is None:
            raise NotFound(f"CA {str(ca_id)!r} has no current key.")
        return key

    def list_by_ca(self, ca_id: UUID) -> Sequence[IssuerKey]:
        return self.find_by_cas([ca_id]).get(ca_id, [])

    def find_by_cas(self, ca_ids: Collection[UUID]) -> Mapping[UUID, Sequence[IssuerKey]]:
        current_first = sa.case((_IS_CURRENT, 0), else_=1)
        statement = (
            sa.select(issuer_keys)
            .where(issuer_keys.c.ca_id.in_(ca_ids))
            .order_by(current_first, issuer_keys.c.number.desc())
        )
        found: dict[UUID, list[IssuerKey]] = {}
        for row in self._transaction.rows(statement):
            found.setdefault(row.ca_id, []).append(_from_row(row))
        return found

    def list_all(self) -> Sequence[IssuerKey]:
        return [_from_row(row) for row in self._transaction.rows(sa.select(issuer_keys).order_by(issuer_keys.c.id))]

    def list_serving(self) -> Sequence[IssuerKey]:
        is_serving = issuer_keys.c.state.in_([state.value for state in SERVING])
        statement = sa.select(issuer_keys).where(is_serving).order_by(issuer_keys.c.id)
        return [_from_row(row) for row in self._transaction.rows(statement)]

    def find_by_spki(self, spki_sha256: bytes) -> IssuerKey | None:
        return self._one(_BY_SPKI, spki_sha256)

    def page(self, ca_id: UUID | None, cursor: str | None, limit: int) -> Page[IssuerKey]:
        statement = sa.select(issuer_keys).where(issuer_keys.c.state != KeyState.EXTERNAL.value)
        if ca_id is not None:
            statement = statement.where(issuer_keys.c.ca_id == ca_id)
        return read_page_by_id(
            self._transaction,
            statement,
            issuer_keys.c.id,
            cursor=cursor,
            limit=limit,
            value_of=_from_row,
            newest_first=False,
        )

    def find_last_uses(self, key_ids: Collection[UUID]) -> Mapping[UUID, datetime]:
        certificate, crl = (
            sa.select(table.c.created_at)
            .where(table.c.issuer_key_id == issuer_keys.c.id)
            .order_by(table.c.id.desc())
            .limit(1)
            .scalar_subquery()
            for table in (certificates, crls)
        )
        of_each = sa.select(issuer_keys.c.id, certificate.label("certificate"), crl.label("crl"))
        found = self._transaction.rows(of_each.where(issuer_keys.c.id.in_(key_ids)))
        times = {row.id: [made for made in (row.certificate, row.crl) if made is not None] for row in found}
        return {key_id: max(made) for key_id, made in times.items() if made}

    def use(self, key: IssuerKey, now: datetime) -> KeyUse:
        """Return what still needs the key: unexpired certificates, CA certificates, and issuances in progress.

        The few certificates of the key itself and of its OCSP signers are not included. The certificates are counted in
        an index.
        """
        by_key = certificates.c.issuer_key_id == key.id
        of_its_signer = sa.select(certificates.c.id).where(
            certificates.c.requested_by == OCSP_SIGNER.id, certificates.c.ca_id == key.ca_id
        )
        its_own = sa.select(certificates.c.id).where(certificates.c.subject_key_id == key.id, by_key)
        others = (by_key, certificates.c.id.not_in(of_its_signer), certificates.c.id.not_in(its_own))
        is_living = certificates.c.not_after >= now
        signing = (enrollments.c.issuer_key_id == key.id, enrollments.c.state == EnrollmentState.ISSUING.value)
        number = sa.func.count()
        (row,) = self._transaction.rows(
            sa.select(
                sa.select(number).where(*others, is_living).scalar_subquery().label("certificates"),
                sa.select(sa.func.max(certificates.c.not_after)).where(*others).scalar_subquery().label("last"),
                sa.select(number).select_from(enrollments).where(*signing).scalar_subquery().label("in_flight"),
            )
        )
        return KeyUse(
            certificates=row.certificates,
            authorities=self._authorities(key, now),
            last_not_after=row.last,
            in_flight=row.in_flight,
        )

    def _authorities(self, key: IssuerKey, now: datetime) -> int:
        """Return the number of unexpired CA certificates of other keys that this key has signed.

        All CA certificates are read, because they are few, instead of all certificates that this key has signed.
        """
        columns = (certificates.c.issuer_key_id, certificates.c.subject_key_id, certificates.c.not_after)
        statement = sa.select(*columns).where(certificates.c.subject_key_id.in_(sa.select(issuer_keys.c.id)))
        return sum(
            row.issuer_key_id == key.id != row.subject_key_id and row.not_after >= now
            for row in self._transaction.rows(statement)
        )

    def add(self, key: IssuerKey) -> None:
        """Store an issuer key.

        Raises Conflict if its number, public key, or key backend ID already exists, or if it would be a second current
        key.
        """
        if not self._transaction.insert_new(issuer_keys, _to_row(key)):
            raise Conflict(f"The CA already has this key, a key k{key.number}, or another current key.")

    def identify(self, key: IssuerKey) -> None:
        row = _to_row(key)
        values = {name: row[name] for name in ("subject_key_identifier", "name_hash_sha1", "name_hash_sha256")}
        if self._transaction.changed(sa.update(issuer_keys).where(issuer_keys.c.id == key.id).values(values)) == 0:
            raise NotFound.of("issuer key", str(key.id))

    def take_over(self, key: IssuerKey) -> bool:
        row = _to_row(key)
        external = (issuer_keys.c.id == key.id, issuer_keys.c.state == KeyState.EXTERNAL.value)
        taken = sa.update(issuer_keys).where(*external).values({name: row[name] for name in _TAKEN_OVER})
        return self._transaction.changed(taken) == 1

    def raise_crl_number(self, key_id: UUID, number: int) -> None:
        lower = (issuer_keys.c.id == key_id, issuer_keys.c.crl_number < number)
        self._transaction.execute(sa.update(issuer_keys).where(*lower).values(crl_number=number))

    def set_state(self, key_id: UUID, state: KeyState) -> None:
        statement = sa.update(issuer_keys).where(issuer_keys.c.id == key_id).values(state=state.value)
        if self._transaction.changed(statement) == 0:
            raise NotFound.of("issuer key", str(key_id))

    def reserve_crl_number(self, key_id: UUID, now: datetime) -> int:
        last, by_clock = issuer_keys.c.crl_number, to_microseconds(now)
        statement = (
            sa.update(issuer_keys)
            .where(issuer_keys.c.id == key_id)
            .values(crl_number=sa.case((last >= by_clock, last + 1), else_=by_clock))
            .returning(last)
        )
        row = self._transaction.first(statement)
        if row is None:
            raise NotFound.of("issuer key", str(key_id))
        return int(row.crl_number)

    def _one(self, statement: CompiledStatement, value: UUID | bytes) -> IssuerKey | None:
        row = self._transaction.first(statement, {"wanted": value})
        return None if row is None else _from_row(row)


def _to_row(key: IssuerKey) -> dict[str, object]:
    return {
        "id": key.id,
        "ca_id": key.ca_id,
        "number": key.number,
        "backend": key.backend,
        "backend_key_id": key.backend_key_id,
        "key_type": key.key_type,
        "signature_algorithm": key.signature_algorithm,
        "state": key.state.value,
        "spki_der": key.spki_der,
        "spki_sha256": hashlib.sha256(key.spki_der).digest(),
        "subject_key_identifier": key.subject_key_identifier,
        "name_hash_sha1": key.name_hash_sha1,
        "name_hash_sha256": key.name_hash_sha256,
        "key_hash_sha1": key.key_hash_sha1,
        "key_hash_sha256": key.key_hash_sha256,
        "ocsp_key_id": key.ocsp_key_id,
        "crl_url": key.urls.crl,
        "ocsp_url": key.urls.ocsp,
        "certificate_url": key.urls.certificate,
        "crl_number": key.crl_number,
        "created_at": key.created_at,
        "switch_at": key.switch_at,
        "cross_certify": int(key.cross_certify),
        "crl_shards": key.crl_shards,
    }


def _from_row(row: sa.Row[Any]) -> IssuerKey:
    return IssuerKey(
        id=row.id,
        ca_id=row.ca_id,
        number=row.number,
        backend=row.backend,
        backend_key_id=row.backend_key_id,
        key_type=row.key_type,
        signature_algorithm=row.signature_algorithm,
        state=KeyState(row.state),
        spki_der=row.spki_der,
        subject_key_identifier=row.subject_key_identifier,
        name_hash_sha1=row.name_hash_sha1,
        name_hash_sha256=row.name_hash_sha256,
        key_hash_sha1=row.key_hash_sha1,
        key_hash_sha256=row.key_hash_sha256,
        ocsp_key_id=row.ocsp_key_id,
        urls=StatusUrls(crl=row.crl_url, ocsp=row.ocsp_url, certificate=row.certificate_url),
        crl_number=row.crl_number,
        created_at=row.created_at,
        switch_at=row.switch_at,
        cross_certify=bool(row.cross_certify),
        crl_shards=row.crl_shards,
    )
