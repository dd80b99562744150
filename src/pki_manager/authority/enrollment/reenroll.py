"""Renewal of a certificate whose key the client has proved, with the same names: for EST, SCEP, and CMP."""

from __future__ import annotations

from pki_manager.authority.certificates.predecessors import require_renewable
from pki_manager.authority.enrollment.authenticate import EnrollmentClient
from pki_manager.authority.enrollment.request_certificate import request_certificate
from pki_manager.authority.kernel import guard
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.queue import Application
from pki_manager.domain.request import RequestedContents
from pki_manager.policy.access import Permission
from pki_manager.x509 import parse


def reenroll(
    ctx: Context, client: EnrollmentClient, certificate: Certificate, csr_der: bytes, exchange: bytes
) -> Certificate:
    """Return the certificate that replaces `certificate`, which comes from `authenticate.require_current`.

    CA and profile stay the same; the key is that of the CSR. Raises InvalidInput for a CSR with another subject or
    other SANs (RFC 7030 §4.2.2); NotFound or Forbidden for a certificate that the client may not read or renew. Other
    errors as `request_certificate`.
    """
    with ctx.ports.storage.read() as reader:
        guard.require_certificate(reader, client.actor, Permission.CERTIFICATE_READ, certificate)
    require_renewable(certificate)
    current, requested = parse.parse_certificate(certificate.der), parse.parse_csr(csr_der)
    if requested.subject.folded() != current.subject.folded():
        raise InvalidInput.of("subject", "enroll.same_subject", "must be the subject of the certificate being renewed")
    if requested.other_names or frozenset(requested.sans) != frozenset(current.sans):
        message = "must be the alternative names of the certificate being renewed"
        raise InvalidInput.of("sans", "enroll.same_names", message)
    application = Application(
        ca=str(certificate.ca_id),
        profile=certificate.profile,
        csr_der=csr_der,
        requested=RequestedContents(subject=current.subject, sans=current.sans),
        renews=certificate.id,
    )
    return request_certificate(ctx, client, application, exchange)
