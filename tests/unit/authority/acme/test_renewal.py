"""Renewal information of ACME (RFC 9773)."""

from __future__ import annotations

import pytest

from pki_manager.authority.acme.renewal import get_renewal_window
from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.revoke import revoke
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import NotFound
from pki_manager.domain.revocation import RevocationReason
from tests.fakes.clock import FrozenClock
from tests.support.factories import ADMIN
from tests.support.issuing import issue_one
from tests.support.memory.events import records, refuses


@pytest.fixture
def certificate(ctx: Context) -> Certificate:
    return issue_one(ctx)


@pytest.fixture
def issuer(ctx: Context) -> bytes:
    """The key identifier of the issuing CA."""
    return show_ca(ctx, ADMIN, "Issuing CA").keys[0].key.subject_key_identifier


def test_the_window_is_in_the_last_third_of_the_lifetime(ctx: Context, certificate: Certificate, issuer: bytes) -> None:
    found, validity = get_renewal_window(ctx, issuer, certificate.serial), certificate.validity
    third = (validity.not_after - validity.not_before) / 3
    assert validity.not_before + 2 * third <= found.end
    assert found.start < found.end < validity.not_after


def test_the_window_of_a_revoked_certificate_is_over(
    ctx: Context, certificate: Certificate, issuer: bytes, clock: FrozenClock
) -> None:
    revoke(ctx, ADMIN, certificate.id, RevocationReason.SUPERSEDED)
    with records(ctx):
        assert get_renewal_window(ctx, issuer, certificate.serial).end <= clock.now()


def test_a_certificate_of_another_issuer_is_not_found(ctx: Context, certificate: Certificate, issuer: bytes) -> None:
    with refuses(ctx, NotFound, "not found"):
        get_renewal_window(ctx, issuer[::-1], certificate.serial)
    with refuses(ctx, NotFound, "not found"):
        get_renewal_window(ctx, issuer, certificate.serial + 1)
