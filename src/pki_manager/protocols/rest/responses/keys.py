"""Response bodies of CA keys and blocked keys."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from pki_manager.authority.cas.create_key import PreparedCaKey
from pki_manager.authority.cas.keys import Dependant, IssuerKeyView
from pki_manager.authority.status.blocked_keys import BlockedKeyView
from pki_manager.domain import ca as domain
from pki_manager.domain import known_key


class CaKeyMade(BaseModel):
    """Key that is reserved for a CA, with the key of its OCSP signing certificate.

    `spki_sha256` is the hash of the CA key.
    """

    id: UUID
    backend: str
    key_type: str
    spki_sha256: str

    @classmethod
    def of(cls, one: PreparedCaKey) -> CaKeyMade:
        digest = hashlib.sha256(one.spki_der).hexdigest()
        return cls(id=one.id, backend=one.backend, key_type=one.key_type, spki_sha256=digest)


class BlockedKeyResponse(BaseModel):
    """Blocked key. `spki_sha256` is lower-case hex.

    `certificate` is the one whose revocation blocked the key; null if an operator blocked it.
    """

    spki_sha256: str
    reason: known_key.BlockReason
    comment: str
    certificate: UUID | None
    blocked_by: str
    blocked_at: datetime
    unblocked_at: datetime | None

    @classmethod
    def of(cls, one: known_key.BlockedKey) -> BlockedKeyResponse:
        return cls.model_validate(cls.members(one))

    @staticmethod
    def members(one: known_key.BlockedKey) -> dict[str, object]:
        return {
            "spki_sha256": one.spki_sha256.hex(),
            "reason": one.reason,
            "comment": one.comment,
            "certificate": one.certificate_id,
            "blocked_by": one.blocked_by,
            "blocked_at": one.blocked_at,
            "unblocked_at": one.unblocked_at,
        }


class BlockedKeyWithCertificates(BlockedKeyResponse):
    """Blocked key with its certificates that are neither revoked nor expired, newest first. At most 200."""

    certificates: list[UUID]

    @classmethod
    def of_view(cls, view: BlockedKeyView) -> BlockedKeyWithCertificates:
        return cls.model_validate({**cls.members(view.key), "certificates": list(view.certificates)})


class BlockedKeyPage(BaseModel):
    items: list[BlockedKeyResponse]
    next_cursor: str | None


class KeyUseResponse(BaseModel):
    """Number of unexpired certificates that the key signed, revoked or not.

    `authorities` is the number of CA certificates.
    """

    certificates: int
    authorities: int
    last_not_after: datetime | None

    @classmethod
    def of(cls, use: domain.KeyUse) -> KeyUseResponse:
        return cls(certificates=use.certificates, authorities=use.authorities, last_not_after=use.last_not_after)


class DependantKey(BaseModel):
    """Key of a subordinate CA that chains to this key by `certificate`.

    `has_alternative_path` is true if it also has a chain that avoids this key.
    """

    key: UUID
    ca: UUID
    ca_name: str
    number: int
    certificate: UUID
    has_alternative_path: bool
    use: KeyUseResponse

    @classmethod
    def of(cls, one: Dependant) -> DependantKey:
        return cls(
            key=one.key.id,
            ca=one.ca.id,
            ca_name=one.ca.name,
            number=one.key.number,
            certificate=one.certificate.id,
            has_alternative_path=one.has_alternative_path,
            use=KeyUseResponse.of(one.use),
        )


class IssuerKeyResponse(BaseModel):
    """Issuer key: a key of a CA in its key backend. `ocsp_signer` is its OCSP signing certificate.

    `crl_next_update` is the earliest `nextUpdate` of its CRLs, including partitions; null if one is missing.
    `ocsp_next_update` is the earliest `nextUpdate` of its published OCSP responses; null before the first. `last_used`
    is when it last signed a certificate or a CRL. `rotation_due` is when two thirds of the validity period of its own
    certificate have passed. `crl_shards` above 1 is the number of partitions of its CRL, in addition to the full CRL.
    """

    id: UUID
    ca: UUID
    ca_name: str
    number: int
    state: domain.KeyState
    switch_at: datetime | None
    backend: str
    backend_key_id: str
    ocsp_key_id: str
    ocsp_signer: UUID | None
    ocsp_signer_not_after: datetime | None
    ocsp_next_update: datetime | None
    crl_next_update: datetime | None
    key_type: str
    signature_algorithm: str
    crl_shards: int
    spki_sha256: str
    created_at: datetime
    last_used: datetime | None
    not_after: datetime | None
    rotation_due: datetime | None

    @classmethod
    def of(cls, view: IssuerKeyView) -> IssuerKeyResponse:
        return cls.model_validate(cls.members_of(view))

    @staticmethod
    def members_of(view: IssuerKeyView) -> dict[str, object]:
        key = view.key
        return {
            "id": key.id,
            "ca": key.ca_id,
            "ca_name": view.ca.name,
            "number": key.number,
            "state": key.state,
            "switch_at": key.switch_at if key.state is domain.KeyState.NEXT else None,
            "backend": key.backend,
            "backend_key_id": key.backend_key_id,
            "ocsp_key_id": key.ocsp_key_id,
            "ocsp_signer": view.ocsp_signer.id if view.ocsp_signer else None,
            "ocsp_signer_not_after": view.ocsp_signer.validity.not_after if view.ocsp_signer else None,
            "ocsp_next_update": view.ocsp_next_update,
            "crl_next_update": view.crl_next_update,
            "key_type": key.key_type,
            "signature_algorithm": key.signature_algorithm,
            "crl_shards": key.crl_shards,
            "spki_sha256": hashlib.sha256(key.spki_der).hexdigest(),
            "created_at": key.created_at,
            "last_used": view.last_used,
            "not_after": view.validity.not_after if view.validity else None,
            "rotation_due": view.rotation_due,
        }


class IssuerKeyWithUse(IssuerKeyResponse):
    """Issuer key with `dependants`: the keys of CAs that chain to it, directly or not, nearest first."""

    use: KeyUseResponse
    dependants: list[DependantKey]

    @classmethod
    def of_one(cls, view: IssuerKeyView) -> IssuerKeyWithUse:
        needs = {"use": KeyUseResponse.of(view.use) if view.use else None}
        below = {"dependants": [DependantKey.of(one) for one in view.dependants]}
        return cls.model_validate({**cls.members_of(view), **needs, **below})


class IssuerKeyPage(BaseModel):
    items: list[IssuerKeyResponse]
    next_cursor: str | None
