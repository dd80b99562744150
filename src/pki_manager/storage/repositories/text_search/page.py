"""A page of a list of certificates, limited to those that match a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.certificate import parse_possible_serials
from pki_manager.domain.page import Page
from pki_manager.domain.search_text import name_text
from pki_manager.storage.engine.paging import decode_id
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.repositories.text_search.matches import WINDOW, TextMatches
from pki_manager.storage.tables.pki import certificate_names, certificates
from pki_manager.storage.tables.types import is_serial

_LAST_CHARACTER = "\U0010ffff"
_SHA256_HEX = re.compile(r"[0-9a-f]{64}")

ReadPage = Callable[[sa.ColumnElement[bool]], Page[UUID]]


def page_of_query(transaction: Transaction, query: str, cursor: str | None, read: ReadPage) -> Page[UUID]:
    """Return the page that `read` returns for the condition that a certificate matches the query.

    If there are few matches, they are collected, and the page is read from them alone. If there are many, the newest
    are tried first. If the list's other conditions leave too few of those, the list is read from the top, and each
    certificate is compared.
    """
    matches = TextMatches(transaction, query)
    if not matches.is_possible():
        return read(_start_condition(transaction, query))
    with_queue = not matches.has_long_queue()
    found = matches.newest(None if cursor is None else decode_id(cursor), with_queue=with_queue)
    others = _numbered(query) if with_queue else [_starting(query), *_numbered(query)]
    ids = found.ids | _ids(transaction, others)
    is_listed = certificates.c.id.in_(sorted(ids))
    if found.least is None and (with_queue or len(ids) < WINDOW):
        return read(is_listed)
    if found.least is not None and with_queue:
        page = read(sa.and_(is_listed, certificates.c.id >= found.least))
        if page.next_cursor is not None:
            return page
    return read(sa.or_(matches.is_match(), _start_condition(transaction, query)))


def _start_condition(transaction: Transaction, query: str) -> sa.ColumnElement[bool]:
    """Return the condition that a name starts with the query, or that it is the serial number or fingerprint."""
    found = [_starting(query), *_numbered(query)]
    ids = _ids(transaction, found)
    if len(ids) < WINDOW:
        return certificates.c.id.in_(sorted(ids))
    own = certificate_names.c.certificate_id == certificates.c.id
    return sa.exists().where(own, _starts(query))


def _ids(transaction: Transaction, statements: list[sa.Select[tuple[UUID]]]) -> frozenset[UUID]:
    if not statements:
        return frozenset()
    rows = transaction.rows(sa.select(sa.union_all(*statements).subquery("found")).limit(WINDOW))
    return frozenset(row[0] for row in rows)


def _starting(query: str) -> sa.Select[tuple[UUID]]:
    return sa.select(certificate_names.c.certificate_id).where(_starts(query))


def _starts(query: str) -> sa.ColumnElement[bool]:
    text, value = name_text(query), certificate_names.c.value
    return sa.and_(value >= text, value < text + _LAST_CHARACTER)


def _numbered(query: str) -> list[sa.Select[tuple[UUID]]]:
    return list(_by_number(query.strip().lower()))


def _by_number(text: str) -> Iterator[sa.Select[tuple[UUID]]]:
    digits = text.replace(":", "")
    for serial in parse_possible_serials(text):
        if is_serial(serial):
            yield sa.select(certificates.c.id).where(certificates.c.serial == serial)
    if _SHA256_HEX.fullmatch(digits):
        yield sa.select(certificates.c.id).where(certificates.c.fingerprint_sha256 == bytes.fromhex(digits))
