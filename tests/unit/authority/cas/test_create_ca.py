"""CAs: created, shown, and previewed."""

from __future__ import annotations

from dataclasses import replace

from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.cas.preview_ca import preview_ca
from pki_manager.authority.cas.views import get_ca_chain, get_ca_chains, get_ca_views, list_cas, show_ca
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.ca import CaState
from pki_manager.domain.errors import Conflict, Forbidden, NameTaken, NotFound
from pki_manager.policy.access import Permission
from tests.support.factories import ADMIN
from tests.support.memory.events import POWERLESS, records, refuses

BRANCH = CreateCa(name="Branch CA", subject="CN=Branch CA", key_type="ECDSA-P256", parent="Root CA")


def test_a_ca_below_another_is_active_with_its_first_key(ctx: Context) -> None:
    with records(ctx, "key.created", "certificate.issue_intended", "certificate.issued", "ca.created"):
        view, replayed = create_ca(ctx, ADMIN, BRANCH)
    assert (view.state, len(view.keys), replayed) == (CaState.ACTIVE, 1, False)
    assert show_ca(ctx, ADMIN, "Branch CA") == view


def test_a_ca_has_a_name_of_its_own_and_an_existing_parent(ctx: Context) -> None:
    with refuses(ctx, NameTaken, "Issuing CA"):
        create_ca(ctx, ADMIN, replace(BRANCH, name="Issuing CA"))
    with refuses(ctx, NotFound, "Other CA"):
        create_ca(ctx, ADMIN, replace(BRANCH, parent="Other CA"))


def test_a_preview_shows_the_certificate_and_creates_nothing(ctx: Context) -> None:
    with records(ctx):
        preview = preview_ca(ctx, ADMIN, BRANCH)
    assert preview.is_sound
    assert preview.certificate is not None
    with refuses(ctx, NotFound, "Branch CA"):
        show_ca(ctx, ADMIN, "Branch CA")


def test_cas_are_listed_with_their_chains(ctx: Context) -> None:
    with records(ctx):
        views = list_cas(ctx, ADMIN, None, 10).items
        assert {view.ca.name for view in views} == {"Root CA", "Issuing CA"}
        chain = get_ca_chain(ctx, ADMIN, "Issuing CA")
        assert [one.subject for one in chain] == ["CN=Issuing CA", "CN=Root CA"]
        assert tuple(get_ca_chains(ctx, ADMIN, "Issuing CA").usual) == chain
        with ctx.ports.storage.read() as reader:
            assert get_ca_views(reader, [view.ca for view in views], ctx.ports.clock.now()) == views


def test_a_pending_ca_has_no_chain(ctx: Context) -> None:
    create_ca(ctx, ADMIN, replace(BRANCH, parent=None, external_parent=True))
    with refuses(ctx, Conflict, "no certificate yet"):
        get_ca_chain(ctx, ADMIN, "Branch CA")


def test_cas_need_their_permissions(ctx: Context) -> None:
    with refuses(ctx, Forbidden, Permission.CA_CREATE):
        create_ca(ctx, POWERLESS, BRANCH)
    for read in (
        lambda: preview_ca(ctx, POWERLESS, BRANCH),
        lambda: list_cas(ctx, POWERLESS, None, 10),
        lambda: show_ca(ctx, POWERLESS, "Root CA"),
        lambda: get_ca_chain(ctx, POWERLESS, "Root CA"),
    ):
        with refuses(ctx, Forbidden, Permission.CA_READ):
            read()
