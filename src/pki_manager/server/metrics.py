"""`/metrics`: the Prometheus text format, every name `pkim_*`.

Values from the database are the same in every process. Values that a process counts have the name of the process as a
label, because with several server processes each scrape can reach another one.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, SummaryMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from pki_manager import __version__
from pki_manager.authority.audit.verification import find_last_verified
from pki_manager.authority.installation.backup_schedule import find_last_restore_test
from pki_manager.authority.installation.backups import find_last_success
from pki_manager.authority.installation.expirations import find_ends
from pki_manager.authority.installation.nodes import get_nodes
from pki_manager.authority.installation.queries import get_counts, get_readiness
from pki_manager.authority.installation.tls import find_tls_validity
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.disk import find_free_bytes, get_home
from pki_manager.domain.errors import PkiError
from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.server.connection_gate import ConnectionGate
from pki_manager.worker.worker import Worker

Counts: TypeAlias = Mapping[tuple[str, int], int]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_ACTOR = build_system_actor("metrics")
disable_created_metrics()  # type: ignore[no-untyped-call]
_log = logging.getLogger(__name__)


class Metrics:
    """The metrics of one process."""

    def __init__(
        self,
        ctx: Context,
        worker: Worker,
        process: str,
        gates: Iterable[ConnectionGate] = (),
        status_requests: Counts | None = None,
    ) -> None:
        """`status_requests` counts the responses of the status listener by kind and status."""
        self._registry = CollectorRegistry()
        self._process = process
        self._requests = Counter(
            "pkim_http_requests",
            "Answers by method and status",
            ("process", "method", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "pkim_http_request_seconds", "Time to an answer", ("process",), registry=self._registry
        ).labels(process)
        self._registry.register(_Installation(ctx))
        self._registry.register(_Ends(ctx))
        self._registry.register(_AuditLog(ctx))
        self._registry.register(_Nodes(ctx))
        self._registry.register(_Backups(ctx))
        self._registry.register(_Issued(ctx, process))
        self._registry.register(_Process(worker, process))
        self._registry.register(_KeyUse(ctx, process))
        self._registry.register(_Connections(tuple(gates), process))
        self._registry.register(_StatusRequests({} if status_requests is None else status_requests, process))

    def answered(self, method: str, status: int, seconds: float) -> None:
        known = method if method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS") else "other"
        self._requests.labels(self._process, known, str(status)).inc()
        self._seconds.observe(seconds)

    def text(self) -> bytes:
        """Return the metrics as text. Reads the database, so call it in a thread."""
        return generate_latest(self._registry)


class _Installation(Collector):
    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    def describe(self) -> Iterable[Metric]:
        """Return nothing, so that registration does not collect metrics."""
        return ()

    def collect(self) -> Iterable[Metric]:
        build = GaugeMetricFamily("pkim_build_info", "The version, as a label", labels=["version"])
        build.add_metric([__version__], 1)
        yield build
        up = GaugeMetricFamily("pkim_part_up", "Whether a part answers", labels=["part"])
        for name, part in get_readiness(self._ctx).items():
            up.add_metric([name], part.state == "ok")
        yield up
        free = find_free_bytes(self._ctx)
        if free is not None:
            disk = GaugeMetricFamily("pkim_disk_free_bytes", "Free bytes of the data directory", labels=["path"])
            disk.add_metric([str(get_home(self._ctx))], free)
            yield disk
        try:
            found = get_counts(self._ctx, _ACTOR)
        except PkiError as error:
            _log.warning("counts of the database not in the metrics", extra={"reason": error.detail})
            return
        for name, help_text, by_state in (
            ("pkim_certificates", "Certificates by state", found.certificates),
            ("pkim_requests", "Certificate requests by state", found.enrollments),
            ("pkim_jobs", "Background jobs by state", found.jobs),
        ):
            family = GaugeMetricFamily(name, help_text, labels=["state"])
            for state, number in by_state.items():
                family.add_metric([state.value], number)
            yield family
        expiring = GaugeMetricFamily(
            "pkim_certificates_expiring", "Unrevoked certificates that end within so many days", labels=["days"]
        )
        for days, number in found.expiring.items():
            expiring.add_metric([str(days)], number)
        yield expiring
        overridden = CounterMetricFamily("pkim_approvals_overridden", "Approvals that an administrator did without")
        overridden.add_metric([], found.overridden)
        yield overridden


class _Ends(Collector):
    """When CA certificates, CRLs, OCSP signing certificates, and the TLS certificate of this host expire."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        tls = GaugeMetricFamily("pkim_tls_not_after_timestamp_seconds", "End of this host's TLS certificate")
        validity = find_tls_validity(self._ctx)
        if validity is not None:
            tls.add_metric([], validity.not_after.timestamp())
        yield tls
        try:
            cas = find_ends(self._ctx, _ACTOR).cas
        except PkiError as error:
            _log.warning("ends of CAs not in the metrics", extra={"reason": error.detail})
            return
        for name, help_text, ends in (
            ("pkim_ca_not_after", "End of the CA's certificate", {one.ca: one.not_after for one in cas}),
            ("pkim_crl_next_update", "When the CA's first current CRL ends", {one.ca: one.crl for one in cas}),
            (
                "pkim_ocsp_signer_not_after",
                "End of the OCSP signer",
                {one.ca: one.ocsp_signer.not_after for one in cas if one.ocsp_signer is not None},
            ),
        ):
            family = GaugeMetricFamily(f"{name}_timestamp_seconds", help_text, labels=["ca"])
            for ca, moment in ends.items():
                if moment is not None:
                    family.add_metric([ca], moment.timestamp())
            yield family


