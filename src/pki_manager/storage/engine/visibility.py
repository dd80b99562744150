"""Visibility of objects in lists as SQL conditions, so that the database returns only objects that the caller may read.

Lists read an index in the order of the list and skip invisible rows. Lists of a user's and their teams' objects use the
indexes of owners and teams.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from pki_manager.domain.names import AlternativeName, NameKind
from pki_manager.domain.rights.actor import Reach, Scope, Visibility
from pki_manager.storage.tables.pki import cas, certificate_names, certificates, enrollments, profiles, tokens

Conditions = Iterator[sa.ColumnElement[bool]]

QUEUED = enrollments.c.application.is_not(None)
"""Condition of certificate requests in the queue, written exactly as in the queue's partial indexes."""

_LAST_CHARACTER = "\U0010ffff"
SUBJECT = "subject"
"""Kind of the subject's attribute values among the names of a certificate."""
_KINDS = tuple(kind.value for kind in NameKind)


def build_certificate_conditions(visible: Visibility | None) -> Conditions:
    """Yield the conditions of certificates that the caller may read."""
    return _any_scope(visible, _certificate)


def build_token_conditions(visible: Visibility | None) -> Conditions:
    """Yield the conditions of tokens that the caller may read."""
    return _any_scope(
        visible, lambda scope, seen: build_owned_condition(tokens.c.owner_id, tokens.c.team_id, scope.reach, seen)
    )


def build_ca_conditions(visible: Visibility | None) -> Conditions:
    """Yield the conditions of CAs that the caller may read."""
    return _any_scope(visible, lambda scope, _: _among(cas.c.id, scope.cas))


def build_profile_conditions(visible: Visibility | None) -> Conditions:
    """Yield the conditions of profiles that the caller may read."""
    return _any_scope(visible, lambda scope, _: _among(profiles.c.name, scope.profiles))


def build_request_conditions(visible: Visibility | None) -> Conditions:
    """Yield the conditions of certificate requests that the caller may read.

    Limits of names are not included; they are checked with the plan.
    """
    return _any_scope(visible, _request)


def _any_scope(visible: Visibility | None, conditions: Callable[[Scope, Visibility], Conditions]) -> Conditions:
    """Yield one condition: the object lies in at least one of the scopes. Without scopes it matches nothing.

    If `visible` is None, yield no condition: everything is visible.
    """
    if visible is not None:
        scopes = [sa.and_(sa.true(), *conditions(scope, visible)) for scope in visible.scopes]
        yield sa.or_(sa.false(), *scopes)


def _among(column: sa.Column[object], allowed: Iterable[object] | None) -> Conditions:
    if allowed is not None:
        yield column.in_(sorted(allowed, key=str))


def build_owned_condition(
    owner: sa.Column[str],
    team: sa.Column[object],
    reach: Reach,
    seen: Visibility,
    indexed: sa.ColumnElement[bool] | None = None,
) -> Conditions:
    """Yield the condition of objects that the ownership scope shows, by their owner and team columns.

    If both columns have partial indexes, `indexed` is the condition of these indexes. SQLite uses them only if each
    side of the OR repeats it.
    """
    if reach is Reach.OWN or (reach is Reach.TEAM and not seen.teams):
        yield owner == seen.owner
    elif reach is Reach.TEAM:
        sides = (owner == seen.owner, team.in_(sorted(seen.teams)))
        yield sa.or_(*(side if indexed is None else sa.and_(indexed, side) for side in sides))


def _request(scope: Scope, seen: Visibility) -> Conditions:
    yield from build_owned_condition(enrollments.c.owner_id, enrollments.c.team_id, scope.reach, seen, QUEUED)
    yield from _among(enrollments.c.ca_id, scope.cas)
    yield from _among(enrollments.c.profile, scope.profiles)


def _certificate(scope: Scope, seen: Visibility) -> Conditions:
    yield from build_owned_condition(certificates.c.owner_id, certificates.c.team_id, scope.reach, seen)
    yield from _among(certificates.c.ca_id, scope.cas)
    yield from _among(certificates.c.profile, scope.profiles)
    if scope.names is not None:
        # No alternative name is outside, and something is within. The rest of the subject is checked where it is read.
        own = certificate_names.c.certificate_id == certificates.c.id
        bases = sorted(scope.names)
        within = sa.or_(sa.false(), *(_within(base, base.kind.value) for base in bases))
        hosts = (base for base in bases if base.kind in (NameKind.DNS, NameKind.EMAIL))
        yield sa.exists().where(own, sa.or_(within, *(_within(base, SUBJECT) for base in hosts)))
        yield ~sa.exists().where(own, certificate_names.c.kind.in_(_KINDS), ~within)


def _within(base: AlternativeName, kind_of_row: str) -> sa.ColumnElement[bool]:
    """Return `policy.constraints.is_within` as an SQL condition. Search names are in lower case.

    Roles have patterns of domains, mail domains, and address blocks. A pattern of another kind matches nothing.
    """
    columns, value = certificate_names.c, base.value.lower()
    kind = columns.kind == kind_of_row
    if base.kind is NameKind.IP:
        return sa.and_(kind, _AddressWithin(columns.kind, columns.value, sa.literal(base.value)))
    if base.kind is NameKind.URI:
        return sa.false()
    if base.kind is NameKind.EMAIL:
        return sa.and_(kind, _ends(value if value.startswith(".") else f"@{value}"))
    below = _ends(value if value.startswith(".") else f".{value}")
    return sa.and_(kind, below if value.startswith(".") else sa.or_(columns.value == value, below))


def _ends(ending: str) -> sa.ColumnElement[bool]:
    backwards = ending[::-1]
    column = certificate_names.c.reversed
    return sa.and_(column >= backwards, column < backwards + _LAST_CHARACTER)


class _AddressWithin(sa.sql.functions.GenericFunction[bool]):
    """SQL function: whether (kind, value) is an IP address in a block. It is false for other kinds."""

    type = sa.Boolean()
    inherit_cache = True
    name = "pkim_address_within"


@compiles(_AddressWithin, "postgresql")
def _on_postgresql(element: _AddressWithin, compiler: SQLCompiler, **options: object) -> str:
    kind, value, block = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(CASE WHEN {kind} = 'IP' THEN CAST({value} AS inet) <<= CAST({block} AS inet) ELSE false END)"


def is_address_within(kind: str, value: str, block: str) -> bool:
    """Return whether an IP address is in a block. SQLite calls this function for `_AddressWithin`."""
    return kind == NameKind.IP.value and ipaddress.ip_address(value) in ipaddress.ip_network(block, strict=False)
