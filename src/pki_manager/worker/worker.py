"""The worker: a thread in each server process. One process of the installation leads and does the work of all.

Beside it runs a validator, which asks other servers and may have to wait for them.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pki_manager.authority import audit
from pki_manager.bootstrap import Installation
from pki_manager.domain.actor import system
from pki_manager.domain.errors import PkiError
from pki_manager.worker.outbox import run_outbox
from pki_manager.worker.pace import Pace
from pki_manager.worker.schedule import Duty, Schedule, host_duties, leader_duties
from pki_manager.worker.validator import Validator

TICK = 0.1
"""Seconds between two looks; each is a number read from the database, more only when that has changed."""

REST, LONGEST_REST = 4, 0.3
"""After a round that took long there is a rest of so many times that, or so many seconds: each look has a price of its

own, requests share the process with it, and what has come together meanwhile is done at once.
"""

LOOK_ANYWAY = 1.0
"""Seconds after which the outbox is looked at though nothing changed: jobs wait for their time or for a lease's end."""

TURN = 2.0
"""Seconds that the outbox gets before the schedule has its turn, however much there is to do."""

VALIDATOR_SECONDS = 1.5
"""At the end: as long the servers that are being asked may still answer. Their events come before the checkpoint."""

_ACTOR = system("worker")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerState:
    """As health and metrics tell it. `failures` are the duties that fail now, with their last error.

    `validating` is how many proofs of control are being looked at.
    """

    leading: bool = False
    last_run: datetime | None = None
    last_error: str | None = None
    jobs_done: int = 0
    validating: int = 0
    failures: dict[str, str] = field(default_factory=dict)


class Worker:
    """`start` and `stop`; or `tick` by hand, from one thread. `own_duties` are done by this process, leading or not."""

    def __init__(self, installation: Installation, own_duties: Sequence[Duty] = ()) -> None:
        self._authority = installation.authority
        self._lock = installation.scheduler
        monotonic = self._authority.clock.monotonic
        self._own = Schedule((*own_duties, *host_duties(installation)), monotonic)
        self._leader = Schedule(leader_duties(installation, _ACTOR), monotonic)
        self._pace = Pace(self._authority.clock)
        self._validator = Validator(self._authority)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._seen: int | None = None
        self._look_at = float("-inf")
        self._leading = False
        self._taken_over: int | None = None
        self._last_run: datetime | None = None
        self._last_error: str | None = None
        self._jobs_done = 0

    @property
    def state(self) -> WorkerState:
        failures = {name: error for name, (_, error) in (self._own.failures | self._leader.failures).items()}
        validator = self._validator
        if validator.last_error is not None:
            failures["validations"] = validator.last_error
        return WorkerState(
            leading=self._leading,
            last_run=self._last_run,
            last_error=self._last_error,
            jobs_done=self._jobs_done + validator.done,
            validating=validator.running,
            failures=failures,
        )

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self._thread.start()
        self._validator.start()

    def stop(self, seconds: float) -> bool:
        """After what is under way, and with a last checkpoint; False when that takes longer than `seconds`."""
        self._stopping.set()
        if self._thread is None:
            return True
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def tick(self) -> None:
        """One round. Never raises: what goes wrong is the state's last error, and is tried again."""
        try:
            self._own.run_due(self._stopping.is_set)
            self._leading = self._lock.try_lead()
            if self._leading:
                self._take_over()
                self._work()
                self._leader.run_due(self._stopping.is_set)
            self._last_run, self._last_error = self._authority.clock.now(), None
        except Exception as error:  # noqa: BLE001 - nothing may end the worker
            # A job of this round may be left running, because the failure could not be written either.
            self._taken_over = None
            self._remember(error)

    def _take_over(self) -> None:
        """Queue again what a previous leader, or a failed round of this one, has left running.

        Only the leader runs these jobs, in this thread, so that none of them is running now. Their leases would keep
        them back for minutes.
        """
        if self._taken_over == self._lock.term:
            return
        with self._authority.storage.housekeep() as uow:
            uow.jobs.take_over(self._authority.clock.now())
        self._taken_over = self._lock.term

    def _work(self) -> None:
        """Whatever any process has committed may have left jobs."""
        now = self._authority.clock.monotonic()
        changes = self._authority.storage.change_counter()
        if changes == self._seen and now < self._look_at:
            return
        self._jobs_done += run_outbox(self._authority, _ACTOR, lambda: self._enough(now + TURN), self._pace)
        # The counter from before the look: what was committed since is seen next time, our own last unit included.
        self._seen = None if self._pace.is_holding else changes
        self._look_at = now + LOOK_ANYWAY

    def _enough(self, deadline: float) -> bool:
        return self._stopping.is_set() or self._authority.clock.monotonic() >= deadline

    def _run(self) -> None:
        while not self._stopping.is_set():
            started = self._authority.clock.monotonic()
            self.tick()
            took = self._authority.clock.monotonic() - started
            self._stopping.wait(min(max(TICK, REST * took), LONGEST_REST))
        self._finish()

    def _finish(self) -> None:
        try:
            if not self._validator.stop(VALIDATOR_SECONDS):
                _log.info("proofs of control that were being looked at are looked at again at the next start")
            audit.write_checkpoint(self._authority)
        except Exception as error:  # noqa: BLE001 - the lock must be let go in any case
            self._remember(error)
        finally:
            self._leading = False
            self._lock.resign()

    def _remember(self, error: Exception) -> None:
        told = error.detail if isinstance(error, PkiError) else type(error).__name__
        if told != self._last_error:
            _log.error("the worker's round failed: %s", told, exc_info=error)
        self._last_error = told
