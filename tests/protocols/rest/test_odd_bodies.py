"""Odd values in every field that decides about people, roles, requests and approvals: refused by field and rule.

What nobody would think of is in `test_schema.py`; here are those that one does think of, each in each field.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.architecture.test_access_table import DOCUMENT, ROWS, Row
from tests.protocols.rest.door import Door, Reply

TAGS = frozenset({"users", "roles", "teams", "service-accounts", "tokens", "sessions", "oidc", "me", "requests"}) | {
    "approvals"
}
ODD: Mapping[str, object] = {
    "null": None,
    "true": True,
    "negative": -1,
    "huge": 10**30,
    "float": 1e308,
    "empty": "",
    "NUL": "a\0b",
    "escape": "\x1b[31m",
    "half a character": "\ud800",
    "long": "x" * 100_000,
    "object": {},
    "nested": {"a": {"b": [[[[{"c": None}]]]]}},
    "list of lists": [[[[]]]],
    "list of odd things": [None, 1, "\0", {}],
}


def _schema(row: Row) -> Mapping[str, Any]:
    """Of its JSON body, or nothing."""
    content = row.declared.get("requestBody", {}).get("content", {})
    schema: Mapping[str, Any] = content.get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    return DOCUMENT["components"]["schemas"][name] if name else schema


TAKING = [row for row in ROWS if TAGS & set(row.declared["tags"]) and _schema(row).get("properties")]


def require_refused(reply: Reply, told: object) -> None:
    """Nothing there is worth doing; what is wrong with the body itself is told by field and rule."""
    assert 400 <= reply.status < 500, (told, reply.status, reply.body)
    assert reply.headers["content-type"] == "application/problem+json", told
    if reply.status in (400, 422):
        assert reply.json["errors"], (told, reply.body)
        assert all(fault["field"] and fault["rule"] and fault["message"] for fault in reply.json["errors"]), told


@pytest.mark.parametrize("row", TAKING, ids=lambda row: row.declared["operationId"])
def test_no_odd_value_in_any_field_is_taken_or_a_fault_of_ours(door: Door, row: Row) -> None:
    for field in _schema(row)["properties"]:
        for name, value in ODD.items():
            body = json.dumps({field: value, "no such field": 1}).encode()
            reply = door.send(row.method, row.target, body, [("Content-Type", "application/json")])
            require_refused(reply, (field, name))
    for body in (b"", b"null", b"[]", b"{", b'"x"', b'{"a":1,"a":2}', b"\xff", b"[" * 10_000, b"1e999"):
        reply = door.send(row.method, row.target, body, [("Content-Type", "application/json")])
        require_refused(reply, body[:20])


def test_there_are_as_many_as_one_thinks() -> None:
    assert len(TAKING) > 20
