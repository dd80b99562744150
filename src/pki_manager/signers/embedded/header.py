"""The header of a keystore: the parameters of its key-encryption key (KEK), and a check value to detect a wrong KEK."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pki_manager.domain.errors import HomeUnusable
from pki_manager.ports.entropy import Entropy
from pki_manager.signers.embedded.master_key import SALT_SIZE, Argon2Cost, KekSource, KeystoreHeader
from pki_manager.signers.embedded.tables import FORMAT, header

NONCE_SIZE = 12
_CHECK_TEXT = b"pki-manager keystore check"


@dataclass(frozen=True, slots=True)
class Seal:
    """The KEK of a keystore. `salt` identifies the KEK, because each master key has a different salt."""

    salt: bytes
    kek: AESGCM = field(repr=False)


class NewHeader(NamedTuple):
    """The header of a new keystore and the KEK that opens it."""

    header: dict[str, object]
    seal: Seal


def create_header(source: KekSource, entropy: Entropy, argon2: Argon2Cost | None) -> NewHeader:
    """Return the header row and the KEK of a new keystore.

    Raises HomeUnusable if the secret of `source` is unsuitable.
    """
    cost = argon2 or Argon2Cost()
    facts = KeystoreHeader(FORMAT, entropy.token(SALT_SIZE), cost)
    seal, nonce = Seal(facts.salt, AESGCM(source.derive(facts))), entropy.token(NONCE_SIZE)
    row: dict[str, object] = {
        "id": 1,
        "format": facts.format,
        "salt": facts.salt,
        "argon2_memory_kib": cost.memory_kib,
        "argon2_iterations": cost.iterations,
        "argon2_lanes": cost.lanes,
        "check_nonce": nonce,
        "check_sealed": seal.kek.encrypt(nonce, _CHECK_TEXT, _associated_data(facts)),
    }
    return NewHeader(row, seal)


def read_salt(connection: sa.Connection) -> bytes:
    """Return the salt that identifies the current KEK of the keystore."""
    return bytes(connection.execute(sa.select(header.c.salt)).scalar_one())


def unlock(connection: sa.Connection, source: KekSource, where: str) -> Seal:
    """Return the KEK of the keystore, derived by `source` or its pending source. `where` names the keystore in errors.

    Raises HomeUnusable, without changing anything, if the file is not a keystore, has a newer format, or has another
    KEK.
    """
    try:
        row = connection.execute(sa.select(header)).one()
    except sa.exc.SQLAlchemyError as error:
        raise HomeUnusable(f"{where} is not a keystore, or cannot be read.", cause=str(error)) from error
    if row.format != FORMAT:
        raise HomeUnusable(f"The keystore {where} has format {row.format}. This version supports format {FORMAT}.")
    cost = Argon2Cost(row.argon2_memory_kib, row.argon2_iterations, row.argon2_lanes)
    facts = KeystoreHeader(row.format, bytes(row.salt), cost)
    check = bytes(row.check_nonce), bytes(row.check_sealed)
    try:
        return _try(source, facts, check, where)
    except HomeUnusable:
        pending_source = source.pending_source
        if pending_source is None:
            raise
    return _try(pending_source, facts, check, where)


def _try(source: KekSource, facts: KeystoreHeader, check: tuple[bytes, bytes], where: str) -> Seal:
    seal = Seal(facts.salt, AESGCM(source.derive(facts)))
    try:
        seal.kek.decrypt(*check, _associated_data(facts))
    except (InvalidTag, ValueError):
        raise HomeUnusable(
            f"The master key does not match the keystore {where}, or its header is damaged. Nothing was "
            "changed. Restore the master key or passphrase that was last used."
        ) from None
    return seal


def _associated_data(facts: KeystoreHeader) -> bytes:
    cost = facts.argon2
    return f"header {facts.format} {cost.memory_kib} {cost.iterations} {cost.lanes} ".encode() + facts.salt
