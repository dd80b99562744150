"""Lists over several pages, and answers that are not a PKI Manager's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import pytest

from pki_manager.cli.asgi import AsgiResponse
from pki_manager.cli.failure import Failure
from pki_manager.cli.session import CommandSession
from pki_manager.cli.transport import RemoteConnection


@dataclass
class Numbers:
    """A server with the numbers 0 to 449, at most 200 a page."""

    targets: list[str] = field(default_factory=list)

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> AsgiResponse:
        self.targets.append(target)
        query = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
        start = int(query.get("cursor", "0"))
        end = min(450, start + int(query["limit"]))
        page = {"items": list(range(start, end)), "next_cursor": str(end) if end < 450 else None}
        return AsgiResponse(200, {}, json.dumps(page).encode())


@dataclass
class Foreign:
    status: int
    body: bytes

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> AsgiResponse:
        return AsgiResponse(self.status, {}, self.body)


def session(transport: object) -> CommandSession:
    made = CommandSession(RemoteConnection())
    made._transport = transport
    return made


@pytest.mark.parametrize(
    ("limit", "cursor", "items", "next_cursor"),
    [
        (None, None, range(450), None),
        (None, "300", range(300, 450), None),
        (5, None, range(5), "5"),
        (200, None, range(200), "200"),
        (250, None, range(250), "250"),
        (450, None, range(450), None),
        (999, None, range(450), None),
    ],
)
def test_pages_follow_each_other_up_to_the_limit(
    limit: int | None, cursor: str | None, items: range, next_cursor: str | None
) -> None:
    page = session(Numbers()).pages("numbers", query={}, cursor=cursor, limit=limit)
    assert page == {"items": list(items), "next_cursor": next_cursor}


def test_what_was_given_is_asked_on_every_page_and_what_was_not_is_left_out() -> None:
    server = Numbers()
    session(server).pages("numbers", query={"state": "a b&c", "ca": None}, cursor=None, limit=None)
    assert server.targets == [
        "/numbers?state=a+b%26c&limit=200",
        "/numbers?state=a+b%26c&cursor=200&limit=200",
        "/numbers?state=a+b%26c&cursor=400&limit=200",
    ]


def test_a_name_is_one_segment_of_the_path() -> None:
    server = Numbers()
    session(server).file("cas", "a/../b?c#d é", query={"limit": 1})
    assert server.targets == ["/cas/a%2F..%2Fb%3Fc%23d%20%C3%A9?limit=1"]


@pytest.mark.parametrize(
    ("status", "body"), [(502, b"<html>"), (200, b"<html>"), (200, b"[]"), (404, b"{}"), (500, b"\xff")]
)
def test_an_answer_of_something_else_is_a_failure_with_its_status(status: int, body: bytes) -> None:
    with pytest.raises(Failure, match=str(status)):
        session(Foreign(status, body)).get("me")
