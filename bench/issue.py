"""Issuance through REST: certificates per second, each linted, signed, audited, and on disk."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from bench import material, peers
from bench.load import median, note, post_rate, ratio, scratch
from bench.product import CA, RULES_PROFILE, Addresses, Product
from tests.services.postgresql import binaries, postgresql_server

PROFILES = {"rules": RULES_PROFILE, "full": "tls-server"}


def main() -> None:
    """Measure both engines, one and two processes, built-in rules and pkilint for all; compare step-ca and cfssl."""
    ours: dict[tuple[str, int, str], float] = {}
    for engine in ("SQLCipher", "PostgreSQL"):
        with scratch() as folder, database(engine) as settings:
            if settings is None:
                note("PostgreSQL is not installed: its lines are missing")
                continue
            product = Product(folder, settings)
            for workers in (1, 2):
                with product.serving(workers=workers) as at:
                    for depth, profile in PROFILES.items():
                        ours[engine, workers, depth] = rate(
                            at, folder, profile, f"{engine}, {workers} process(es), lint {depth}"
                        )
    step_ca = peers.step_ca_issue()
    with_sqlite, storing_nothing = peers.cfssl_issue()
    best = max(rate for (_, _, depth), rate in ours.items() if depth == "rules")
    ratio("issue, lint rules / step-ca", best, step_ca, "1.0")
    ratio("issue, lint rules / cfssl with SQLite", best, with_sqlite, "2.0")
    ratio("issue, lint rules / cfssl storing nothing", best, storing_nothing, "0.5")


@contextlib.contextmanager
def database(engine: str) -> Iterator[dict[str, str] | None]:
    """Return the settings that choose a database. None if it is not installed."""
    if engine == "SQLCipher":
        yield {}
    elif binaries() is None:
        yield None
    else:
        with postgresql_server() as server:
            yield {"PKIM_DATABASE_URL": server.url(server.create_database())}


def bodies(folder: Path, profile: str, count: int = 500) -> Path:
    path = folder / f"bodies-{profile}"
    lines = (json.dumps({"ca": CA, "profile": profile, "csr": csr}) for _, csr in material.csrs(count))
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def rate(at: Addresses, folder: Path, profile: str, measure: str) -> float:
    """Measure the rate after checking one response."""
    path = bodies(folder, profile)
    made = at.call("POST", "/certificates", json.loads(path.read_text().splitlines()[0]))
    assert made["state"] == "valid", made
    url = f"{at.management}/api/v1/certificates"
    return median("pki-manager", f"issue, {measure}", "certificates/s", lambda: post_rate(url, path, at.authorization))


if __name__ == "__main__":
    main()
