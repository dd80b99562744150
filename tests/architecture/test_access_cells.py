"""AUT-01, cell by cell: each operation by {no token, expired, revoked, each role, other team, outside of a scope}.

The rows come from the OpenAPI document; an operation without a request in the table fails. The expected result of a
cell follows from the permission, the grants, and their limits alone. The actual result comes from real tokens and real
objects.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.rights import tokens
from pki_manager.domain.duration import Duration
from pki_manager.domain.rights.actor import Grant, Role
from pki_manager.domain.rights.permission import HARMLESS, PERSONAL, PUBLIC, Limit, Permission, list_limits
from pki_manager.policy.roles import BUILTIN
from pki_manager.protocols.rest.app import create_rest
from tests.architecture.access_reads import READING, Read, target
from tests.architecture.audit_requests import somebody
from tests.architecture.audit_row import Asked
from tests.architecture.audit_table import TABLE
from tests.conftest import DATABASE_KEY, MAC_KEY
from tests.protocols.rest.door import Door, House, Reply, expired_token, make_house, unique
from tests.support.factories import ADMIN

_NOTHING = "01a20d6d-5a00-7000-8000-000000000000"


class Cell(Enum):
    """Status of an operation on an object of another owner, or outside the limits."""

    UNKNOWN = "401"
    OPEN = "lets people in"
    DENIED = "403"
    HIDDEN = "404, 403, or a list without it"
    ALLOWED = "done"


@dataclass(frozen=True)
class Row:
    operation: str
    method: str
    path: str
    permission: Permission


def _no_authority() -> Context:
    raise AssertionError("the document needs no authority")


ROWS = [
    Row(declared["operationId"], method.upper(), path, Permission(declared["x-permission"]))
    for path, operations in create_rest(_no_authority).openapi()["paths"].items()
    for method, declared in operations.items()
]

OUTSIDE: Mapping[str, tuple[Limit, dict[str, Any]]] = {
    "another CA": (Limit.CA, {"cas": ["Root CA"]}),
    "another profile": (Limit.PROFILE, {"profiles": ["code-signing"]}),
    "other names": (Limit.NAMES, {"names": ["DNS:elsewhere.test"]}),
    "another team": (Limit.REACH, {"reach": "team"}),
    "own alone": (Limit.REACH, {"reach": "own"}),
}
"""Limits of an administrator's token that exclude the objects, which belong to another person."""

NOBODY = ("nothing to show", "unknown", "revoked", "expired")

_ROOTS = frozenset({"create_ca", "cross_sign"})
"""Operations whose rows use the root CA, so that the issuing CA is the other one."""

_OWN_JOBS = frozenset({"get_bulk", "list_bulk_rows", "get_bulk_file"})
"""Operations for the submitter of a job, and for users who may read all jobs, regardless of limits."""

_OF_A_SESSION = frozenset({"list_own_sessions", "approve_device_sign_in"})
"""Operations that require a session, which a token does not have."""

_TELLING = frozenset({"search", "stream_events"})
"""Operations for every caller, which return only what the caller may read."""

_OWN = frozenset({"issue_certificate", "submit_request"})
"""Operations that create an object of the caller, which is inside every ownership scope."""

_OF_A_PROFILE_TOO = frozenset({"get_recipes"})
"""Recipes name a profile beside the CA, and require that the caller can see both."""

_SHARED = frozenset({"list_backends", "get_backend"})
"""Operations on key backends, which belong to no CA: visible to every user who can see any CA."""


def of_what_is_told(row: Row) -> Permission:
    """Return the facts that the decision about the object depends on."""
    return Permission.CERTIFICATE_READ if row.operation in _TELLING else row.permission


def expected_of_token(row: Row, limit: Limit) -> Cell:
    """Return the expected status for an administrator's token with one limit."""
    if row.permission in PUBLIC:
        return Cell.OPEN
    if row.permission in PERSONAL:
        return Cell.DENIED
    permission = of_what_is_told(row)
    if permission in HARMLESS:
        return Cell.ALLOWED
    limits = list_limits(permission)
    if row.operation in _SHARED or (row.operation in _OWN and limit is Limit.REACH):
        return Cell.ALLOWED
    if limit in limits or (row.operation in _OF_A_PROFILE_TOO and limit is Limit.PROFILE):
        return Cell.HIDDEN
    return Cell.ALLOWED if limits and permission.endswith(":read") else Cell.DENIED


def expected_of_role(row: Row, grants: tuple[Grant, ...]) -> Cell:
    """Return the expected status for a person with that built-in role in another team than the object's."""
    if row.permission in PUBLIC:
        return Cell.OPEN
    permission = of_what_is_told(row)
    given = [grant for grant in grants if permission in grant.permissions]
    if row.permission in PERSONAL or not given:
        return Cell.DENIED
    everywhere = any(not grant.scope.limited & list_limits(permission) for grant in given)
    if row.operation in _OWN_JOBS:
        everywhere = any(Permission.JOB_READ in grant.permissions for grant in grants)
    return Cell.ALLOWED if everywhere or row.operation in _OWN else Cell.HIDDEN


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, sqlcipher_template: Path) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("cells")
    shutil.copyfile(sqlcipher_template, folder / "pki.db")
    made = make_house(folder, folder / "pki.db", DATABASE_KEY, MAC_KEY)
    yield made
    made.ctx.ports.storage.close()


@pytest.fixture(scope="module")
def owner(house: House) -> Door:
    """Return the owner of the objects."""
    return house.door.with_token(house.secrets[Role.ADMINISTRATOR])


