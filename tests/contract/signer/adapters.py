"""The key backends that the signer contract runs on. A new adapter is a row in ADAPTERS."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from pki_manager.domain.algorithms import KEY_TYPES
from pki_manager.domain.errors import PkiError
from pki_manager.ports.signer import KeyRef, Signer
from pki_manager.signers.cosmian.signer import open_cosmian
from pki_manager.signers.embedded.keystore import Keystore
from pki_manager.signers.embedded.keystore_file import create_keystore, open_keystore
from pki_manager.signers.embedded.master_key import KeyFile, create_key_file
from pki_manager.signers.embedded.signer import EmbeddedSigner
from pki_manager.signers.options import CosmianOptions
from pki_manager.signers.pkcs11.signer import open_pkcs11 as open_token
from pki_manager.system import SystemClock, SystemEntropy
from tests.fakes.signer import FakeSigner
from tests.services import softhsm2


@dataclass(frozen=True)
class Adapter:
    """`open` gives a backend over whatever lies in the folder, making it first where nothing does.

    `durable`: the keys outlive the backend object and other processes see them. `service`: the fixture that gives the
    folder, where there is more behind it than files.
    """

    name: str
    open: Callable[[Path], Signer]
    durable: bool
    service: str | None = None

    @property
    def param(self) -> ParameterSet:
        return pytest.param(self.name, marks=getattr(pytest.mark, self.service) if self.service else ())


def open_keystore_in(home: Path) -> Keystore:
    source, entropy = KeyFile(home / "master.key"), SystemEntropy()
    create_key_file(source.path, entropy)
    create_keystore(home / "keystore.db", source, entropy=entropy)
    return open_keystore(home / "keystore.db", source, clock=SystemClock(), entropy=entropy)


def open_embedded(home: Path) -> Signer:
    return EmbeddedSigner("embedded", open_keystore_in(home), clock=SystemClock())


def open_pkcs11(home: Path) -> Signer:
    """A token of its own in the SoftHSM2 of this run, its records in a keystore of the folder."""
    hsm = softhsm2.of_this_process(home / "softhsm2")
    label = f"contract-{hashlib.sha256(str(home).encode()).hexdigest()[:16]}"
    if not (home / "pin").exists():
        hsm.make_token(label)
    return open_token(softhsm2.options("pkcs11", label, home), open_keystore_in(home), home=home, clock=SystemClock())


def open_cosmian_here(home: Path) -> Signer:
    """The backend that `cosmian_home` has described: with both identities, over mutual TLS."""
    options = CosmianOptions.model_validate_json((home / "options.json").read_text())
    return open_cosmian(options, clock=SystemClock())


ADAPTERS = {
    row.name: row
    for row in (
        Adapter("embedded", open_embedded, durable=True),
        Adapter("pkcs11", open_pkcs11, durable=True),
        Adapter("cosmian", open_cosmian_here, durable=True, service="kms"),
        Adapter("fake", lambda home: FakeSigner(), durable=False),
    )
}


def generate_there(adapter: str, home: Path, key_type: str, key_id: str) -> bytes:
    """Run by another process: make or find the key; its SPKI."""
    with closing(ADAPTERS[adapter].open(home)) as signer:
        return signer.get_public_key(signer.generate(KEY_TYPES[key_type], key_id))


def sign_there(adapter: str, home: Path, key_type: str, key_id: str, data: bytes) -> bytes:
    """Run by another process: a signature of a key that exists."""
    with closing(ADAPTERS[adapter].open(home)) as signer:
        return signer.sign(KeyRef(signer.name, key_id), data, KEY_TYPES[key_type].signature, "elsewhere")


def destroy_there(adapter: str, home: Path, key_id: str) -> str | None:
    """Run by another process: destroy; the code of the error, if any."""
    with closing(ADAPTERS[adapter].open(home)) as signer:
        try:
            signer.destroy(KeyRef(signer.name, key_id))
        except PkiError as error:
            return error.code
    return None
