"""Stored CAs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.ca import CaState, CertificateAuthority
from pki_manager.domain.certificate import Validity
from pki_manager.domain.errors import InvalidInput, NameTaken, NotFound
from pki_manager.domain.ids import parse_uuid
from pki_manager.domain.page import Page
from pki_manager.domain.rights.actor import Visibility
from pki_manager.ports.cas import CaTerms
from pki_manager.storage.encoding import names
from pki_manager.storage.engine import visibility
from pki_manager.storage.engine.compiled_statement import CompiledStatement
from pki_manager.storage.engine.paging import read_page_by_id
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.tables.pki import cas

_BY_ID = CompiledStatement(sa.select(cas).where(cas.c.id == sa.bindparam("wanted")))
_BY_NAME = CompiledStatement(sa.select(cas).where(cas.c.name == sa.bindparam("wanted")))


class SqlCas:
    """Implements ports.unit_of_work.Cas."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, ca_id: UUID) -> CertificateAuthority:
        row = self._transaction.first(_BY_ID, {"wanted": ca_id})
        if row is None:
            raise NotFound.of("CA", str(ca_id))
        return _from_row(row)

    def find_many(self, ids: Collection[UUID]) -> Mapping[UUID, CertificateAuthority]:
        found = self._transaction.rows(sa.select(cas).where(cas.c.id.in_(ids)))
        return {row.id: _from_row(row) for row in found}

    def find(self, id_or_name: str) -> CertificateAuthority | None:
        """Return a CA by ID or name. A name takes precedence over an ID, so that no CA can hide another one."""
        by_name = self._transaction.first(_BY_NAME, {"wanted": id_or_name})
        if by_name is not None:
            return _from_row(by_name)
        try:
            ca_id = parse_uuid(id_or_name, "ca")
        except InvalidInput:
            return None
        by_id = self._transaction.first(_BY_ID, {"wanted": ca_id})
        return None if by_id is None else _from_row(by_id)

    def page(self, cursor: str | None, limit: int, visible: Visibility | None = None) -> Page[CertificateAuthority]:
        """Return a page of CAs in the order of creation."""
        return read_page_by_id(
            self._transaction,
            sa.select(cas).where(*visibility.build_ca_conditions(visible)),
            cas.c.id,
            cursor=cursor,
            limit=limit,
            value_of=_from_row,
            newest_first=False,
        )

    def search_by_name(
        self, part: str, limit: int, visible: Visibility | None = None
    ) -> Sequence[CertificateAuthority]:
        found = sa.func.lower(cas.c.name).contains(part.lower(), autoescape=True)
        statement = (
            sa.select(cas).where(found, *visibility.build_ca_conditions(visible)).order_by(cas.c.id).limit(limit)
        )
        return [_from_row(row) for row in self._transaction.rows(statement)]

    def list_all(self) -> Sequence[CertificateAuthority]:
        return [_from_row(row) for row in self._transaction.rows(sa.select(cas).order_by(cas.c.id))]

    def add(self, ca: CertificateAuthority) -> None:
        if not self._transaction.insert_new(cas, _to_row(ca)):
            raise NameTaken(f"A CA named {ca.name!r} already exists.")

    def certify(self, ca_id: UUID, terms: CaTerms) -> None:
        values = {
            "subject_der": terms.subject_der,
            "parent_id": terms.parent_id,
            "path_length": terms.path_length,
            "name_constraints": names.constraints_to_json(terms.name_constraints),
            "not_before": terms.validity.not_before,
            "not_after": terms.validity.not_after,
            "policies": names.policies_to_json(terms.policies),
        }
        if self._transaction.changed(sa.update(cas).where(cas.c.id == ca_id).values(values)) == 0:
            raise NotFound.of("CA", str(ca_id))

    def set_state(self, ca_id: UUID, state: CaState, validity: Validity | None = None) -> None:
        values: dict[str, object] = {"state": state.value}
        if validity is not None:
            values |= {"not_before": validity.not_before, "not_after": validity.not_after}
        if self._transaction.changed(sa.update(cas).where(cas.c.id == ca_id).values(values)) == 0:
            raise NotFound.of("CA", str(ca_id))

    def abandon(self, ca_id: UUID) -> None:
        freed = {"state": CaState.RETIRED.value, "name": f"{self.get(ca_id).name} (never certified, {ca_id})"}
        self._transaction.changed(sa.update(cas).where(cas.c.id == ca_id).values(freed))


def _to_row(ca: CertificateAuthority) -> dict[str, object]:
    return {
        "id": ca.id,
        "name": ca.name,
        "subject": names.subject_to_json(ca.subject),
        "subject_der": ca.subject_der,
        "parent_id": ca.parent_id,
        "state": ca.state.value,
        "path_length": ca.path_length,
        "name_constraints": names.constraints_to_json(ca.name_constraints),
        "not_before": ca.validity.not_before if ca.validity else None,
        "not_after": ca.validity.not_after if ca.validity else None,
        "created_at": ca.created_at,
        "owner_id": ca.owner_id,
        "team_id": ca.team_id,
        "policies": names.policies_to_json(ca.policies),
        "end_entity_certificates": int(ca.end_entity_certificates),
    }


def _from_row(row: sa.Row[Any]) -> CertificateAuthority:
    return CertificateAuthority(
        id=row.id,
        name=row.name,
        subject=names.subject_from_json(row.subject),
        subject_der=row.subject_der,
        parent_id=row.parent_id,
        state=CaState(row.state),
        path_length=row.path_length,
        name_constraints=names.constraints_from_json(row.name_constraints),
        validity=None if row.not_before is None else Validity(row.not_before, row.not_after),
        created_at=row.created_at,
        owner_id=row.owner_id,
        team_id=row.team_id,
        policies=names.policies_from_json(row.policies),
        end_entity_certificates=bool(row.end_entity_certificates),
    )
