"""Pre-signed OCSP responses: each certificate's status under both CertID hashes, in batches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.signing.lint_gate import make_ocsp_lint
from pki_manager.authority.signing.sign import sign
from pki_manager.authority.status import ocsp_signer
from pki_manager.authority.status.ocsp_signer import ResponderKey
from pki_manager.domain.ca import SERVING, IssuerKey
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import BackendUnavailable, PkiError
from pki_manager.domain.events.cas import OcspPresigned
from pki_manager.domain.ids import first_id
from pki_manager.domain.revocation import Revocation
from pki_manager.domain.rights.actor import Actor
from pki_manager.ports.publish import PublishedResponse, RefreshRound
from pki_manager.ports.unit_of_work import Reader
from pki_manager.x509.ocsp.response import (
    CertStatus,
    SingleStatus,
    assemble,
    encode_cert_id,
    encode_cert_id_prefix,
    prepare_response,
)

HASHES = ("sha1", "sha256")
_BATCH = 500
_OVERLAP = timedelta(seconds=1)
"""A round includes certificates issued until this long after it began, because the clocks of hosts differ a little."""


def publish_statuses(
    ctx: Context, actor: Actor, issuer_key_id: UUID, serials: Iterable[int], *, seconds: float | None = None
) -> int:
    """Sign and publish the present status of serial numbers of one issuer key. Returns the number of responses.

    With `seconds`, it stops after that time, but signs for at least one serial number. Does nothing for a retired key.
    The statuses are read after the change that caused the call was committed, and have the revision of that snapshot,
    so repeated or late calls do no harm. Raises BackendUnavailable while there is no valid OCSP signing certificate:
    issuing one is a job of its own, because each failed attempt burns a serial number.
    """
    distinct = tuple(dict.fromkeys(serials))
    with ctx.ports.storage.read() as reader:
        if reader.issuer_keys.get(issuer_key_id).state not in SERVING:
            return 0
    responder = ocsp_signer.load(ctx, issuer_key_id)
    now = ctx.ports.clock.now().replace(microsecond=0)
    with ctx.ports.storage.read() as reader:
        reader.meta.require_clock()
        key = reader.issuer_keys.get(issuer_key_id)
        statuses = [(serial, get_status(reader, key, serial)) for serial in distinct]
        revision = reader.status_log.get_revision()
    window = now, min(now + ctx.config.ocsp_validity, responder.not_after)
    end = float("inf") if seconds is None else ctx.ports.clock.monotonic() + seconds
    responses: list[PublishedResponse] = []
    for serial, status in statuses:
        responses += [_signed(ctx, responder, key, one, serial, status, window, revision) for one in HASHES]
        if ctx.ports.clock.monotonic() >= end:
            break
    with ctx.ports.storage.begin(actor) as uow:
        uow.meta.advance_clock(now)
        uow.record(OcspPresigned(object_id=str(issuer_key_id), responses=len(responses)))
    ctx.ports.published.put_responses(responses)
    return len(responses)


def get_status(reader: Reader, key: IssuerKey, serial: int) -> Revocation | CertStatus:
    """Return the revocation of a serial number (also a burned one), else good, or unknown if it was never issued."""
    revocation = reader.revocations.find(key.id, serial)
    if revocation is not None:
        return revocation
    return CertStatus.GOOD if reader.certificates.has_serial(key.id, serial) else CertStatus.UNKNOWN


def build_single_status(
    cert_id_der: bytes, status: Revocation | CertStatus, this_update: datetime, next_update: datetime
) -> SingleStatus:
    """Return a status as an OCSP SingleResponse (RFC 6960 §4.2.1)."""
    if isinstance(status, Revocation):
        return SingleStatus(
            cert_id=cert_id_der,
            status=CertStatus.REVOKED,
            this_update=this_update,
            next_update=next_update,
            revoked_at=status.time,
            reason=status.reason,
        )
    return SingleStatus(cert_id=cert_id_der, status=status, this_update=this_update, next_update=next_update)


def refresh(ctx: Context, actor: Actor, *, everything: bool = False) -> int:
    """Sign all responses again that are past half of their validity. Returns the number of responses.

    With `everything`, all responses are signed again. An unavailable key does not prevent the others; the first failure
    is raised after all have been tried.
    """
    if everything:
        ctx.ports.published.forget_rounds()
    made = 0
    failure: PkiError | None = None
    for key in list_due_keys(ctx):
        try:
            while (signed := refresh_some(ctx, actor, key)) is not None:
                made += signed
        except PkiError as error:
            failure = failure or error
    if failure is not None:
        raise failure
    return made


def list_due_keys(ctx: Context) -> Sequence[IssuerKey]:
    """Return the issuer keys whose responses must be signed again, once in each half of `ocsp_validity`.

    The progress of a round of signing is kept in the published store, so that the round continues after a restart. A
    round that signed with a longer validity than is configured now starts over.
    """
    now = ctx.ports.clock.now()
    rounds = ctx.ports.published.find_rounds()
    with ctx.ports.storage.read() as reader:
        keys = reader.issuer_keys.list_serving()
        certified = reader.certificates.find_by_subject_keys([key.id for key in keys])
    return [key for key in keys if key.id in certified and _is_due(ctx, rounds.get(key.id), now)]


def find_round_starts(reader: Reader, keys: Sequence[IssuerKey]) -> Mapping[UUID, datetime]:
    """Return when the last complete round of signing began, by key ID. Keys without one are left out."""
    began = reader.meta.get_all([_round(key) for key in keys])
    return {key.id: datetime.fromisoformat(began[_round(key)]) for key in keys if _round(key) in began}


def _is_due(ctx: Context, last: RefreshRound | None, now: datetime) -> bool:
    if last is None or not last.ended or not _goes_on(ctx, last, now):
        return True
    return now - last.began >= ctx.config.ocsp_validity / 2


def _goes_on(ctx: Context, last: RefreshRound, now: datetime) -> bool:
    """Return whether the round can continue. It cannot if its validity is too long, or a wrong clock began it."""
    return last.validity <= ctx.config.ocsp_validity and last.began <= now + timedelta(minutes=5)


def refresh_some(
    ctx: Context, actor: Actor, key: IssuerKey, *, limit: int = _BATCH, seconds: float | None = None
) -> int | None:
    """Sign responses for the next certificates of a key's round. Returns their number, None if the round has ended.

    At most `limit` certificates are read; signing stops after about `seconds`. Begins a round if none is in progress.
    Errors as `ocsp_signer.ensure` and `publish_statuses`.
    """
    now = ctx.ports.clock.now()
    with ctx.ports.storage.read() as reader:
        can_renew = ocsp_signer.can_renew(reader, key, now)
    if can_renew:
        ocsp_signer.ensure(ctx, key.id)
    elif not _has_signer(ctx, key):
        return None
    validity = ctx.config.ocsp_validity
    current = ctx.ports.published.find_rounds().get(key.id)
    if current is None or current.ended or not _goes_on(ctx, current, now):
        current = RefreshRound(issuer_key_id=key.id, began=now, validity=validity)
    batch = _next_of(ctx, current, limit)
    if not batch:
        _end_round(ctx, key, current)
        return None
    signed = publish_statuses(ctx, actor, key.id, [one.serial for one in batch], seconds=seconds)
    done = batch[max(signed // len(HASHES), 1) - 1]
    ctx.ports.published.put_round(replace(current, after=done.id))
    return signed


def _next_of(ctx: Context, round_: RefreshRound, limit: int) -> Sequence[Certificate]:
    """Return the next certificates of a round. Those issued after it began have status jobs of their own.

    Without this limit, a round would include all certificates issued meanwhile, and sign each of them a second time.
    """
    with ctx.ports.storage.read() as reader:
        found = reader.certificates.list_unexpired(round_.issuer_key_id, round_.began, round_.after, limit)
    first_later = first_id(round_.began + _OVERLAP)
    return [one for one in found if one.id < first_later]


def _end_round(ctx: Context, key: IssuerKey, round_: RefreshRound) -> None:
    with ctx.ports.storage.housekeep() as uow:
        uow.meta.put(_round(key), round_.began.isoformat())
    ctx.ports.published.forget_responses(round_.began - ctx.config.ocsp_validity)
    ctx.ports.published.put_round(replace(round_, ended=True))


def _has_signer(ctx: Context, key: IssuerKey) -> bool:
    """Return whether the key has a valid OCSP signing certificate.

    One that was issued before the CA ended is used until it expires.
    """
    try:
        ocsp_signer.load(ctx, key.id)
    except BackendUnavailable:
        return False
    return True


def _round(key: IssuerKey) -> str:
    return f"ocsp_round:{key.id}"


def _signed(
    ctx: Context,
    responder: ResponderKey,
    key: IssuerKey,
    hash_name: str,
    serial: int,
    status: Revocation | CertStatus,
    window: tuple[datetime, datetime],
    revision: int,
) -> PublishedResponse:
    now, next_update = window
    names = {"sha1": (key.name_hash_sha1, key.key_hash_sha1), "sha256": (key.name_hash_sha256, key.key_hash_sha256)}
    identifier = encode_cert_id(encode_cert_id_prefix(hash_name, *names[hash_name]), serial)
    prepared = prepare_response(
        [build_single_status(identifier, status, now, next_update)],
        signer=responder.signer,
        produced_at=now,
        lint=make_ocsp_lint(ctx.state.linted_kinds, key.id),
    )
    signed = sign(ctx, responder.key, prepared)
    return PublishedResponse(
        issuer_key_id=key.id,
        serial=serial,
        hash_name=hash_name,
        body=assemble(prepared.tbs, responder.signer, signed.signature),
        this_update=now,
        next_update=next_update,
        revision=revision,
    )
