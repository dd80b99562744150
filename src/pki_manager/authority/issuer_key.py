"""A CA's signing key: made in its backend, or found there, and what certificates and status services will say of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pki_manager.authority.context import Authority
from pki_manager.domain.algorithms import choose_signature, key_type
from pki_manager.domain.audit import KeyCreated
from pki_manager.domain.authority import IssuerKey, KeyState, StatusUrls
from pki_manager.ports.signer import KeyRef
from pki_manager.ports.unit_of_work import UnitOfWork
from pki_manager.x509 import keys, ocsp


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPlace:
    """Whose key it is and which one: `number` counts from 1 within the CA. `subject_der` is the CA's Name.

    `switch_at` and `cross_certify` are for a next key.
    """

    ca_id: UUID
    number: int
    subject_der: bytes
    state: KeyState = KeyState.CURRENT
    switch_at: datetime | None = None
    cross_certify: bool = False


def make_key(
    authority: Authority, place: KeyPlace, *, type_name: str, signature_algorithm: str | None, backend: str
) -> IssuerKey:
    """Make a key under an id that we chose. InvalidInput for an algorithm that does not fit; NotFound for a backend

    that is not configured; BackendUnavailable.
    """
    row = key_type(type_name)
    algorithm = choose_signature(row, signature_algorithm)
    key_id = authority.new_id()
    signer = authority.signers.get(backend)
    ref = signer.generate(row, f"ca-{key_id}")
    spki = signer.public_key(ref)
    return describe_key(authority, place, key_id, ref, spki, type_name=row.name, algorithm_name=algorithm.name)


def describe_key(
    authority: Authority,
    place: KeyPlace,
    key_id: UUID,
    ref: KeyRef,
    spki: bytes,
    *,
    type_name: str,
    algorithm_name: str,
) -> IssuerKey:
    """The row of a key that lies in a backend; `spki` is its SubjectPublicKeyInfo (DER)."""
    hashes = ocsp.issuer_hashes(place.subject_der, spki)
    base, own = authority.config.status_url, f"{place.ca_id}/k{place.number}"
    return IssuerKey(
        id=key_id,
        ca_id=place.ca_id,
        number=place.number,
        backend=ref.backend,
        backend_key_id=ref.key_id,
        key_type=type_name,
        signature_algorithm=algorithm_name,
        state=place.state,
        spki_der=spki,
        subject_key_identifier=keys.subject_key_identifier(spki),
        name_hash_sha1=hashes["sha1"][0],
        name_hash_sha256=hashes["sha256"][0],
        key_hash_sha1=hashes["sha1"][1],
        key_hash_sha256=hashes["sha256"][1],
        ocsp_key_id=f"ocsp-{key_id}",
        urls=StatusUrls(crl=f"{base}/crl/{own}.crl", ocsp=f"{base}/ocsp", certificate=f"{base}/ca/{own}.cer"),
        crl_number=0,
        created_at=authority.clock.now(),
        switch_at=place.switch_at,
        cross_certify=place.cross_certify,
    )


def write_key(uow: UnitOfWork, key: IssuerKey) -> None:
    """Its row, and that it was made. Conflict when the CA has got a key of that number since."""
    uow.issuer_keys.add(key)
    uow.record(
        KeyCreated(
            object_id=str(key.id),
            backend=key.backend,
            key_type=key.key_type,
            spki_sha256=hashlib.sha256(key.spki_der).hexdigest(),
        )
    )