class _AuditLog(Collector):
    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        verified = GaugeMetricFamily(
            "pkim_audit_last_verified_timestamp_seconds", "Last verification that found the audit log valid"
        )
        try:
            moment = find_last_verified(self._ctx, _ACTOR)
        except PkiError as error:
            _log.warning("verification of the audit log not in the metrics", extra={"reason": error.detail})
            return
        if moment is not None:
            verified.add_metric([], moment.timestamp())
        yield verified


class _Nodes(Collector):
    """The hosts of the installation, which every process reports alike."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        leader = GaugeMetricFamily("pkim_node_leader", "Whether the host runs the scheduler", labels=["node"])
        seen = GaugeMetricFamily("pkim_node_last_seen_timestamp_seconds", "Last report of the host", labels=["node"])
        lag = GaugeMetricFamily(
            "pkim_node_published_lag_seconds",
            "Age of the oldest change that the host has not published",
            labels=["node"],
        )
        # Labels must be unique: of two hosts with the same name, the one that reported itself last is shown.
        nodes = {node.name: node for node in sorted(get_nodes(self._ctx), key=lambda node: node.last_seen)}
        for name, node in nodes.items():
            leader.add_metric([name], node.leader)
            seen.add_metric([name], node.last_seen.timestamp())
            if node.published_lag_seconds is not None:
                lag.add_metric([name], node.published_lag_seconds)
        yield from (leader, seen, lag)


class _Backups(Collector):
    """Times of the last successful backup and restore test.

    With several backup targets, each is the oldest of their times, so that an alarm on its age shows a target that
    fails while others succeed.
    """

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        family = GaugeMetricFamily(
            "pkim_backup_last_success_timestamp_seconds",
            "Last successful backup; with backup targets, the oldest of their last ones. 0 if there was none",
        )
        verified = GaugeMetricFamily(
            "pkim_backup_last_verified_timestamp_seconds",
            "Last test restore that passed; with several backup targets, the oldest of their last ones. 0 if none",
        )
        try:
            last = find_last_success(self._ctx, _ACTOR)
            tested = find_last_restore_test(self._ctx, _ACTOR)
        except PkiError as error:
            _log.warning("backups not in the metrics", extra={"reason": error.detail})
            return
        family.add_metric([], 0 if last is None else last.timestamp())
        verified.add_metric([], 0 if tested is None else tested.timestamp())
        yield family
        yield verified


class _Issued(Collector):
    def __init__(self, ctx: Context, process: str) -> None:
        self._ctx = ctx
        self._process = process

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        labels = ["ca", "profile", "via", "process"]
        issued = CounterMetricFamily("pkim_issued", "Certificates that this process has issued", labels=labels)
        for kind, number in self._ctx.state.issued.counts().items():
            issued.add_metric([kind.ca, kind.profile, kind.via, self._process], number)
        yield issued
        guessed = CounterMetricFamily(
            "pkim_second_factor_failures", "Wrong second factors after the right password", labels=["process"]
        )
        guessed.add_metric([self._process], self._ctx.state.second_factor_failures.count)
        yield guessed


class _Process(Collector):
    def __init__(self, worker: Worker, process: str) -> None:
        self._worker = worker
        self._process = process

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        state, process = self._worker.state, [self._process]
        leading = GaugeMetricFamily("pkim_worker_leading", "Whether this process' worker leads", labels=["process"])
        leading.add_metric(process, state.leading)
        done = CounterMetricFamily("pkim_worker_jobs_done", "Jobs that this process has done", labels=["process"])
        done.add_metric(process, state.jobs_done)
        ran = GaugeMetricFamily("pkim_worker_last_run_timestamp_seconds", "End of the last round", labels=["process"])
        ran.add_metric(process, state.last_run.timestamp() if state.last_run else 0)
        validating = GaugeMetricFamily(
            "pkim_worker_validations_running", "Proofs of control that are being looked at", labels=["process"]
        )
        validating.add_metric(process, state.validating)
        failing = GaugeMetricFamily("pkim_worker_duty_failing", "Whether a duty fails now", labels=["process", "duty"])
        for duty in dict.fromkeys((*self._worker.duties, *state.failures)):
            failing.add_metric([self._process, duty], duty in state.failures)
        return leading, done, ran, validating, failing


class _Connections(Collector):
    def __init__(self, gates: Sequence[ConnectionGate], process: str) -> None:
        self._gates = gates
        self._process = process

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        open_now = GaugeMetricFamily("pkim_connections", "Open connections", labels=["listener", "process"])
        refused = CounterMetricFamily(
            "pkim_connections_refused",
            "Connections and requests refused by a limit or the protocol",
            labels=["listener", "reason", "process"],
        )
        for gate in self._gates:
            open_now.add_metric([gate.listener, self._process], len(gate))
            for reason, count in gate.refused().items():
                refused.add_metric([gate.listener, reason, self._process], count)
        return open_now, refused


class _StatusRequests(Collector):
    def __init__(self, requests: Counts, process: str) -> None:
        self._requests = requests
        self._process = process

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        family = CounterMetricFamily(
            "pkim_status_requests",
            "Responses of the status listener by kind (ocsp, crl, ca_certificate, trust, health, other) and status",
            labels=["kind", "status", "process"],
        )
        for (kind, status), count in tuple(self._requests.items()):
            family.add_metric([kind, str(status), self._process], count)
        return (family,)


class _KeyUse(Collector):
    def __init__(self, ctx: Context, process: str) -> None:
        self._ctx = ctx
        self._process = process

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        labels = ["process", "backend"]
        seconds = SummaryMetricFamily(
            "pkim_key_backend_sign_seconds", "Time that signatures of a key backend took", labels=labels
        )
        failures = CounterMetricFamily(
            "pkim_key_backend_failures", "Calls that a key backend did not answer", labels=labels
        )
        for backend in self._ctx.ports.signers.describe():
            named = [self._process, backend.name]
            seconds.add_metric(named, backend.use.signatures, backend.use.seconds)
            failures.add_metric(named, backend.use.failures)
        return seconds, failures
