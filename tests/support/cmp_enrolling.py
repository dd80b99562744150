"""Certificate requests of CMP clients, as the use cases read them."""

from __future__ import annotations

from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric import ec

from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.cmp import enroll
from pki_manager.authority.cmp.enroll import EnrollmentProgress, NewTransaction
from pki_manager.authority.enrollment.authenticate import EnrollmentClient
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.queue import Application
from pki_manager.x509.cmp import bodies
from pki_manager.x509.cmp.template import TemplateRequest
from tests.support import cmp_messages as cmp
from tests.support.factories import ADMIN

NAME = "dev1.example.com"
NONCE = b"nonce of the response"
NEW = NewTransaction(
    body_type=cmp.IR, request_number=0, transaction_id=b"transaction 1", nonce=NONCE, implicit_confirm=False
)


def template_request(subject: str = NAME, *, sans: tuple[str, ...] = (NAME,), controls: bytes = b"") -> TemplateRequest:
    """Return a request for these names with a new key."""
    key = ec.generate_private_key(ec.SECP256R1())
    template = cmp.template(subject=subject, sans=sans, key=key)
    return bodies.read_certificate_request(cmp.certificate_request(template, key, controls=controls))


def make_application(ctx: Context, request: TemplateRequest | None = None) -> Application:
    """Return what the request applies for, from `Issuing CA`."""
    ca = show_ca(ctx, ADMIN, "Issuing CA").ca
    return enroll.build_application(request or template_request(), ca.id, "tls-server")


def begin(ctx: Context, client: EnrollmentClient, **changes: object) -> EnrollmentProgress:
    """Request a certificate in a new transaction, which `changes` describes."""
    return enroll.request(ctx, client, replace(NEW, **changes), make_application(ctx))


def get_issued(progress: EnrollmentProgress) -> Certificate:
    """Return the certificate of a transaction that has one."""
    assert progress.certificate is not None
    return progress.certificate
