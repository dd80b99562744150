"""The worker of each server process. One process of the installation is the leader and runs the shared tasks.

Every process keeps the published store of its host up to date. A validator runs beside the worker in other threads,
because it calls other servers.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pki_manager.authority.audit import audit_log
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.follow_status import StatusFollower
from pki_manager.bootstrap import Installation
from pki_manager.domain.errors import PkiError
from pki_manager.domain.jobs import JobKind
from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.worker.auditor import Auditor
from pki_manager.worker.backups import ScheduledBackups
from pki_manager.worker.outbox import OTHERS, URGENT, run_outbox
from pki_manager.worker.pace import Pace
from pki_manager.worker.recounter import Recounter
from pki_manager.worker.refresher import Refresher
from pki_manager.worker.schedule import Duty, Schedule, build_host_duties, build_leader_duties
from pki_manager.worker.validator import Validator

TICK = 0.1
"""Seconds between two checks for work. A check reads one number from the database, and more only if it has changed."""

REST, LONGEST_REST = 4, 0.3
"""The pause after a round: REST times the duration of the round, at most LONGEST_REST seconds.

Jobs that arrive during the pause run together.
"""

BREATH = 0.01
"""Seconds between two rounds while more work is due."""

LOOK_ANYWAY = 1.0
"""Seconds after which the outbox is read even without a change, because jobs become due and leases expire by time."""

TURN = 2.0
"""Maximum seconds that the outbox runs before the scheduled tasks get their turn, even if more jobs are due."""

VALIDATOR_SECONDS = 1.5
"""Seconds at shutdown for which servers that are being validated can still respond.

The events of these validations are recorded before the last checkpoint.
"""

_ACTOR = build_system_actor("worker")
_VALIDATIONS, _OCSP_RESPONSES = "validations", "ocsp_responses"
_AUDIT_VERIFICATION, _CERTIFICATE_COUNTS, _BACKUPS = "audit_verification", "certificate_counts", "backups"
"""Names, in `failures`, of tasks that no schedule runs."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerState:
    """The state of the worker for health and metrics. `failures` maps each failing task to its last error.

    `validating` is the number of validations in progress.
    """

    leading: bool = False
    last_run: datetime | None = None
    last_error: str | None = None
    jobs_done: int = 0
    validating: int = 0
    failures: dict[str, str] = field(default_factory=dict)


