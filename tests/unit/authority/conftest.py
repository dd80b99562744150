"""Use cases on storage and signers in memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pki_manager.authority.kernel.context import Context
from tests.fakes.clock import FrozenClock
from tests.support.memory.installation import Template, open_copy


@pytest.fixture
def ctx(installation_template: Template, clock: FrozenClock) -> Iterator[Context]:
    """An installation with `Root CA` and `Issuing CA` and no other certificate."""
    with open_copy(installation_template, clock) as ctx:
        yield ctx
