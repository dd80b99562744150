"""Keys that the server generates for EST clients."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_der_private_key

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.requests.server_keys import enroll_with_server_key
from pki_manager.domain.errors import ApprovalNeeded, Forbidden
from pki_manager.domain.rights.actor import EnrollmentProtocol, Role
from pki_manager.policy.access import Permission
from pki_manager.x509 import pem
from tests.support.csrs import make_csr
from tests.support.enrolling import client_of, credential
from tests.support.memory.events import records, refuses

EST = EnrollmentProtocol.EST
ISSUED = ("certificate.issue_intended", "certificate.issued")
CSR = pem.read(make_csr("www.example.com"), pem.CSR_LABELS, "csr")


def test_a_key_is_generated_with_its_certificate(ctx: Context) -> None:
    client = client_of(ctx, credential(ctx, EST, server_keys=True))
    with records(ctx, *ISSUED, "credential.key_generated"):
        made = enroll_with_server_key(ctx, client, CSR, b"exchange", None)
    private = load_der_private_key(made.key_der, None)
    assert private.public_key() == x509.load_der_x509_certificate(made.certificate.der).public_key()
    assert not made.is_encrypted


def test_a_credential_needs_the_permission_to_export_keys(ctx: Context) -> None:
    client = client_of(ctx, credential(ctx))
    with refuses(ctx, Forbidden, Permission.CERTIFICATE_EXPORT_KEY):
        enroll_with_server_key(ctx, client, CSR, b"exchange", None)


def test_a_request_that_needs_approval_waits_without_a_key(ctx: Context) -> None:
    client = client_of(ctx, credential(ctx, EST, server_keys=True, role=Role.REQUESTER))
    with records(ctx, "request.submitted"), pytest.raises(ApprovalNeeded, match="awaiting_approval"):
        enroll_with_server_key(ctx, client, CSR, b"exchange", None)
