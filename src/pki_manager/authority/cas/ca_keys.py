"""The keys of a CA in its backend, under names that follow from one id: its own, and its OCSP signer's beside it."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.domain.algorithms import KeyType, ocsp_signer_type
from pki_manager.domain.errors import KeyOwnerRequired
from pki_manager.ports.signer import KeyRef


def signing_key_id(key_id: UUID) -> str:
    return f"ca-{key_id}"


def ocsp_key_id(key_id: UUID) -> str:
    return f"ocsp-{key_id}"


class GeneratedKey(NamedTuple):
    """A key of a backend and its SubjectPublicKeyInfo (DER)."""

    ref: KeyRef
    spki_der: bytes


def make_ca_key(ctx: Context, backend: str, row: KeyType, key_id: UUID, *, with_ocsp: bool) -> GeneratedKey:
    """The CA's key of that id and its SubjectPublicKeyInfo (DER), made or found; its OCSP signer's too if wanted.

    KeyOwnerRequired says what the owner has to run; otherwise as `Signer.generate`, and NotFound for the backend.
    """
    signer = ctx.ports.signers.get(backend)
    try:
        ref = signer.generate(row, signing_key_id(key_id))
        if with_ocsp:
            signer.generate(ocsp_signer_type(row), ocsp_key_id(key_id))
    except KeyOwnerRequired as error:
        command = f"pkim key create --backend {backend} --key-type {row.name} --key {key_id}"
        raise KeyOwnerRequired(
            f"{error.detail} The owner must run `{command}`. Then repeat the request with the key {key_id}."
        ) from error
    return GeneratedKey(ref, signer.public_key(ref))
