"""A status listener over a real store, beside two CAs that share serial numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pki_manager.domain.revocation import RevocationReason
from pki_manager.protocols.status import StatusApp
from pki_manager.storage.published import SqlitePublished
from tests.fakes.clock import FrozenClock
from tests.protocols.driver import Answer, asked
from tests.support.responders import NOW, ExampleCa

GOOD, REVOKED, UNPUBLISHED = 1000, 1001, 1002


@dataclass
class World:
    """`ca` knows GOOD, REVOKED and UNPUBLISHED; the first two are published. `live` is its responder."""

    app: StatusApp
    store: SqlitePublished
    clock: FrozenClock
    ca: ExampleCa

    def post(self, body: bytes, **how: object) -> Answer:
        headers = {"Content-Type": "application/ocsp-request"}
        return asked(self.app, "POST", "/ocsp", body=body, headers=headers, **how)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    store = SqlitePublished(tmp_path / "published" / "status.db")
    clock = FrozenClock(NOW)
    ca = ExampleCa()
    for serial in (GOOD, REVOKED, UNPUBLISHED):
        ca.issue(serial)
    ca.revoke(REVOKED, RevocationReason.KEY_COMPROMISE)
    ca.publish(store, [GOOD, REVOKED])
    app = StatusApp(store, ca, clock)
    yield World(app, store, clock, ca)
    app.close()
    store.close()
