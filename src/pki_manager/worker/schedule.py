"""Scheduled tasks, each with its own interval."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from pki_manager.authority.audit import audit_log
from pki_manager.authority.cas import backends, key_intents, rotate_ca
from pki_manager.authority.certificates import reconcile
from pki_manager.authority.cmp import transactions as cmp_transactions
from pki_manager.authority.enrollment.request_certificate import KEEP_EXCHANGES
from pki_manager.authority.installation.counts import fold_counts
from pki_manager.authority.installation.text_index import fill_text_index
from pki_manager.authority.installation.tls import ensure_tls_certificate
from pki_manager.authority.kernel import approvers
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.requests import approvals
from pki_manager.authority.scep import ra
from pki_manager.authority.status import ocsp_signer, publish_crl
from pki_manager.authority.status.follow_status import KEEP_CHANGES, KEEP_STORES
from pki_manager.bootstrap import TLS_ACTOR, Installation
from pki_manager.domain.errors import Conflict, PkiError
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy.throttle import FORGET_AFTER

KEEP_JOBS = timedelta(days=7)
KEEP_CLAIMS = timedelta(hours=24)
KEEP_SESSIONS = timedelta(days=30)
"""How long ended sessions are kept. They record the networks from which a user signed in."""
KEEP_ORDERS = timedelta(days=30)
"""How long expired ACME orders that were not finalized are kept, so that their account can still query them."""

LONGEST_PAUSE = 60.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Duty:
    """A scheduled task. `every` is in seconds, from the end of one run to the beginning of the next."""

    name: str
    every: float
    run: Callable[[], object]


class Schedule:
    """Runs tasks when they are due. A task that fails is retried with growing delay; the others continue."""

    def __init__(self, duties: Sequence[Duty], monotonic: Callable[[], float]) -> None:
        self._duties = tuple(duties)
        self._monotonic = monotonic
        self._due = dict.fromkeys((duty.name for duty in duties), float("-inf"))
        self.failures: dict[str, tuple[int, str]] = {}
        """Tasks that currently fail, by name: the number of failures in a row, and the last error."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(duty.name for duty in self._duties)

    def run_due(self, stopping: Callable[[], bool] = lambda: False) -> None:
        for duty in self._duties:
            if not stopping() and self._monotonic() >= self._due[duty.name]:
                self._run(duty)

    def _run(self, duty: Duty) -> None:
        try:
            duty.run()
        except Exception as error:  # noqa: BLE001 - no duty may end the worker
            count = self.failures.get(duty.name, (0, ""))[0] + 1
            detail = error.detail if isinstance(error, PkiError) else type(error).__name__
            self.failures[duty.name] = count, detail
            facts = {"duty": duty.name, "failures_in_a_row": count, "reason": detail}
            _log.warning("scheduled task failed", exc_info=error, extra=facts)
            pause = min(duty.every * 2 ** min(count, 10), max(duty.every, LONGEST_PAUSE))
        else:
            self.failures.pop(duty.name, None)
            pause = duty.every
        self._due[duty.name] = self._monotonic() + pause


def build_leader_duties(installation: Installation, actor: Actor) -> tuple[Duty, ...]:
    """Return the tasks that one process runs for the whole installation."""
    ctx = installation.ctx
    return (
        Duty("reconcile_overdue", 1, lambda: reconcile.reconcile_overdue(ctx, actor)),
        Duty("settle_keys", 5, lambda: key_intents.settle_overdue_keys(ctx, actor)),
        Duty("key_rotations", 1, lambda: rotate_ca.advance_all(ctx, actor)),
        Duty("drained_keys", 60, lambda: rotate_ca.retire_all_drained(ctx, actor)),
        Duty("crl", 5, lambda: publish_crl.publish_due(ctx, actor)),
        Duty("ocsp_signers", 30, lambda: ocsp_signer.ensure_all(ctx)),
        Duty("scep_ra", 30, lambda: ra.renew_all(ctx)),
        Duty("expire_requests", 30, lambda: approvals.expire_due(ctx, actor)),
        Duty("cmp_transactions", 30, lambda: cmp_transactions.revoke_overdue(ctx, actor)),
        Duty("fold_counts", 1, lambda: fold_counts(ctx)),
        Duty("text_index", 1, lambda: fill_text_index(ctx)),
        Duty("recount_approvals", 30, lambda: approvers.recount_approved(ctx, actor)),
        Duty("checkpoint", 20, lambda: audit_log.write_checkpoint(ctx)),
        Duty("key_backends", 300, lambda: backends.watch_backends(ctx)),
        Duty("crl_history", 60, lambda: prune_crls(ctx)),
        Duty("prune", 3600, lambda: prune(ctx)),
    )


def build_host_duties(installation: Installation) -> tuple[Duty, ...]:
    """Return the tasks that each host runs for its local files, whether or not it runs the leader."""
    return (Duty("tls_certificate", 20, lambda: renew_tls(installation)),)


def renew_tls(installation: Installation) -> None:
    """Renew the server's TLS certificate. Does nothing while no CA can issue it."""
    files = installation.tls
    try:
        ensure_tls_certificate(
            installation.ctx,
            TLS_ACTOR,
            names=installation.tls_names,
            directory=files.certificate.parent,
            password=files.password,
        )
    except Conflict as reason:
        _log.debug("TLS certificate not issued", extra={"reason": reason.detail})


def prune_crls(ctx: Context) -> None:
    """Delete superseded CRLs."""
    with ctx.ports.storage.housekeep() as uow:
        uow.crls.prune(ctx.ports.clock.now())


def prune(ctx: Context) -> None:
    """Delete old jobs, sessions, nonces, and other records that are no longer needed."""
    now = ctx.ports.clock.now()
    with ctx.ports.storage.housekeep() as uow:
        uow.jobs.prune(now - KEEP_JOBS)
        uow.bulk.prune()
        uow.idempotency.prune(now - KEEP_CLAIMS)
        uow.status_log.prune(now - KEEP_CHANGES)
        uow.status_log.prune_stores(now - KEEP_STORES)
        uow.sessions.prune(now - KEEP_SESSIONS)
        uow.throttle.prune(now - FORGET_AFTER)
        uow.factors.prune_challenges(now)
        uow.identities.prune_flows(now)
        uow.devices.prune(now)
        uow.acme.prune(now, now - KEEP_ORDERS)
        uow.credentials.prune_exchanges(now - KEEP_EXCHANGES)
        uow.cmp.prune(now)
