"""The values that recipes contain, and the shape of a recipe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

HMAC_PLACEHOLDER = "HMAC_KEY"
"""Placeholder for the HMAC key, which is shown only once, when the key is created."""

KEY_PLACEHOLDER = "KEY_ID"
"""Placeholder for the ID of an EAB key if none was selected."""

ROOT_FILE = "/etc/ssl/pki-manager-root.pem"
"""Where the preparation puts the root certificate."""

EMAIL = "ops@example.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeValues:
    """`directory` is the URL of the ACME directory, `key_id` that of the EAB key, and `host` the name to certify.

    `status_url` and `fingerprint` (hexadecimal) lead to the root certificate; `root_pem` is that certificate.
    """

    directory: str
    key_id: str
    host: str
    status_url: str
    fingerprint: str
    root_pem: str

    def prepare(self) -> str:
        """Return the commands that verify and trust the root certificate, which every recipe requires."""
        return (
            f"sudo pkim trust fetch --url {self.status_url} \\\n"
            f"  --fingerprint {self.fingerprint} \\\n"
            f"  --out {ROOT_FILE}\n"
            f"sudo pkim trust install {ROOT_FILE}\n"
        )


@dataclass(frozen=True, slots=True)
class Recipe:
    """Configuration for one client. `is_tested` is whether the tests run it; otherwise it follows its vendor's docs."""

    client: str
    label: str
    file: str
    build: Callable[[RecipeValues], str]
    is_tested: bool = False


def lines(*text: str) -> str:
    """Return text that ends in a line break."""
    return "\n".join(text) + "\n"
