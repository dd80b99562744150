"""Every body in the OpenAPI document has an example, and the example fits its schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import jsonschema_rs
import pytest

from pki_manager.protocols.rest.example_values import OPTIONAL, VALUES
from tests.architecture.test_access_table import DOCUMENT


class Body(NamedTuple):
    operation: str
    place: str
    declared: dict[str, Any]


def bodies() -> Iterator[Body]:
    for methods in DOCUMENT["paths"].values():
        for operation in methods.values():
            name = operation["operationId"]
            places = {"request": operation.get("requestBody", {}), **operation["responses"]}
            for place, one in places.items():
                for media_type, declared in one.get("content", {}).items():
                    yield Body(name, f"{place} {media_type}", declared)


BODIES = [body for body in bodies() if body.declared["schema"].get("format") != "binary"]
"""A binary file has no example in JSON."""


@pytest.mark.parametrize("operation", sorted({body.operation for body in BODIES}))
def test_each_body_has_an_example_that_fits_its_schema(operation: str) -> None:
    for body in BODIES:
        if body.operation != operation:
            continue
        assert "example" in body.declared, body.place
        schema = {**body.declared["schema"], "components": DOCUMENT["components"]}
        faults = list(
            jsonschema_rs.Draft202012Validator(schema, validate_formats=True).iter_errors(body.declared["example"])
        )
        assert [(body.place, fault.message, fault.instance_path) for fault in faults] == []


def test_no_example_of_a_body_with_members_is_empty() -> None:
    assert [(body.operation, body.place) for body in BODIES if not body.declared["example"]] == []


def test_each_error_response_is_described_by_code_and_title() -> None:
    described = {
        response["description"]
        for methods in DOCUMENT["paths"].values()
        for operation in methods.values()
        for status, response in operation["responses"].items()
        if status >= "400"
    }
    assert [text for text in described if not all(": " in one for one in text.split(". "))] == []
    assert "`malformed`: Malformed input" in described


def test_each_example_value_belongs_to_a_member() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    qualified = {
        f"{schema.get('title', name)}.{member}"
        for name, schema in schemas.items()
        for member in schema.get("properties", {})
    }
    assert {name for name in VALUES if "." in name} - qualified == set()
    assert OPTIONAL.keys() <= {body.operation for body in BODIES if body.place.startswith("request")}
