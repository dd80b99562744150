"""Enrollment credentials, and the clients that have them."""

from __future__ import annotations

from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.enrollment.authenticate import (
    authenticate_certificate,
    authenticate_mac,
    authenticate_secret,
    open_secret,
    require_current,
)
from pki_manager.authority.enrollment.ca_certificates import (
    get_csr_attributes,
    get_only_issuing_ca,
    list_ca_certificates,
)
from pki_manager.authority.enrollment.credentials import (
    create_credential,
    list_credentials,
    list_devices,
    list_protocols,
    revoke_credential,
    show_credential,
)
from pki_manager.authority.enrollment.labels import get_ca_of_part
from pki_manager.authority.enrollment.request_certificate import request_certificate
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import Forbidden, NotFound, Unauthenticated
from pki_manager.domain.rights.actor import EnrollmentProtocol
from pki_manager.policy.access import Permission
from tests.support.enrolling import ORIGIN, application, client_of, credential, is_secret, new_credential
from tests.support.factories import ADMIN
from tests.support.memory.events import POWERLESS, records, refuses

EST, CMP = EnrollmentProtocol.EST, EnrollmentProtocol.CMP


def test_a_credential_is_created_shown_and_revoked(ctx: Context) -> None:
    with records(ctx, "credential.created"):
        issued, _ = create_credential(ctx, ADMIN, new_credential())
    credential_id = issued.view.credential.token.id
    assert show_credential(ctx, ADMIN, credential_id) == issued.view
    assert list_credentials(ctx, ADMIN, None, 10).items == (issued.view,)
    revoke_credential(ctx, ADMIN, credential_id)
    with refuses(ctx, Unauthenticated, "not valid"):
        authenticate_secret(ctx, EST, issued.secret or "", ORIGIN, identifier=str(credential_id))


def test_credentials_need_their_permissions(ctx: Context) -> None:
    issued = credential(ctx)
    for attempt, permission in (
        (lambda: create_credential(ctx, POWERLESS, new_credential()), Permission.TOKEN_CREATE),
        (lambda: list_credentials(ctx, POWERLESS, None, 10), Permission.TOKEN_READ),
        (lambda: revoke_credential(ctx, POWERLESS, issued.view.credential.token.id), Permission.TOKEN_REVOKE),
    ):
        with refuses(ctx, Forbidden, permission):
            attempt()


def test_devices_and_protocols_are_listed(ctx: Context) -> None:
    credential_id = credential(ctx).view.credential.token.id
    assert list_devices(ctx, ADMIN, credential_id, None, 10).items == ()
    with refuses(ctx, Forbidden, Permission.TOKEN_READ):
        list_devices(ctx, POWERLESS, credential_id, None, 10)
    assert set(list_protocols(ctx, ADMIN)) == set(EnrollmentProtocol)
    with refuses(ctx, Forbidden, Permission.TOKEN_READ):
        list_protocols(ctx, POWERLESS)


def test_a_sealed_secret_proves_a_mac(ctx: Context) -> None:
    issued = credential(ctx, CMP)
    found = issued.view.credential
    assert open_secret(ctx, found) == (issued.secret or "").encode()
    client = authenticate_mac(ctx, CMP, str(found.token.id), is_secret(issued.secret or ""), ORIGIN)
    assert client.actor.id == f"token:{found.token.id}"
    with refuses(ctx, Unauthenticated, "not valid"):
        authenticate_mac(ctx, CMP, str(found.token.id), lambda opened: False, ORIGIN)


def test_a_client_requests_a_certificate_and_comes_back_with_it(ctx: Context) -> None:
    client = client_of(ctx, credential(ctx))
    issued = request_certificate(ctx, client, application(), b"exchange")
    assert request_certificate(ctx, client, application(), b"exchange").id == issued.id
    assert require_current(ctx, issued.der) == issued
    assert authenticate_certificate(ctx, EST, issued, ORIGIN).actor.id == client.actor.id
    with refuses(ctx, Unauthenticated, "not valid"):
        require_current(ctx, b"other")


def test_clients_get_the_certificates_of_the_issuing_ca(ctx: Context) -> None:
    ca = show_ca(ctx, ADMIN, "Issuing CA").ca
    assert get_only_issuing_ca(ctx) == ca.id
    assert len(list_ca_certificates(ctx, ca.id)) == 2
    assert get_csr_attributes(ctx, "tls-server").startswith(b"\x30")
    with ctx.ports.storage.read() as reader:
        assert get_ca_of_part(reader, "Issuing CA").id == ca.id
    with refuses(ctx, NotFound, "not found"), ctx.ports.storage.read() as reader:
        get_ca_of_part(reader, "Other CA")
