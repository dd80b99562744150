"""Registration authorities (RA) that enroll devices by CMP: they sign requests with a certificate of their own."""

from __future__ import annotations

from pki_manager.authority.enrollment.authenticate import EnrollmentClient, Origin, authenticate_ra
from pki_manager.authority.enrollment.labels import get_ca_of_part
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import NotFound
from pki_manager.domain.rights.actor import EnrollmentProtocol
from pki_manager.x509.cmp.ra import is_ra_certificate


def find_ra_client(
    ctx: Context, signer: Certificate, part: str, profile: str, origin: Origin
) -> EnrollmentClient | None:
    """Return the client that acts as the credential whose RA certificate signed a message.

    The credential is for the CA that `part` of a path names, and for the profile. Returns None if there is none, or the
    certificate is not one of an RA. The caller has verified the signature and that the certificate is current.
    """
    if not is_ra_certificate(signer.der):
        return None
    with ctx.ports.storage.read() as reader:
        try:
            ca = get_ca_of_part(reader, part)
        except NotFound:
            return None
        found = reader.credentials.find_ra(signer.id, ca.id, profile, ctx.ports.clock.now())
    if found is None:
        return None
    return authenticate_ra(ctx, EnrollmentProtocol.CMP, found.token.id, signer, origin)
