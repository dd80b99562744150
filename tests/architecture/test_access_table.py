"""AUT-01: for every operation of the OpenAPI document and every kind of caller, REST decides as the table says."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.rights import tokens
from pki_manager.domain.duration import Duration
from pki_manager.domain.rights.actor import Role
from pki_manager.domain.rights.permission import PERSONAL, PUBLIC
from pki_manager.policy.access import Permission
from pki_manager.policy.roles import BUILTIN
from pki_manager.protocols.rest.app import create_rest
from pki_manager.protocols.rest.operation import OperationRoute, operation
from tests.conftest import DATABASE_KEY, MAC_KEY
from tests.protocols.rest.door import Door, House, expired_token, make_house
from tests.support.factories import ADMIN

_NOTHING = "01a20d6d-5a00-7000-8000-000000000000"


@dataclass(frozen=True)
class Row:
    method: str
    path: str
    declared: dict[str, Any]

    @property
    def target(self) -> str:
        """Path parameters that name no existing object, so that no request changes anything."""
        parts = (_NOTHING if part.startswith("{") else part for part in self.path.split("/"))
        return "/".join(parts)


def _no_authority() -> Context:
    raise AssertionError("the document needs no authority")


DOCUMENT = create_rest(_no_authority).openapi()
ROWS = [
    Row(method.upper(), path, declared)
    for path, operations in DOCUMENT["paths"].items()
    for method, declared in operations.items()
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, sqlcipher_template: Path) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("access")
    shutil.copyfile(sqlcipher_template, folder / "pki.db")
    made = make_house(folder, folder / "pki.db", DATABASE_KEY, MAC_KEY)
    yield made
    made.ctx.ports.storage.close()


def ask(door: Door, row: Row) -> int:
    """A body that every operation refuses: callers who pass the permission check get an error and change nothing."""
    if row.method == "GET":
        return door.get(row.target).status
    return door.send(row.method, row.target, b"[]", [("Content-Type", "application/json")]).status


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.declared["operationId"])
def test_aut_01_an_operation_is_declared_completely(row: Row) -> None:
    declared = row.declared
    assert declared["x-permission"] in set(Permission)
    assert declared["operationId"]
    assert len(declared["tags"]) == 1
    assert {"400", "401", "403", "422", "500", "503"} <= set(declared["responses"])
    assert {"unauthenticated", "forbidden"} <= set(declared["x-error-codes"])
    for status, response in declared["responses"].items():
        if status >= "400":
            assert set(response["content"]) == {"application/problem+json"}


def test_aut_01_operation_ids_are_unique() -> None:
    ids = [row.declared["operationId"] for row in ROWS]
    assert len(ids) == len(set(ids)) > 25


@pytest.mark.parametrize("role", list(Role))
def test_aut_01_each_role_reaches_exactly_what_the_table_grants(house: House, role: Role) -> None:
    door = house.door.with_token(house.secrets[role])
    for row in ROWS:
        permission = Permission(row.declared["x-permission"])
        granted = any(permission in grant.permissions for grant in BUILTIN[role])
        granted = permission in PUBLIC or (granted and permission not in PERSONAL)
        status = ask(door, row)
        assert (status != 403) == granted, f"{role} {row.method} {row.path}: {status}"
        assert status != 401
        assert status < 500


def test_aut_01_whoever_is_nobody_reaches_nothing(house: House) -> None:
    revoked, _ = tokens.create_token(house.ctx, ADMIN, "gone", Role.ADMINISTRATOR, Duration.parse("P1D"))
    tokens.revoke_token(house.ctx, ADMIN, revoked.token.id)
    unknown = "pkim_" + "A" * 43
    for secret in (unknown, revoked.secret, expired_token(house)):
        for row in ROWS:
            assert ask(house.door.with_token(secret), row) == 401, f"{secret} {row.method} {row.path}"


def test_aut_01_who_has_nothing_to_show_reaches_only_what_lets_people_in(house: House) -> None:
    reached = {row.declared["operationId"] for row in ROWS if ask(house.door.with_token(None), row) != 401}
    assert reached == {row.declared["operationId"] for row in ROWS if row.declared["x-permission"] in PUBLIC}
    assert reached == {
        "accept_invitation",
        "check_invitation",
        "begin_device_sign_in",
        "create_session",
        "create_session_by_passkey",
        "get_passkey_options",
        "redeem_device_code",
        "list_identity_providers",
        "start_oidc_sign_in",
        "complete_oidc_sign_in",
        "get_identity_sign_out",
        "receive_backchannel_logout",
    } | {"submit_second_factor"}


def test_aut_02_somebody_without_a_role_reaches_nothing(house: House) -> None:
    for row in ROWS:
        is_public = row.declared["x-permission"] in PUBLIC
        assert (ask(house.door.as_role(None), row) == 403) is not is_public, f"{row.method} {row.path}"


def test_aut_01_a_route_without_a_permission_cannot_be_made() -> None:
    def endpoint() -> None: ...

    with pytest.raises(TypeError, match="names no permission"):
        OperationRoute("/open", endpoint)
    assert OperationRoute("/known", endpoint, **operation(Permission.SELF_READ)).permission is Permission.SELF_READ


def test_aut_01_every_route_of_the_application_is_an_operation() -> None:
    """The only route outside the OpenAPI document is the document itself; the table would miss any other."""
    app = create_rest(_no_authority)
    others = {getattr(route, "path", None) for route in app.routes if not hasattr(route, "original_router")}
    assert others == {"/openapi.json"}
    for included in app.routes:
        for route in getattr(getattr(included, "original_router", None), "routes", []):
            assert isinstance(route, OperationRoute)
