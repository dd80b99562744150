"""No list asks the database more often because it is longer: every list of the OpenAPI document, and what sums up."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import sqlalchemy as sa

from pki_manager.domain.rights.permission import PERSONAL, Permission
from pki_manager.protocols.rest.app import create_rest
from tests.architecture.access_reads import target
from tests.architecture.audit_row import Asked
from tests.architecture.audit_table import TABLE, issue
from tests.conftest import DATABASE_KEY, MAC_KEY
from tests.protocols.rest.door import House, make_house
from tests.support.statements import selects

MADE = (
    "create_ca",
    "create_key",
    "block_key",
    "submit_request",
    "create_profile",
    "create_token",
    "create_user",
    "create_role",
    "create_team",
    "create_service_account",
    "create_session",
    "publish_crl",
    "submit_bulk",
    "revoke_certificate",
)
"""Operations that make another object of some list."""

PREPARED = ("approve", "cancel_request", "cancel_job", "revoke_session", "disable_user", "revoke_acme_account")
"""Operations whose preparation makes one."""

PATHS: Mapping[str, tuple[str, ...]] = {"list_crls": ("Issuing CA",)}
LIMITS: Mapping[str, str] = {"search": "20"}
QUERIES: Mapping[str, str] = {"search": "&q=example.com"}
NO_LISTS = ("get_clock", "get_dashboard", "get_status", "list_backends", "list_permissions", "list_settings")


APART = ("list_bulk_rows", "list_own_sessions", "list_credential_devices")
"""What one job, session, or credential shows of itself."""


def _lists() -> dict[str, str]:
    """Path by operation, of lists with pages and of lists that are returned as a whole."""
    found = {}
    for path, operations in create_rest(_no_authority).openapi()["paths"].items():
        declared = operations.get("get")
        if declared is None or Permission(declared["x-permission"]) in PERSONAL:
            continue
        has_pages = any(parameter["name"] == "limit" for parameter in declared.get("parameters", ()))
        if has_pages or declared["operationId"] in NO_LISTS:
            found[declared["operationId"]] = path
    return found


def _no_authority() -> None:
    raise AssertionError("the document needs no authority")


@pytest.fixture
def house(tmp_path: Path, sqlcipher_template: Path) -> Iterator[House]:
    shutil.copyfile(sqlcipher_template, tmp_path / "pki.db")
    made = make_house(tmp_path, tmp_path / "pki.db", DATABASE_KEY, MAC_KEY)
    yield made
    made.ctx.ports.storage.close()


def _engine(house: House) -> sa.Engine:
    engine: sa.Engine = vars(house.ctx.ports.storage)["_engine"]
    return engine


def _one_more_of_everything(house: House) -> None:
    for operation in PREPARED:
        TABLE[operation].prepare(house, house.door)
    paths = {
        declared["operationId"]: path
        for path, operations in house.door.app.openapi()["paths"].items()
        for declared in (operations.get("post"),)
        if declared is not None
    }
    for operation in MADE:
        asked = TABLE[operation].prepare(house, house.door)
        content, kind = asked.content()
        done = house.door.send("POST", target(paths[operation], asked), content, [*kind, *asked.headers])
        assert done.status < 300, (operation, done.body)
    issue(house.door)


def _asked(house: House, operation: str, path: str) -> tuple[int, int]:
    """How many SELECTs an answer takes, and how many items it has; 0 for what is no page."""
    query = "" if operation in NO_LISTS else "?limit=" + LIMITS.get(operation, "200") + QUERIES.get(operation, "")
    where = Asked(PATHS.get(operation, ()), query=query)
    with selects(_engine(house)) as asked:
        reply = house.door.get(target(path, where))
    assert reply.status == 200, (operation, reply.body)
    items = reply.json.get("items", ()) if isinstance(reply.json, dict) else reply.json
    return len(asked), len(items)


def test_a_longer_list_takes_no_more_statements(house: House) -> None:
    lists = {name: path for name, path in _lists().items() if name not in APART}
    _one_more_of_everything(house)
    before = {name: _asked(house, name, path) for name, path in lists.items()}
    for _ in range(4):
        _one_more_of_everything(house)
    after = {name: _asked(house, name, path) for name, path in lists.items()}
    assert {name: count for name, (count, _) in after.items()} == {name: count for name, (count, _) in before.items()}
    grown = {name for name in lists if after[name][1] >= before[name][1] + 4}
    assert grown == set(lists) - set(NO_LISTS)


def test_more_rows_of_a_bulk_job_take_no_more_statements(house: House) -> None:
    counts = []
    for rows in (1, 5):
        content = "certificate\n" + "".join(f"{issue(house.door)}\n" for _ in range(rows))
        job = house.door.send(
            "POST", "/certificates/bulk?action=export", content.encode(), [("Content-Type", "text/csv")]
        ).json["id"]
        with selects(_engine(house)) as asked:
            assert len(house.door.get(f"/certificates/bulk/{job}/rows").json["items"]) == rows
        counts.append(len(asked))
    assert counts[0] == counts[1]
