"""The part of URL paths that identifies a CA in enrollment protocols, and EST labels.

Many devices accept only plain letters in a path. The part of a CA is its name in lower-case letters, digits, and
hyphens. It is the CA's ID if an older CA has the same part or the name has no such characters. The meaning of a part
never changes: a newer CA cannot take it over. An EST label is that part, a period, and the name of a profile.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from pki_manager.authority.kernel.issuers import find_ca
from pki_manager.domain.ca import CertificateAuthority
from pki_manager.domain.errors import NotFound
from pki_manager.domain.rights.credential import format_label_part
from pki_manager.ports.unit_of_work import Reader


@dataclass(frozen=True, slots=True)
class CaPath:
    """The name of a CA, and the part of URL paths that identifies it."""

    name: str
    part: str


def list_ca_paths(reader: Reader) -> Mapping[UUID, CaPath]:
    """Return the name and the path part of every CA, by CA ID."""
    paths: dict[UUID, CaPath] = {}
    taken: set[str] = set()
    for ca in sorted(reader.cas.list_all(), key=lambda one: one.id):
        part = format_label_part(ca.name)
        paths[ca.id] = CaPath(ca.name, part if part and part not in taken else str(ca.id))
        taken.add(part)
    return paths


def get_ca_of_part(reader: Reader, part: str) -> CertificateAuthority:
    """Return the CA that a path identifies by its path part, its ID, or its name.

    Raises NotFound if there is none.
    """
    for ca_id, known in list_ca_paths(reader).items():
        if known.part == part:
            return find_ca(reader, str(ca_id))
    return find_ca(reader, part)


def format_label(part: str, profile: str) -> str:
    """Return the EST label for the path part of a CA and a profile."""
    return f"{part}.{profile}"


class ParsedLabel(NamedTuple):
    """The CA and the name of the profile that an EST label names."""

    ca: CertificateAuthority
    profile: str


def parse_label(reader: Reader, label: str) -> ParsedLabel:
    """Return the CA and the name of the profile that an EST label names. The name can contain one period.

    Raises NotFound if there is no such label.
    """
    part, _, profile = label.rpartition(".")
    shorter, _, rest = part.rpartition(".")
    for ca_part, name in ((part, profile), (shorter, f"{rest}.{profile}")):
        with suppress(NotFound):
            return ParsedLabel(get_ca_of_part(reader, ca_part), name)
    raise NotFound(f"EST label {label!r} not found.")
