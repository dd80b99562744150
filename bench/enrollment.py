"""EST and SCEP beside REST: certificates per second, and the server's CPU time for each, over the same TLS listener."""

from __future__ import annotations

import base64
import json
import ssl
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPSConnection
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import load_der_pkcs7_certificates

from bench import material
from bench.cpu import await_rest, cpu_seconds
from bench.load import RUNS, SECONDS, ratio, report, scratch
from bench.product import CA, RULES_PROFILE, Addresses, Product
from tests.support.scep_messages import Message, client_key, csr_with, enveloped, read_answer, self_signed

CLIENTS = 8
"""Number of clients, each with one connection that stays open."""

COUNT = 40 * SECONDS
"""Requests of each protocol in a round. Each request is sent once, because a repeated one issues nothing."""

_HOST = "host0.bench.example"
_OK = frozenset({200, 201})


@dataclass(frozen=True)
class Load:
    """Requests of one protocol. `is_issued` says whether a response contains a certificate."""

    path: str
    headers: Mapping[str, str]
    bodies: Sequence[bytes]
    is_issued: Callable[[bytes], bool]


class Cost(NamedTuple):
    """Certificates per second, and CPU microseconds of the server for each."""

    rate: float
    microseconds: float


def main() -> None:
    """Measure the protocols in turns, so that the load of the machine is the same for all."""
    with scratch() as folder:
        product = Product(folder)
        devices = folder / "devices"
        devices.write_text(f"{_HOST}\n")
        est = _create_credential(product, "est")
        scep = _create_credential(product, "scep", "--devices", str(devices))
        costs: dict[str, list[Cost]] = {}
        with product.serving() as at:
            for _ in range(RUNS):
                for name, load in _prepare(product, at, est, scep).items():
                    costs.setdefault(name, []).append(_measure(product, at, load))
        medians = {name: _report(name, found) for name, found in costs.items()}
        rest = medians.pop("REST issuance")
        for name, cost in medians.items():
            ratio(f"{name} / REST issuance", cost.rate, rest.rate, "0.5")
            ratio(f"{name} / REST issuance, by CPU", rest.microseconds, cost.microseconds, "0.5")


def _create_credential(product: Product, protocol: str, *more: str) -> dict[str, str]:
    names = ("--ca", CA, "--profile", RULES_PROFILE, "--name", f"bench {protocol}")
    said = product.pkim(
        "credential", "create", "--protocol", protocol, *names, "--expires", "P1D", *more, "--output", "json"
    )
    made: dict[str, str] = json.loads(said)
    return made


def _prepare(product: Product, at: Addresses, est: Mapping[str, str], scep: Mapping[str, str]) -> dict[str, Load]:
    requests = [x509.load_pem_x509_csr(csr.encode()) for _, csr in material.csrs(2 * COUNT)]
    texts = [base64.b64encode(one.public_bytes(Encoding.DER)) for one in requests]
    rest = [json.dumps({"ca": CA, "profile": RULES_PROFILE, "csr": text.decode()}).encode() for text in texts[:COUNT]]
    basic = base64.b64encode(f"{est['user']}:{est['password']}".encode()).decode()
    scep_path = urlsplit(scep["url"]).path
    return {
        "REST issuance": Load(
            "/api/v1/certificates",
            {"Authorization": f"Bearer {at.token}", "Content-Type": "application/json"},
            rest,
            lambda body: json.loads(body)["state"] == "valid",
        ),
        "EST simpleenroll": Load(
            f"{urlsplit(est['url']).path}/simpleenroll",
            {"Authorization": f"Basic {basic}", "Content-Type": "application/pkcs10"},
            texts[COUNT:],
            lambda body: bool(load_der_pkcs7_certificates(base64.b64decode(body))),
        ),
        "SCEP PKIOperation": _prepare_scep(_connect(product), scep_path, scep["challenge"]),
    }


def _prepare_scep(connection: HTTPSConnection, path: str, challenge: str) -> Load:
    """Return the messages of a device that signs with a certificate of its own, each a transaction."""
    connection.request("GET", f"{path}?operation=GetCACert")
    found = load_der_pkcs7_certificates(connection.getresponse().read())
    ra = next(one for one in found if "SCEP RA" in one.subject.rfc4514_string())
    key, alternative = client_key(), x509.SubjectAlternativeName([x509.DNSName(_HOST)])
    own, content = self_signed(key, _HOST), enveloped(csr_with(key, _HOST, challenge, alternative), ra)
    began = time.time_ns()
    messages = [
        Message(content=content, message_type="19", key=key, certificate=own, transaction_id=f"bench-{began}-{number}")
        for number in range(COUNT)
    ]
    return Load(
        f"{path}?operation=PKIOperation",
        {"Content-Type": "application/x-pki-message"},
        [one.encoded() for one in messages],
        lambda body: read_answer(body, ra).status == "0",
    )


def _connect(product: Product) -> HTTPSConnection:
    """Return a connection to the TLS listener. Its certificate is not verified: the client is not measured."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return HTTPSConnection(product.environment["PKIM_TLS_BIND"], context=context, timeout=120)


def _measure(product: Product, at: Addresses, load: Load) -> Cost:
    """Send each request once. The CPU time is counted until the server is idle again."""
    await_rest(at.pid)
    before, began = cpu_seconds(at.pid), time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as pool:
        parts = [load.bodies[number::CLIENTS] for number in range(CLIENTS)]
        answers = [one for part in pool.map(lambda part: _send(product, load, part), parts) for one in part]
    seconds = time.monotonic() - began
    await_rest(at.pid)
    used = cpu_seconds(at.pid) - before
    refused = next((body for status, body in answers if status not in _OK or not load.is_issued(body)), None)
    if refused is not None:
        raise SystemExit(f"{quote(load.path)} issued no certificate: {refused[:300]!r}")
    return Cost(len(answers) / seconds, used / len(answers) * 1e6)


def _send(product: Product, load: Load, bodies: Sequence[bytes]) -> list[tuple[int, bytes]]:
    connection, answers = _connect(product), []
    for body in bodies:
        connection.request("POST", load.path, body, dict(load.headers))
        answer = connection.getresponse()
        answers.append((answer.status, answer.read()))
    connection.close()
    return answers


def _report(name: str, costs: Sequence[Cost]) -> Cost:
    """Print the medians of the rounds, and return them."""
    rate, microseconds = map(statistics.median, zip(*costs, strict=True))
    report("pki-manager", f"{name}, over TLS", rate, "certificates/s")
    report("pki-manager", f"{name}, CPU", microseconds, "us/certificate")
    return Cost(rate, microseconds)


if __name__ == "__main__":
    main()
