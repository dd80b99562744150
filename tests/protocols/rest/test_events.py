"""`/events`: what has changed since a position, told to who may know of it; once, or as a stream."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from pki_manager.authority.audit import change_feed
from pki_manager.domain.rights.actor import Role
from pki_manager.protocols.rest.routes import events
from tests.architecture.audit_requests import somebody
from tests.protocols.rest.door import Door, House, unique
from tests.support.csrs import make_csr
from tests.support.people import Browser, make_user, signed_in


def issue(door: Door) -> str:
    body = {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr(f"{unique('event')}.example.com")}
    reply = door.post("/certificates", body)
    assert reply.status == 201, reply.body
    made: str = reply.json["id"]
    return made


def since(door: Door, position: str | None) -> Any:
    reply = door.get("/events", [("Last-Event-ID", position)] if position else [])
    assert reply.status == 200, reply.body
    return reply.json


def test_nothing_is_told_before_a_position_and_then_what_happened_since(door: Door) -> None:
    start = since(door, None)
    assert (start["items"], start["missed"]) == ([], False)
    made = issue(door)
    told = since(door, start["position"])
    assert {"kind": "certificate", "id": made, "action": "certificate.issued"} in told["items"]
    again = since(door, told["position"])
    assert (again["items"], again["position"]) == ([], told["position"])
    assert since(door, start["position"])["items"] == told["items"]


def test_nobody_hears_of_what_he_may_not_read(house: House, door: Door) -> None:
    one, other = somebody(house, door, Role.REQUESTER), somebody(house, door, Role.REQUESTER)
    auditor = door.as_role(Role.AUDITOR)
    start = since(door, None)["position"]
    body = {"ca": "Issuing CA", "profile": "tls-server", "csr": make_csr(f"{unique('own')}.example.com")}
    asked = one.post("/requests", body).json["id"]
    made = issue(door)
    make_user(house.ctx, login=unique("quiet"))
    assert {item["id"] for item in since(one, start)["items"]} == {asked}
    assert since(other, start)["items"] == []
    heard = {(item["kind"], item["id"]) for item in since(auditor, start)["items"]}
    assert heard >= {("request", asked), ("certificate", made)}
    assert "user" in {kind for kind, _ in heard}
    assert door.with_token(None).get("/events").status == 401


def test_who_was_away_for_too_long_is_told_to_look_anew(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    start = since(door, None)["position"]
    issue(door)
    monkeypatch.setattr(change_feed, "MOST", 1)
    told = since(door, start)
    assert (told["items"], told["missed"]) == ([], True)
    assert since(door, told["position"])["missed"] is False


def test_a_position_of_another_database_is_told_to_look_anew(door: Door) -> None:
    assert since(door, change_feed._text({"elsewhere": 7}))["missed"] is True


@pytest.mark.parametrize("position", ["x", "e30", "bnVsbA==", "W10=", "eyJhIjotMX0=", "eyJhIjoiMSJ9", "A" * 8193])
def test_what_never_was_a_position_is_refused(door: Door, position: str) -> None:
    assert door.get("/events", [("Last-Event-ID", position)]).status == 422


class Stream:
    """The stream as a client reads it, without a socket: each part as it is sent."""

    def __init__(self, door: Door, headers: dict[str, str]) -> None:
        self.status = 0
        self.parts: asyncio.Queue[bytes] = asyncio.Queue()
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": "/events",
            "raw_path": b"/events",
            "root_path": "",
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": None,
            "server": None,
            "extensions": {},
        }
        self.ended = asyncio.create_task(door.app(scope, self._receive, self._send))

    async def _receive(self) -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif message.get("body"):
            self.parts.put_nowait(message["body"])

    async def next(self) -> Any:
        part = (await asyncio.wait_for(self.parts.get(), 20)).decode()
        fields = dict(line.split(": ", 1) for line in part.strip().split("\n"))
        told = json.loads(fields["data"])
        assert (fields["event"], fields["id"]) == ("changes", told["position"])
        return told


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "PAUSE", 0.01)


def headers_of(browser: Browser) -> dict[str, str]:
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    return {"accept": "text/event-stream", "cookie": cookie, "sec-fetch-site": "same-origin"}


@pytest.mark.usefixtures("quick")
def test_a_stream_tells_what_happens_and_ends_with_its_session(house: House, door: Door) -> None:
    browser = signed_in(house.door, make_user(house.ctx, login=unique("watcher")))

    async def watch() -> None:
        stream = Stream(house.door, headers_of(browser))
        assert (await stream.next())["items"] == []
        made = await asyncio.to_thread(issue, door)
        while made not in {item["id"] for item in (await stream.next())["items"]}:
            pass
        await asyncio.to_thread(browser.send, "DELETE", "/me/session")
        await asyncio.wait_for(stream.ended, 20)
        assert stream.status == 200

    asyncio.run(watch())


@pytest.mark.usefixtures("quick")
def test_watching_is_no_sign_of_life(house: House) -> None:
    browser = signed_in(house.door, make_user(house.ctx, login=unique("idle")))

    async def watch() -> None:
        stream = Stream(house.door, headers_of(browser))
        await stream.next()
        for _ in range(4):
            house.clock.advance(timedelta(minutes=10))
            await asyncio.sleep(0.05)
        await asyncio.wait_for(stream.ended, 20)

    asyncio.run(watch())
    assert browser.get("/me").status == 401


@pytest.mark.usefixtures("quick")
def test_streams_are_so_many_and_no_more(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST_STREAMS", 1)
    browser = signed_in(house.door, make_user(house.ctx, login=unique("many")))

    async def watch() -> None:
        first = Stream(house.door, headers_of(browser))
        await first.next()
        second = Stream(house.door, headers_of(browser))
        await asyncio.wait_for(second.ended, 20)
        assert second.status == 429
        await asyncio.to_thread(browser.send, "DELETE", "/me/session")
        await asyncio.wait_for(first.ended, 20)
        third = Stream(house.door, headers_of(browser))
        await asyncio.wait_for(third.ended, 20)
        assert third.status == 401

    asyncio.run(watch())


@pytest.mark.usefixtures("quick")
def test_one_user_leaves_streams_to_others_and_gets_places_back(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST_OF_ONE", 2)
    greedy, other = (signed_in(house.door, make_user(house.ctx, login=unique("many"))) for _ in range(2))

    async def watch() -> None:
        opened = [Stream(house.door, headers_of(greedy)) for _ in range(5)]
        for stream in opened:
            done, _ = await asyncio.wait(
                {stream.ended, asyncio.create_task(stream.next())}, return_when=asyncio.FIRST_COMPLETED, timeout=20
            )
            assert done
        assert sorted(stream.status for stream in opened) == [200, 200, 429, 429, 429]
        apart = Stream(house.door, headers_of(other))
        await apart.next()
        assert apart.status == 200
        for stream in (*opened, apart):
            stream.ended.cancel()
        await asyncio.wait({stream.ended for stream in (*opened, apart)})
        later = Stream(house.door, headers_of(greedy))
        await later.next()
        assert later.status == 200
        later.ended.cancel()
        await asyncio.wait({later.ended})

    asyncio.run(watch())
