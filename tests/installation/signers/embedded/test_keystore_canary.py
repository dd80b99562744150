"""KMS-07: no private key, in whatever clothes, in any file that the keystore leaves."""

from __future__ import annotations

import base64
import tempfile
from pathlib import Path

import pytest

from pki_manager.domain.algorithms import KEY_TYPES, Use, list_signing_key_types
from pki_manager.signers.embedded import keys
from pki_manager.signers.embedded.keystore import RecordKind
from pki_manager.signers.embedded.signer import EmbeddedSigner
from tests.support.canary import clothes, hits
from tests.support.keystores import HandClock, keystore


@pytest.mark.parametrize("imported", [False, True], ids=["made here", "imported"])
@pytest.mark.parametrize(
    "name", [name for name in list_signing_key_types(Use.CA) if name not in ("RSA-3072", "RSA-4096")]
)
def test_kms_07_no_private_key_bytes_in_keystore_wal_or_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, imported: bool
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
    if imported:
        ref = signer.import_key(key_type, "canary", keys.to_pkcs8(keys.generate(key_type)))
    else:
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
    signer.get_public_key(signer.generate(KEY_TYPES["Ed25519"], "a"))
    shown = repr((store, signer, store.find(RecordKind.SECRET, "database"), signer._opened)).encode()
    key = store.open(store.find(RecordKind.PRIVATE_KEY, "a"))
    assert not [piece for piece in (secret, key[-32:]) if piece in shown or piece.hex().encode() in shown]
