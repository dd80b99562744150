"""Trust anchors in the form that the trust page and its files publish."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

TRUST_LIST = "/trust.json"
"""Path of the published list of trust anchors in the published status store."""


class AnchorUse(StrEnum):
    CURRENT = "current"
    """The root certificate at the end of the chain of new certificates."""
    NEXT = "next"
    """The root certificate at the end of the chain of new certificates after the next key rotation."""
    PREVIOUS = "previous"
    """A root certificate at the end of the chain of certificates from before the last key rotation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustAnchor:
    """A root certificate. `fingerprint` is the SHA-256 of its DER encoding, 32 octets."""

    name: str
    subject: str
    fingerprint: bytes
    not_before: datetime
    not_after: datetime
    use: AnchorUse


@dataclass(frozen=True, slots=True)
class TrustList:
    """The trust anchors of an installation, the most important one first. `url` is the URL of its status listener."""

    url: str
    anchors: tuple[TrustAnchor, ...]

    def encode(self) -> bytes:
        """Return the list as the JSON document that is published."""
        roots = [
            {
                "name": anchor.name,
                "subject": anchor.subject,
                "fingerprint_sha256": anchor.fingerprint.hex(),
                "not_before": anchor.not_before.isoformat(),
                "not_after": anchor.not_after.isoformat(),
                "use": anchor.use.value,
            }
            for anchor in self.anchors
        ]
        return json.dumps({"url": self.url, "roots": roots}, indent=2).encode() + b"\n"

    @classmethod
    def decode(cls, document: bytes) -> TrustList:
        """Return the list from a document that `encode` created."""
        found: dict[str, Any] = json.loads(document)
        return cls(
            found["url"],
            tuple(
                TrustAnchor(
                    name=root["name"],
                    subject=root["subject"],
                    fingerprint=bytes.fromhex(root["fingerprint_sha256"]),
                    not_before=datetime.fromisoformat(root["not_before"]),
                    not_after=datetime.fromisoformat(root["not_after"]),
                    use=AnchorUse(root["use"]),
                )
                for root in found["roots"]
            ),
        )
