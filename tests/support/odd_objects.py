"""Unusual objects of `cryptography_vectors`: certificates, CSRs, CRLs, OCSP, PKCS #7, PKCS #12, and keys."""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path

import cryptography_vectors

ROOT = Path(cryptography_vectors.__file__).parent
_FOLDERS = ("x509", "pkcs7", "pkcs12", "asymmetric")
_NO_OBJECTS = frozenset({".txt", ".rsp", ".py", ".sh", ".json", ".fax", ".md", ".rst", ".toml", ".cp"})
_MAX_SIZE = 700_000


@cache
def odd_objects() -> tuple[Path, ...]:
    """Return every file with an object in a stable order, except PKITS, which is large and well-formed."""
    found = (path for folder in _FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file())
    return tuple(sorted(path for path in found if _is_object(path)))


def _is_object(path: Path) -> bool:
    return path.suffix not in _NO_OBJECTS and "PKITS_data" not in path.parts and path.stat().st_size < _MAX_SIZE


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def as_text(content: bytes) -> str:
    """Return the object as text for JSON: PEM unchanged, DER as base64."""
    try:
        text = content.decode("ascii")
    except UnicodeDecodeError:
        return base64.b64encode(content).decode()
    return text if "-----BEGIN" in text else base64.b64encode(content).decode()
