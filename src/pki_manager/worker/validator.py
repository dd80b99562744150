"""ACME validations in separate threads.

A validation calls other servers, which can hang, so nothing else waits for it. Every process of the installation runs
validations, whether it is the leader or not.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

from pki_manager.authority.acme.authorizations import KEY_OF_ACCOUNT, KEY_OF_TOKEN
from pki_manager.authority.acme.validate import INTERNAL_ERROR, give_up, validate
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import OutboundFailed, PkiError
from pki_manager.domain.jobs import Fairness, Job, JobKind
from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.ports.unit_of_work import UnitOfWork
from pki_manager.worker.outbox import compute_backoff, is_final, put_back

AT_ONCE = 32
"""Concurrent validations in one process."""

TURNS = Fairness(
    kind=JobKind.VALIDATE_CHALLENGE,
    share_characters=KEY_OF_ACCOUNT,
    most_of_share=4,
    pool_characters=KEY_OF_TOKEN,
    most_of_pool=AT_ONCE // 2,
)
"""Limits for concurrent validations, so that a server that does not respond delays few other validations.

It occupies at most `most_of_share` validations of the account that named it, and does not delay other accounts. All
accounts of one token together get at most `most_of_pool`, because anyone can register accounts under an open EAB key.
"""

TRIES = 3
"""Attempts to validate a challenge whose server cannot be reached. After the last one, the validation fails."""

LEASE = timedelta(seconds=45)
"""Duration of a job's lease. It is longer than a validation, so that no other process starts the same one."""

TICK = 0.1
LOOK_ANYWAY = 1.0
"""Seconds between two searches for jobs: TICK after a commit, LOOK_ANYWAY without one.

Jobs that this process creates start immediately.
"""

_ACTOR = build_system_actor("validator")
_log = logging.getLogger(__name__)


class Validator:
    """Runs ACME validations of one process. Call `start` and `stop`, or `tick` in one thread.

    `last_error` is the last error of the validator itself, not of a validation. `done` counts validations with a
    result.
    """

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._looks: set[threading.Thread] = set()
        self._seen: int | None = None
        self._look_at = float("-inf")
        self.last_error: str | None = None
        self.done = 0

    @property
    def running(self) -> int:
        """Return the number of validations in progress."""
        with self._lock:
            return len(self._looks)

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="validator", daemon=True)
        self._thread.start()

    def stop(self, seconds: float) -> bool:
        """Start no more validations, and wait for those in progress. Returns False if some still run after `seconds`.

        Their leases then expire, and another process repeats them.
        """
        self._stopping.set()
        self._ctx.state.challenge_answered.set()
        monotonic = self._ctx.ports.clock.monotonic
        end = monotonic() + seconds
        with self._lock:
            looks = tuple(self._looks)
        threads = (*looks, self._thread) if self._thread is not None else looks
        for thread in threads:
            thread.join(max(end - monotonic(), 0))
        return not any(thread.is_alive() for thread in threads)

    def tick(self) -> None:
        """Start due validations up to the limit. Never raises."""
        try:
            for job in self._take():
                self._begin(job)
            self.last_error = None
        except Exception as error:  # noqa: BLE001 - nothing may end the validator
            self._remember(error)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.tick()
            if self._ctx.state.challenge_answered.wait(TICK):
                self._ctx.state.challenge_answered.clear()

    def _take(self) -> Sequence[Job]:
        storage, clock = self._ctx.ports.storage, self._ctx.ports.clock
        room = AT_ONCE - self.running
        changes, moment = storage.change_counter(), clock.monotonic()
        if room <= 0 or (changes == self._seen and moment < self._look_at):
            return ()
        now = clock.now()
        with storage.read() as reader:
            is_due = JobKind.VALIDATE_CHALLENGE in reader.jobs.find_due(now)
        jobs: Sequence[Job] = ()
        if is_due:
            with storage.housekeep() as uow:
                jobs = uow.jobs.take_in_turns(now, LEASE, room, TURNS)
        # The counter from before the look: what was committed since is seen next time, the end of each look included.
        self._seen = changes
        self._look_at = moment + LOOK_ANYWAY
        return jobs

    def _begin(self, job: Job) -> None:
        thread = threading.Thread(target=self._do, args=(job,), name="validation", daemon=True)
        with self._lock:
            self._looks.add(thread)
        thread.start()

    def _do(self, job: Job) -> None:
        try:
            self._look(job)
        except Exception as error:  # noqa: BLE001 - its lease ends, and then it is taken up again
            self._remember(error)
        finally:
            with self._lock:
                self._looks.discard(threading.current_thread())

    def _look(self, job: Job) -> None:
        ctx = self._ctx
        try:
            challenge_id, is_last = UUID(job.payload["challenge"]), job.tries >= TRIES
            is_finished = validate(ctx, _ACTOR, challenge_id, is_last=is_last, finish=partial(self._finish, job))
        except OutboundFailed as error:
            # Not logged: the client receives the reason, and can cause it as often as it likes.
            now = ctx.ports.clock.now()
            with ctx.ports.storage.housekeep() as uow:
                uow.jobs.fail(job.id, error.detail, now, now + compute_backoff(job.tries))
        except Exception as error:  # noqa: BLE001 - any exception becomes the job's last error
            if is_final(job, error):
                # Before the job is failed: if this fails, the lease ends and the job is taken again.
                with ctx.ports.storage.begin(_ACTOR) as uow:
                    give_up(uow, UUID(job.payload["challenge"]), INTERNAL_ERROR)
            put_back(ctx, [job], error)
        else:
            if not is_finished:
                with ctx.ports.storage.housekeep() as uow:
                    self._finish(job, uow)
            with self._lock:
                self.done += 1

    def _finish(self, job: Job, uow: UnitOfWork) -> None:
        uow.jobs.finish([job.id], self._ctx.ports.clock.now())

    def _remember(self, error: Exception) -> None:
        detail = error.detail if isinstance(error, PkiError) else type(error).__name__
        if detail != self.last_error:
            _log.error("domain validation failed", exc_info=error, extra={"reason": detail})
        self.last_error = detail
