"""The only module that signs with CA keys: certificates, CRLs, OCSP responses, CSRs, and signed statements."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from pki_manager.authority.kernel.context import Context
from pki_manager.domain.ca import IssuerKey
from pki_manager.domain.errors import PkiError
from pki_manager.domain.events.audit import KeyOperation
from pki_manager.ports.signer import BatchingSigner, KeyRef, SigningOrder
from pki_manager.x509 import assemble, verify
from pki_manager.x509.prepare import Prepared


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key in its backend, and its public half (SubjectPublicKeyInfo, DER)."""

    ref: KeyRef
    spki_der: bytes


def get_signing_key(key: IssuerKey) -> SigningKey:
    """Return the signing key of an issuer key."""
    return SigningKey(KeyRef(key.backend, key.backend_key_id), key.spki_der)


@dataclass(frozen=True, slots=True)
class SignRequest:
    """Prepared bytes, and the key that signs them. `request_id` is for the log."""

    key: SigningKey
    prepared: Prepared
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """A verified signature over prepared bytes, and the record of the key's use."""

    prepared: Prepared
    signature: bytes
    operation: KeyOperation

    def to_der(self) -> bytes:
        """Return the signed object (DER): SEQUENCE of the prepared bytes, the algorithm, and the signature."""
        return assemble.assemble_signed(self.prepared.tbs, self.prepared.algorithm, self.signature)


def sign(ctx: Context, key: SigningKey, prepared: Prepared) -> Signed:
    """Sign prepared bytes with the key they were prepared for, and verify the signature.

    No transaction may be open, because a key backend can be slow. Raises BackendUnavailable if the backend cannot sign
    now; Fault if the signature is not by that key over those bytes, or the bytes were signed before.
    """
    tbs = prepared.take(key.spki_der)
    operation_id = str(ctx.new_id())
    started = ctx.ports.clock.monotonic()
    signature = ctx.ports.signers.get(key.ref.backend).sign(key.ref, tbs, prepared.algorithm, operation_id)
    return _verified(key, prepared, signature, operation_id, ctx.ports.clock.monotonic() - started)


def sign_batch(ctx: Context, signer: BatchingSigner, requests: Sequence[SignRequest]) -> list[Signed | Exception]:
    """Sign several prepared objects in one call of the key backend. Returns the signature or the error of each."""
    orders = [_order(request, str(ctx.new_id())) for request in requests]
    started = ctx.ports.clock.monotonic()
    try:
        responses = signer.sign_batch(orders)
    except PkiError as error:
        return [error] * len(requests)
    seconds = ctx.ports.clock.monotonic() - started
    return [
        _outcome(request, response, order.operation_id, seconds)
        for request, order, response in zip(requests, orders, responses, strict=True)
    ]


def _order(request: SignRequest, operation_id: str) -> SigningOrder:
    key, prepared = request.key, request.prepared
    return SigningOrder(key.ref, prepared.take(key.spki_der), prepared.algorithm, operation_id, request.request_id)


def _outcome(
    request: SignRequest, response: bytes | Exception, operation_id: str, seconds: float
) -> Signed | Exception:
    if isinstance(response, Exception):
        return response
    try:
        return _verified(request.key, request.prepared, response, operation_id, seconds)
    except PkiError as error:
        return error


def _verified(key: SigningKey, prepared: Prepared, signature: bytes, operation_id: str, seconds: float) -> Signed:
    verify.require_signature(key.spki_der, prepared.tbs, signature, prepared.algorithm)
    operation = KeyOperation(
        operation_id=operation_id,
        backend=key.ref.backend,
        key_id=key.ref.key_id,
        algorithm=prepared.algorithm.name,
        tbs_sha256=hashlib.sha256(prepared.tbs).hexdigest(),
        milliseconds=round(seconds * 1000, 3),
    )
    return Signed(prepared, signature, operation)
