"""Reading at a million stored certificates: every kind of list, search, and count, and the dashboard."""

from __future__ import annotations

import time
from urllib.parse import quote

from bench.growth import fill
from bench.load import note, report, scratch
from bench.product import CA, RULES_PROFILE, Addresses, Product

_COUNT = 1_000_000
_REPEATS = 40
_LIMIT_MILLISECONDS = 50


def main() -> None:
    with scratch() as folder:
        product = Product(folder)
        fill(product, certificates=_COUNT)
        with product.serving() as at:
            measure(at)


def measure(at: Addresses) -> None:
    """Print p50 and p95 of each request. The names are those that `bench.fill` writes."""
    for name, path in _paths(at).items():
        times = sorted(_milliseconds(at, path) for _ in range(_REPEATS))
        report("pki-manager", f"{name} at {_COUNT:,} (p50)", times[_REPEATS // 2], "ms")
        slow = times[_REPEATS * 95 // 100]
        report("pki-manager", f"{name} at {_COUNT:,} (p95)", slow, "ms")
        if slow > _LIMIT_MILLISECONDS:
            note(f"{name}: above {_LIMIT_MILLISECONDS} ms")


def _paths(at: Addresses) -> dict[str, str]:
    ca = next(one["id"] for one in at.call("GET", "/cas")["items"] if one["name"] == CA)
    some = at.call("GET", "/certificates?limit=50")["items"][-1]
    name = some["subject"].split(",")[0].removeprefix("CN=")
    lists = {
        "list": "",
        "list of a CA": f"ca={ca}",
        "list of a profile": f"profile={RULES_PROFILE}",
        "list of valid": "state=valid",
        "list of expired": "state=expired",
        "list of revoked": "state=revoked",
        "search of a name": f"query={name}",
        "search of a name's beginning, many": "query=host-1",
        "search of a name's end, many": "query=team-7.example.com",
        "search of every name's end": "query=example.com",
        "search of nothing": "query=nothing-like-it",
        "search of a serial number": f"query={some['serial_number']}",
    }
    found = {label: f"/certificates?limit=50&{query}" for label, query in lists.items()}
    return found | {
        "global search": f"/search?q={quote(name)}&limit=10",
        "dashboard": "/dashboard",
    }


def _milliseconds(at: Addresses, path: str) -> float:
    started = time.perf_counter()
    at.call("GET", path)
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
