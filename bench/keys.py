"""Issuance with CA keys in a PKCS #11 token, compared with the embedded keystore and with the token alone."""

from __future__ import annotations

import json
from pathlib import Path

from bench.issue import rate
from bench.load import note, ratio, scratch
from bench.product import RULES_PROFILE, Product
from bench.signing import sign_rate
from pki_manager.signers.embedded.keystore_file import create_keystore, open_keystore
from pki_manager.signers.embedded.master_key import KeyFile, create_key_file
from pki_manager.signers.pkcs11.signer import open_pkcs11
from pki_manager.system import SystemClock, SystemEntropy
from tests.services import softhsm2

LABEL = "bench"


def main() -> None:
    """Measure P-256 with 16 clients and the built-in rules, and SoftHSM2 alone with 16 threads in this process."""
    if softhsm2.module() is None:
        note("SoftHSM2 is not installed: its lines are missing")
        return
    with scratch() as folder:
        embedded = _issue(folder, "embedded", {})
        hsm = softhsm2.of_this_process(folder / "softhsm2")
        hsm.make_token(LABEL)
        options = softhsm2.options("hsm", LABEL, folder)
        backends = [{"name": "embedded", "kind": "embedded"}, options.model_dump(mode="json", exclude_unset=True)]
        settings = {"PKIM_KEY_BACKENDS": json.dumps(backends), "PKIM_DEFAULT_KEY_BACKEND": "hsm"}
        settings["SOFTHSM2_CONF"] = str(hsm.configuration)
        in_token = _issue(folder, "SoftHSM2", settings)
        alone = _sign(folder)
    ratio("issue, keys in SoftHSM2 / its own sign rate", in_token, alone, "0.7")
    ratio("issue, keys in SoftHSM2 / embedded", in_token, embedded, "0.9")


def _issue(folder: Path, where: str, settings: dict[str, str]) -> float:
    home = folder / where
    home.mkdir()
    with Product(home, settings).serving() as at:
        return rate(at, home, RULES_PROFILE, f"SQLCipher, 1 process(es), keys: {where}")


def _sign(folder: Path) -> float:
    """Return the signatures per second for messages of the size of a certificate."""
    clock, entropy, source = SystemClock(), SystemEntropy(), KeyFile(folder / "sign.key")
    create_key_file(source.path, entropy)
    create_keystore(folder / "sign.db", source, entropy=entropy)
    keystore = open_keystore(folder / "sign.db", source, clock=clock, entropy=entropy)
    signer = open_pkcs11(softhsm2.options("alone", LABEL, folder), keystore, home=folder, clock=clock)
    try:
        return sign_rate("SoftHSM2", signer)
    finally:
        signer.close()
        keystore.close()


if __name__ == "__main__":
    main()
