"""Audit events of CAs, their keys, and the status of what they have signed."""

from __future__ import annotations

from dataclasses import dataclass

from pki_manager.domain.events.audit import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCreated(AuditEvent):
    """A key was generated."""

    ACTION = "key.created"
    OBJECT = "key"
    backend: str
    key_type: str
    spki_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRetired(AuditEvent):
    """An issuer key was retired: nothing needs it, or it is a next key that will not become current (`reason`)."""

    ACTION = "key.retired"
    OBJECT = "key"
    ca: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyDestroyed(AuditEvent):
    """A private key and that of its OCSP signer were erased permanently in their key backend."""

    ACTION = "key.destroyed"
    OBJECT = "key"
    ca: str
    number: int
    backend: str
    backend_key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAdopted(AuditEvent):
    """A CA started to use a key that had been generated for it."""

    ACTION = "key.adopted"
    OBJECT = "key"
    backend: str
    key_type: str
    spki_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyDiscarded(AuditEvent):
    """An unused key was erased in its key backend. If the outcome is `failed`, its owner must erase it."""

    ACTION = "key.discarded"
    OBJECT = "key"
    backend: str
    backend_key_id: str
    key_type: str
    requested_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyBlocked(AuditEvent):
    """An operator blocked a key. If a key is blocked because of a compromise, only the revocation has an event."""

    ACTION = "key.blocked"
    OBJECT = "key"
    comment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUnblocked(AuditEvent):
    """An operator unblocked a key."""

    ACTION = "key.unblocked"
    OBJECT = "key"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaCreated(AuditEvent):
    """A CA was created and has its first certificate."""

    ACTION = "ca.created"
    OBJECT = "ca"
    name: str
    subject: str
    key_id: str
    certificate_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaPrepared(AuditEvent):
    """A CA was created that waits for its certificate from an external parent."""

    ACTION = "ca.prepared"
    OBJECT = "ca"
    name: str
    subject: str
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaRequestIntended(AuditEvent):
    """A CSR of a CA is about to be signed."""

    ACTION = "ca.request_intended"
    OBJECT = "ca"
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaRequestSigned(AuditEvent):
    """A CSR of a CA was signed. If the outcome is `failed`, it was not signed."""

    ACTION = "ca.request_signed"
    OBJECT = "ca"
    key_id: str
    request_sha256: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaCertificateInstalled(AuditEvent):
    """A certificate from an external parent was installed.

    `above` are the fingerprints (SHA-256, hex) of the certificates up to the root that were submitted with it.
    """

    ACTION = "ca.certificate_installed"
    OBJECT = "ca"
    key_id: str
    certificate_id: str
    fingerprint_sha256: str
    above: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaKeySwitched(AuditEvent):
    """A CA signs with another key. The earlier key signs only CRLs and OCSP responses from now on."""

    ACTION = "ca.key_switched"
    OBJECT = "ca"
    key_id: str
    number: int
    draining_key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaSuspended(AuditEvent):
    """A CA was suspended."""

    ACTION = "ca.suspended"
    OBJECT = "ca"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaResumed(AuditEvent):
    """A CA was resumed."""

    ACTION = "ca.resumed"
    OBJECT = "ca"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaRetired(AuditEvent):
    """A CA was retired."""

    ACTION = "ca.retired"
    OBJECT = "ca"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaRevoked(AuditEvent):
    """A CA was revoked. The revocation of its certificate has a separate event."""

    ACTION = "ca.revoked"
    OBJECT = "ca"
    revocation_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CrlIntended(AuditEvent):
    """A CRL is about to be signed. `shard` is None for the full CRL."""

    ACTION = "crl.intended"
    OBJECT = "issuer_key"
    number: int
    delta: bool
    shard: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CrlPublished(AuditEvent):
    """A CRL was published. `base_number` is the full CRL that a delta refers to; `shard` as in CrlIntended."""

    ACTION = "crl.published"
    OBJECT = "issuer_key"
    number: int
    base_number: int | None
    shard: int | None
    entries: int
    crl_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CrlUploaded(AuditEvent):
    """A CRL was uploaded that an external CA signed elsewhere. `revocations` counts entries not known before."""

    ACTION = "crl.uploaded"
    OBJECT = "issuer_key"
    ca: str
    number: int
    entries: int
    revocations: int
    next_update: str
    crl_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CrlFailed(AuditEvent):
    ACTION = "crl.failed"
    OBJECT = "issuer_key"
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OcspPresigned(AuditEvent):
    """A batch of OCSP responses was pre-signed."""

    ACTION = "ocsp.presigned"
    OBJECT = "issuer_key"
    responses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OcspSigned(AuditEvent):
    """OCSP responses were signed on demand. There is one event a minute."""

    ACTION = "ocsp.signed"
    OBJECT = "issuer_key"
    responses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OcspSignerRenewed(AuditEvent):
    """An OCSP signing certificate was issued."""

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
    """The server's TLS certificate was issued."""

    ACTION = "tls_certificate.renewed"
    OBJECT = "certificate"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaImported(AuditEvent):
    """A CA was imported as an external CA. `revocations` counts the revocations of its last CRL."""

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
    """An external CA was migrated and issues here. `key_imported`: its key came from a file, not the key backend."""

    ACTION = "ca.taken_over"
    OBJECT = "ca"
    key_id: str
    backend: str
    backend_key_id: str
    key_type: str
    spki_sha256: str
    key_imported: bool
