"""The issuer key of a CA: generated or found in its key backend, and what its certificates and status URLs contain."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pki_manager.authority.cas.ca_keys import build_ocsp_key_id, make_ca_key
from pki_manager.authority.cas.key_intents import build_key_created, conclude, make_intended
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.signing.status_urls import require_new_status_url
from pki_manager.domain.algorithms import choose_signature, get_key_type
from pki_manager.domain.ca import IssuerKey, KeyState, StatusUrls
from pki_manager.domain.errors import Conflict
from pki_manager.domain.events.cas import KeyAdopted
from pki_manager.domain.rights.actor import Actor
from pki_manager.ports.signer import KeyRef
from pki_manager.ports.unit_of_work import UnitOfWork
from pki_manager.x509 import keys
from pki_manager.x509.ocsp import response


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPlace:
    """The CA of a key, and the key's number within the CA, from 1. `subject_der` is the CA's Name (DER).

    `switch_at` and `cross_certify` apply to a next key. The CRL of a root CA is never partitioned.
    """

    ca_id: UUID
    number: int
    subject_der: bytes
    state: KeyState = KeyState.CURRENT
    switch_at: datetime | None = None
    cross_certify: bool = False
    is_root: bool = False


def make_key(
    ctx: Context,
    actor: Actor,
    place: KeyPlace,
    *,
    type_name: str,
    signature_algorithm: str | None,
    backend: str,
    adopt: UUID | None = None,
) -> IssuerKey:
    """Generate an issuer key, or adopt the existing key with the ID `adopt`.

    Call it inside `erase_on_failure`: a generated key is erased again unless `write_key` records it. Raises
    InvalidInput for an algorithm that does not fit the type; NotFound for a key backend that is not configured;
    Conflict if the existing key has another type or belongs to a CA; KeyOwnerRequired if only the key owner can
    generate it; BackendUnavailable.
    """
    require_new_status_url(ctx)
    row = get_key_type(type_name)
    algorithm = choose_signature(row, signature_algorithm)
    key_id = adopt or ctx.new_id()
    if adopt is None:
        ref, spki = make_intended(ctx, actor, key_id, backend, row)
    else:
        ref, spki = make_ca_key(ctx, backend, row, key_id, with_ocsp=True)
    with ctx.ports.storage.read() as reader:
        if reader.issuer_keys.find_by_spki(hashlib.sha256(spki).digest()) is not None:
            raise Conflict(f"The key {key_id} already belongs to another CA.")
    return describe_key(ctx, place, key_id, ref, spki, type_name=row.name, algorithm_name=algorithm.name)


def describe_key(
    ctx: Context,
    place: KeyPlace,
    key_id: UUID,
    ref: KeyRef,
    spki: bytes,
    *,
    type_name: str,
    algorithm_name: str,
) -> IssuerKey:
    """Return the record of a key in a key backend, before it is stored. `spki` is its SubjectPublicKeyInfo (DER).

    Raises Conflict if relying parties could not reach its status URLs.
    """
    require_new_status_url(ctx)
    hashes = response.compute_issuer_hashes(place.subject_der, spki)
    base, own = ctx.config.status_url, f"{place.ca_id}/k{place.number}"
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
        subject_key_identifier=keys.compute_subject_key_identifier(spki),
        name_hash_sha1=hashes["sha1"][0],
        name_hash_sha256=hashes["sha256"][0],
        key_hash_sha1=hashes["sha1"][1],
        key_hash_sha256=hashes["sha256"][1],
        ocsp_key_id=build_ocsp_key_id(key_id),
        urls=StatusUrls(crl=f"{base}/crl/{own}.crl", ocsp=f"{base}/ocsp", certificate=f"{base}/ca/{own}.cer"),
        crl_number=0,
        created_at=ctx.ports.clock.now(),
        switch_at=place.switch_at,
        cross_certify=place.cross_certify,
        crl_shards=1 if place.is_root else ctx.config.crl_shards,
    )


def write_key(uow: UnitOfWork, key: IssuerKey, *, adopted: bool = False) -> None:
    """Store the record of a key, with the audit event that it was generated or adopted.

    Raises Conflict if the CA has another key with that number, or the key was erased after its deadline.
    """
    uow.issuer_keys.add(key)
    if not adopted:
        conclude(uow, key.id)
        uow.record(build_key_created(key.id, key.backend, key.key_type, key.spki_der))
        return
    digest = hashlib.sha256(key.spki_der).hexdigest()
    uow.record(KeyAdopted(object_id=str(key.id), backend=key.backend, key_type=key.key_type, spki_sha256=digest))
