"""The CA and the profile that a label names."""

from __future__ import annotations

from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.enrollment.ca_certificates import get_label_target
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import NotFound
from tests.support.factories import ADMIN
from tests.support.memory.events import refuses


def test_a_label_names_a_ca_and_a_profile(ctx: Context) -> None:
    target = get_label_target(ctx, "issuing-ca.tls-server")
    assert target == (show_ca(ctx, ADMIN, "Issuing CA").ca.id, "tls-server")
    for unknown in ("none.tls-server", "issuing-ca"):
        with refuses(ctx, NotFound, "not found"):
            get_label_target(ctx, unknown)
