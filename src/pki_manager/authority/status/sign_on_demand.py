"""OCSP responses signed on demand: for a nonce, several CertIDs, or a serial number that was never issued."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.signing.lint_gate import make_ocsp_lint
from pki_manager.authority.signing.sign import sign
from pki_manager.authority.status import ocsp_signer
from pki_manager.authority.status.ocsp_signer import ResponderKey
from pki_manager.authority.status.publish_ocsp import build_single_status, get_status
from pki_manager.domain.ca import IssuerKey
from pki_manager.domain.errors import NotFound
from pki_manager.domain.events.cas import OcspSigned
from pki_manager.domain.revocation import Revocation
from pki_manager.domain.rights.actor import Actor
from pki_manager.ports.unit_of_work import Reader
from pki_manager.x509.ocsp.request import OcspRequest
from pki_manager.x509.ocsp.response import CertStatus, OcspSigner, assemble, prepare_response
from pki_manager.x509.prepare import Prepared

_KEEP_RESPONDER = 5.0
"""Seconds for which an OCSP signing key is cached."""

_KEEP_LINTED = 256


_Shape: TypeAlias = tuple[OcspSigner, datetime, datetime, tuple[tuple[int, bytes, Revocation | CertStatus], ...], int]
"""Signer, producedAt, nextUpdate, the statuses with the octets before each serial number, and the nonce's length.

Responses that share these values have the same lint findings.
"""


@dataclass(frozen=True, slots=True)
class _Read:
    """An OCSP request with its issuer key and the statuses from the database. `now` is in whole seconds."""

    request: OcspRequest
    now: datetime
    key: IssuerKey
    statuses: Sequence[Revocation | CertStatus]


class LiveAnswers:
    """The signer of OCSP responses on demand. Thread-safe.

    Signatures are counted and audited as one event a minute (`flush`), so responses do not wait for the database.
    Issuer keys are cached by CertID hashes, since they never change. The OCSP signer is read again every few seconds.
    """

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._signed: Counter[UUID] = Counter()
        self._issuers: dict[tuple[bytes, bytes], IssuerKey] = {}
        self._responders: dict[UUID, tuple[ResponderKey, float]] = {}
        self._linted: dict[_Shape, Prepared] = {}
        """The last linted response of each shape. Other responses of the shape are not linted again."""
        self._lock = threading.Lock()

    def answer(self, request: OcspRequest) -> bytes:
        """Return an OCSPResponse (DER) for every CertID of the request, with its nonce.

        Raises NotFound if a CertID names an unknown issuer, or the CertIDs name several; BackendUnavailable,
        StorageUnavailable, or ClockBehind if it cannot be signed now.
        """
        (read,) = self._read([request])
        if isinstance(read, Exception):
            raise read
        return self._sign(read)

    def answer_together(self, requests: Sequence[OcspRequest]) -> Sequence[bytes | Exception | None]:
        """Return the response or the error of `answer` for each request, with one read for all.

        None stands for a request whose key is outside this process: waiting for it would delay the others.
        """
        return [self._sign_here(read) for read in self._read(requests)]

    def _read(self, requests: Sequence[OcspRequest]) -> list[_Read | Exception]:
        now = self._ctx.ports.clock.now().replace(microsecond=0)
        with self._ctx.ports.storage.read() as reader:
            reader.meta.require_clock()
            return [self._read_one(reader, request, now) for request in requests]

    def _read_one(self, reader: Reader, request: OcspRequest, now: datetime) -> _Read | Exception:
        try:
            key = self._issuer(reader, request)
            return _Read(request, now, key, [get_status(reader, key, cert_id.serial) for cert_id in request.cert_ids])
        except Exception as error:  # noqa: BLE001 - it belongs to this request alone
            return error

    def _sign_here(self, read: _Read | Exception) -> bytes | Exception | None:
        if isinstance(read, Exception):
            return read
        try:
            responder = self._responder(read.key.id, read.now)
            return None if self._ctx.ports.signers.is_remote(responder.ref.backend) else self._sign(read)
        except Exception as error:  # noqa: BLE001 - it belongs to this request alone
            return error

    def _sign(self, read: _Read) -> bytes:
        key, now = read.key, read.now
        responder = self._responder(key.id, now)
        next_update = min(now + self._ctx.config.ocsp_validity, responder.not_after)
        shape = _shape_of(read, responder, next_update)
        prepared = prepare_response(
            [
                build_single_status(cert_id.der, status, now, next_update)
                for cert_id, status in zip(read.request.cert_ids, read.statuses, strict=True)
            ],
            signer=responder.signer,
            produced_at=now,
            nonce=read.request.nonce,
            lint=make_ocsp_lint(self._ctx.state.linted_kinds, key.id),
            like=self._linted.get(shape),
        )
        if len(self._linted) >= _KEEP_LINTED:
            self._linted = {}
        self._linted[shape] = prepared
        signed = sign(self._ctx, responder.key, prepared)
        with self._lock:
            self._signed[key.id] += 1
        return assemble(prepared.tbs, responder.signer, signed.signature)

    def _issuer(self, reader: Reader, request: OcspRequest) -> IssuerKey:
        """Return the only issuer key that all CertIDs name. Raises NotFound if it is unknown, or there are several."""
        named = [(cert_id.name_hash, cert_id.key_hash) for cert_id in request.cert_ids]
        if any(name not in self._issuers for name in named):
            self._issuers = _by_hashes(reader.issuer_keys.list_serving())
        issuers = [self._issuers.get(name) for name in named]
        first = issuers[0]
        if first is None or None in issuers:
            raise NotFound("The request names an issuer that is not a CA of this installation.")
        if any(issuer is not None and issuer.id != first.id for issuer in issuers):
            raise NotFound("The request names more than one issuer.")
        return first

    def _responder(self, issuer_key_id: UUID, now: datetime) -> ResponderKey:
        monotonic = self._ctx.ports.clock.monotonic()
        found, until = self._responders.get(issuer_key_id, (None, 0.0))
        if found is None or monotonic >= until or now >= found.not_after:
            found = ocsp_signer.load(self._ctx, issuer_key_id)
            self._responders[issuer_key_id] = found, monotonic + _KEEP_RESPONDER
        return found

    def flush(self, actor: Actor) -> None:
        """Store an audit event for each issuer key with the number of signatures since the last call."""
        with self._lock:
            counted, self._signed = self._signed, Counter()
        for key_id, responses in counted.items():
            with self._ctx.ports.storage.begin(actor) as uow:
                uow.record(OcspSigned(object_id=str(key_id), responses=responses))


def _shape_of(read: _Read, responder: ResponderKey, next_update: datetime) -> _Shape:
    """Return the values of a response that lint reads: all but octets of the serial numbers and of the nonce."""
    nonce = read.request.nonce
    singles = tuple(
        (len(one.der), one.der[: -(one.serial.bit_length() // 8 + 1)], status)
        for one, status in zip(read.request.cert_ids, read.statuses, strict=True)
    )
    return responder.signer, read.now, next_update, singles, -1 if nonce is None else len(nonce)


def _by_hashes(keys: Iterable[IssuerKey]) -> dict[tuple[bytes, bytes], IssuerKey]:
    """Return the keys by issuerNameHash and issuerKeyHash, each for SHA-1 and SHA-256."""
    found = {}
    for key in keys:
        found[key.name_hash_sha1, key.key_hash_sha1] = key
        found[key.name_hash_sha256, key.key_hash_sha256] = key
    return found
