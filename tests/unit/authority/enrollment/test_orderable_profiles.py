"""The profiles that ACME clients can choose from, and the CA that a directory serves."""

from __future__ import annotations

from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.certificates.profiles import retire
from pki_manager.authority.enrollment.orderable_profiles import get_directory_ca, list_orderable_profiles
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import NotFound
from tests.support.factories import ADMIN
from tests.support.memory.events import refuses


def test_profiles_for_names_of_acme_are_listed_until_they_are_retired(ctx: Context) -> None:
    found = list_orderable_profiles(ctx)
    assert found["tls-server"]
    assert found.keys().isdisjoint({"email", "code-signing", "ocsp-responder", "issuing-ca"})
    retire(ctx, ADMIN, "device")
    assert found.keys() - list_orderable_profiles(ctx).keys() == {"device"}


def test_a_directory_serves_the_ca_in_its_path_or_the_only_issuing_ca(ctx: Context) -> None:
    issuing = str(show_ca(ctx, ADMIN, "Issuing CA").ca.id)
    assert [get_directory_ca(ctx, part) for part in (None, "issuing-ca", "Issuing CA", issuing)] == [issuing] * 4
    with refuses(ctx, NotFound, "nowhere"):
        get_directory_ca(ctx, "nowhere")
