"""ACME: complete orders per second, each with its own http-01 validation, compared with step-ca."""

from __future__ import annotations

import base64
import json
import multiprocessing
import time
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

from bench import peers
from bench.acme_client import Binding, Client, Responder
from bench.issue import database
from bench.load import SECONDS, median, note, ratio, scratch
from bench.product import RULES_PROFILE, Product, free_port

CLIENTS = 8
"""Number of clients. Each is a process with its own account, connection, and loopback address."""


def main() -> None:
    """Measure both engines with one and two processes and the built-in rules, each order with a new validation."""
    rates: list[float] = []
    for engine in ("SQLCipher", "PostgreSQL"):
        with scratch() as folder, database(engine) as database_settings:
            if database_settings is None:
                note("PostgreSQL is not installed: its lines are missing")
                continue
            port = free_port()
            product = Product(folder, database_settings | settings(port))
            key = ("acme", "eab", "create", "--name", "bench", "--expires", "P1D", "--output", "json")
            made = json.loads(product.pkim(*key))
            binding = Binding(made["id"], base64.urlsafe_b64decode(made["hmac_key"] + "=="))
            for workers in (1, 2):
                with product.serving(workers=workers) as at:
                    directory = f"{at.management}/acme/Issuing%20CA/{RULES_PROFILE}/directory"
                    measure = f"ACME, {engine}, {workers} process(es)"
                    rates.append(orders("pki-manager", measure, directory, port, binding))
    ratio("ACME orders / step-ca", max(rates), peers.step_ca_acme(orders), "1.0")


def settings(port: int) -> dict[str, str]:
    """Settings of a server whose clients prove loopback addresses by http-01 at that port, each for an hour."""
    return {
        "PKIM_ACME_NETWORKS": "127.0.0.0/8",
        "PKIM_ACME_HTTP_PORT": str(port),
        "PKIM_ACME_AUTHORIZATION_VALIDITY": "PT1H",
    }


def orders(product: str, measure: str, directory: str, port: int, binding: Binding | None) -> float:
    return median(product, measure, "orders/s", lambda: load_once(directory, port, binding))


def load_once(directory: str, port: int, binding: Binding | None) -> float:
    """Return the orders per second of one load."""
    context = multiprocessing.get_context("spawn")
    told: Queue[tuple[int, float]] = context.Queue()
    start = context.Barrier(CLIENTS)
    clients = [
        context.Process(target=_client, args=(directory, f"127.0.1.{number + 1}", port, binding, start, told))
        for number in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    counted = [told.get(timeout=SECONDS + 60) for _ in clients]
    for client in clients:
        client.join(10)
    return sum(count / seconds for count, seconds in counted)


def _client(
    directory: str, address: str, port: int, binding: Binding | None, start: Barrier, told: Queue[tuple[int, float]]
) -> None:
    client = Client(directory, address, binding)
    Responder(address, port, client.thumbprint)
    csr, count = client.csr(), 0
    start.wait(60)
    began = time.monotonic()
    while (seconds := time.monotonic() - began) < SECONDS:
        client.order(csr)
        count += 1
    told.put((count, seconds))


if __name__ == "__main__":
    main()
