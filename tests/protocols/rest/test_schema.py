"""The OpenAPI document and the application agree, whatever is sent: schemathesis, operation by operation."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi import checks
from starlette.routing import Mount, Router

from pki_manager.domain.rights.actor import Role
from pki_manager.protocols.rest.app import PREFIX
from tests.architecture.test_access_table import DOCUMENT
from tests.conftest import DATABASE_KEY, MAC_KEY
from tests.protocols.rest.door import House, make_house

_CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


def test_names_of_schemas_are_names_and_no_paths_of_modules() -> None:
    """Generators take the last part of a path, and then drop what has the same name twice."""
    names = DOCUMENT["components"]["schemas"]
    assert [name for name in names if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", name)] == []
    assert len({name.lower() for name in names}) == len(names)


def test_no_default_is_an_object() -> None:
    """Generators write such a default as it is, which no language but JSON can read."""
    assert list(_object_defaults(DOCUMENT, "#")) == []


def _object_defaults(node: object, path: str) -> Iterator[str]:
    if isinstance(node, dict):
        # Below `properties` members are names of fields, and one field is called `default`.
        if isinstance(node.get("default"), dict) and not path.endswith(("/properties", "/responses")):
            yield path
        for name, inner in node.items():
            yield from _object_defaults(inner, f"{path}/{name}")
    elif isinstance(node, list):
        for position, inner in enumerate(node):
            yield from _object_defaults(inner, f"{path}/{position}")


@pytest.fixture(scope="module")
def open_house(tmp_path_factory: pytest.TempPathFactory, sqlcipher_template: Path) -> Iterator[House]:
    """A house of its own: what comes here may revoke everything in it."""
    folder = tmp_path_factory.mktemp("schema")
    shutil.copyfile(sqlcipher_template, folder / "pki.db")
    made = make_house(folder, folder / "pki.db", DATABASE_KEY, MAC_KEY)
    yield made
    made.ctx.ports.storage.close()


@pytest.fixture(scope="module")
def api(open_house: House) -> Any:
    app = Router([Mount(PREFIX, open_house.door.app)], default=open_house.door.app)
    return schemathesis.openapi.from_asgi(f"{PREFIX}/openapi.json", app)


OPERATIONS = sorted(declared["operationId"] for methods in DOCUMENT["paths"].values() for declared in methods.values())


def explore(api: Any, house: House, operation_id: str, examples: int) -> None:
    """Half of what is sent is as the document wants it, half is not."""
    operation = api.find_operation_by_id(operation_id)
    modes = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
    token = house.secrets[Role.ADMINISTRATOR]

    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in modes)))
    def ask(case: Any) -> None:
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=_CHECKS)

    ask()


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_every_operation_answers_as_it_says(api: Any, open_house: House, operation_id: str) -> None:
    explore(api, open_house, operation_id, 20)


@pytest.mark.long
@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_every_operation_answers_as_it_says_at_length(api: Any, open_house: House, operation_id: str) -> None:
    explore(api, open_house, operation_id, 400)
