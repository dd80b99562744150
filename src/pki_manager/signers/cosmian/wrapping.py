"""A KMS key that wraps the master key of the embedded keystore: AES-256-GCM (SP 800-38D).

The key owner creates this key and wraps with it; the runtime identity can only decrypt. The stored value is nonce, tag,
and ciphertext. GCM authenticates it, so unwrapping a changed value fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from pki_manager.domain.errors import BackendUnavailable, HomeUnusable, KeyOwnerRequired
from pki_manager.ports.clock import Clock
from pki_manager.signers.cosmian.client import KmsClient, KmsRefused, build_invalid_response_error
from pki_manager.signers.cosmian.connection import KmsConnection, KmsIdentity, find_owner_identity, get_runtime_identity
from pki_manager.signers.cosmian.inspect import Inspector
from pki_manager.signers.cosmian.wire import (
    Element,
    NotKmip,
    boolean,
    enumeration,
    integer,
    moment,
    octets,
    structure,
    text,
)
from pki_manager.signers.options import CosmianOptions

_ENCRYPT, _DECRYPT = 4, 8
_BITS = 256
_NONCE, _TAG = 12, 16
_ACTIVE_SINCE = timedelta(days=1)
_GCM = structure(
    "CryptographicParameters", enumeration("CryptographicAlgorithm", "AES"), enumeration("BlockCipherMode", "GCM")
)


def wrap(options: CosmianOptions, key_id: str, plain: bytes, *, clock: Clock) -> bytes:
    """Create a KMS key with that ID and wrap octets with it. It is sensitive, not extractable, and has no other use.

    Returns nonce, tag, and ciphertext. Raises KeyOwnerRequired if the settings have no credentials of the owner;
    BackendUnavailable if the KMS is unavailable or refuses.
    """
    identity = find_owner_identity(options)
    if identity is None:
        message = "the key owner creates the key that wraps the master key. Pass the credentials of the key owner"
        raise KeyOwnerRequired(f"Key backend {options.name!r}: {message}.")
    runtime = get_runtime_identity(options)
    whose = runtime if identity.is_anonymous else identity
    with _client(options, whose, clock) as owner, _client(options, runtime, clock) as own:
        try:
            owner.kmip(_create(key_id, clock))
            answer = owner.kmip(structure("Encrypt", text("UniqueIdentifier", key_id), _GCM, octets("Data", plain)))
            wrapped = b"".join(
                (answer.octets("IVCounterNonce"), answer.octets("AuthenticatedEncryptionTag"), answer.octets("Data"))
            )
        except KmsRefused as refused:
            raise BackendUnavailable(f"The KMS refused to wrap the master key: {refused.text}.") from refused
        except NotKmip as error:
            raise build_invalid_response_error(error) from error
        if whose is not runtime:
            Inspector(options.name, own, owner).grant(key_id, "decrypt")
    return wrapped


def unwrap(options: CosmianOptions, key_id: str, wrapped: bytes, *, clock: Clock) -> bytes:
    """Return the unwrapped octets. Raises HomeUnusable if the KMS refuses to unwrap them.

    It refuses if it has no such key or did not wrap them. Raises BackendUnavailable if the KMS is unavailable or
    refuses the credentials.
    """
    nonce, tag, data = wrapped[:_NONCE], wrapped[_NONCE : _NONCE + _TAG], wrapped[_NONCE + _TAG :]
    query = structure(
        "Decrypt",
        text("UniqueIdentifier", key_id),
        _GCM,
        octets("Data", data),
        octets("IVCounterNonce", nonce),
        octets("AuthenticatedEncryptionTag", tag),
    )
    with _client(options, get_runtime_identity(options), clock) as client:
        try:
            return client.kmip(query).octets("Data")
        except KmsRefused as refused:
            if refused.status == _UNAUTHORIZED:
                raise BackendUnavailable(f"The KMS refused the credentials: {refused.text}.") from refused
            detail = f"The KMS refused to unwrap the master key with its key {key_id!r}: {refused.text}."
            raise HomeUnusable(detail) from refused
        except NotKmip as error:
            raise build_invalid_response_error(error) from error


_UNAUTHORIZED = 401


@contextmanager
def _client(options: CosmianOptions, identity: KmsIdentity, clock: Clock) -> Iterator[KmsClient]:
    client = KmsClient(KmsConnection(options, identity), seconds=options.timeout.total_seconds(), clock=clock)
    try:
        yield client
    finally:
        client.close()


def _create(key_id: str, clock: Clock) -> Element:
    return structure(
        "Create",
        enumeration("ObjectType", "SymmetricKey"),
        structure(
            "Attributes",
            text("UniqueIdentifier", key_id),
            enumeration("CryptographicAlgorithm", "AES"),
            integer("CryptographicLength", _BITS),
            integer("CryptographicUsageMask", _ENCRYPT | _DECRYPT),
            boolean("Sensitive", value=True),
            boolean("Extractable", value=False),
            moment("ActivationDate", clock.now() - _ACTIVE_SINCE),
        ),
    )
