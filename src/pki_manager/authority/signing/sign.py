"""Using a private key: one way for certificates, CRLs and OCSP responses alike."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from pki_manager.authority.kernel.context import Context
from pki_manager.domain.algorithms import SignatureAlgorithm
from pki_manager.domain.errors import PkiError
from pki_manager.domain.events.audit import KeyOperation
from pki_manager.ports.signer import BatchingSigner, KeyRef, SigningOrder
from pki_manager.x509 import verify


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that has been verified, and the record of the key's use."""

    signature: bytes
    operation: KeyOperation


@dataclass(frozen=True, slots=True)
class ToSign:
    """`tbs` (DER) for the key of that SPKI (DER); `request_id` is whose it is, for the log."""

    ref: KeyRef
    spki_der: bytes
    tbs: bytes
    algorithm: SignatureAlgorithm
    request_id: str | None = None


def sign_together(ctx: Context, signer: BatchingSigner, wanted: Sequence[ToSign]) -> list[Signed | Exception]:
    """`sign` for several, in one exchange: each one's signature, verified, or its error."""
    orders = [SigningOrder(one.ref, one.tbs, one.algorithm, str(ctx.new_id()), one.request_id) for one in wanted]
    started = ctx.clock.monotonic()
    try:
        answers = signer.sign_batch(orders)
    except PkiError as error:
        return [error] * len(wanted)
    seconds = ctx.clock.monotonic() - started
    came: list[Signed | Exception] = []
    for one, order, answer in zip(wanted, orders, answers, strict=True):
        try:
            if isinstance(answer, Exception):
                raise answer
            came.append(_verified(one, answer, order.operation_id, seconds))
        except PkiError as error:
            came.append(error)
    return came


def sign(ctx: Context, ref: KeyRef, spki_der: bytes, tbs: bytes, algorithm: SignatureAlgorithm) -> Signed:
    """Have the backend sign `tbs` (DER) and verify the answer with the key's SPKI before anybody may use it.

    No transaction may be open: a key manager can take its time. BackendUnavailable when it is away; Fault when the
    signature is not by that key over those bytes.
    """
    operation_id = str(ctx.new_id())
    started = ctx.clock.monotonic()
    signature = ctx.signers.get(ref.backend).sign(ref, tbs, algorithm, operation_id)
    seconds = ctx.clock.monotonic() - started
    return _verified(ToSign(ref, spki_der, tbs, algorithm), signature, operation_id, seconds)


def _verified(one: ToSign, signature: bytes, operation_id: str, seconds: float) -> Signed:
    verify.signature(one.spki_der, one.tbs, signature, one.algorithm)
    operation = KeyOperation(
        operation_id=operation_id,
        backend=one.ref.backend,
        key_id=one.ref.key_id,
        algorithm=one.algorithm.name,
        tbs_sha256=hashlib.sha256(one.tbs).hexdigest(),
        milliseconds=round(seconds * 1000, 3),
    )
    return Signed(signature, operation)