class Worker:
    """The worker of one process. Call `start` and `stop`, or `tick` in one thread.

    `own_duties` are tasks that this process runs whether it is the leader or not. The worker has four threads: one does
    what relying parties wait for, one keeps the published store in step with the database, one writes scheduled
    backups, and one does everything else, which may take long or wait for a key backend that hangs.
    """

    def __init__(
        self, installation: Installation, own_duties: Sequence[Duty] = (), *, follower: StatusFollower | None = None
    ) -> None:
        self._ctx = installation.ctx
        self._lock = installation.scheduler
        monotonic = self._ctx.ports.clock.monotonic
        self._follower = follower or StatusFollower(self._ctx)
        self._own = Schedule((*own_duties, *build_host_duties(installation)), monotonic)
        self._leader = Schedule(build_leader_duties(installation, _ACTOR), monotonic)
        self._refresher = Refresher(self._ctx)
        self._auditor = Auditor(self._ctx)
        self._recounter = Recounter(self._ctx)
        self._backups = ScheduledBackups(installation)
        self._urgent = _Outbox(self._ctx, URGENT)
        self._others = _Outbox(self._ctx, OTHERS)
        self._validator = Validator(self._ctx)
        self._stopping = threading.Event()
        self._threads: tuple[threading.Thread, ...] = ()
        self._leading = False
        self._begun: int | None = None
        self._last_run: datetime | None = None
        self._errors: dict[str, str] = {}

    @property
    def state(self) -> WorkerState:
        failures = {name: error for name, (_, error) in (self._own.failures | self._leader.failures).items()}
        validator = self._validator
        if validator.last_error is not None:
            failures[_VALIDATIONS] = validator.last_error
        for error in self._refresher.failures.copy().values():
            failures[_OCSP_RESPONSES] = error
        if self._leading and self._auditor.failure is not None:
            failures[_AUDIT_VERIFICATION] = self._auditor.failure
        if self._leading and self._recounter.failure is not None:
            failures[_CERTIFICATE_COUNTS] = self._recounter.failure
        if self._leading and (failure := self._backups.failure) is not None:
            failures[_BACKUPS] = failure
        errors = self._errors.copy()
        return WorkerState(
            leading=self._leading,
            last_run=self._last_run,
            last_error=next(iter(errors.values()), None),
            jobs_done=self._urgent.done + self._others.done + validator.done,
            validating=validator.running,
            failures=failures,
        )

    @property
    def duties(self) -> tuple[str, ...]:
        """Return the names of all tasks that can appear in `failures`."""
        return (
            *self._own.names,
            *self._leader.names,
            _VALIDATIONS,
            _OCSP_RESPONSES,
            _AUDIT_VERIFICATION,
            _CERTIFICATE_COUNTS,
            _BACKUPS,
        )

    def start(self) -> None:
        rounds = {
            "worker": self._publish,
            "status-follower": self._follow,
            "worker-chores": self._do_chores,
            "worker-backups": self._back_up,
        }
        self._threads = tuple(
            threading.Thread(target=self._run, args=(name, round_), name=name, daemon=True)
            for name, round_ in rounds.items()
        )
        for thread in self._threads:
            thread.start()
        self._ctx.state.has_worker.set()
        self._validator.start()

    def stop(self, seconds: float) -> bool:
        """Stop after the work in progress, and write a last checkpoint.

        Returns False if work still runs after `seconds`.
        """
        self._stopping.set()
        self._ctx.state.has_worker.clear()
        if not self._threads:
            return True
        monotonic = self._ctx.ports.clock.monotonic
        end = monotonic() + seconds
        for thread in self._threads:
            thread.join(max(end - VALIDATOR_SECONDS - monotonic(), 0))
        self._finish(max(min(end - monotonic(), VALIDATOR_SECONDS), 0))
        return not any(thread.is_alive() for thread in self._threads)

    def tick(self) -> None:
        """Run one round of each thread, and repeat that of the chores while it has more to do. Never raises.

        An error is stored as the last error of the state, and its work is retried.
        """
        self._attempt("worker", self._publish)
        self._attempt("status-follower", self._follow)
        while self._attempt("worker-chores", self._do_chores):
            continue
        self._attempt("worker-backups", self._back_up)

    def _attempt(self, name: str, round_: Callable[[], bool]) -> bool:
        """Run one round. Returns whether more work is due immediately."""
        try:
            has_more = round_()
        except Exception as error:  # noqa: BLE001 - nothing may end the worker
            self._remember(name, error)
            return False
        self._errors.pop(name, None)
        return has_more

    def _publish(self) -> bool:
        """Become the leader if there is none, and run the jobs that relying parties wait for."""
        self._leading = False if self._stopping.is_set() else self._lock.try_lead()
        if self._leading:
            if self._begun != self._lock.term or self._follower.is_waiting:
                self._begun = self._lock.term if self._follower.lead(_ACTOR) else None
            self._urgent.run(self._lock.term, self._may_not_go_on)
        self._last_run = self._ctx.ports.clock.now()
        return False

    def _follow(self) -> bool:
        """Update the published store, and keep the leadership: long work never delays this thread."""
        if self._leading and not self._lock.keep():
            self._leading = False
        self._follower.follow(term=self._lock.term if self._leading else None)
        return False

    def _do_chores(self) -> bool:
        self._own.run_due(self._stopping.is_set)
        if not self._leading:
            return False
        self._others.run(self._lock.term, self._may_not_go_on)
        self._leader.run_due(self._may_not_go_on)
        if self._may_not_go_on():
            return False
        self._auditor.step(_ACTOR)
        self._recounter.step()
        return self._refresher.step(_ACTOR)

    def _back_up(self) -> bool:
        if self._leading:
            self._backups.step(_ACTOR, self._may_not_go_on)
        return False

    def _may_not_go_on(self) -> bool:
        return self._stopping.is_set() or not self._leading

    def _run(self, name: str, round_: Callable[[], bool]) -> None:
        while not self._stopping.is_set():
            started = self._ctx.ports.clock.monotonic()
            if self._attempt(name, round_):
                self._stopping.wait(BREATH)
                continue
            took = self._ctx.ports.clock.monotonic() - started
            self._stopping.wait(min(max(TICK, REST * took), LONGEST_REST))

    def _finish(self, seconds: float) -> None:
        try:
            if not self._validator.stop(seconds):
                _log.info("domain validations in progress continue at the next start")
            audit_log.write_checkpoint(self._ctx)
        except Exception as error:  # noqa: BLE001 - the lock must be let go in any case
            self._remember("worker", error)
        finally:
            self._leading = False
            self._follower.leave()
            self._lock.resign()

    def _remember(self, name: str, error: Exception) -> None:
        words = error.detail if isinstance(error, PkiError) else type(error).__name__
        if words != self._errors.get(name):
            _log.error("background worker failed", exc_info=error, extra={"round": name, "reason": words})
        self._errors[name] = words


class _Outbox:
    """Runs the jobs of some kinds, and searches for them after each commit. Belongs to one thread."""

    def __init__(self, ctx: Context, kinds: Collection[JobKind]) -> None:
        self._ctx = ctx
        self._kinds = kinds
        self._pace = Pace(ctx.ports.clock)
        self._seen: int | None = None
        self._look_at = float("-inf")
        self._taken_over: int | None = None
        self.done = 0

    def run(self, term: int, stopping: Callable[[], bool]) -> None:
        """Run due jobs for at most `TURN` seconds. `term` identifies the current leadership."""
        try:
            self._take_over(term)
            self._run(stopping)
        except BaseException:
            # A job may be left running, because its failure could not be written either.
            self._taken_over = None
            raise

    def _take_over(self, term: int) -> None:
        """Queue again the jobs that a previous leader, or a failed round of this one, left in the state running.

        Only the leader runs these jobs, in this thread, so none of them can be running now. Without this, they would
        wait for minutes until their leases expire.
        """
        if self._taken_over == term:
            return
        with self._ctx.ports.storage.housekeep() as uow:
            uow.jobs.take_over(self._ctx.ports.clock.now(), self._kinds)
        self._taken_over, self._seen = term, None

    def _run(self, stopping: Callable[[], bool]) -> None:
        ctx = self._ctx
        now = ctx.ports.clock.monotonic()
        changes = ctx.ports.storage.change_counter()
        if changes == self._seen and now < self._look_at:
            return
        self.done += run_outbox(
            ctx,
            _ACTOR,
            lambda: stopping() or ctx.ports.clock.monotonic() >= now + TURN,
            self._pace,
            self._kinds,
        )
        # The counter from before the search: later commits are seen next time, including this process's last unit.
        self._seen = None if self._pace.is_holding else changes
        self._look_at = now + LOOK_ANYWAY
