"""Finds functions, methods, classes, imports, and arguments that nothing in the product or its tools refers to.

    python -m tools.dead_code [FOLDER ...]

Vulture finds them by name. Fields and constants are left out: serialization reads them, and a list of codes is complete
whether or not each is used. What a framework calls, or only tests call, is in CALLED_BY_NAME with its reason.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from vulture import Vulture

ROOT = Path(__file__).parents[1]
FOLDERS = ("src", "tools", "bench")
MIN_CONFIDENCE = 60
UNDECIDED = {"variable", "attribute"}
"""Kinds that count only when Vulture is certain, as it is of arguments."""

DECORATORS = [
    # They register a function with Typer, FastAPI, Starlette, pydantic, and SQLAlchemy.
    *("@verb*", "@*.command", "@*.callback"),
    *("@*.get", "@*.post", "@*.put", "@*.patch", "@*.delete", "@*.head", "@*.route", "@*.exception_handler"),
    *("@*.middleware", "@operation*", "@create*", "@read*", "@field_validator*", "@model_validator*", "@compiles*"),
]
CALLED_BY_NAME = {
    "create_order": "tests: an order apart from the batches of the ACME routes",
    "respond_to_challenge": "tests: a response apart from the batches of the ACME routes",
    "read_crl_facts": "tests: what a published CRL says",
    "read_response_status": "tests: what a published OCSP response says",
    "upgrade": "Alembic calls it in each migration",
    "downgrade": "Alembic calls it in each migration",
    "writable": "io.RawIOBase",
    "readinto": "io.RawIOBase",
    "get_alg": "joserfc's registry",
    "wait_closed": "uvicorn closes servers with it",
    "capture_signals": "uvicorn.Server",
    "data_received": "asyncio.Protocol",
    "on_header": "httptools",
    "on_chunk_header": "httptools",
    "on_response_complete": "uvicorn's request cycle",
    "core_schema": "pydantic's signature of __get_pydantic_json_schema__",
    "coltype": "SQLAlchemy's signature of a type",
    "mechanism": "python-pkcs11's signature, in a Protocol",
    "mechanism_param": "python-pkcs11's signature, in a Protocol",
    "rsa_padding": "pyca/cryptography's signature of sign",
    "EncryptMixin": "named in a cast",
    "do_GET": "http.server",
    "log_message": "http.server",
    "pytest_runtestloop": "pytest",
    "pytest_runtest_logreport": "pytest",
    "show_approval": "tests read the hash to approve with it",
}


def main(arguments: Sequence[str]) -> int:
    """Print each finding, and return 1 if there is one."""
    findings = unused([ROOT / folder for folder in (arguments or FOLDERS)])
    for finding in findings:
        sys.stderr.write(f"{finding}\n")
    return 1 if findings else 0


def unused(paths: Sequence[Path]) -> list[str]:
    """Return what nothing in these folders refers to: path, line, kind, and name."""
    vulture = Vulture(ignore_names=list(CALLED_BY_NAME), ignore_decorators=DECORATORS)
    vulture.scavenge([str(path) for path in paths])
    return [
        f"{item.filename}:{item.first_lineno}: unused {item.typ} {item.name!r}"
        for item in vulture.get_unused_code(min_confidence=MIN_CONFIDENCE)
        if item.typ not in UNDECIDED or item.confidence == 100
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
