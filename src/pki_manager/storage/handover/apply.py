"""Storing a block of another process. The transaction that writes its rows checks its conditions."""

from __future__ import annotations

from collections.abc import Mapping

from pki_manager.domain.errors import ClockAhead, ClockBehind, Fault
from pki_manager.storage.engine.bulk_statement import BulkStatement
from pki_manager.storage.engine.guarded_clock import GuardedClock
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.handover.block import Block
from pki_manager.storage.repositories.audit import find_head
from pki_manager.storage.repositories.certificates import INSERT_CERTIFICATES, INSERT_NAMES
from pki_manager.storage.repositories.enrollments import INSERT_ENROLLMENTS, SETTLE_ISSUED, are_all_issuing
from pki_manager.storage.repositories.idempotency import INSERT_CLAIMS
from pki_manager.storage.repositories.meta import SqlMeta
from pki_manager.storage.repositories.text_search.index import INSERT_QUEUED

_REFUSABLE: Mapping[str, BulkStatement] = {"claims": INSERT_CLAIMS}
"""Statements that other clients' rows can make fail. They are written at once, so only their block is refused."""

_DEFERRED: Mapping[str, BulkStatement] = {
    "enrollments": INSERT_ENROLLMENTS,
    "certificates": INSERT_CERTIFICATES,
    "names": INSERT_NAMES,
    "queued": INSERT_QUEUED,
    "settled": SETTLE_ISSUED,
}
STATEMENT_NAMES: Mapping[BulkStatement, str] = {
    statement: name for name, statement in {**_REFUSABLE, **_DEFERRED}.items()
}


class BlockRefused(Exception):
    """Raised if a condition of the block does not hold, or another client has used one of its idempotency keys."""


def apply_block(transaction: Transaction, block: Block, clock: GuardedClock) -> None:
    """Add the rows of the block to those that the commit writes.

    Raises BlockRefused if it cannot be stored. The caller must then roll back the unit.
    """
    _require_conditions(transaction, block, clock)
    try:
        for name, statement in _REFUSABLE.items():
            if rows := block.rows.get(name):
                transaction.write(statement, rows)
    except Fault as taken:
        raise BlockRefused from taken
    state = transaction.group_state
    for name, statement in _DEFERRED.items():
        if rows := block.rows.get(name):
            state.rows.setdefault(statement, []).extend(rows)
    state.enrollments.reserved.extend(block.reserved)
    state.status.serials.extend(block.statuses)
    state.audit.events.extend(block.events)
    for group, number in block.counts.items():
        state.counts[group] = state.counts.get(group, 0) + number
    state.audit.other_heads[block.after.chain] = block.after


def _require_conditions(transaction: Transaction, block: Block, clock: GuardedClock) -> None:
    chain = block.before.chain
    head = transaction.group_state.audit.other_heads.get(chain) or find_head(transaction, chain)
    if head != block.before:
        raise BlockRefused
    meta = SqlMeta(transaction, clock)
    if block.directory is not None and meta.get_directory_revision() != block.directory:
        raise BlockRefused
    if block.signing_time is not None:
        try:
            meta.advance_clock(block.signing_time)
        except (ClockAhead, ClockBehind) as error:
            raise BlockRefused from error
    if block.issuing and not are_all_issuing(transaction, block.issuing):
        raise BlockRefused