@pytest.fixture(scope="module")
def limited(house: House) -> Mapping[str, Door]:
    """Return the tokens of another administrator in another team."""
    other = somebody(house, house.door, Role.ADMINISTRATOR)
    doors = {}
    for name, (_, narrowing) in OUTSIDE.items():
        body = {"name": unique("limited"), "role": "administrator", "expires": "P1D", **narrowing}
        made = other.post("/tokens", body)
        assert made.status == 201, made.body
        doors[name] = house.door.with_token(made.json["token"])
    return doors


@pytest.fixture(scope="module")
def others(house: House) -> Mapping[Role, Door]:
    """Return a token of a person of each role."""
    doors = {}
    for role in Role:
        person = somebody(house, house.door, role)
        assert person.actor is not None
        owned, _ = tokens.create_token(house.ctx, _with_tokens(person), unique("own"), role, Duration.parse("P1D"))
        doors[role] = house.door.with_token(owned.secret)
    return doors


def _with_tokens(person: Door) -> Any:
    """Return an auditor's token, which an administrator created: auditors cannot create tokens."""
    assert person.actor is not None
    making = Grant(role="making", permissions=frozenset({Permission.TOKEN_CREATE}))
    return replace(person.actor, grants=(*person.actor.grants, making))


def _read(row: Row, house: House, owner: Door) -> Read:
    if row.permission in PERSONAL:
        return Read(Asked((_NOTHING,) * row.path.count("{")))
    if row.operation in READING:
        return READING[row.operation](house, owner)
    return Read(TABLE[row.operation].prepare(house, owner))


def _ask(row: Row, door: Door, asked: Asked) -> Reply:
    content, kind = asked.content()
    return door.send(row.method, target(row.path, asked), content, [*kind, *asked.headers])


def _require(cell: Cell, reply: Reply, read: Read, told: str) -> None:
    if cell is Cell.DENIED:
        assert reply.status == 403, f"{told}: {reply.status} {reply.body!r}"
    elif cell is Cell.ALLOWED:
        assert reply.status < 300, f"{told}: {reply.status} {reply.body!r}"
    elif cell is Cell.HIDDEN and reply.status == 200:
        assert not read.asked.path, f"{told}: {reply.body!r}"
        assert not read.marker or read.marker not in reply.body.decode(), told
    elif cell is Cell.HIDDEN:
        assert reply.status in ((404,) if read.asked.path else (403, 404)), f"{told}: {reply.status} {reply.body!r}"


def test_aut_01_every_operation_has_its_row(capsys: pytest.CaptureFixture[str]) -> None:
    asked = READING.keys() | TABLE.keys()
    public = {row.operation for row in ROWS if row.permission in PUBLIC or row.permission in PERSONAL}
    assert {row.operation for row in ROWS} - public <= asked
    assert READING.keys() <= {row.operation for row in ROWS}
    columns = len(NOBODY) + len(Role) + len(Role) + len(OUTSIDE)
    with capsys.disabled():
        sys.stdout.write(f"\n{len(ROWS)} operations by {columns} callers: {len(ROWS) * columns} cells\n")
    assert len(ROWS) * columns > 2000


ASKED = [row for row in ROWS if row.permission not in PUBLIC and row.operation not in _OF_A_SESSION]


@pytest.mark.parametrize("row", ASKED, ids=lambda row: row.operation)
def test_aut_01_what_is_outside_of_a_scope_or_anothers(
    house: House, owner: Door, limited: Mapping[str, Door], others: Mapping[Role, Door], row: Row
) -> None:
    """Require each caller's status. Callers who may change the object only read it; the owner changes it last."""
    read = _read(row, house, owner)
    for name, (limit, _) in OUTSIDE.items():
        cell = expected_of_token(row, limit)
        is_outside = row.operation not in _ROOTS or limit is not Limit.CA
        if is_outside and (cell is not Cell.ALLOWED or row.method == "GET"):
            _require(cell, _ask(row, limited[name], read.asked), read, f"{row.operation}, limited to {name}")
    for role, door in others.items():
        cell = expected_of_role(row, BUILTIN[role])
        if cell is not Cell.ALLOWED or row.method == "GET":
            _require(cell, _ask(row, door, read.asked), read, f"{row.operation}, another {role}")
    if row.permission not in PERSONAL:
        done = _ask(row, owner, read.asked)
        assert done.status < 300, done.body
        assert not read.marker or read.marker in done.body.decode(errors="replace")


@pytest.mark.parametrize("who", NOBODY)
def test_aut_01_nobody_reaches_a_real_object(house: House, owner: Door, who: str) -> None:
    """Require that responses for existing objects do not reveal that they exist."""
    doors = {
        "nothing to show": lambda: house.door.with_token(None),
        "unknown": lambda: house.door.with_token("pkim_" + "A" * 43),
        "revoked": lambda: house.door.with_token(_revoked(house)),
        "expired": lambda: house.door.with_token(expired_token(house)),
    }
    door = doors[who]()
    for row in ROWS:
        if row.permission in PUBLIC or row.permission in PERSONAL:
            continue
        read = (
            _read(row, house, owner) if row.operation in READING else Read(Asked((_some(row),) * row.path.count("{")))
        )
        assert _ask(row, door, read.asked).status == 401, row.operation


def _some(row: Row) -> str:
    return "Issuing CA" if row.path.startswith("/cas") else "tls-server"


def _revoked(house: House) -> str:
    made, _ = tokens.create_token(house.ctx, ADMIN, unique("gone"), Role.ADMINISTRATOR, Duration.parse("P1D"))
    tokens.revoke_token(house.ctx, ADMIN, made.token.id)
    return made.secret or ""
