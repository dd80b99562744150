"""CAs and their keys. They are separate, because a CA outlives its keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pki_manager.domain.certificate import Validity
from pki_manager.domain.ids import is_uuid
from pki_manager.domain.names import DistinguishedName, NameConstraints
from pki_manager.domain.profiles.terms import PolicyInformation

_MAX_NAME = 100


class CaState(StrEnum):
    """The life cycle state of a CA."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    RETIRED = "retired"
    REVOKED = "revoked"
    EXPIRED = "expired"
    EXTERNAL = "external"
    """A CA whose key is not held by this installation: only its certificate is known."""


class KeyState(StrEnum):
    """The life cycle state of an issuer key."""

    NEXT = "next"
    CURRENT = "current"
    DRAINING = "draining"
    RETIRED = "retired"
    DESTROYED = "destroyed"
    EXTERNAL = "external"
    """The key of an external CA."""


SERVING = frozenset({KeyState.NEXT, KeyState.CURRENT, KeyState.DRAINING})
"""States of keys that have CRLs and an OCSP signing certificate."""


@dataclass(frozen=True, slots=True)
class StatusUrls:
    """The URLs of a key's CRL, OCSP responder, and CA certificate, fixed when the key is created.

    `crl` is that of the full CRL.
    """

    crl: str
    ocsp: str
    certificate: str


def build_crl_part_url(crl_url: str, shard: int | None) -> str:
    """Return the URL of a CRL partition, derived from that of the full CRL. Without `shard`, return the latter."""
    return crl_url if shard is None else f"{crl_url.removesuffix('.crl')}/{shard}.crl"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerKey:
    """A signing key of a CA. `number` counts from 1 within the CA and is part of its status URLs (`k{number}`).

    `spki_der` is the SubjectPublicKeyInfo; `subject_key_identifier` becomes the AKI of certificates that it signs.
    `crl_number` is the last reserved CRL number (0: none yet). If `crl_shards` is above 1, there are that many CRL
    partitions in addition to the full CRL, and every certificate refers to its partition. `ocsp_key_id` is the key
    backend's ID of the OCSP signing key. A `next` key becomes current at `switch_at`; with `cross_certify`, it and the
    current key certify each other before that. The four hashes are those of CertID (RFC 6960 §4.1.1): of the CA's Name
    (DER), and of the subjectPublicKey BIT STRING without tag, length, and unused-bits octet.
    """

    id: UUID
    ca_id: UUID
    number: int
    backend: str
    backend_key_id: str
    key_type: str
    signature_algorithm: str
    state: KeyState
    spki_der: bytes
    subject_key_identifier: bytes
    name_hash_sha1: bytes
    name_hash_sha256: bytes
    key_hash_sha1: bytes
    key_hash_sha256: bytes
    ocsp_key_id: str
    urls: StatusUrls
    crl_number: int
    created_at: datetime
    switch_at: datetime | None = None
    cross_certify: bool = False
    crl_shards: int = 1

    @property
    def kind(self) -> tuple[str, str]:
        """Return key backend and key type. Keys of one kind take the same time to sign."""
        return self.backend, self.key_type

    @property
    def crl_parts(self) -> tuple[int | None, ...]:
        """Return the CRLs of the key as partition numbers: None for the full CRL, then 1 and up."""
        return (None, *(range(1, self.crl_shards + 1) if self.crl_shards > 1 else ()))

    def shard_of(self, serial: int) -> int | None:
        """Return the CRL partition of a serial number, or None without partitions. Serial numbers are random."""
        return serial % self.crl_shards + 1 if self.crl_shards > 1 else None

    def crl_url(self, shard: int | None) -> str:
        """Return the URL of a CRL. `shard` is one of `crl_parts`."""
        return build_crl_part_url(self.urls.crl, shard)

    def delta_crl_url(self, shard: int | None) -> str:
        """Return the URL of the delta CRLs of a CRL. `shard` is one of `crl_parts`."""
        return f"{self.crl_url(shard).removesuffix('.crl')}/delta.crl"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUse:
    """The objects that still need an issuer key: its unexpired certificates, including revoked ones.

    `certificates` does not count the key's certificate and those of its OCSP signer. `authorities` counts the CA
    certificates among them. `last_not_after` is the latest expiration of everything that the key ever signed, None if
    it signed nothing; `in_flight` counts signatures in progress.
    """

    certificates: int
    authorities: int
    last_not_after: datetime | None
    in_flight: int

    def is_over(self) -> bool:
        return self.certificates == 0 and self.in_flight == 0


def find_name_fault(name: str) -> str | None:
    """Return why a text cannot be the name of a CA, or None if it can."""
    if not name.strip() or len(name) > _MAX_NAME or not name.isprintable():
        return f"must have 1 to {_MAX_NAME} printable characters"
    return "must not look like an ID, because CAs are addressed by both" if is_uuid(name) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateAuthority:
    """A CA. `subject_der` is its Name, encoded exactly as in its certificates.

    `validity` is that of the newest certificate of its current key; None while the CA is pending. `policies` are the
    certificate policies it was created with; if there are none, its certificates have those of their profile.
    """

    id: UUID
    name: str
    subject: DistinguishedName
    subject_der: bytes
    parent_id: UUID | None
    state: CaState
    path_length: int | None
    name_constraints: NameConstraints
    validity: Validity | None
    created_at: datetime
    owner_id: str | None
    team_id: UUID | None
    policies: tuple[PolicyInformation, ...] = ()
    end_entity_certificates: bool = True
    """Whether the CA issues certificates to end entities. A root CA does so only if it was created for that."""

    def state_at(self, now: datetime) -> CaState:
        """Return `state`, or `expired` after the certificate's expiration. Revoked and external CAs keep theirs."""
        lasting = (CaState.REVOKED, CaState.EXTERNAL)
        if self.validity is not None and now > self.validity.not_after and self.state not in lasting:
            return CaState.EXPIRED
        return self.state


ANY_POLICY = "2.5.29.32.0"


@dataclass(frozen=True, slots=True)
class PoliciesLeft:
    """The certificate policies that are still valid below a certification path (RFC 5280 §6.1).

    `named` are dotted OIDs; None means all policies. `any_policy` is whether anyPolicy in a CA certificate there has an
    effect. `is_silent`: no policy is left because a CA of the path has none and no CA requires one, so the path is
    valid for clients that require no policy.
    """

    named: frozenset[str] | None = None
    any_policy: bool = True
    is_silent: bool = False

    def has(self, oid: str) -> bool:
        """Return whether that policy, which can be anyPolicy, is valid in a certificate below the path."""
        if oid == ANY_POLICY:
            return self.any_policy and self.named != frozenset()
        return self.named is None or oid in self.named


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """The data about a CA that policy and encoding need to sign with it.

    `certificate_der` is the CA certificate of the signing key; None while a root CA signs its first one.
    `ancestors_constraints` are the name constraints of the CA and of every CA above it; `path_length` is the smallest
    remaining one in that chain (None: unlimited). `purposes_left` are the extended key usages (dotted OIDs) that every
    CA certificate of that chain allows; None means all. `policies_left` is set if a certificate is requested, not for
    CRLs and OCSP responses.
    """

    ca: CertificateAuthority
    key: IssuerKey
    certificate_der: bytes | None
    validity: Validity
    path_length: int | None
    ancestors_constraints: tuple[NameConstraints, ...]
    self_signed: bool = False
    policies_left: PoliciesLeft = PoliciesLeft()
    purposes_left: frozenset[str] | None = None
