"""The profiles that ACME clients can choose from in a directory that serves a whole CA."""

from __future__ import annotations

from collections.abc import Mapping

from pki_manager.authority.enrollment.ca_certificates import get_only_issuing_ca
from pki_manager.authority.enrollment.labels import get_ca_of_part
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.names import NameKind
from pki_manager.domain.page import MAX_LIMIT
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.profiles.terms import ProfileKind, ProfileState
from pki_manager.ports.unit_of_work import Reader

_ORDERABLE = frozenset({NameKind.DNS, NameKind.IP})
"""The kinds of names for which ACME has identifiers."""


def get_directory_ca(ctx: Context, part: str | None) -> str:
    """Return the ID of the CA that a directory serves: the CA of the path, or without one the only issuing CA.

    Raises NotFound if there is no such CA.
    """
    if part is None:
        return str(get_only_issuing_ca(ctx))
    with ctx.ports.storage.read() as reader:
        return str(get_ca_of_part(reader, part).id)


def list_orderable_profiles(ctx: Context) -> Mapping[str, str]:
    """Return the descriptions of the profiles that allow ACME identifiers as names, by profile name."""
    with ctx.ports.storage.read() as reader:
        return {one.name: one.description for one in _all(reader) if _is_orderable(one)}


def _all(reader: Reader) -> list[Profile]:
    found, cursor, is_first = list[Profile](), None, True
    while is_first or cursor is not None:
        page = reader.profiles.page(cursor, MAX_LIMIT)
        found += page.items
        cursor, is_first = page.next_cursor, False
    return found


def _is_orderable(profile: Profile) -> bool:
    is_offered = profile.kind is ProfileKind.END_ENTITY and profile.state is not ProfileState.RETIRED
    return is_offered and not _ORDERABLE.isdisjoint(profile.sans.kinds)
