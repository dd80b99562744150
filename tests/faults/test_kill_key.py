"""A server that dies between making a CA's key and recording it: the key does not stay behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from pki_manager import bootstrap
from pki_manager.authority.cas.key_intents import MAKING, settle_overdue_keys
from pki_manager.domain.errors import NotFound
from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.ports.signer import KeyRef
from pki_manager.settings import load
from tests.fakes.clock import FrozenClock
from tests.faults.test_fail_points import Acknowledged, die_at
from tests.services.installation import Installation, administrator_token
from tests.support.factories import with_ports


def test_the_key_of_a_killed_creation_is_found_and_erased(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    installation.run("init")
    die_at(installation, administrator_token(installation), "key kept", Acknowledged())
    opened = bootstrap.open_installation(load(None, installation.environment), slot="test")
    try:
        ctx = opened.ctx
        later = FrozenClock(ctx.ports.clock.now() + 2 * MAKING)
        with ctx.ports.storage.read() as reader:
            (intent,) = reader.key_intents.list_overdue(later.now(), 10)
        signer, ref = ctx.ports.signers.get(intent.backend), KeyRef(intent.backend, f"ca-{intent.id}")
        assert signer.get_public_key(ref)
        assert settle_overdue_keys(with_ports(ctx, clock=later), build_system_actor("worker")) == 1
        with pytest.raises(NotFound, match=r"Key .* not found"):
            signer.get_public_key(ref)
    finally:
        opened.close()
