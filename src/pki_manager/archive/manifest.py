"""The description of a backup: the header is its first member, the manifest its last."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from pki_manager.domain.errors import Conflict, Malformed

FORMAT = 1
HEADER, MANIFEST = "header.json", "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestHeader:
    """The header of a backup. `version` is that of the program, `schema` the revision of the database schema.

    `master_key` is key-file or wrapped-key-file (both are in the backup), or passphrase or credential (not in the
    backup). `tables` has the columns of each table in the backup, `left_out` the reason for each table that is not in
    it. `audit_heads` are `[chain, number, hash in hex]`, `environment` has the settings from environment variables
    (values with secrets are hidden), and `key_ids` are the records of the keystore as `kind/id`.
    """

    format: int
    id: str
    created_at: str
    version: str
    schema: str
    engine: str
    node: str
    master_key: str
    tables: Mapping[str, list[str]]
    left_out: Mapping[str, str]
    audit_heads: list[list[Any]]
    environment: Mapping[str, str]
    key_ids: list[str]

    @property
    def time(self) -> datetime:
        return datetime.fromisoformat(self.created_at)


@dataclass(slots=True)
class Content:
    """The digest and the number of lines (`rows`) of one table or file, while it is written or read."""

    rows: int = 0
    _digest: Any = field(default_factory=hashlib.sha256)

    def update(self, content: bytes) -> None:
        self.rows += content.count(b"\n")
        self._digest.update(content)

    def summary(self) -> dict[str, Any]:
        return {"rows": self.rows, "sha256": self._digest.hexdigest()}


class Contents:
    """The digest of each member, as listed in the manifest. The parts of a table count as one member."""

    def __init__(self) -> None:
        self._found: dict[str, Content] = {}

    def expect(self, name: str) -> None:
        """List `name` even if no content is added to it, as for an empty table."""
        self._found.setdefault(name, Content())

    def update(self, name: str, content: bytes) -> None:
        self._found.setdefault(name, Content()).update(content)

    def summary(self) -> dict[str, dict[str, Any]]:
        return {name: content.summary() for name, content in sorted(self._found.items())}


def encode_header(header: ManifestHeader) -> bytes:
    """Return the header as JSON octets."""
    return json.dumps(asdict(header), indent=2, sort_keys=True).encode()


def decode_header(name: str, content: bytes) -> ManifestHeader:
    """Return the header. Raises Malformed if the octets are not a header; Conflict if a newer version wrote them."""
    fields = _object(content) if name == HEADER else {}
    if isinstance(fields.get("format"), int) and fields["format"] > FORMAT:
        raise build_newer_version_error(str(fields.get("version")))
    try:
        header = ManifestHeader(**fields)
        is_valid = header.format == FORMAT and header.time.tzinfo is not None
    except (TypeError, ValueError):
        is_valid = False
    if not is_valid:
        raise Malformed("The decrypted file is not a backup of PKI Manager: it has no valid header.")
    return header


def build_newer_version_error(version: str) -> Conflict:
    """Return the Conflict error for a backup that a newer version has written."""
    return Conflict(
        f"The backup was created by version {version}, which is newer than this program. Restore it with version "
        f"{version} or later."
    )


def encode_manifest(contents: Contents) -> bytes:
    """Return the manifest as JSON octets."""
    return json.dumps({"contents": contents.summary()}, indent=2, sort_keys=True).encode()


def require_contents(content: bytes, contents: Contents) -> None:
    """Raise Malformed unless the manifest lists exactly the contents that were read."""
    if _object(content).get("contents") != contents.summary():
        raise Malformed("The backup is damaged: its contents differ from its manifest. Use another copy.")


def _object(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
