"""An authority on each engine: a bare one, for accounts need no hierarchy, and one with a client that may issue."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pki_manager.authority.acme import finalize as module
from pki_manager.authority.certificates.enroll import admit
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.certificate import Certificate
from pki_manager.storage.storage import SqlStorage
from tests.fakes.clock import FrozenClock
from tests.support.acme_clients import Client, make_client
from tests.support.factories import make_authority


@pytest.fixture
def bare(tmp_path: Path, storage: SqlStorage, clock: FrozenClock) -> Context:
    return make_authority(tmp_path, storage, clock)


@pytest.fixture
def client(ctx: Context) -> Client:
    return make_client(ctx)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Something happens after the order was looked at, and before its certificate is begun."""

    def arrange(happen: Callable[[], object]) -> None:
        def late(*args: Any, **options: Any) -> Certificate:
            happen()
            return admit(*args, **options)

        monkeypatch.setattr(module, "admit", late)

    return arrange
