"""kill -9 under load: what was acknowledged is there afterwards, nothing is there twice, and the trail verifies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.fault_log import Fault, FaultLog
from tests.faults.load import Load
from tests.services.installation import Installation, Server, administrator_token, free_port
from tests.services.postgresql import PostgresServer


@pytest.fixture(params=["sqlcipher", "postgresql"])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """On fixed ports, so that clients find the server again."""
    settings = {f"PKIM_{name}_BIND": f"127.0.0.1:{free_port()}" for name in ("MANAGEMENT", "TLS")}
    if request.param == "sqlcipher":
        yield Installation(tmp_path, settings)
        return
    server: PostgresServer = request.getfixturevalue("postgresql")
    database = server.create_database()
    yield Installation(tmp_path, {**settings, "PKIM_DATABASE_URL": server.url(database)})
    server.drop_database(database)


def survive(
    installation: Installation,
    fault_log: FaultLog,
    *,
    kills: int,
    between: int,
    at_least: int,
    fault: Fault = Fault.KILL_AT_RANDOM,
    **settings: str,
) -> None:
    """Load, `kills` times kill -9 or SIGTERM after `between` more certificates, and then the invariants."""
    server = Server(installation, settings)
    load = Load(server.management, administrator_token(installation))
    load.start()
    try:
        for _ in range(kills):
            load.await_more(between, 180)
            if fault is Fault.SIGTERM:
                assert server.stop() == 0
            else:
                server.kill()
            server = Server(installation, settings)
        load.await_more(max(between, at_least - load.acknowledged), 300)
    finally:
        load.stop()
        server.stop()
    assert load.wrong == []
    assert load.acknowledged >= at_least
    fault_log.conclude(fault, installation, load.records, repetitions=kills)


def test_aud_06_kill_9_under_load_loses_nothing_acknowledged(installation: Installation, fault_log: FaultLog) -> None:
    survive(installation, fault_log, kills=2, between=20, at_least=60)


@pytest.mark.long
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_thousand_certificates_and_twenty_kills(
    installation: Installation, fault_log: FaultLog, workers: str
) -> None:
    survive(installation, fault_log, kills=20, between=45, at_least=1000, PKIM_WORKERS=workers)


@pytest.mark.long
@pytest.mark.parametrize("workers", ["1", "2"])
def test_ten_times_sigterm_under_load_loses_nothing_acknowledged(
    installation: Installation, fault_log: FaultLog, workers: str
) -> None:
    survive(installation, fault_log, kills=10, between=20, at_least=200, fault=Fault.SIGTERM, PKIM_WORKERS=workers)
