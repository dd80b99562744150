"""A relying party before a provider of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.clock import FrozenClock
from tests.integration.credentials.oidc.party import Party, make_client
from tests.services.forger import forger


@pytest.fixture
def party(clock: FrozenClock) -> Iterator[Party]:
    with forger(clock.now) as provider:
        yield Party(provider, make_client(provider, clock), clock)
