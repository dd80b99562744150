"""Publication of CA certificates, and of the hashes by which OCSP requests name an issuer key."""

from __future__ import annotations

from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.issuers import get_current_certificate, load_issuer_of_key
from pki_manager.authority.signing.chains import find_chains
from pki_manager.domain.ca import KeyState
from pki_manager.ports.publish import PublishedIssuer, PublishedObject
from pki_manager.x509 import export


def publish_ca(ctx: Context, issuer_key_id: UUID) -> None:
    """Publish `/ca/{ca}/k{n}.cer`, for the current key also `/ca/{ca}.cer` and `/ca/{ca}.p7c`, and the CertID hashes.

    The `.p7c` bundle contains every certificate of every path to a root.
    """
    now = ctx.ports.clock.now()
    with ctx.ports.storage.read() as reader:
        revision = reader.status_log.get_revision()
        issuer = load_issuer_of_key(reader, issuer_key_id)
        key, ca = issuer.key, issuer.ca
        certificate = get_current_certificate(reader, key)
        found = find_chains(reader, certificate, now)
    bodies = {f"/ca/{ca.id}/k{key.number}.cer": (certificate.der, "application/pkix-cert")}
    if key.state is KeyState.CURRENT:
        bodies[f"/ca/{ca.id}.cer"] = (certificate.der, "application/pkix-cert")
        links = dict.fromkeys(link.der for chain in (found.usual, *found.others) for link in chain)
        bundle = export.encode_certificates_only(list(links))
        bodies[f"/ca/{ca.id}.p7c"] = (bundle, "application/pkcs7-mime; smime-type=certs-only")
    ctx.ports.published.put_objects(
        [
            PublishedObject(
                path=path, body=body, content_type=kind, modified=now, expires=None, order=(key.number, revision)
            )
            for path, (body, kind) in bodies.items()
        ]
    )
    ctx.ports.published.put_issuers(
        [
            PublishedIssuer(
                issuer_key_id=key.id,
                ca_id=ca.id,
                number=key.number,
                name_hash={"sha1": key.name_hash_sha1, "sha256": key.name_hash_sha256},
                key_hash={"sha1": key.key_hash_sha1, "sha256": key.key_hash_sha256},
            )
        ]
    )
