"""From a package to a trusted certificate, and its revocation, on other machines: PKI Manager and step-ca in one run.

The machines are namespaces, and need root. `tests/services/journey.py` has the commands of PKI Manager.
"""

from __future__ import annotations

import os
import subprocess
import sys

from bench.load import note, peer_binary, scratch
from bench.product import ROOT
from tests.services.journey import (
    ADDRESSES,
    CLIENT,
    SERVER,
    Journey,
    order,
    revoke,
    summarize,
    travel,
    trust_on_relying,
)
from tests.services.network import network

_URL = f"https://{SERVER}:8443"
_ABSENT = "not offered"


def main() -> None:
    """Print the table of both products. A product that is not installed is named in a note."""
    if os.geteuid() != 0:
        note("journey: only root can make network namespaces")
        return
    journeys = [_travel_ours()]
    peer = _travel_step_ca()
    print(summarize([*journeys, *([] if peer is None else [peer])]), flush=True)


def _travel_ours() -> Journey:
    subprocess.run(["make", "web"], cwd=ROOT, check=True, capture_output=True)
    with scratch() as folder:
        release = folder / "release"
        subprocess.run([sys.executable, "-m", "tools.release", "--debian", release], cwd=ROOT, check=True)
        [package] = release.glob("*.deb")
        with network(ADDRESSES) as machines:
            return travel(machines, package)


def _travel_step_ca() -> Journey | None:
    programs = [peer_binary("step"), peer_binary("step-ca")]
    if None in programs:
        note("step-ca is not installed: its columns are missing")
        return None
    with network(ADDRESSES) as machines:
        for program in programs:
            assert program is not None
            for name in (SERVER, CLIENT):
                machines[name].copy(program, program.name)
        journey = Journey("step-ca", machines)
        fingerprint = _serve(journey)
        stage = "Trust the root on A"
        journey.enter(stage, CLIENT, "install step /usr/local/bin/")
        journey.enter(stage, CLIENT, f"step ca bootstrap --ca-url {_URL} --fingerprint {fingerprint} --install")
        journey.missing["Sign-in page on A without a warning"] = _ABSENT
        directory = f"{_URL}/acme/acme/directory"
        order(journey, directory, "")
        if trust_on_relying(journey, f"curl -fsSk {_URL}/roots.pem -o root.pem") != fingerprint:
            raise SystemExit("step-ca: the root on B is another one")
        revoke(journey, directory)
        journey.missing["B sees the revocation by OCSP"] = _ABSENT
        # Its certificates have no CRL distribution point and its CRL has one, so that `openssl verify` reports
        # "different CRL scope". The serial number is looked up in its place.
        serial = "$(openssl x509 -in cert.pem -noout -serial | cut -d= -f2)"
        look = f'openssl crl -in ca.crl -inform DER -noout -text | grep -A 4 "{serial}"'
        line = f"curl -fsS http://{SERVER}:8081/crl -o ca.crl && {look}"
        journey.await_output("B sees the revocation by CRL", line, "Key Compromise")
        return journey


def _serve(journey: Journey) -> str:
    """Return the SHA-256 fingerprint of the root. The CRL is off by default, so its settings are a command.

    They come last: this `step` removes settings of `step-ca` that it does not know when it adds a provisioner.
    """
    stage = "Install on the server"
    journey.enter(stage, SERVER, "install step step-ca /usr/local/bin/")
    stage = "Create the CA"
    options = f"--deployment-type=standalone --dns={SERVER} --address=:8443 --provisioner=admin"
    journey.enter(
        stage,
        SERVER,
        f'openssl rand -base64 24 > password && step ca init --name="Example Ltd" {options} --password-file=password',
    )
    config = ".step/config/ca.json"
    journey.enter("Admit ACME clients", SERVER, f"step ca provisioner add acme --type ACME --ca-config {config}")
    settings = '.crl = {enabled: true, generateOnRevoke: true} | .insecureAddress = ":8081"'
    journey.enter(stage, SERVER, f"jq '{settings}' {config} > ca.json && mv ca.json {config}")
    program = "step-ca .step/config/ca.json --password-file=password"
    journey.start("Serve it", "systemctl start step-ca", program, f"{_URL}/health")
    shown = journey.machines[SERVER].run("step certificate fingerprint .step/certs/root_ca.crt")
    return shown.strip()
