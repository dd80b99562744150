"""The names of a CA's keys in its key backend, and their generation."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.domain.algorithms import KeyType, choose_ocsp_signer_type
from pki_manager.domain.errors import KeyOwnerRequired
from pki_manager.ports.signer import KeyRef


def build_signing_key_id(key_id: UUID) -> str:
    """Return the ID that an issuer key has in its key backend."""
    return f"ca-{key_id}"


def build_ocsp_key_id(key_id: UUID) -> str:
    """Return the ID that the OCSP signing key of an issuer key has in its key backend."""
    return f"ocsp-{key_id}"


class GeneratedKey(NamedTuple):
    """A key in a key backend and its public key (SubjectPublicKeyInfo, DER)."""

    ref: KeyRef
    spki_der: bytes


def make_ca_key(ctx: Context, backend: str, row: KeyType, key_id: UUID, *, with_ocsp: bool) -> GeneratedKey:
    """Generate the issuer key with this ID, or return it if it exists; with `with_ocsp` its OCSP signing key too.

    Raises KeyOwnerRequired, with the command to run, if only the key owner can generate keys; NotFound if the key
    backend is not configured. Other errors as `Signer.generate`.
    """
    signer = ctx.ports.signers.get(backend)
    try:
        ref = signer.generate(row, build_signing_key_id(key_id))
        if with_ocsp:
            signer.generate(choose_ocsp_signer_type(row), build_ocsp_key_id(key_id))
    except KeyOwnerRequired as error:
        command = f"pkim key create --backend {backend} --key-type {row.name} --key {key_id}"
        raise KeyOwnerRequired(
            f"{error.detail} The owner must run `{command}`. Then repeat the request with the key {key_id}."
        ) from error
    return GeneratedKey(ref, signer.get_public_key(ref))
