"""OCSP answers that cannot be signed ahead: nonces, several CertIDs, serial numbers that were never issued."""

from __future__ import annotations

import threading
from collections import Counter
from uuid import UUID

from pki_manager.authority import ocsp_signer
from pki_manager.authority.context import Authority
from pki_manager.authority.lint_gate import ocsp_lint
from pki_manager.authority.publish_status import single_status, status_of
from pki_manager.authority.signing import sign
from pki_manager.domain.actor import Actor
from pki_manager.domain.audit import OcspSigned
from pki_manager.domain.authority import IssuerKey
from pki_manager.domain.errors import NotFound
from pki_manager.domain.revocation import Revocation
from pki_manager.ports.unit_of_work import Reader
from pki_manager.x509.ocsp import CertId, CertStatus, OcspRequest, prepare_response


class LiveAnswers:
    """Signs on the spot. Signatures are counted and audited as one event a minute (`flush`): answers never wait."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._signed: Counter[UUID] = Counter()
        self._lock = threading.Lock()

    def answer(self, request: OcspRequest) -> bytes:
        """An OCSPResponse (DER) for every CertID of the request, nonce echoed.

        NotFound when a CertID names no issuer of ours or they name several (RFC 6960 would have us answer for all or
        none); BackendUnavailable or StorageUnavailable when it cannot be signed now.
        """
        authority = self._authority
        now = authority.clock.now().replace(microsecond=0)
        with authority.storage.read() as reader:
            key_id, statuses = _statuses(reader, request)
        responder = ocsp_signer.load(authority, key_id)
        next_update = min(now + authority.config.ocsp_validity, responder.not_after)
        prepared = prepare_response(
            [
                single_status(cert_id.der, status, now, next_update)
                for cert_id, status in zip(request.cert_ids, statuses, strict=True)
            ],
            signer=responder.signer,
            produced_at=now,
            nonce=request.nonce,
            lint=ocsp_lint(key_id),
        )
        signed = sign(authority, responder.ref, responder.spki_der, prepared.tbs, responder.signer.algorithm)
        with self._lock:
            self._signed[key_id] += 1
        return prepared.assemble(signed.signature)

    def flush(self, actor: Actor) -> None:
        """Write what was signed since the last call into the audit trail."""
        with self._lock:
            counted, self._signed = self._signed, Counter()
        for key_id, responses in counted.items():
            with self._authority.storage.begin(actor) as uow:
                uow.record(OcspSigned(object_id=str(key_id), responses=responses))


def _statuses(reader: Reader, request: OcspRequest) -> tuple[UUID, list[Revocation | CertStatus]]:
    keys = {(key.name_hash_sha1, key.key_hash_sha1): key for key in reader.issuer_keys.all()} | {
        (key.name_hash_sha256, key.key_hash_sha256): key for key in reader.issuer_keys.all()
    }

    def issuer_of(cert_id: CertId) -> IssuerKey:
        key = keys.get((cert_id.name_hash, cert_id.key_hash))
        if key is None:
            raise NotFound("a CertID names an issuer that is not ours")
        return key

    issuers = {issuer_of(cert_id).id for cert_id in request.cert_ids}
    if len(issuers) != 1:
        raise NotFound("one request names several issuers")
    key = issuer_of(request.cert_ids[0])
    return key.id, [status_of(reader, key, cert_id.serial) for cert_id in request.cert_ids]
