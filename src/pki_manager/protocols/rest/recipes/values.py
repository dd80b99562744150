"""The values that recipes contain, and the shape of a recipe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

HMAC_PLACEHOLDER = "HMAC_KEY"
"""Placeholder for the HMAC key, which is shown only once, when the key is created."""

KEY_PLACEHOLDER = "KEY_ID"
"""Placeholder for the ID of an EAB key if none was selected."""

ROOT_FILE = "/etc/ssl/pki-manager-root.pem"
"""Path of the file to which the `prepare` commands write the root certificate."""

EMAIL = "ops@example.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeValues:
    """Values of a recipe. `directory` is the URL of the ACME directory, `host` the name to certify.

    `key_id` is the ID of the EAB key. `status_url` and `fingerprint` (hexadecimal) locate and identify the root
    certificate; `root_pem` is that certificate.
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
    """Configuration for one client. `is_tested`: the tests run it. Otherwise, it follows the vendor's documentation."""

    client: str
    label: str
    file: str
    build: Callable[[RecipeValues], str]
    is_tested: bool = False


def lines(*text: str) -> str:
    """Join lines to a text that ends with a line break."""
    return "\n".join(text) + "\n"
