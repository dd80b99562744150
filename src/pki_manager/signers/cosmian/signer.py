"""The Cosmian key backend: keys are generated, stored, and used in the KMS.

The identity that signs need not be the one that generates keys. If the settings have no credentials of the owner, PKI
Manager uses a key that the owner has generated under the expected ID. Only the owner can create or destroy keys.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from threading import Lock

from pki_manager.domain.algorithms import KeyFamily, KeyType, SignatureAlgorithm, require_fit
from pki_manager.domain.current_request import set_current_request
from pki_manager.domain.errors import BackendUnavailable, Conflict, InvalidInput, KeyOwnerRequired, NotFound, PkiError
from pki_manager.ports.clock import Clock
from pki_manager.ports.signer import BackendDescription, KeyRef, SigningOrder
from pki_manager.signers.cosmian import keys
from pki_manager.signers.cosmian.client import KmsClient, KmsRefused, build_invalid_response_error
from pki_manager.signers.cosmian.connection import KmsConnection, KmsIdentity, find_owner_identity, get_runtime_identity
from pki_manager.signers.cosmian.inspect import Inspector
from pki_manager.signers.cosmian.wire import KmipResponse, NotKmip, boolean, enumeration, structure, text
from pki_manager.signers.options import CosmianOptions
from pki_manager.signers.public_keys import find_type

_ACTIVE_SINCE = timedelta(days=1)
"""How far the activation date lies in the past. Clocks differ, and the key must be able to sign at once."""

_GONE = frozenset({"Destroyed", "Destroyed_Compromised"})
_log = logging.getLogger(__name__)


def open_cosmian(options: CosmianOptions, *, clock: Clock) -> CosmianSigner:
    """Return the key backend of these settings. The KMS is not called yet."""
    seconds = options.timeout.total_seconds()

    def client_of(identity: KmsIdentity) -> KmsClient:
        return KmsClient(KmsConnection(options, identity), seconds=seconds, clock=clock)

    runtime = client_of(get_runtime_identity(options))
    identity, owner = find_owner_identity(options), None
    if identity is not None:
        owner = runtime if identity.is_anonymous else client_of(identity)
    return CosmianSigner(options.name, runtime, owner, clock=clock)


class CosmianSigner:
    """The key backend (`ports.signer.Signer`) of a Cosmian KMS.

    `owner` is the client that generates and destroys keys, or None if there are no credentials of the owner. It can be
    the same as `runtime`.
    """

    def __init__(self, name: str, runtime: KmsClient, owner: KmsClient | None, *, clock: Clock) -> None:
        self._name = name
        self._runtime = runtime
        self._owner = owner
        self._clock = clock
        self._inspector = Inspector(name, runtime, owner)
        self._known: dict[str, tuple[bytes, KeyType]] = {}
        self._lock = Lock()

    @property
    def name(self) -> str:
        return self._name

    def generate(self, key_type: KeyType, key_id: str) -> KeyRef:
        """Implement `Signer.generate`. The KMS ensures that IDs are unique: the first of two callers generates the key.

        Raises InvalidInput if the key type cannot sign or the KMS does not support it; KeyOwnerRequired if the key is
        missing and the settings have no credentials of an owner who can create it.
        """
        if not key_type.signatures:
            raise InvalidInput.of(
                "key_type", "key_type.signs", f"must be a key type that can sign; {key_type.name} cannot"
            )
        state = self._state(self._runtime, key_id)
        if state is None:
            if self._owner is None:
                raise KeyOwnerRequired(
                    f"Key backend {self._name!r} has no key {key_id!r}. Only the key owner can create it."
                )
            self._make(self._owner, key_type, key_id)
            state = self._state(self._runtime, key_id)
        return self._usable(key_type, key_id, state)

    def adopt(self, key_type: KeyType, key_id: str) -> KeyRef:
        """Implement `Signer.adopt`. The ID of the public key is `key_id` with `_pk` appended.

        Raises NotFound if the key does not exist.
        """
        state = self._state(self._runtime, key_id)
        if state is None:
            raise NotFound.of("key", key_id)
        return self._usable(key_type, key_id, state)

    def _usable(self, key_type: KeyType, key_id: str, state: str | None) -> KeyRef:
        if state in _GONE:
            raise Conflict(f"Key {key_id!r} was destroyed, and its ID cannot be used again.")
        found = self._look_up(key_id)[1]
        if found != key_type:
            raise Conflict(f"Key {key_id!r} already exists and is {found.name}, not {key_type.name}.")
        return KeyRef(self._name, key_id)

    def get_public_key(self, ref: KeyRef) -> bytes:
        """Implement `Signer.public_key`. Each call queries the KMS. Raises NotFound if the key was destroyed."""
        self._require_own_backend(ref)
        if (state := self._state(self._runtime, ref.key_id)) is None or state in _GONE:
            raise NotFound.of("key", ref.key_id)
        return self._look_up(ref.key_id)[0]

    def sign(self, ref: KeyRef, data: bytes, algorithm: SignatureAlgorithm, operation_id: str) -> bytes:
        """Implement `Signer.sign`."""
        order = SigningOrder(ref, data, algorithm, operation_id)
        self._require_fit(order)
        started = self._clock.monotonic()
        outcome = "failed"
        try:
            signature = _signature(order, self._runtime.kmip(keys.sign(ref.key_id, data, algorithm), operation_id))
            outcome = "signed"
        except KmsRefused as refused:
            raise self._why_not(ref.key_id, refused) from refused
        finally:
            self._log_operation(order, outcome, started)
        return signature

    def can_batch(self, key_type: KeyType) -> bool:
        """Implement `BatchingSigner.can_batch`: all keys except RSA keys.

        The KMS executes the signatures of one request one after the other, and an RSA signature can take seconds.
        """
        return key_type.family is not KeyFamily.RSA

    def sign_batch(self, orders: Sequence[SigningOrder]) -> Sequence[bytes | Exception]:
        """Implement `BatchingSigner.sign_batch`."""
        answers: dict[int, bytes | Exception] = {}
        for number, order in enumerate(orders):
            try:
                self._require_fit(order)
            except PkiError as error:
                answers[number] = error
        missing = [number for number in range(len(orders)) if number not in answers]
        if missing:
            answers.update(zip(missing, self._signed([orders[number] for number in missing]), strict=True))
        return [answers[number] for number in range(len(orders))]

    def _signed(self, orders: Sequence[SigningOrder]) -> list[bytes | Exception]:
        """Sign all orders in one request. Returns a signature or an error for each, in the same order."""
        operations = [keys.sign(order.ref.key_id, order.data, order.algorithm) for order in orders]
        started = self._clock.monotonic()
        results: list[bytes | Exception] = []
        try:
            answers = self._runtime.kmip_together(operations, [order.operation_id for order in orders])
            results = [self._read(order, answer) for order, answer in zip(orders, answers, strict=True)]
        finally:
            for number, order in enumerate(orders):
                made = number < len(results) and isinstance(results[number], bytes)
                with set_current_request(order.request_id):
                    self._log_operation(order, "signed" if made else "failed", started)
        return results

    def _read(self, order: SigningOrder, answer: KmipResponse | KmsRefused) -> bytes | Exception:
        try:
            if isinstance(answer, KmsRefused):
                return self._why_not(order.ref.key_id, answer)
            return _signature(order, answer)
        except PkiError as error:
            return error

    def _require_fit(self, order: SigningOrder) -> None:
        self._require_own_backend(order.ref)
        known = self._known.get(order.ref.key_id) or self._look_up(order.ref.key_id)
        require_fit(known[1], order.algorithm)

    def _log_operation(self, order: SigningOrder, outcome: str, started: float) -> None:
        _log.info(
            "KMS operation finished",
            extra={
                "outcome": outcome,
                "kms_operation_id": order.operation_id,
                "backend": self._name,
                "key_id": order.ref.key_id,
                "algorithm": order.algorithm.name,
                "tbs_sha256": hashlib.sha256(order.data).hexdigest(),
                "milliseconds": round((self._clock.monotonic() - started) * 1000, 3),
            },
        )

    def destroy(self, ref: KeyRef) -> None:
        """Implement `Signer.destroy`. The KMS keeps the ID, so no other key can ever have it.

        Raises KeyOwnerRequired if the settings have no credentials of the owner.
        """
        if ref.backend != self._name:
            return
        self._known.pop(ref.key_id, None)
        owner = self._owner or self._runtime
        if (state := self._state(owner, ref.key_id)) is None or state in _GONE:
            return
        if self._owner is None:
            raise KeyOwnerRequired(f"Key {ref.key_id!r} can be destroyed only by the key owner in the KMS.")
        for half in (ref.key_id, _public(ref.key_id)):
            self._end(self._owner, half)
        if self._state(owner, ref.key_id) not in (*_GONE, None):
            raise KeyOwnerRequired(f"Key {ref.key_id!r} belongs to another key owner than the one in the settings.")

    def describe(self) -> BackendDescription:
        """Implement `Signer.describe`."""
        return self._inspector.describe()

    def check(self, keys: Sequence[KeyRef]) -> BackendDescription:
        """Implement `Signer.check`."""
        return self._inspector.check([ref.key_id for ref in keys])

    def close(self) -> None:
        """Implement `Signer.close`."""
        self._runtime.close()
        if self._owner is not None:
            self._owner.close()

    def _require_own_backend(self, ref: KeyRef) -> None:
        if ref.backend != self._name:
            raise NotFound.of("key", ref.key_id)

    def _make(self, owner: KmsClient, key_type: KeyType, key_id: str) -> None:
        """Create both halves of a key, activate them, and grant the runtime identity their use.

        Each step can be repeated.
        """
        try:
            owner.kmip(keys.create_key_pair(key_type, key_id, self._clock.now() - _ACTIVE_SINCE))
        except KmsRefused as refused:
            if refused.says("does not have create access-right"):
                raise KeyOwnerRequired(
                    f"The key owner in the settings cannot create keys: {refused.text}."
                ) from refused
            if refused.says("Not Supported", "Constraint_Violation", "Not_Supported"):
                message = f"must be a key type that the KMS supports; {key_type.name} is not: {refused.text}"
                raise InvalidInput.of("key_type", "key_type.backend", message) from refused
            if not refused.says("already exist"):
                raise self._unusable(key_id, refused) from refused
        for half in (key_id, _public(key_id)):
            if self._state(owner, half) == "PreActive":
                # Servers before 5.13 ignore the date. If another process activates the key, the result is the same.
                with contextlib.suppress(KmsRefused):
                    owner.kmip(structure("Activate", text("UniqueIdentifier", half)))
        if owner is not self._runtime:
            # Access to the public half comes last: a key that is visible later is usable.
            self._inspector.grant(_public(key_id), "get")
            self._inspector.grant(key_id, "sign")

    def _state(self, client: KmsClient, key_id: str) -> str | None:
        """Return the state of a key, or None if it does not exist or the client's identity cannot see it."""
        query = structure("GetAttributes", text("UniqueIdentifier", key_id), enumeration("AttributeReference", "State"))
        try:
            return client.kmip(query).structure("Attributes").text("State")
        except KmsRefused as refused:
            if refused.says("Object_Not_Found", "Item_Not_Found"):
                return None
            raise self._unusable(key_id, refused) from refused
        except NotKmip as error:
            raise build_invalid_response_error(error) from error

    def _look_up(self, key_id: str) -> tuple[bytes, KeyType]:
        """Return the SubjectPublicKeyInfo (DER) and type of a key, and remember them.

        Raises NotFound if the key does not exist; BackendUnavailable, for this key only, if it is unusable or was
        replaced.
        """
        query = structure(
            "Get",
            text("UniqueIdentifier", _public(key_id)),
            # SubjectPublicKeyInfo is what it means by that for a public key.
            enumeration("KeyFormatType", "PKCS8"),
            enumeration("KeyWrapType", "NotWrapped"),
        )
        try:
            spki = _material(self._runtime.kmip(query))
        except KmsRefused as refused:
            if refused.says("Object_Not_Found", "Object_Destroyed"):
                raise NotFound.of("key", key_id) from refused
            raise self._unusable(key_id, refused) from refused
        except NotKmip as error:
            raise build_invalid_response_error(error) from error
        found = find_type(spki)
        if found is None:
            raise BackendUnavailable(
                f"Key {key_id!r} in the KMS has a type that this version does not support.", key=key_id
            )
        with self._lock:
            before = self._known.setdefault(key_id, (spki, found))
        if before[0] != spki:
            raise BackendUnavailable(f"Key {key_id!r} in the KMS was replaced by another key.", key=key_id)
        return before

    def _why_not(self, key_id: str, refused: KmsRefused) -> Exception:
        """Return the error for a refusal to sign. It states what the operator can repair.

        The state of the key is queried for this, because the KMS has one message for many reasons.
        """
        if not refused.says("no valid key", "is in state"):
            return self._unusable(key_id, refused)
        state = self._state(self._runtime, key_id)
        if state is None or state in _GONE:
            self._known.pop(key_id, None)
            return NotFound.of("key", key_id)
        if state != "Active":
            return BackendUnavailable(f"Key {key_id!r} in the KMS is {state} and cannot sign.", key=key_id)
        return BackendUnavailable(
            f"The KMS does not allow signing with key {key_id!r}. Grant `sign` to the identity of this installation.",
            key=key_id,
        )

    def _unusable(self, key_id: str, refused: KmsRefused) -> BackendUnavailable:
        """Return the error for a refusal. HTTP 401 concerns the identity and so every key; all others only this key."""
        if refused.status == HTTPStatus.UNAUTHORIZED:
            return BackendUnavailable(f"The KMS refused the credentials: {refused.text}.")
        return BackendUnavailable(f"The KMS refused key {key_id!r}: {refused.text}.", key=key_id)

    def _end(self, owner: KmsClient, half: str) -> None:
        """Revoke a half of the key, because an active one cannot be destroyed, then destroy it.

        Both steps can be repeated.
        """
        reason = structure("RevocationReason", enumeration("RevocationReasonCode", "CessationOfOperation"))
        for order in (
            structure("Revoke", text("UniqueIdentifier", half), reason, boolean("Cascade", value=False)),
            structure("Destroy", text("UniqueIdentifier", half)),
        ):
            with contextlib.suppress(KmsRefused):
                owner.kmip(order)


def _public(key_id: str) -> str:
    return f"{key_id}_pk"


def _signature(order: SigningOrder, answer: KmipResponse) -> bytes:
    """Return the signature in the response.

    Raises BackendUnavailable if the response is invalid or has the ID of another key.
    """
    try:
        key_id, signature = answer.text("UniqueIdentifier"), answer.octets("SignatureData")
    except NotKmip as error:
        raise build_invalid_response_error(error) from error
    if key_id != order.ref.key_id:
        raise build_invalid_response_error(NotKmip("the signature of another key"))
    return signature


def _material(answer: KmipResponse) -> bytes:
    return answer.structure("PublicKey", "KeyBlock", "KeyValue").octets("KeyMaterial")
