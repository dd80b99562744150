"""A token and a backend on it, for each test: real SoftHSM2."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from pki_manager.domain.algorithms import KEY_TYPES
from pki_manager.signers.embedded.keystore import Keystore
from pki_manager.signers.pkcs11.signer import Pkcs11Signer, open_pkcs11
from pki_manager.system import SystemClock
from tests.services import softhsm2
from tests.services.softhsm2 import SoftHsm
from tests.support.keystores import keystore

P256 = KEY_TYPES["ECDSA-P256"]


@dataclass
class Bench:
    """One token, a folder with PIN file and keystore, and backends on them."""

    hsm: SoftHsm
    home: Path
    label: str = field(default_factory=lambda: f"t-{uuid4().hex[:20]}")

    @property
    def pin_file(self) -> Path:
        return self.home / "pin"

    @property
    def store(self) -> Keystore:
        return keystore(self.home)

    def open(self, *, pin: str = softhsm2.PIN, name: str = "hsm", **more: Any) -> Pkcs11Signer:
        """A backend as a process that has just started would have it, the PIN file written anew."""
        options = softhsm2.options(name, self.label, self.home, **more)
        self.pin_file.write_text(f"{pin}\n")
        return open_pkcs11(options, self.store, home=self.home, clock=SystemClock())

    def tool(self, *arguments: str) -> str:
        return self.hsm.tool(self.label, *arguments)

    def make_pair(self, key_id: str, label: str, *more: str) -> None:
        """A P-256 pair, by another program."""
        name = ("--id", key_id.encode().hex(), "--label", label)
        self.tool("--keypairgen", "--key-type", "EC:prime256v1", *name, *more)


@pytest.fixture
def bench(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    made = Bench(softhsm2.of_this_process(tmp_path_factory.getbasetemp() / "softhsm2"), tmp_path)
    made.hsm.make_token(made.label)
    return made
