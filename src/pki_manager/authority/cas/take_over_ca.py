"""Migration of an external CA: its key is imported, or found in a key backend, and the CA becomes local.

From then on this installation publishes the status of everything that the CA issued, so its history must be imported
first (`import_history`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from pki_manager.authority.cas.ca_keys import build_ocsp_key_id, build_signing_key_id
from pki_manager.authority.cas.issuer_key import KeyPlace, describe_key
from pki_manager.authority.cas.views import CaView, get_ca_view
from pki_manager.authority.kernel import approval_gate, guard
from pki_manager.authority.kernel.approval_gate import Act
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.idempotency import Done, run_once
from pki_manager.authority.kernel.issuers import get_current_certificate
from pki_manager.authority.signing.activation import queue_status
from pki_manager.authority.signing.sign import SigningKey, sign
from pki_manager.authority.signing.status_urls import require_new_status_url
from pki_manager.authority.status.first_status import wait_for_status
from pki_manager.domain.algorithms import (
    KEY_TYPES,
    KeyType,
    SignatureAlgorithm,
    choose_ocsp_signer_type,
    choose_signature,
)
from pki_manager.domain.approval import Operation
from pki_manager.domain.ca import CaState, CertificateAuthority, IssuerKey
from pki_manager.domain.errors import Conflict, InvalidInput
from pki_manager.domain.events.cas import CaTakenOver
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.policy.approval import Touched
from pki_manager.ports.signer import KeyRef
from pki_manager.ports.unit_of_work import Claim, Reader, UnitOfWork
from pki_manager.x509 import confined, pem
from pki_manager.x509.confined import OpenedKey
from pki_manager.x509.prepare import prepare_statement

_PROOF = b"pki-manager: is this the key of the CA that is taken over?"
_KEY_LABELS = ("PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySource:
    """The key of a CA: set exactly one of `private_key` and `backend_key_id`.

    `private_key` is a file (PKCS #8 or PKCS #12, PEM text or Base64 of DER), encrypted with `passphrase`; neither is
    ever printed. `backend_key_id` is the key's ID in `backend`.
    """

    private_key: str | None = None
    passphrase: str | None = None
    backend: str | None = None
    backend_key_id: str | None = None

    def __repr__(self) -> str:
        return f"KeySource(backend={self.backend!r}, backend_key_id={self.backend_key_id!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOver:
    """A CA to migrate, by ID or name. `signature_algorithm` is what the CA's key signs with.

    Default: the usual algorithm of its key type.
    """

    ca: str
    source: KeySource
    signature_algorithm: str | None = None


def take_over(ctx: Context, actor: Actor, command: TakeOver, claim: Claim | None = None) -> Done[CaView]:
    """Make an external CA local with its key. It issues from now on, and its CRLs and OCSP responses are signed here.

    Raises NotFound if the CA, the key backend, or the key does not exist; InvalidInput for a key that cannot be
    decrypted or does not fit the CA and the key backend; Conflict for a CA that is not external or has expired;
    KeyOwnerRequired; BackendUnavailable; ApprovalNeeded if approval is required.
    """
    access.require_somewhere(actor, Permission.CA_CREATE)

    def work() -> UUID:
        require_new_status_url(ctx)
        with ctx.ports.storage.read() as reader:
            ca = guard.get_ca(reader, actor, Permission.CA_CREATE, command.ca)
            old = _awaiting(reader, ca, ctx.ports.clock.now())
        opened = open_source(command.source, old.spki_der)
        row, algorithm = choose_scheme(old.key_type, command.signature_algorithm)
        backend = command.source.backend or ctx.config.default_backend
        permit = approval_gate.ask(ctx, actor, _act(ca, old, command, backend))
        ref = place_key(ctx, command.source, opened, row, old)
        _prove(ctx, ref, old.spki_der, algorithm)
        where = KeyPlace(ca_id=ca.id, number=old.number, subject_der=ca.subject_der)
        key = describe_key(ctx, where, old.id, ref, old.spki_der, type_name=row.name, algorithm_name=algorithm.name)
        # Undivided: certificates in the field point to the CRL that lists everything.
        key = replace(key, subject_key_identifier=old.subject_key_identifier, crl_number=old.crl_number, crl_shards=1)
        with ctx.ports.storage.begin(actor) as uow:
            uow.meta.lock_directory()
            now = ctx.ports.clock.now()
            permit.use(uow, now)
            if claim is not None:
                uow.idempotency.claim(actor.id, claim, ca.id, now)
            _write(uow, ca, key, imported=opened is not None, now=now)
        return ca.id

    ca_id, replayed = run_once(ctx, actor, claim, work, lambda made: made)
    with ctx.ports.storage.read() as reader:
        view = get_ca_view(reader, reader.cas.get(ca_id), ctx.ports.clock.now())
    if not replayed:
        wait_for_status(ctx, view.keys[0].key.id)
    return Done(view, replayed)


def open_source(source: KeySource, spki_der: bytes) -> OpenedKey | None:
    """Return the decrypted private key of the source. None if the key is in a key backend.

    Raises InvalidInput if it cannot be decrypted, or does not belong to `spki_der` (SubjectPublicKeyInfo, DER).
    """
    if (source.private_key is None) is (source.backend_key_id is None):
        raise InvalidInput.of(
            "private_key",
            "take_over.one_key",
            "cannot be set together with `backend_key_id`; specify exactly one of them",
        )
    if source.private_key is None:
        return None
    opened = confined.open_private_key(_octets(source.private_key), source.passphrase, "private_key")
    if opened.spki_der != spki_der:
        raise InvalidInput.of("private_key", "take_over.key", "does not match the CA certificate")
    return opened


def _octets(text: str) -> bytes:
    """Return the octets of a key file: PEM as it is, because it can have encryption headers, else decoded Base64."""
    return text.encode() if "-----BEGIN" in text else pem.read(text, _KEY_LABELS, "private_key")


def _awaiting(reader: Reader, ca: CertificateAuthority, now: datetime) -> IssuerKey:
    """Return the stored key of an external CA.

    Raises Conflict if the CA is not external, or its certificate has expired or is revoked.
    """
    if ca.state is not CaState.EXTERNAL:
        raise Conflict(f"CA {ca.name!r} is {ca.state}: this installation already has its key.")
    key = reader.issuer_keys.list_by_ca(ca.id)[0]
    certificate = get_current_certificate(reader, key)
    if certificate.revocation is not None or now > certificate.validity.not_after:
        raise Conflict(
            f"The certificate of CA {ca.name!r} has expired or is revoked, so its key cannot issue certificates."
        )
    return key


class Scheme(NamedTuple):
    """The type of a key and the algorithm that it signs with."""

    key_type: KeyType
    signature_algorithm: SignatureAlgorithm


def choose_scheme(key_type: str, requested: str | None) -> Scheme:
    """Return the type and the signature algorithm for a key: the requested algorithm, or the usual one of its type.

    Raises InvalidInput for a key type that cannot be used, or an algorithm of another type.
    """
    row = KEY_TYPES.get(key_type)
    if row is None:
        raise InvalidInput.of(
            "ca", "take_over.key_type", f"is a {key_type} key, which no supported signature algorithm can use"
        )
    return Scheme(row, choose_signature(row, requested))


def _act(ca: CertificateAuthority, key: IssuerKey, command: TakeOver, backend: str) -> Act:
    """Return the migration as an operation for the approval gate: the public key and its new backend.

    Nothing of the private key is included.
    """
    body = {
        "take_over": hashlib.sha256(key.spki_der).hexdigest(),
        "backend": backend,
        "backend_key_id": command.source.backend_key_id,
        "signature_algorithm": command.signature_algorithm,
    }
    return Act(Operation.CA_CREATE, "ca", str(ca.id), body, Touched(ca=ca))


def place_key(ctx: Context, source: KeySource, opened: OpenedKey | None, row: KeyType, key: IssuerKey) -> KeyRef:
    """Import the key into the key backend, or find it there, and return its reference.

    The OCSP signing key of the CA is generated in the same key backend.
    """
    backend = source.backend or ctx.config.default_backend
    if opened is not None:
        ref = ctx.ports.signers.get_importing(backend).import_key(row, build_signing_key_id(key.id), opened.pkcs8)
    else:
        ref = find_in_backend(ctx, source, row, key.spki_der)
    ctx.ports.signers.get(backend).generate(choose_ocsp_signer_type(row), build_ocsp_key_id(key.id))
    return ref


def find_in_backend(ctx: Context, source: KeySource, row: KeyType, spki_der: bytes) -> KeyRef:
    """Return the reference to a key that exists in a key backend.

    Raises NotFound if it does not exist; Conflict if it has another type; InvalidInput if its public key is not
    `spki_der`.
    """
    signer = ctx.ports.signers.get(source.backend or ctx.config.default_backend)
    ref = signer.adopt(row, source.backend_key_id or "")
    if signer.get_public_key(ref) != spki_der:
        raise InvalidInput.of("backend_key_id", "take_over.key", "does not match the CA certificate")
    return ref


def _prove(ctx: Context, ref: KeyRef, spki_der: bytes, algorithm: SignatureAlgorithm) -> None:
    """Raise Fault unless the key can sign and its signature verifies with the public key of the CA."""
    sign(ctx, SigningKey(ref, spki_der), prepare_statement(_PROOF, algorithm, spki_der))


def _write(uow: UnitOfWork, ca: CertificateAuthority, key: IssuerKey, *, imported: bool, now: datetime) -> None:
    if not uow.issuer_keys.take_over(key):
        raise Conflict(f"The key of CA {ca.name!r} was imported by another request.")
    uow.cas.set_state(ca.id, CaState.ACTIVE)
    uow.record(
        CaTakenOver(
            object_id=str(ca.id),
            key_id=str(key.id),
            backend=key.backend,
            backend_key_id=key.backend_key_id,
            key_type=key.key_type,
            spki_sha256=hashlib.sha256(key.spki_der).hexdigest(),
            key_imported=imported,
        )
    )
    queue_status(uow, key.id, now)
