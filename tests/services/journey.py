"""The way from a package to a revocation that another machine sees, as a person types it, with its commands counted.

A `Journey` runs commands on the machines of a `network` and keeps each with its time. `travel` takes PKI Manager.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from tests.services.network import Machine

SERVER, CLIENT, RELYING = "pki.example.com", "a.example.com", "b.example.com"
ADDRESSES = {SERVER: "10.77.0.1", CLIENT: "10.77.0.2", RELYING: "10.77.0.3"}
STAGES = (
    "Install on the server",
    "Create the CA",
    "Serve it",
    "Admit ACME clients",
    "Trust the root on A",
    "Sign-in page on A without a warning",
    "Certificate on A by ACME http-01",
    "Revoke it on A",
    "Trust the root on B",
    "B sees the revocation by OCSP",
    "B sees the revocation by CRL",
)
_WAIT_SECONDS = 60


@dataclass(frozen=True)
class Step:
    """A command that a person types, and how many seconds it took."""

    stage: str
    machine: str
    line: str
    seconds: float

    @property
    def commands(self) -> int:
        """How many commands the line has. Those inside of `$(…)` are a part of theirs."""
        return len(self.line.split(" && ")) if self.line else 0


@dataclass
class Journey:
    """What was typed, in order. `missing` are the stages that the product does not have, with the reason."""

    product: str
    machines: dict[str, Machine]
    steps: list[Step] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)

    def enter(self, stage: str, machine: str, line: str) -> str:
        """Run a command and keep it. Its standard output. A failure fails the test."""
        started = time.monotonic()
        shown = self.machines[machine].run(line)
        self.steps.append(Step(stage, machine, line, time.monotonic() - started))
        return shown

    def start(self, stage: str, line: str, program: str, url: str) -> None:
        """Run `program` on the server for the command `line` of a service manager, until `url` answers."""
        started = time.monotonic()
        server = self.machines[SERVER]
        server.run(f"setsid {program} > /var/log/served.log 2>&1 &")
        ready = f"curl -sk -o /dev/null {url}"
        while server.call(ready).returncode != 0:
            assert time.monotonic() - started < _WAIT_SECONDS, server.run("cat /var/log/served.log")
            time.sleep(0.05)
        self.steps.append(Step(stage, SERVER, line, time.monotonic() - started))

    def await_output(self, stage: str, line: str, expected: str) -> None:
        """Run a command on the relying machine until it shows that, as a person repeats it; it is kept once."""
        started = time.monotonic()
        while True:
            done = self.machines[RELYING].call(line)
            shown = done.stdout + done.stderr
            if expected in shown:
                break
            assert time.monotonic() - started < _WAIT_SECONDS, f"{line}\n{shown}"
            time.sleep(0.1)
        self.steps.append(Step(stage, RELYING, line, time.monotonic() - started))

    def check(self, stage: str, machine: str, line: str, expected: str) -> None:
        """Fail the test unless the command shows that. A browser is opened with a click, so nothing is counted."""
        started = time.monotonic()
        done = self.machines[machine].call(line)
        assert expected in done.stdout, f"{machine}: {line}\nexit {done.returncode}\n{done.stdout}\n{done.stderr}"
        self.steps.append(Step(stage, machine, "", time.monotonic() - started))


def summarize(journeys: Sequence[Journey]) -> str:
    """Return a table: for each stage the commands and the seconds of each product. Then what was typed."""
    columns = (f"{journey.product}: {unit}" for journey in journeys for unit in ("commands", "seconds"))
    rows = [["Stage", *columns], ["---"] * (1 + 2 * len(journeys))]
    for stage in (*STAGES, "All"):
        cells = (_cells(journey, stage) for journey in journeys)
        rows.append([stage, *chain.from_iterable(cells)])
    typed = [
        f"{journey.product}, {step.machine}: {step.line}" for journey in journeys for step in journey.steps if step.line
    ]
    return "\n".join([*(f"| {' | '.join(row)} |" for row in rows), "", *typed])


def _cells(journey: Journey, stage: str) -> list[str]:
    steps = [step for step in journey.steps if stage in (step.stage, "All")]
    if not steps:
        return ["-", journey.missing[stage]]
    return [str(sum(step.commands for step in steps)), f"{sum(step.seconds for step in steps):.1f}"]


_LIVE = f"/etc/letsencrypt/live/{CLIENT}"
_ISSUING = "Example Ltd Issuing CA"
_TLS, _STATUS = f"https://{SERVER}:8443", f"http://{SERVER}:8081"
_PAGE = f"chromium --headless --no-sandbox --disable-gpu --virtual-time-budget=20000 --dump-dom {_TLS}/"
_SERVICE = "runuser -u pki-manager -- env PKIM_HOME=/var/lib/pki-manager/home /usr/lib/pki-manager/bin/pkim serve"


def travel(machines: dict[str, Machine], package: Path) -> Journey:
    """Take PKI Manager from its Debian package to a revocation that another machine sees."""
    journey = Journey("PKI Manager", machines)
    fingerprint, key = _serve(journey, package)
    _trust(journey, package, fingerprint)
    url = f"{_TLS}/acme/{_ISSUING.replace(' ', '%20')}/tls-server/directory"
    order(journey, url, f"--eab-kid {key['id']} --eab-hmac-key={key['hmac_key']}")
    get = f"curl -fsS {_STATUS}/root.pem -o root.pem"
    shown = trust_on_relying(journey, get)
    assert fingerprint in shown
    ocsp = "openssl ocsp -CAfile root.pem -issuer chain.pem -cert cert.pem"
    ocsp = f'{ocsp} -url "$(openssl x509 -in cert.pem -noout -ocsp_uri)"'
    assert "cert.pem: good" in journey.machines[RELYING].run(ocsp)
    revoke(journey, url)
    journey.await_output("B sees the revocation by OCSP", ocsp, "cert.pem: revoked")
    place = "$(openssl x509 -in cert.pem -noout -text | sed -n '/CRL Distribution/,/URI/s/.*URI://p')"
    verify = "openssl verify -CAfile root.pem -untrusted chain.pem -crl_check -CRLfile ca.crl cert.pem"
    line = f'curl -fsS "{place}" -o ca.crl && {verify}'
    journey.await_output("B sees the revocation by CRL", line, "certificate revoked")
    return journey


def _serve(journey: Journey, package: Path) -> tuple[str, dict[str, str]]:
    """Return the fingerprint of the root, and the EAB key with its `id` and `hmac_key`."""
    server = journey.machines[SERVER]
    server.copy(package, "pki-manager.deb")
    journey.enter("Install on the server", SERVER, "apt-get install -y ./pki-manager.deb")
    created = journey.enter(
        "Create the CA", SERVER, f'pkim init --organization "Example Ltd" --network --host {SERVER}'
    )
    journey.start("Serve it", "systemctl start pki-manager", _SERVICE, f"{_TLS}/readyz")
    limits = f'--ca "{_ISSUING}" --profile tls-server --name-pattern DNS:example.com'
    shown = journey.enter("Admit ACME clients", SERVER, f"pkim acme eab create --name web --expires P1Y {limits}")
    words = [line.split() for line in created.splitlines()]
    [fingerprint] = [line[-1] for line in words if line[:3] == ["Example", "Ltd", "Root"]]
    return fingerprint, {line.split()[0]: line.split()[-1] for line in shown.splitlines() if line.strip()}


def _trust(journey: Journey, package: Path, fingerprint: str) -> None:
    client = journey.machines[CLIENT]
    assert 'type="password"' not in client.call(_PAGE).stdout, "the browser trusted the server before the root"
    client.copy(package, "pki-manager.deb")
    stage = "Trust the root on A"
    journey.enter(stage, CLIENT, "apt-get install -y ./pki-manager.deb")
    journey.enter(stage, CLIENT, f"pkim trust fetch --url {_STATUS} --fingerprint {fingerprint} --out root.pem")
    journey.enter(stage, CLIENT, "pkim trust install root.pem")
    page = "Sign-in page on A without a warning"
    journey.check(page, CLIENT, _PAGE, 'type="password"')
    journey.check(page, CLIENT, f"curl -sS -H 'Accept: text/html' {_TLS}/", '<div id="root">')


def order(journey: Journey, directory: str, binding: str) -> None:
    """Get a certificate for the client with certbot, and give it to the relying machine."""
    account = f"--agree-tos -m ops@example.com {binding}".strip()
    certbot = f"certbot certonly -n {account} --server {directory} --standalone -d {CLIENT}"
    journey.enter("Certificate on A by ACME http-01", CLIENT, certbot)
    for name in ("cert.pem", "chain.pem"):
        text = journey.machines[CLIENT].run(f"cat {_LIVE}/{name}")
        journey.machines[RELYING].run(f"cat > {name} <<'END'\n{text}\nEND")


def trust_on_relying(journey: Journey, get: str) -> str:
    """Fetch the root as root.pem by that command; its SHA-256 fingerprint, in hexadecimal digits."""
    line = f"{get} && openssl x509 -in root.pem -noout -fingerprint -sha256"
    shown = journey.enter("Trust the root on B", RELYING, line)
    return shown.partition("=")[2].strip().replace(":", "").lower()


def revoke(journey: Journey, directory: str) -> None:
    """Revoke the certificate of the client with certbot."""
    line = f"certbot revoke -n --server {directory} --cert-path {_LIVE}/cert.pem --reason keycompromise"
    journey.enter("Revoke it on A", CLIENT, f"{line} --no-delete-after-revoke")
