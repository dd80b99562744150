"""Enrollment credentials, and the requests of their clients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from pki_manager.authority.enrollment.authenticate import (
    EnrollmentClient,
    Origin,
    authenticate_mac,
    authenticate_secret,
)
from pki_manager.authority.enrollment.credentials import IssuedCredential, NewCredential, create_credential
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.duration import Duration
from pki_manager.domain.queue import Application
from pki_manager.domain.request import RequestedContents
from pki_manager.domain.rights.actor import Actor, EnrollmentProtocol
from pki_manager.x509 import pem
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN

ORIGIN = Origin(peer="192.0.2.7", request_id="r")
DAY = timedelta(days=1)


def new_credential(protocol: EnrollmentProtocol = EnrollmentProtocol.EST, **members: object) -> NewCredential:
    default = NewCredential(
        protocol=protocol,
        name="routers",
        lifetime=Duration.parse("P1Y"),
        ca="Issuing CA",
        profile="tls-server",
        names=("DNS:example.com",),
    )
    return replace(default, **members)


def credential(
    ctx: Context,
    protocol: EnrollmentProtocol = EnrollmentProtocol.EST,
    actor: Actor = ADMIN,
    **members: object,
) -> IssuedCredential:
    return create_credential(ctx, actor, new_credential(protocol, **members))[0]


def client_of(ctx: Context, issued: IssuedCredential) -> EnrollmentClient:
    """Return the client that sends the credential's secret."""
    found, secret = issued.view.credential, issued.secret or ""
    if found.protocol is EnrollmentProtocol.CMP:
        return authenticate_mac(ctx, found.protocol, str(found.token.id), is_secret(secret), ORIGIN)
    identifier = str(found.token.id) if found.protocol is EnrollmentProtocol.EST else None
    return authenticate_secret(ctx, found.protocol, secret, ORIGIN, identifier=identifier)


def is_secret(secret: str) -> Callable[[bytes], bool]:
    return lambda opened: opened == secret.encode()


def application(name: str = "www.example.com", sans: tuple[str, ...] | None = None, **members: object) -> Application:
    csr = pem.read(make_csr(name, sans=sans), pem.CSR_LABELS, "csr")
    default = Application(ca="Issuing CA", profile="tls-server", csr_der=csr, requested=RequestedContents())
    return replace(default, **members)
