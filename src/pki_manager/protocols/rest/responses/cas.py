"""Response bodies of CAs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from pki_manager.authority.cas.views import CaView, KeyView
from pki_manager.domain.ca import CaState, KeyState
from pki_manager.domain.certificate import CertificateKind
from pki_manager.x509 import export, pem


class StatusUrlsResponse(BaseModel):
    crl: str
    ocsp: str
    certificate: str


class CaCertificate(BaseModel):
    id: UUID
    pem: str
    kind: CertificateKind


class CaKey(BaseModel):
    """Key of a CA. `number` counts from 1 within the CA and is part of its URLs; `switch_at` is the activation time."""

    id: UUID
    number: int
    backend: str
    backend_key_id: str
    key_type: str
    signature_algorithm: str
    state: KeyState
    switch_at: datetime | None
    certificates: list[CaCertificate]
    urls: StatusUrlsResponse

    @classmethod
    def of(cls, view: KeyView) -> CaKey:
        key = view.key
        return cls(
            id=key.id,
            number=key.number,
            backend=key.backend,
            backend_key_id=key.backend_key_id,
            key_type=key.key_type,
            signature_algorithm=key.signature_algorithm,
            state=key.state,
            switch_at=key.switch_at if key.state is KeyState.NEXT else None,
            certificates=[
                CaCertificate(id=one.id, pem=export.encode_certificate_pem(one.der), kind=one.kind)
                for one in view.certificates
            ],
            urls=StatusUrlsResponse(crl=key.urls.crl, ocsp=key.urls.ocsp, certificate=key.urls.certificate),
        )


class NameConstraintsResponse(BaseModel):
    permitted: list[str]
    excluded: list[str]


class CertificatePolicy(BaseModel):
    """Certificate policy. `cps` is the URL of the certification practice statement (RFC 5280 §4.2.1.4)."""

    oid: str
    cps: str | None


class Ca(BaseModel):
    """Certificate authority. `keys` lists the current key first; `key_type` and `backend` are those of the current key.

    `policies` are the certificate policies set at creation. If empty, the policies of the profile apply.
    `end_entity_certificates` is whether the CA issues certificates to end entities. Other CAs sign CAs only.
    """

    id: UUID
    name: str
    subject: str
    parent: UUID | None
    state: CaState
    not_before: datetime | None
    not_after: datetime | None
    path_length: int | None
    name_constraints: NameConstraintsResponse
    policies: list[CertificatePolicy]
    end_entity_certificates: bool
    key_type: str | None
    backend: str | None
    keys: list[CaKey]

    @classmethod
    def of(cls, view: CaView) -> Ca:
        ca, current = view.ca, view.keys[0].key if view.keys else None
        return cls(
            id=ca.id,
            name=ca.name,
            subject=str(ca.subject),
            parent=ca.parent_id,
            state=view.state,
            not_before=ca.validity.not_before if ca.validity else None,
            not_after=ca.validity.not_after if ca.validity else None,
            path_length=ca.path_length,
            name_constraints=NameConstraintsResponse(**ca.name_constraints.to_json()),
            policies=[CertificatePolicy(oid=policy.oid, cps=policy.cps) for policy in ca.policies],
            end_entity_certificates=ca.end_entity_certificates,
            key_type=current.key_type if current else None,
            backend=current.backend if current else None,
            keys=[CaKey.of(key) for key in view.keys],
        )


class CaPage(BaseModel):
    items: list[Ca]
    next_cursor: str | None


class CaRequest(BaseModel):
    """PKCS #10 request (RFC 2986) in PEM."""

    csr: str

    @classmethod
    def of(cls, request: bytes) -> CaRequest:
        return cls(csr=pem.write(pem.CSR_LABELS[0], request))


class Chain(BaseModel):
    """Certificate chain: the certificate first, the root last.

    `alternatives` are other chains, over cross-certificates or other keys of a parent CA.
    """

    chain_pem: str
    alternatives: list[str]
