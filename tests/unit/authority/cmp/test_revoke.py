"""Revocation by CMP clients."""

from __future__ import annotations

from pki_manager.authority.certificates.queries import show_certificate
from pki_manager.authority.cmp.revoke import revoke_certificate
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import Forbidden
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import EnrollmentProtocol
from pki_manager.x509 import parse
from pki_manager.x509.cmp.bodies import CmpRevocation
from pki_manager.x509.cmp.template import CertificateName
from tests.support.cmp_enrolling import begin, get_issued
from tests.support.enrolling import client_of, credential
from tests.support.factories import ADMIN
from tests.support.memory.events import records, refuses

CMP = EnrollmentProtocol.CMP


def revocation_of(certificate: Certificate) -> CmpRevocation:
    issuer = parse.parse_certificate(certificate.der).issuer_der
    return CmpRevocation(
        certificate=CertificateName(issuer, certificate.serial), reason=RevocationReason.KEY_COMPROMISE
    )


def test_a_client_revokes_a_certificate_that_its_credential_requested(ctx: Context) -> None:
    client, other = client_of(ctx, credential(ctx, CMP)), client_of(ctx, credential(ctx, CMP))
    issued = get_issued(begin(ctx, client))
    with refuses(ctx, Forbidden, "cmp.not_own"):
        revoke_certificate(ctx, other, None, revocation_of(issued))
    with records(ctx, "certificate.revoked"):
        revoked = revoke_certificate(ctx, client, None, revocation_of(issued))
    shown = show_certificate(ctx, ADMIN, issued.id)
    assert shown.revocation == revoked.revocation
    assert shown.revocation is not None
    assert shown.revocation.reason is RevocationReason.KEY_COMPROMISE


def test_a_signed_message_revokes_the_certificate_of_its_signer_only(ctx: Context) -> None:
    client = client_of(ctx, credential(ctx, CMP))
    own, sibling = (get_issued(begin(ctx, client, transaction_id=number)) for number in (b"1", b"2"))
    with refuses(ctx, Forbidden, "cmp.not_own"):
        revoke_certificate(ctx, client, own, revocation_of(sibling))
    assert revoke_certificate(ctx, client, own, revocation_of(own)).id == own.id


def test_a_certificate_that_does_not_exist_is_refused_as_one_of_another_client(ctx: Context) -> None:
    client = client_of(ctx, credential(ctx, CMP))
    missing = CmpRevocation(certificate=CertificateName(b"\x30\x00", 4711), reason=RevocationReason.SUPERSEDED)
    with refuses(ctx, Forbidden, "cmp.not_own"):
        revoke_certificate(ctx, client, None, missing)
