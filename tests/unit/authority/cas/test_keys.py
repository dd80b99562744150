"""Issuer keys and their backends."""

from __future__ import annotations

from pki_manager.authority.cas.backends import check_backend, list_backends, show_backend, watch_backends
from pki_manager.authority.cas.create_key import create_key
from pki_manager.authority.cas.destroy_key import destroy_key, erase
from pki_manager.authority.cas.key_intents import settle_overdue_keys
from pki_manager.authority.cas.keys import list_keys, show_key
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import Conflict, Forbidden, NotFound
from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.policy.access import Permission
from pki_manager.ports.signer import BackendState, KeyRef
from tests.support.factories import ADMIN
from tests.support.memory.events import POWERLESS, records, refuses


def test_keys_are_listed_with_their_cas(ctx: Context) -> None:
    with records(ctx):
        (view,) = list_keys(ctx, ADMIN, "Issuing CA", None, 10).items
        assert view.ca.name == "Issuing CA"
        assert show_key(ctx, ADMIN, view.key.id).key == view.key
        assert len(list_keys(ctx, ADMIN, None, None, 10).items) == 2
    with refuses(ctx, NotFound, "Other CA"):
        list_keys(ctx, ADMIN, "Other CA", None, 10)
    with refuses(ctx, Forbidden, Permission.KEY_READ):
        show_key(ctx, POWERLESS, view.key.id)


def test_a_key_is_created_before_its_ca_and_once_for_its_id(ctx: Context) -> None:
    key_id = ctx.new_id()
    with records(ctx, "key.created"):
        key, _ = create_key(ctx, ADMIN, "embedded", "ECDSA-P256", key_id, None)
    assert create_key(ctx, ADMIN, "embedded", "ECDSA-P256", key_id, None)[0] == key
    with refuses(ctx, NotFound, "hsm"):
        create_key(ctx, ADMIN, "hsm", "ECDSA-P256", None, None)
    with refuses(ctx, Forbidden, Permission.KEY_CREATE):
        create_key(ctx, POWERLESS, "embedded", "ECDSA-P256", None, None)


def test_a_key_that_is_in_use_is_not_destroyed(ctx: Context) -> None:
    (view,) = list_keys(ctx, ADMIN, "Issuing CA", None, 10).items
    with refuses(ctx, Conflict, "current"):
        destroy_key(ctx, ADMIN, view.key.id)
    with refuses(ctx, Forbidden, Permission.KEY_DESTROY):
        destroy_key(ctx, POWERLESS, view.key.id)
    erase(ctx, view.key.id)
    assert ctx.ports.signers.get("embedded").get_public_key(KeyRef(view.key.backend, view.key.backend_key_id))


def test_backends_say_whether_they_are_available(ctx: Context) -> None:
    with records(ctx):
        assert [backend.name for backend in list_backends(ctx, ADMIN)] == ["embedded"]
        assert show_backend(ctx, ADMIN, "embedded").state is BackendState.AVAILABLE
        assert check_backend(ctx, ADMIN, "embedded").state is BackendState.AVAILABLE
    with refuses(ctx, NotFound, "hsm"):
        show_backend(ctx, ADMIN, "hsm")
    with refuses(ctx, Forbidden, Permission.CA_READ):
        list_backends(ctx, POWERLESS)
    with refuses(ctx, Forbidden, Permission.KEY_READ):
        check_backend(ctx, POWERLESS, "embedded")


def test_an_available_backend_is_no_news(ctx: Context, caplog) -> None:
    with records(ctx):
        watch_backends(ctx)
        assert settle_overdue_keys(ctx, build_system_actor("worker")) == 0
    assert caplog.records == []
