"""Private key objects of a token: search by ID, checks, and destruction."""

from __future__ import annotations

from typing import cast

import pkcs11
from pkcs11.constants import Attribute, ObjectClass

from pki_manager.domain.algorithms import KeyType
from pki_manager.domain.errors import BackendUnavailable, Conflict, InvalidInput
from pki_manager.signers.pkcs11 import mechanisms

_PROOF = b"pki-manager: is this the key that was made under this id?"


_HEX = "hex:"


def parse_identifier(key_id: str) -> bytes:
    """Return the CKA_ID for a key ID: the octets of its text, or of the hex digits in `hex:01ab`.

    Raises InvalidInput if the hex is invalid.
    """
    if not key_id.startswith(_HEX):
        return key_id.encode()
    try:
        return bytes.fromhex(key_id.removeprefix(_HEX))
    except ValueError:
        raise InvalidInput.of("backend_key_id", "pkcs11.id", "must be hex digits after `hex:`") from None


def find_private_key(session: pkcs11.Session, key_id: str) -> mechanisms.PrivateKey | None:
    """Return the private key with that CKA_ID, or None.

    Raises BackendUnavailable, for that key only, if another private key has the same ID, or has the ID as its label.
    """
    template = {Attribute.CLASS: ObjectClass.PRIVATE_KEY}
    by_id = list(session.get_objects(template | {Attribute.ID: parse_identifier(key_id)}))
    by_label = list(session.get_objects(template | {Attribute.LABEL: key_id}))
    if len({found.handle for found in (*by_id, *by_label)}) > len(by_id[:1]):
        raise BackendUnavailable(f"Another private key in the token has the ID or the label {key_id!r}.", key=key_id)
    return cast("mechanisms.PrivateKey", by_id[0]) if by_id else None


def require_proof(key: mechanisms.PrivateKey, spki: bytes, key_type: KeyType, key_id: str) -> None:
    """Raise BackendUnavailable, for that key only, unless `key` is the private key of `spki` (DER)."""
    algorithm = key_type.signature
    if not mechanisms.is_signed(spki, mechanisms.sign(key, _PROOF, algorithm), _PROOF, algorithm):
        raise BackendUnavailable(f"The key {key_id!r} in the token was replaced by another key.", key=key_id)


def adopt(session: pkcs11.Session, key: mechanisms.PrivateKey, key_id: str) -> bytes:
    """Return the SubjectPublicKeyInfo (DER) of an existing key without a record.

    Raises Conflict if the key can be exported, or if the token does not have exactly one supported public key for it.
    """
    if key[Attribute.EXTRACTABLE] or not key[Attribute.SENSITIVE]:
        raise Conflict(f"The key {key_id!r} in the token can be exported. Make it sensitive and not extractable.")
    public = list(
        session.get_objects({Attribute.CLASS: ObjectClass.PUBLIC_KEY, Attribute.ID: parse_identifier(key_id)})
    )
    if len(public) != 1:
        raise Conflict(f"The token has {len(public)} public keys with the ID {key_id!r}. It must have exactly one.")
    return mechanisms.encode_spki(cast("pkcs11.PublicKey", public[0]))


def destroy(session: pkcs11.Session, key_id: str) -> None:
    """Destroy every object with that ID: private key, public key, and all others."""
    for found in list(session.get_objects({Attribute.ID: parse_identifier(key_id)})):
        found.destroy()
