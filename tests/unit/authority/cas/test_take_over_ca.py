"""The key of an imported CA."""

from __future__ import annotations

import pytest

from pki_manager.authority.cas.import_ca import ImportCa, import_ca
from pki_manager.authority.cas.take_over_ca import KeySource, TakeOver, take_over
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.ca import CaState
from pki_manager.domain.errors import Conflict, Forbidden, InvalidInput
from pki_manager.policy.access import Permission
from tests.support.factories import ADMIN
from tests.support.foreign_ca import ForeignCa
from tests.support.memory.events import POWERLESS, records, refuses


@pytest.fixture
def old(ctx: Context) -> ForeignCa:
    """A CA that is imported without its key."""
    ca = ForeignCa()
    import_ca(ctx, ADMIN, ImportCa(name="Old", chain=ca.chain_pem))
    return ca


def with_key(ca: ForeignCa) -> TakeOver:
    return TakeOver(ca="Old", source=KeySource(private_key=ca.pkcs8()))


def test_a_ca_issues_once_its_key_is_here(ctx: Context, old: ForeignCa) -> None:
    with records(ctx, "ca.taken_over"):
        view, replayed = take_over(ctx, ADMIN, with_key(old))
    assert (view.state, replayed) == (CaState.ACTIVE, False)
    with refuses(ctx, Conflict, "already has its key"):
        take_over(ctx, ADMIN, with_key(old))


def test_another_key_or_no_permission_is_refused(ctx: Context, old: ForeignCa) -> None:
    with refuses(ctx, InvalidInput, "take_over.key"):
        take_over(ctx, ADMIN, with_key(ForeignCa("Other")))
    with refuses(ctx, InvalidInput, "take_over.one_key"):
        take_over(ctx, ADMIN, TakeOver(ca="Old", source=KeySource()))
    with refuses(ctx, Forbidden, Permission.CA_CREATE):
        take_over(ctx, POWERLESS, with_key(old))
