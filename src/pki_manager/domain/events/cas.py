"""Events about certificate authorities, their keys, and the status of what they have signed."""

from __future__ import annotations

from dataclasses import dataclass

from pki_manager.domain.events.audit import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCreated(AuditEvent):
    ACTION = "key.created"
    OBJECT = "key"
    backend: str
    key_type: str
    spki_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRetired(AuditEvent):
    """An issuer key that nothing needs any more, or a next key that will not take over; `why` says which."""

    ACTION = "key.retired"
    OBJECT = "key"
    why: str
    ca: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyDestroyed(AuditEvent):
    """Its private key is permanently erased in its backend, and that of its OCSP signer too."""

    ACTION = "key.destroyed"
    OBJECT = "key"
    ca: str
    number: int
    backend: str
    backend_key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAdopted(AuditEvent):
    """A CA took a key that had been made for it."""

    ACTION = "key.adopted"
    OBJECT = "key"
    backend: str
    key_type: str
    spki_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyDiscarded(AuditEvent):
    """A key that nothing has come of is erased in its backend, or (`failed`) left for its owner to erase."""

    ACTION = "key.discarded"
    OBJECT = "key"
    backend: str
    backend_key_id: str
    key_type: str
    requested_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyBlocked(AuditEvent):
    """By an operator; a compromised key is blocked by the event of its certificate's revocation."""

    ACTION = "key.blocked"
    OBJECT = "key"
    comment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUnblocked(AuditEvent):
    ACTION = "key.unblocked"
    OBJECT = "key"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaCreated(AuditEvent):
    ACTION = "ca.created"
    OBJECT = "ca"
    name: str
    subject: str
    key_id: str
    certificate_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaPrepared(AuditEvent):
    """A CA that waits for its certificate from a parent that is not ours."""

    ACTION = "ca.prepared"
    OBJECT = "ca"
    name: str
    subject: str
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaRequestIntended(AuditEvent):
    ACTION = "ca.request_intended"
    OBJECT = "ca"
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaRequestSigned(AuditEvent):
    """A PKCS#10 request of the CA for a certificate of its own, or (`failed`) none."""

    ACTION = "ca.request_signed"
    OBJECT = "ca"
    key_id: str
    request_sha256: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaCertificateInstalled(AuditEvent):
    """`above` are the fingerprints (SHA-256, hex) of the certificates up to the root that came with it."""

    ACTION = "ca.certificate_installed"
    OBJECT = "ca"
    key_id: str
    certificate_id: str
    fingerprint_sha256: str
    above: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaKeySwitched(AuditEvent):
    """From here on the CA signs with that key; the one before only answers for what it has signed."""

    ACTION = "ca.key_switched"
    OBJECT = "ca"
    key_id: str
    number: int
    draining_key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaSuspended(AuditEvent):
    ACTION = "ca.suspended"
    OBJECT = "ca"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaResumed(AuditEvent):
    ACTION = "ca.resumed"
    OBJECT = "ca"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaRetired(AuditEvent):
    ACTION = "ca.retired"
    OBJECT = "ca"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaRevoked(AuditEvent):
    """A certificate of the CA was revoked, which has its own event; this is what it means for the CA."""

    ACTION = "ca.revoked"
    OBJECT = "ca"
    revocation_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CrlIntended(AuditEvent):
    """`shard` is None for the CRL that lists everything."""

    ACTION = "crl.intended"
    OBJECT = "issuer_key"
    number: int
    delta: bool
    shard: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CrlPublished(AuditEvent):
    """`base_number` is that of the full CRL that a delta adds to; `shard` as in CrlIntended."""

    ACTION = "crl.published"
    OBJECT = "issuer_key"
    number: int
    base_number: int | None
    shard: int | None
    entries: int
    crl_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CrlFailed(AuditEvent):
    ACTION = "crl.failed"
    OBJECT = "issuer_key"
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OcspPresigned(AuditEvent):
    """One per batch of responses signed ahead."""

    ACTION = "ocsp.presigned"
    OBJECT = "issuer_key"
    responses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OcspSigned(AuditEvent):
    """Responses signed on demand, summed per minute."""

    ACTION = "ocsp.signed"
    OBJECT = "issuer_key"
    responses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OcspSignerRenewed(AuditEvent):
    ACTION = "ocsp_signer.renewed"
    OBJECT = "issuer_key"
    certificate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScepRaRenewed(AuditEvent):
    """A CA has a new SCEP registration authority certificate, with a new key in the embedded keystore."""

    ACTION = "scep_ra.renewed"
    OBJECT = "ca"
    certificate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsCertificateRenewed(AuditEvent):
    ACTION = "tls_certificate.renewed"
    OBJECT = "certificate"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaImported(AuditEvent):
    """A CA that had a life elsewhere is known, as an external one; `revocations` are those of its last CRL."""

    ACTION = "ca.imported"
    OBJECT = "ca"
    name: str
    subject: str
    fingerprint_sha256: str
    spki_sha256: str
    crl_sha256: str | None
    crl_number: int | None
    revocations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaTakenOver(AuditEvent):
    """Its key signs here from now on; `key_imported`: it came from outside, else it was in its backend already."""

    ACTION = "ca.taken_over"
    OBJECT = "ca"
    key_id: str
    backend: str
    backend_key_id: str
    key_type: str
    spki_sha256: str
    key_imported: bool
