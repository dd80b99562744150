"""A token key that wraps the master key of the embedded keystore: RSA-3072, RSAES-OAEP (RFC 8017 §7.1).

The hash of OAEP is SHA-1, which every token supports; the security of OAEP does not depend on collisions. The wrapped
key is not authenticated. That is not needed, because the header of the keystore detects a wrong master key.
"""

from __future__ import annotations

from typing import cast

from pkcs11.constants import MechanismFlag
from pkcs11.exceptions import EncryptedDataInvalid, EncryptedDataLenRange
from pkcs11.mechanisms import MGF, KeyType, Mechanism
from pkcs11.types import EncryptMixin

from pki_manager.domain.errors import HomeUnusable
from pki_manager.signers.pkcs11 import mechanisms, objects
from pki_manager.signers.pkcs11.signer import GENERATE_SECONDS
from pki_manager.signers.pkcs11.token import Pkcs11Token, Seat

_BITS = 3072
_OAEP = (Mechanism.SHA_1, MGF.SHA1, None)


def wrap(token: Pkcs11Token, key_id: str, plain: bytes) -> bytes:
    """Create a token key with that ID and return octets wrapped by it.

    The key is sensitive, not extractable, and has no other use.
    """

    def job(seat: Seat) -> bytes:
        seat.require_token()
        public, _ = seat.session.generate_keypair(
            KeyType.RSA,
            _BITS,
            id=key_id.encode(),
            label=key_id,
            store=True,
            capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,
            mechanism=Mechanism.RSA_PKCS_KEY_PAIR_GEN,
            private_template=mechanisms.STAYS,
        )
        # python-pkcs11 puts a key object together from parts that its types don't show.
        wrapped = cast("EncryptMixin", public).encrypt(plain, mechanism=Mechanism.RSA_PKCS_OAEP, mechanism_param=_OAEP)
        return cast("bytes", wrapped)

    return token.use(job, seconds=GENERATE_SECONDS)


def unwrap(token: Pkcs11Token, key_id: str, wrapped: bytes) -> bytes:
    """Return the unwrapped octets.

    Raises HomeUnusable if the token has no such key or the key did not wrap them; BackendUnavailable if the token is
    unavailable.
    """
    label = token.settings.label

    def job(seat: Seat) -> bytes:
        key = objects.find_private_key(seat.session, key_id)
        if key is None:
            seat.require_token()
            raise HomeUnusable(f"The token {label!r} has no key {key_id!r}, which wraps the master key.")
        try:
            return bytes(key.decrypt(wrapped, mechanism=Mechanism.RSA_PKCS_OAEP, mechanism_param=_OAEP))
        except (EncryptedDataInvalid, EncryptedDataLenRange):
            raise HomeUnusable(f"The key {key_id!r} of the token {label!r} cannot unwrap the master key.") from None

    return token.use(job)
