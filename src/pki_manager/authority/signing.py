"""Using a private key: one way for certificates, CRLs and OCSP responses alike."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from pki_manager.authority.context import Authority
from pki_manager.domain.algorithms import SignatureAlgorithm
from pki_manager.domain.audit import KeyOperation
from pki_manager.ports.signer import KeyRef
from pki_manager.x509 import verify


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that has been verified, and the record of the key's use."""

    signature: bytes
    operation: KeyOperation


def sign(authority: Authority, ref: KeyRef, spki_der: bytes, tbs: bytes, algorithm: SignatureAlgorithm) -> Signed:
    """Have the backend sign `tbs` (DER) and verify the answer with the key's SPKI before anybody may use it.

    No transaction may be open: a key manager can take its time. BackendUnavailable when it is away; Fault when the
    signature is not by that key over those bytes.
    """
    operation_id = str(authority.new_id())
    started = authority.clock.monotonic()
    signature = authority.signers.get(ref.backend).sign(ref, tbs, algorithm, operation_id)
    milliseconds = round((authority.clock.monotonic() - started) * 1000, 3)
    verify.signature(spki_der, tbs, signature, algorithm)
    operation = KeyOperation(
        operation_id=operation_id,
        backend=ref.backend,
        key_id=ref.key_id,
        algorithm=algorithm.name,
        tbs_sha256=hashlib.sha256(tbs).hexdigest(),
        milliseconds=milliseconds,
    )
    return Signed(signature, operation)
