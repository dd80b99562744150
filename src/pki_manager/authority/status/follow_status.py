"""Synchronization of a host's published status store with the database.

Each host has its own store, and each of its processes follows the database. Using the log of changes
(`ports.status_log`), a process withdraws or replaces entries that other processes or hosts have changed. The store is
served only while it is known to be up to date. Otherwise OCSP requests are answered from the database, and CRLs are
unavailable.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status import publish_ca, publish_crl, publish_trust
from pki_manager.authority.status.presence import Presence
from pki_manager.domain.ca import KeyState
from pki_manager.domain.errors import PkiError
from pki_manager.domain.rights.actor import Actor
from pki_manager.ports.publish import PublishedState, WithdrawnStatus
from pki_manager.ports.status_log import StatusChange, StatusSubject
from pki_manager.ports.unit_of_work import Reader

LONGEST_SILENCE = 15.0
"""Seconds for which a store is served after it last agreed with the database, if there are other hosts."""

KEEP_CHANGES = timedelta(days=7)
"""How long the log of changes is kept. A store that was unavailable for longer is filled from the database."""

KEEP_STORES = timedelta(days=1)
"""How long a host that no longer reports stays in the list of hosts."""

_LEADER = "status.leader_store"
_BATCH = 1000
_IS_PRESENT = timedelta(hours=1)
"""How long another host's store counts as present after its last report."""

_LET_LEADER_BEGIN = 5.0
"""Seconds that a process that does not lead waits before it fills an empty store. A leader first signs CRLs."""

_log = logging.getLogger(__name__)


