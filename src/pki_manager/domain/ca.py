"""Certificate authorities and their keys. A CA outlives its keys, so the two are apart."""

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
    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    RETIRED = "retired"
    REVOKED = "revoked"
    EXPIRED = "expired"
    EXTERNAL = "external"
    """Somebody else's, above one of ours: known by its certificate, its key not ours."""


class KeyState(StrEnum):
    NEXT = "next"
    CURRENT = "current"
    DRAINING = "draining"
    RETIRED = "retired"
    DESTROYED = "destroyed"
    EXTERNAL = "external"
    """That of an external CA."""


SERVING = frozenset({KeyState.NEXT, KeyState.CURRENT, KeyState.DRAINING})
"""States of keys that have CRLs and an OCSP signer."""


@dataclass(frozen=True, slots=True)
class StatusUrls:
    """Where a key's CRL, OCSP responder and CA certificate are found; frozen when the key is made.

    `crl` is that of the CRL that lists everything.
    """

    crl: str
    ocsp: str
    certificate: str


def crl_part_url(crl_url: str, shard: int | None) -> str:
    """The URL of a shard, from that of the CRL that lists everything; that one itself without a shard."""
    return crl_url if shard is None else f"{crl_url.removesuffix('.crl')}/{shard}.crl"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerKey:
    """One signing key of a CA. `number` counts from 1 within the CA and names its status URLs (`k{number}`).

    `spki_der` is the SubjectPublicKeyInfo; `subject_key_identifier` what certificates it signs carry as AKI.
    `crl_number` is the last one reserved (0: none yet). With `crl_shards` above 1 there are, beside the CRL that lists
    everything, so many that list a part each, and every certificate points to its own. `ocsp_key_id` is the backend id
    of its OCSP signer's key.
    A `next` key becomes the current one at `switch_at`; `cross_certify` asks that it and the current one certify each
    other before that. The four hashes are those of CertID (RFC 6960 §4.1.1): of the CA's Name in DER, and of the
    subjectPublicKey BIT STRING's content, without tag, length and unused-bits octet.
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
        """Backend and type: keys of one kind take alike long to sign."""
        return self.backend, self.key_type

    @property
    def crl_parts(self) -> tuple[int | None, ...]:
        """Which CRLs the key has: None is the one that lists everything, the others its shards, from 1."""
        return (None, *(range(1, self.crl_shards + 1) if self.crl_shards > 1 else ()))

    def shard_of(self, serial: int) -> int | None:
        """The shard that would list that serial number; None where there are none. Serial numbers are random."""
        return serial % self.crl_shards + 1 if self.crl_shards > 1 else None

    def crl_url(self, shard: int | None) -> str:
        """Where that CRL is found; see `crl_parts`."""
        return crl_part_url(self.urls.crl, shard)

    def delta_crl_url(self, shard: int | None) -> str:
        """Where the deltas to it are found."""
        return f"{self.crl_url(shard).removesuffix('.crl')}/delta.crl"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUse:
    """What still needs an issuer key: the certificates by it that have not expired, revoked ones included.

    Its own certificate and those of its OCSP signer are not among them. `authorities` of them are CAs'.
    `last_not_after` is the latest end of all that it ever signed, None when that is nothing; `in_flight` counts
    signatures under way.
    """

    certificates: int
    authorities: int
    last_not_after: datetime | None
    in_flight: int

    def is_over(self) -> bool:
        return self.certificates == 0 and self.in_flight == 0


def name_fault(name: str) -> str | None:
    """Why a CA cannot be called so; None when it can."""
    if not name.strip() or len(name) > _MAX_NAME or not name.isprintable():
        return f"must have 1 to {_MAX_NAME} printable characters"
    return "must not look like an ID, because CAs are addressed by both" if is_uuid(name) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateAuthority:
    """A CA by its name and its place in the hierarchy. `subject_der` is the Name exactly as its certificates hold it.

    `validity` is that of the newest certificate of its current key; None while pending. `policies` are the certificate
    policies it was made with; without any, its certificates have their profile's.
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
    """Whether the CA issues certificates to end entities. A root CA does so only if it was created for it."""

    def state_at(self, now: datetime) -> CaState:
        """`state`, or expired once the certificate's end has passed."""
        lasting = (CaState.REVOKED, CaState.EXTERNAL)
        if self.validity is not None and now > self.validity.not_after and self.state not in lasting:
            return CaState.EXPIRED
        return self.state


ANY_POLICY = "2.5.29.32.0"


@dataclass(frozen=True, slots=True)
class PoliciesLeft:
    """Which certificate policies are still valid below a path (RFC 5280 §6.1): dotted OIDs, None for all.

    `any_policy` is whether a CA there may have anyPolicy to any effect; `is_silent`, whether nothing is left because a
    CA of the path says nothing of policies and none demands one, so that the path is valid for who asks for none.
    """

    named: frozenset[str] | None = None
    any_policy: bool = True
    is_silent: bool = False

    def has(self, oid: str) -> bool:
        """Whether that policy, or anyPolicy, is valid in a certificate there."""
        if oid == ANY_POLICY:
            return self.any_policy and self.named != frozenset()
        return self.named is None or oid in self.named


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """What policy and encoding need to know of the CA that will sign.

    `certificate_der` is the CA certificate that signatures will chain to, None while a root signs its own first one.
    `ancestors_constraints` holds the name constraints of the issuing CA and of every CA above it; `path_length` is the
    tightest remaining one along that chain (None: unbounded). `purposes_left` are the extended key usages (dotted OIDs)
    that every CA certificate of that chain allows, None where none has a limit. `policies_left` is filled in where
    a certificate is requested, not where a CA goes on answering for those it has issued.
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
