"""Drafts: units of work run without the database and produce a block of the rows that they would write."""

from __future__ import annotations

from contextlib import AbstractContextManager
from types import TracebackType

import sqlalchemy as sa

from pki_manager.ports.audit_trail import ChainHead
from pki_manager.storage.engine.draft import Assumptions
from pki_manager.storage.engine.group_state import AuditState, GroupState
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.handover.apply import STATEMENT_NAMES
from pki_manager.storage.handover.block import Block


class HandoverDraft:
    """The units of one draft. `connection` provides the dialect of the rows; no statement runs on it."""

    def __init__(self, connection: sa.Connection, head: ChainHead) -> None:
        """Begin a draft. `head` is the newest head of this process' audit chain."""
        self._connection = connection
        self._before = head
        self._assumptions = Assumptions()
        self.group_state = GroupState(audit=AuditState(head))

    def unit(self) -> AbstractContextManager[Transaction]:
        """Return a context manager that runs one unit of the draft."""
        return _DraftedUnit(self)

    def transaction(self) -> Transaction:
        """Return a transaction for a unit of the draft, with a copy of the draft's state."""
        assumptions = self._assumptions
        return Transaction(
            self._connection, self.group_state.copy(), assumptions.need_database, None, assumptions=assumptions
        )

    def to_block(self) -> Block | None:
        """Return the block of the draft, or None if there is none.

        That is the case if the units need the database, write rows that a block cannot contain, or have recorded
        nothing.
        """
        state, head = self.group_state, self.group_state.audit.head
        if self._assumptions.are_insufficient or state.status.publications or head is None or head == self._before:
            return None
        try:
            rows = {STATEMENT_NAMES[statement]: rows for statement, rows in state.rows.items()}
        except KeyError:
            return None
        return Block(
            before=self._before,
            after=head,
            directory=self._assumptions.directory,
            signing_time=self._assumptions.signing_time,
            issuing=list(self._assumptions.issuing),
            reserved=state.enrollments.reserved,
            statuses=state.status.serials,
            counts=state.counts,
            events=state.audit.events,
            rows=rows,
        )


class _DraftedUnit(AbstractContextManager[Transaction]):
    """A unit of a draft. If it fails, its changes are not added to the draft, as with units of `engine.writer`."""

    def __init__(self, draft: HandoverDraft) -> None:
        self._draft = draft

    def __enter__(self) -> Transaction:
        self._transaction = self._draft.transaction()
        return self._transaction

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._transaction.require_sound()
                self._draft.group_state = self._transaction.group_state
        finally:
            self._transaction.end()