class StatusFollower:
    """A follower of the database in one process. Worker threads call `lead` and `follow`; any thread `is_current`."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._seen: int | None = None
        self._revision: int | None = None
        self._look_at = float("-inf")
        self._agreed_at: float | None = None
        self._has_others = False
        self._presence = Presence(ctx)
        self._empty_since: float | None = None
        self.is_waiting = False
        """Whether the store does not belong to the database and this process leads, so that `lead` must fill the store.
        """

    def is_current(self) -> bool:
        """Return whether the published store may be served: it was up to date recently enough.

        If no other host follows the database, it is enough that the store was up to date once: nothing can change while
        the database is unavailable.
        """
        agreed_at = self._agreed_at
        if agreed_at is None or not self._has_others:
            return agreed_at is not None
        return self._ctx.ports.clock.monotonic() - agreed_at < LONGEST_SILENCE

    def lead(self, actor: Actor) -> bool:
        """Prepare the store once when this host becomes the leader. Returns False if it must be tried again.

        Fills a store that is empty or belongs to another database. If the leader before had another store, a new CRL of
        each key is signed first, with the highest number.
        """
        ctx = self._ctx
        state = ctx.ports.published.get_state()
        with ctx.ports.storage.read() as reader:
            is_new = reader.meta.get(_LEADER) != str(state.store)
            belongs = _belongs(reader, state)
        if belongs and not is_new:
            self.is_waiting = False
            return True
        if not belongs:
            with ctx.ports.published.lock_updates() as is_ours:
                if not is_ours:
                    return False
                state = self._begin_anew(state)
        self._sign_crls(actor)
        ctx.ports.published.forget_rounds()
        if not belongs:
            self._fill(state)
        with ctx.ports.storage.housekeep() as uow:
            uow.meta.put(_LEADER, str(state.store))
        self.is_waiting = False
        return True

    def follow(self, *, term: int | None = None) -> None:
        """Bring the store up to date with the database. Cheap if nothing was committed.

        `term` is the number of the leadership term if this process leads.

        Raises StorageUnavailable while the database or the store is unavailable; the store is then not updated.
        """
        ctx = self._ctx
        moment = ctx.ports.clock.monotonic()
        counter = ctx.ports.storage.change_counter()
        if moment < self._look_at and (counter == self._seen or self._changed_no_status()):
            self._agreed_at, self._seen = moment, counter
            return
        # A round that fails must not leave a revision behind that the store never reached.
        self._look_at = float("-inf")
        if self._catch_up(moment, term):
            self._agreed_at = moment
            self._seen, self._look_at = counter, moment + 1.0

    def leave(self) -> None:
        """Record that this process no longer leads, when it ends."""
        self._presence.leave()

    def _changed_no_status(self) -> bool:
        """Return whether the commits since the last agreement with the database changed no status.

        Most units of work only issue certificates.
        """
        with self._ctx.ports.storage.read() as reader:
            return reader.status_log.get_revision() == self._revision

    def _catch_up(self, moment: float, term: int | None) -> bool:
        """Apply the committed changes. Returns whether the store agrees with the database as of the beginning."""
        ctx = self._ctx
        state = ctx.ports.published.get_state()
        # Before it is served: other hosts must know of this one, to know that they are not alone.
        self._presence.report(state, moment, term)
        with ctx.ports.storage.read() as reader:
            revision = reader.status_log.get_revision()
            belongs = _belongs(reader, state)
            present_since = ctx.ports.clock.now() - _IS_PRESENT
            self._has_others = reader.status_log.count_other_stores(state.store, present_since) > 0
        self._revision = revision
        if state.revision == revision:
            return True
        if not belongs and not self._may_begin(moment, leading=term is not None):
            return False
        with ctx.ports.published.lock_updates() as is_ours:
            if not is_ours:
                return False
            if belongs:
                return self._apply_all(state)
            self._fill(self._begin_anew(state))
        return False

    def _may_begin(self, moment: float, *, leading: bool) -> bool:
        self._agreed_at = None
        if leading:
            self.is_waiting = True
            return False
        if self._empty_since is None:
            self._empty_since = moment
        return moment - self._empty_since >= _LET_LEADER_BEGIN

    def _begin_anew(self, state: PublishedState) -> PublishedState:
        """Empty the store, and return its new state.

        A store that is ahead of the database is from before a restore: revision numbers then continue above its
        revision.
        """
        ctx = self._ctx
        self._agreed_at, self._empty_since = None, None
        with ctx.ports.storage.read() as reader:
            revision = reader.status_log.get_revision()
        if state.revision is not None and state.revision > revision:
            _log.warning("published status store ahead of the database, which was restored from an older copy")
            with ctx.ports.storage.housekeep() as uow:
                revision = uow.status_log.raise_above(state.revision, ctx.ports.clock.now())
        return ctx.ports.published.clear(revision)

    def _sign_crls(self, actor: Actor) -> None:
        """Sign new CRLs of every key that can sign now; log failures. For other keys, the stored CRL is the newest."""
        ctx = self._ctx
        with ctx.ports.storage.read() as reader:
            keys = publish_crl.list_signing_keys(reader, ctx.ports.clock.now())
            parts = [(key.id, one) for key in keys for one in key.crl_parts if reader.crls.find_head(key.id, shard=one)]
        for key_id, shard in parts:
            try:
                publish_crl.publish(ctx, actor, key_id, shard=shard)
            except PkiError as error:
                facts = {"issuer_key": str(key_id), "reason": error.detail}
                _log.warning("CRL not renewed after the leader changed", extra=facts)

    def _fill(self, state: PublishedState) -> None:
        """Publish the certificates and CRLs of every key.

        OCSP responses follow later. Until then, they are signed on request.
        """
        ctx = self._ctx
        with ctx.ports.storage.read() as reader:
            revision = reader.status_log.get_revision()
            keys = [
                key.id for key in reader.issuer_keys.list_serving() if reader.certificates.list_by_subject_key(key.id)
            ]
            external = [key.id for key in reader.issuer_keys.list_all() if key.state is KeyState.EXTERNAL]
        for key_id in keys:
            publish_ca.publish_ca(ctx, key_id)
            publish_crl.push_all(ctx, key_id)
        for key_id in external:
            publish_crl.push(ctx, key_id)
        publish_trust.publish_trust(ctx)
        ctx.ports.published.advance(state.store, revision)

    def _apply_all(self, state: PublishedState) -> bool:
        while True:
            with self._ctx.ports.storage.read() as reader:
                changes = reader.status_log.list_since(state.revision or 0, _BATCH)
            if not changes:
                return True
            self._apply(changes)
            last = changes[-1].revision
            self._ctx.ports.published.advance(state.store, last)
            state = PublishedState(state.store, last)

    def _apply(self, changes: Sequence[StatusChange]) -> None:
        ctx = self._ctx
        until = ctx.ports.clock.now() + ctx.config.ocsp_validity
        ctx.ports.published.withdraw(
            [
                WithdrawnStatus(change.issuer_key_id, change.serial, change.revision, until)
                for change in changes
                if change.subject is StatusSubject.SERIAL and change.serial is not None
            ]
        )
        changed_keys = _keys(changes, StatusSubject.CA)
        for key_id in changed_keys:
            publish_ca.publish_ca(ctx, key_id)
            publish_crl.push_all(ctx, key_id)
        if changed_keys:
            publish_trust.publish_trust(ctx)
        crls = ((one.issuer_key_id, one.shard) for one in changes if one.subject is StatusSubject.CRL)
        for key_id, shard in dict.fromkeys(crls):
            publish_crl.push(ctx, key_id, shard)


def _belongs(reader: Reader, state: PublishedState) -> bool:
    """Return whether the store was filled from this database, and the log contains all changes since."""
    return state.revision is not None and reader.status_log.contains(state.revision)


def _keys(changes: Iterable[StatusChange], subject: StatusSubject) -> Collection[UUID]:
    return dict.fromkeys(change.issuer_key_id for change in changes if change.subject is subject)
