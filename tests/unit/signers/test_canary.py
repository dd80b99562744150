"""KMS-07: no private key, in whatever clothes, in any file that the keystore leaves."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key

from pki_manager.domain.algorithms import KEY_TYPES
from pki_manager.signers.embedded.keystore import RecordKind
from pki_manager.signers.embedded.signer import EmbeddedSigner
from tests.unit.signers.keystores import HandClock, keystore

PIECE = 16
"""Octets that must not be found in a row: no part of a key this long is there by chance."""


def scalars(key: object) -> list[bytes]:
    """The raw secret numbers, without their leading octets, so that padding makes no difference."""
    match key:
        case ec.EllipticCurvePrivateKey():
            numbers = [key.private_numbers().private_value]
        case rsa.RSAPrivateKey():
            private = key.private_numbers()
            numbers = [private.p, private.q, private.d, private.dmp1, private.dmq1, private.iqmp]
        case ed25519.Ed25519PrivateKey():
            return [key.private_bytes_raw()]
        case _:
            raise AssertionError(type(key))
    return [number.to_bytes((number.bit_length() + 7) // 8, "big") for number in numbers]


def clothes(key_der: bytes) -> Iterator[bytes]:
    """What to look for: binary, reversed, hex in both cases, base64 at each alignment, and PEM lines."""
    key = load_der_private_key(key_der, password=None)
    yield from (key_der, key_der.hex().encode(), base64.b64encode(key_der))
    for secret in scalars(key):
        for piece in (secret[:PIECE], secret[-PIECE:]):
            yield from (piece, piece[::-1], piece.hex().encode(), piece.hex().upper().encode())
            for shift in range(3):
                yield base64.b64encode(bytes(shift) + piece)[4:20]
                yield base64.urlsafe_b64encode(bytes(shift) + piece)[4:20]
    for form in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL):
        if form is PrivateFormat.PKCS8 or not isinstance(key, ed25519.Ed25519PrivateKey):
            yield from key.private_bytes(Encoding.PEM, form, NoEncryption()).splitlines()[2:-2]
    yield b"PRIVATE KEY"


def hits(folder: Path, patterns: list[bytes]) -> list[tuple[str, bytes]]:
    files = {file.name: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    return [(name, pattern) for name, data in files.items() for pattern in patterns if pattern in data]


@pytest.mark.parametrize("name", ["RSA-2048", "ECDSA-P256", "ECDSA-P384", "ECDSA-P521", "Ed25519"])
def test_kms_07_no_private_key_bytes_in_keystore_wal_or_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
):
    home, scratch = tmp_path / "home", tmp_path / "scratch"
    home.mkdir()
    scratch.mkdir()
    for variable in ("TMPDIR", "SQLITE_TMPDIR"):
        monkeypatch.setenv(variable, str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    store = keystore(home)
    signer = EmbeddedSigner("embedded", store, clock=HandClock())
    key_type = KEY_TYPES[name]
    ref = signer.generate(key_type, "canary")
    signer.sign(ref, b"x", key_type.signature, "op")
    secret = store.open(store.find(RecordKind.PRIVATE_KEY, "canary"))
    patterns = list(clothes(secret))

    assert {file.name for file in home.iterdir()} >= {"keystore.db", "keystore.db-wal", "keystore.db-shm"}
    assert hits(tmp_path, patterns) == []
    signer.destroy(ref)
    store.close()
    assert hits(tmp_path, patterns) == []

    (scratch / "leak").write_bytes(b"a line\n" + base64.b64encode(secret))
    (home / "leak").write_bytes(secret)
    assert {file for file, _ in hits(tmp_path, patterns)} == {"leak"}, "the search itself is blind"


def test_kms_07_a_signer_and_its_keystore_do_not_print_secrets(tmp_path: Path):
    store = keystore(tmp_path)
    secret = store.secret("database", create=True)
    signer = EmbeddedSigner("embedded", store, clock=HandClock())
    signer.public_key(signer.generate(KEY_TYPES["Ed25519"], "a"))
    shown = repr((store, signer, store.find(RecordKind.SECRET, "database"), signer._opened)).encode()
    key = store.open(store.find(RecordKind.PRIVATE_KEY, "a"))
    assert not [piece for piece in (secret, key[-32:]) if piece in shown or piece.hex().encode() in shown]
