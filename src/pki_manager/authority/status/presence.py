"""Reports of a host to the other hosts: that it follows the database, how far its published store is, who leads."""

from __future__ import annotations

import logging
from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import StorageUnavailable
from pki_manager.ports.publish import PublishedState
from pki_manager.ports.status_log import StoreReport

REPORT_EVERY = 10.0
"""Seconds between two reports of a process without changes, and after a report that failed."""

_CHANGE_EVERY = 1.0
"""Seconds between two reports of a process with changes: another status revision, or another leader."""

_log = logging.getLogger(__name__)


class Presence:
    """The reports of one process. Belongs to one thread, except `leave`, which is called when that thread has ended."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._store: UUID | None = None
        self._replaced: UUID | None = None
        self._reported: tuple[int | None, int | None] | None = None
        self._term: int | None = None
        self._earliest = self._due = float("-inf")

    def report(self, state: PublishedState, moment: float, term: int | None) -> None:
        """Record the state of the published store if a report is due. A failure is only logged.

        `term` is the number of the leadership term if this process leads.
        """
        if state.store != self._store:
            self._replaced, self._store = self._store, state.store
            self._earliest, self._reported = float("-inf"), None
        state_now = (state.revision, term)
        if moment < self._earliest or (state_now == self._reported and moment < self._due):
            return
        self._earliest = self._due = moment + REPORT_EVERY
        try:
            self._write(state, term)
        except StorageUnavailable as error:
            # A full disk must not keep what is published from being served.
            _log.warning("health of the published status store not recorded", extra={"reason": error.detail})
        else:
            self._earliest, self._reported, self._term = moment + _CHANGE_EVERY, state_now, term
            self._replaced = None

    def leave(self) -> None:
        """Record that this process no longer leads, when it ends. A failure is only logged."""
        if self._store is None or self._term is None:
            return
        try:
            with self._ctx.ports.storage.housekeep(brief=True) as uow:
                uow.status_log.end_term(self._store, self._term)
        except StorageUnavailable as error:
            _log.warning("end of the leadership not recorded", extra={"reason": error.detail})
        else:
            self._term = None

    def _write(self, state: PublishedState, term: int | None) -> None:
        ctx = self._ctx
        report = StoreReport(
            store=state.store,
            node=ctx.config.node,
            seen_at=ctx.ports.clock.now(),
            revision=state.revision,
            term=term,
            settings=ctx.config.shared_settings,
        )
        with ctx.ports.storage.housekeep(brief=True) as uow:
            uow.status_log.note_store(report)
            if self._replaced is not None:
                uow.status_log.delete_store(self._replaced)
            if term is None and self._term is not None:
                uow.status_log.end_term(state.store, self._term)
