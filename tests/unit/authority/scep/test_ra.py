"""The registration authority of SCEP."""

from __future__ import annotations

from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.scep.ra import ensure_ra, get_current_ra, renew_all
from pki_manager.domain.errors import Conflict
from tests.support.factories import ADMIN
from tests.support.memory.events import records, refuses


def test_a_ca_has_an_ra_after_the_first_request_for_it(ctx: Context) -> None:
    ca_id = show_ca(ctx, ADMIN, "Issuing CA").ca.id
    with refuses(ctx, Conflict, "no SCEP registration authority"):
        get_current_ra(ctx, ca_id)
    issued = ensure_ra(ctx, ca_id)
    assert get_current_ra(ctx, ca_id).certificate == issued
    with records(ctx):
        renew_all(ctx)
        assert ensure_ra(ctx, ca_id) == issued
