"""Optional parts of the program and the packages that they need."""

from __future__ import annotations

from collections.abc import Mapping

PACKAGES: Mapping[str, str] = {
    "pkcs11": "python-pkcs11==0.10.1",
    "postgresql": "psycopg[binary,pool]==3.3.9",
}
"""The package of each extra, as listed in `pyproject.toml`."""


def install_hint(extra: str) -> str:
    """Return how to install an extra. PKI Manager is installed from a checkout or a wheel, not a package index."""
    return f"Install it in the environment of PKI Manager: pip install '{PACKAGES[extra]}'"
