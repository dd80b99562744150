"""Revocation by CMP (rr): of the certificate that signs the message, or one that the credential requested."""

from __future__ import annotations

from pki_manager.authority.enrollment.authenticate import EnrollmentClient
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.revoke import revoke
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import FieldError, Forbidden
from pki_manager.x509 import parse
from pki_manager.x509.cmp.bodies import CmpRevocation
from pki_manager.x509.cmp.template import CertificateName

NOT_OWN = "cmp.not_own"


def revoke_certificate(
    ctx: Context, client: EnrollmentClient, signer: Certificate | None, revocation: CmpRevocation
) -> Certificate:
    """Revoke a certificate. `signer` is the certificate that the message is signed with, if it is signed.

    With a signer, only the signer itself can be revoked; without one, the certificates that the client's credential
    requested. Raises Forbidden with the rule `cmp.not_own` for any other certificate, and for one that does not exist.
    Other errors as `revoke`.
    """
    found = _find(ctx, revocation.certificate)
    is_own = found is not None and (found.requested_by == client.actor.id if signer is None else found.id == signer.id)
    if found is None or not is_own:
        message = (
            "This certificate is not one that the credential requested."
            if signer is None
            else "Only the certificate that the message is signed with can be revoked."
        )
        raise Forbidden(message, errors=(FieldError("certDetails", NOT_OWN, message),))
    return revoke(ctx, client.actor, found.id, revocation.reason).value


def _find(ctx: Context, name: CertificateName) -> Certificate | None:
    with ctx.ports.storage.read() as reader:
        candidates = reader.certificates.find_many(reader.certificates.find_ids_by_serials([name.serial]))
    return next((one for one in candidates if parse.parse_certificate(one.der).issuer_der == name.issuer_der), None)
