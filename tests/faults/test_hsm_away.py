"""The token of an HSM is gone while CAs have their keys in it: these wait, others go on, and all heals by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from tests.faults.fault_log import Fault, FaultLog
from tests.faults.parts import BOUND, Client, require_away, until
from tests.services import softhsm2
from tests.services.installation import Installation, administrator_token
from tests.services.softhsm2 import SoftHsm

LABEL, HSM_CA = "faults", "HSM CA"


@dataclass
class House:
    """An installation with one CA key in the embedded keystore and another in a token."""

    hsm: SoftHsm
    installation: Installation

    def remove_token(self) -> None:
        self.hsm.tokens.rename(self.hsm.folder / "removed")

    def insert_token(self) -> None:
        (self.hsm.folder / "removed").rename(self.hsm.tokens)


@pytest.fixture
def house(tmp_path: Path) -> House:
    hsm = SoftHsm(tmp_path / "softhsm2")
    hsm.prepare()
    hsm.make_token(LABEL)
    pin = str(softhsm2.pin_file(tmp_path))
    token = {"name": "hsm", "kind": "pkcs11", "module": str(softhsm2.require_module()), "token_label": LABEL}
    backends = [{"name": "embedded", "kind": "embedded"}, {**token, "pin_file": pin}]
    settings = {"PKIM_KEY_BACKENDS": json.dumps(backends), "SOFTHSM2_CONF": str(hsm.configuration)}
    installation = Installation(tmp_path, settings)
    installation.run("init")
    names = ("--name", HSM_CA, "--subject", f"CN={HSM_CA}", "--parent", "Root CA", "--backend", "hsm")
    installation.run("ca", "create", *names)
    return House(hsm, installation)


@pytest.fixture
def client(house: House) -> Iterator[Client]:
    with house.installation.serving() as server:
        made = Client(server, administrator_token(house.installation))
        until(made.has_status)
        yield made
        made.close()


def read_state(client: Client) -> str:
    state: str = client.get("/backends/hsm").json()["state"]
    return state


def test_a_removed_token_stops_its_own_cas_only_and_they_come_back_by_themselves(
    house: House, client: Client, fault_log: FaultLog
) -> None:
    assert client.ask(HSM_CA).status_code == 201
    house.remove_token()
    until(lambda: client.ask(HSM_CA).status_code != 201)
    require_away(client.ask(HSM_CA), "backend_unavailable")
    assert client.ask().status_code == 201
    assert client.has_status()
    until(lambda: read_state(client) == "unavailable")
    house.insert_token()
    until(lambda: client.ask(HSM_CA).status_code == 201)
    until(lambda: read_state(client) == "available")
    client.require_healed()
    fault_log.conclude(Fault.HSM_AWAY, house.installation, client.records, repetitions=1)


def test_a_server_starts_without_the_token_and_serves_the_other_cas(house: House, fault_log: FaultLog) -> None:
    house.remove_token()
    with house.installation.serving() as server:
        client = Client(server, administrator_token(house.installation))
        client.require_healed()
        require_away(client.ask(HSM_CA), "backend_unavailable")
        ca = client.get(f"/cas/{HSM_CA}").json()["id"]
        assert httpx2.get(f"{server.status}/ca/{ca}.cer", timeout=BOUND).status_code == 200
        house.insert_token()
        until(lambda: client.ask(HSM_CA).status_code == 201)
        client.close()
    fault_log.conclude(Fault.HSM_AWAY, house.installation, client.records, repetitions=1)
