"""Write the page of the metrics from the output of `/metrics` of a new installation, so that it is complete."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from pki_manager.authority.kernel.repeat_counter import IssuedKind
from pki_manager.bootstrap import initialize, open_installation
from pki_manager.server.connection_gate import ConnectionGate, Refusals
from pki_manager.server.metrics import Metrics
from pki_manager.settings import load
from pki_manager.worker.schedule import Duty
from pki_manager.worker.worker import Worker
from tools.markdown import code, page, table


def metrics() -> str:
    rows = [(code(_shown(one)), one.type, code(*_labels(one)), f"{one.documentation}") for one in _families()]
    return page(
        "Metrics",
        "`GET /metrics` on the management and TLS listeners returns these metrics in the Prometheus text format. From "
        "the loopback interface it needs no token, from elsewhere one with the permission `metrics:read`.",
        "A metric with the label `process` is the count of one server process. With several `workers`, each scrape "
        "reaches one of them. All other metrics are those of the installation. Metrics that count rows are missing "
        "while the database is unavailable.",
        table(("Metric", "Type", "Labels", "Description"), rows),
        "Recommended alerts are in [deployment](../operations/005-deployment.md#monitoring).",
    )


def _families() -> Iterator[Metric]:
    """Return the metrics of a new installation after a response and a failed scheduled task, which use every label."""
    with tempfile.TemporaryDirectory() as directory:
        settings = load(Path(directory) / "home", {})
        initialize(settings)
        installation = open_installation(settings, slot="docs")
        try:
            worker = Worker(installation, (Duty("any", 1, _fail),))
            gate = ConnectionGate("status", Refusals(), most=1, most_per_peer=1)
            gate.refusals.note("status", "connections", "192.0.2.1")
            shown = Metrics(installation.ctx, worker, "docs", [gate], {("ocsp", 200): 1})
            shown.answered("GET", 200, 0.01)
            installation.ctx.state.issued.add(IssuedKind("Issuing CA", "tls-server", "rest"))
            logging.disable(logging.WARNING)
            worker.tick()
            text = shown.text().decode()
        finally:
            logging.disable(logging.NOTSET)
            installation.close()
    yield from text_string_to_metric_families(text)


def _fail() -> None:
    raise RuntimeError


def _shown(family: Metric) -> str:
    return f"{family.name}_total" if family.type == "counter" else family.name


def _labels(family: Metric) -> list[str]:
    return sorted({label for sample in family.samples for label in sample.labels if label != "le"})
