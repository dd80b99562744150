"""The root certificates in the published status store."""

from __future__ import annotations

import plistlib
from datetime import timedelta

from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.cas.rotate_ca import RotateCa, rotate_ca
from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.publish_trust import publish_trust
from pki_manager.domain.trust.anchors import TRUST_LIST, AnchorUse, TrustAnchor, TrustList
from pki_manager.x509.export import encode_certificate_pem
from tests.fakes.clock import FrozenClock
from tests.support.factories import ADMIN


def published(ctx: Context, path: str) -> bytes:
    found = ctx.ports.published.find_object(path)
    assert found is not None, path
    return found.body


def anchors(ctx: Context) -> tuple[TrustAnchor, ...]:
    publish_trust(ctx)
    return TrustList.decode(published(ctx, TRUST_LIST)).anchors


def root_der(ctx: Context, number: int = 0) -> bytes:
    return show_ca(ctx, ADMIN, "Root CA").keys[number].certificates[0].der


def test_the_root_is_published_in_every_form(ctx: Context) -> None:
    (root,) = anchors(ctx)
    der = root_der(ctx)
    assert root.use is AnchorUse.CURRENT
    assert published(ctx, "/fingerprint") == root.fingerprint.hex().encode() + b"\n"
    for name in ("root", f"roots/{root.fingerprint.hex()}"):
        assert published(ctx, f"/{name}.cer") == der
        assert published(ctx, f"/{name}.pem").decode() == encode_certificate_pem(der)
        profile = plistlib.loads(published(ctx, f"/{name}.mobileconfig"))
        assert profile["PayloadContent"][0]["PayloadContent"] == der


def test_the_list_names_the_status_listener(ctx: Context) -> None:
    publish_trust(ctx)
    assert TrustList.decode(published(ctx, TRUST_LIST)).url == ctx.config.status_url


def test_the_root_of_the_first_start_comes_before_a_root_that_was_created_later(
    ctx: Context, clock: FrozenClock
) -> None:
    (first,) = anchors(ctx)
    clock.advance(timedelta(days=1))
    create_ca(ctx, ADMIN, CreateCa(name="A Root", subject="CN=A Root", key_type="ECDSA-P256"))
    assert [one.name for one in anchors(ctx)] == ["Root CA", "A Root"]
    assert published(ctx, "/fingerprint") == first.fingerprint.hex().encode() + b"\n"


def test_the_root_of_the_next_key_is_listed_before_it_is_used(ctx: Context, clock: FrozenClock) -> None:
    (before,) = anchors(ctx)
    rotate_ca(ctx, ADMIN, RotateCa(ca="Root CA", switch_at=clock.now() + timedelta(days=30)))
    listed = anchors(ctx)
    assert [one.use for one in listed] == [AnchorUse.CURRENT, AnchorUse.NEXT]
    assert listed[0] == before
    assert published(ctx, f"/roots/{listed[1].fingerprint.hex()}.cer") != published(ctx, "/root.cer")


def test_the_root_of_the_previous_key_is_listed_after_the_rotation(ctx: Context) -> None:
    (before,) = anchors(ctx)
    rotate_ca(ctx, ADMIN, RotateCa(ca="Root CA"))
    listed = anchors(ctx)
    assert [one.use for one in listed] == [AnchorUse.CURRENT, AnchorUse.PREVIOUS]
    assert listed[1].fingerprint == before.fingerprint
    assert published(ctx, "/fingerprint") == listed[0].fingerprint.hex().encode() + b"\n"


def test_an_expired_root_is_not_listed(ctx: Context, clock: FrozenClock) -> None:
    (root,) = anchors(ctx)
    clock.advance(root.not_after - clock.now() + timedelta(seconds=1))
    assert anchors(ctx) == ()
