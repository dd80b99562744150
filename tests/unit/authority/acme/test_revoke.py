"""Revocation through ACME."""

from __future__ import annotations

import pytest

from pki_manager.authority.acme.finalize import finalize
from pki_manager.authority.acme.revoke import revoke_by_account, revoke_by_key
from pki_manager.authority.certificates.queries import show_certificate
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import Conflict, Forbidden, InvalidInput, Malformed
from pki_manager.domain.revocation import RevocationReason
from tests.support.acme_clients import Client, make_client
from tests.support.acme_csrs import Key, csr, new_key, spki_of
from tests.support.factories import ADMIN
from tests.support.memory.events import records, refuses

NAME = "www.example.com"


@pytest.fixture
def client(ctx: Context) -> Client:
    return make_client(ctx)


@pytest.fixture
def key() -> Key:
    return new_key()


@pytest.fixture
def certificate(ctx: Context, client: Client, key: Key) -> Certificate:
    """A certificate that the client's account ordered."""
    done = finalize(ctx, client.actor, client.account, client.ready(NAME).order.id, csr(NAME, key=key))
    assert done.certificate_id is not None
    return show_certificate(ctx, ADMIN, done.certificate_id)


def reason_of(ctx: Context, certificate: Certificate) -> RevocationReason | None:
    revocation = show_certificate(ctx, ADMIN, certificate.id).revocation
    return None if revocation is None else revocation.reason


def test_an_account_revokes_its_own_certificate(ctx: Context, client: Client, certificate: Certificate) -> None:
    with refuses(ctx, InvalidInput, "acme.revocation_reason"):
        revoke_by_account(ctx, client.actor, client.account, certificate.der, 6)
    with records(ctx, "certificate.revoked"):
        revoke_by_account(ctx, client.actor, client.account, certificate.der, 4)
    assert reason_of(ctx, certificate) is RevocationReason.SUPERSEDED
    with refuses(ctx, Conflict, "revoked"):
        revoke_by_account(ctx, client.actor, client.account, certificate.der, 4)


def test_another_account_revokes_it_only_with_all_its_names_validated(
    ctx: Context, client: Client, certificate: Certificate
) -> None:
    other = client.sibling()
    with refuses(ctx, Forbidden, "another account"):
        revoke_by_account(ctx, other.actor, other.account, certificate.der, None)
    other.ready(NAME)
    with records(ctx, "certificate.revoked"):
        revoke_by_account(ctx, other.actor, other.account, certificate.der, None)


def test_the_key_of_a_certificate_revokes_it(ctx: Context, certificate: Certificate, key: Key) -> None:
    with refuses(ctx, Forbidden, "key of the certificate"):
        revoke_by_key(ctx, certificate.der, spki_of(new_key()), 1, peer=None, request_id="r")
    with refuses(ctx, Malformed, "certificate"):
        revoke_by_key(ctx, certificate.der[:-1], spki_of(key), 1, peer=None, request_id="r")
    with records(ctx, "certificate.revoked"):
        revoke_by_key(ctx, certificate.der, spki_of(key), 1, peer=None, request_id="r")
    assert reason_of(ctx, certificate) is RevocationReason.KEY_COMPROMISE
