"""Signatures over stored intents: grouped by key backend, verified, and read back as certificates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from pki_manager.authority.certificates.burn_serial import burn_serial
from pki_manager.authority.certificates.certificate_record import record_of
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.signing.issuance import Intended, SignedCertificate, advance, get_result
from pki_manager.authority.signing.sign import Signed, SignRequest, get_signing_key, sign, sign_batch
from pki_manager.domain.algorithms import get_key_type
from pki_manager.domain.ca import IssuerKey
from pki_manager.domain.errors import BackendUnavailable, PkiError
from pki_manager.ports.signer import BatchingSigner
from pki_manager.x509 import verify


def sign_intents(ctx: Context, intents: Sequence[Intended | Exception]) -> list[SignedCertificate | Exception]:
    """Sign the linted bytes of each intent, once. If that fails, the serial number of the intent is burned.

    No transaction may be open, because a key backend can take long.
    """
    groups: dict[tuple[str, str], list[int]] = {}
    outcomes: dict[int, SignedCertificate | Exception] = {}
    for number, intent in enumerate(intents):
        if isinstance(intent, Exception):
            outcomes[number] = intent
        else:
            groups.setdefault(intent.issuer.key.kind, []).append(number)
    for numbers in groups.values():
        group = [get_result(intents[number]) for number in numbers]
        outcomes.update(zip(numbers, _sign_group(ctx, group), strict=True))
    return [outcomes[number] for number in range(len(intents))]


def _sign_group(ctx: Context, intents: Sequence[Intended]) -> list[SignedCertificate | Exception]:
    """Sign intents of one backend and key type: one after the other in this process, all at once in a remote one."""
    key = intents[0].issuer.key
    if len(intents) == 1 or not ctx.ports.signers.is_remote(key.backend):
        return [_sign_one(ctx, intent) for intent in intents]
    signer = _find_batching(ctx, key)
    if signer is None:
        return ctx.state.issuances.map_concurrently(key.kind, partial(_sign_one, ctx), intents)
    requests = [
        SignRequest(get_signing_key(intent.issuer.key), intent.prepared, intent.request_id) for intent in intents
    ]
    return [
        advance(intent, partial(_complete, ctx, partial(get_result, signed)))
        for intent, signed in zip(intents, sign_batch(ctx, signer, requests), strict=True)
    ]


def _find_batching(ctx: Context, key: IssuerKey) -> BatchingSigner | None:
    """Return the batch signer of a key backend. None if it has none or is unavailable.

    If it is unavailable, each intent fails on its own and burns its serial number.
    """
    try:
        return ctx.ports.signers.find_batching(key.backend, get_key_type(key.key_type))
    except BackendUnavailable:
        return None


def _sign_one(ctx: Context, intent: Intended) -> SignedCertificate | Exception:
    signature = partial(sign, ctx, get_signing_key(intent.issuer.key), intent.prepared)
    return advance(intent, partial(_complete, ctx, signature))


def _complete(ctx: Context, signature: Callable[[], Signed], intent: Intended) -> SignedCertificate:
    """Return the signed certificate, read back. If that fails, burn the serial number and raise the error."""
    try:
        signed = signature()
        der = signed.to_der()
        verify.require_same_tbs(der, intent.prepared.tbs)
        certificate = record_of(ctx, intent, der)
    except PkiError as error:
        burn_serial(ctx, intent.actor, intent.issuer, intent.enrollment, error)
        error.audited = True
        raise
    return SignedCertificate(intent, certificate, signed.operation)
