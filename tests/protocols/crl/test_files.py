"""CRLs and CA certificates over HTTP: published files by their path."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from pki_manager.domain.errors import StorageUnavailable
from pki_manager.ports.publish import PublishedObject
from pki_manager.protocols.status import StatusApp
from pki_manager.storage.published import SqlitePublished
from tests.fakes.clock import FrozenClock
from tests.protocols.driver import ask, asked
from tests.support.responders import DAY, NOW, ExampleCa

CA = "0192f0a0-0000-7000-8000-000000000001"
CRL = f"/crl/{CA}/k1.crl"
TYPES = {
    f"/ca/{CA}/k1.cer": "application/pkix-cert",
    f"/ca/{CA}.cer": "application/pkix-cert",
    CRL: "application/pkix-crl",
    f"/crl/{CA}.crl": "application/pkix-crl",
    f"/ca/{CA}.p7c": "application/pkcs7-mime",
}


@dataclass
class World:
    app: StatusApp
    store: SqlitePublished
    clock: FrozenClock

    def put(self, path: str, body: bytes, *, lasts: timedelta | None = DAY) -> None:
        expires = None if lasts is None else NOW + lasts
        content_type = TYPES.get(path, "application/pkix-crl")
        file = PublishedObject(path=path, body=body, content_type=content_type, modified=NOW, expires=expires)
        self.store.put_objects([file])


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    store = SqlitePublished(tmp_path / "published" / "status.db")
    clock = FrozenClock(NOW)
    app = StatusApp(store, ExampleCa(), clock)
    yield World(app, store, clock)
    app.close()
    store.close()


@pytest.mark.parametrize(("path", "content_type"), TYPES.items())
def test_a_published_file_is_served_as_what_it_is(world: World, path: str, content_type: str) -> None:
    world.put(path, b"DER of " + path.encode(), lasts=None if "/ca/" in path else DAY)
    answer = asked(world.app, "GET", path)
    assert answer.status == 200
    assert answer.body == b"DER of " + path.encode()
    assert answer.headers["content-type"] == content_type
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.headers["last-modified"] == "Tue, 24 Nov 2026 12:00:00 GMT"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("lasts", "max_age"),
    [(DAY, 3600), (timedelta(seconds=90), 90), (timedelta(seconds=-90), 0), (None, 3600)],
)
def test_caches_keep_a_file_until_its_next_update_and_an_hour_at_most(
    world: World, lasts: timedelta | None, max_age: int
) -> None:
    world.put(CRL, b"crl", lasts=lasts)
    headers = asked(world.app, "GET", CRL).headers
    assert headers["cache-control"] == f"max-age={max_age}, public, no-transform, must-revalidate"
    assert ("expires" in headers) == (lasts is not None)


def test_max_age_counts_down_while_the_file_is_hot(world: World) -> None:
    world.put(CRL, b"crl", lasts=timedelta(seconds=90))
    ages = []
    for _ in range(3):
        ages.append(asked(world.app, "GET", CRL).headers["cache-control"].partition(",")[0])
        world.clock.advance(timedelta(seconds=10))
    assert ages == ["max-age=90", "max-age=80", "max-age=70"]


def test_a_new_file_is_served_within_a_second(world: World) -> None:
    world.put(CRL, b"old")
    first = asked(world.app, "GET", CRL)
    world.put(CRL, b"new")
    world.clock.advance(timedelta(milliseconds=100))
    second = asked(world.app, "GET", CRL, headers={"If-None-Match": first.headers["etag"]})
    assert (second.status, second.body) == (200, b"new")
    assert asked(world.app, "GET", CRL, headers={"If-None-Match": second.headers["etag"]}).status == 304


def test_the_store_is_asked_for_changes_ten_times_a_second_at_most(world: World) -> None:
    asked_at = []
    version = world.store.get_version

    def counted() -> int:
        asked_at.append(world.clock.monotonic())
        return version()

    world.store.get_version = counted
    for _ in range(100):
        asked(world.app, "GET", "/healthz")
        world.clock.advance(timedelta(milliseconds=10))
    assert 9 <= len(asked_at) <= 11


def test_rev_09_of_two_processes_neither_serves_an_older_crl_than_the_other_has_served(world: World) -> None:
    """Files kept in memory are compared with the store at each request, not only ten times a second."""
    other = StatusApp(world.store, ExampleCa(), world.clock)
    for number in range(1, 4):
        world.put(CRL, b"crl %d" % number)
        assert asked(world.app, "GET", CRL).body == b"crl %d" % number
        assert asked(other, "GET", CRL).body == b"crl %d" % number
    other.close()


def test_no_file_is_served_while_the_store_is_not_current(world: World) -> None:
    is_current = [True]
    app = StatusApp(world.store, ExampleCa(), world.clock, is_current=lambda: is_current[0])
    world.put(CRL, b"crl")
    assert asked(app, "GET", CRL).body == b"crl"
    is_current[0] = False
    answer = asked(app, "GET", CRL)
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert asked(app, "GET", "/healthz").status == 200
    is_current[0] = True
    assert asked(app, "GET", CRL).body == b"crl"
    app.close()


def test_head_tells_the_length_without_the_body(world: World) -> None:
    world.put(CRL, b"crl")
    answer = asked(world.app, "HEAD", CRL)
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "3")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/crl/",
        f"/crl/{CA}/k2.crl",
        f"/crl/{CA}/k1.CRL",
        f"/crl/../crl/{CA}/k1.crl",
        f"/crl/{CA}%2Fk1.crl",
        "/" + "x" * 5000,
        b"/\xff\xfe",
        "/%00",
    ],
)
def test_what_is_not_published_is_not_found(world: World, path: str | bytes) -> None:
    world.put(CRL, b"crl")
    answer = asked(world.app, "GET", path)
    assert (answer.status, answer.headers["content-type"]) == (404, "text/plain; charset=utf-8")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_files_are_read_only(world: World, method: str) -> None:
    world.put(CRL, b"crl")
    answer = asked(world.app, method, CRL)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


def away(*_: object) -> None:
    raise StorageUnavailable("the store is away")


def test_with_the_store_away_known_files_stay_and_others_are_for_later(world: World) -> None:
    world.put(CRL, b"crl")
    world.put(f"/crl/{CA}.crl", b"crl")
    asked(world.app, "GET", CRL)
    world.store.get_version = away
    world.store.find_object = away
    world.clock.advance(timedelta(seconds=5))
    assert asked(world.app, "GET", CRL).status == 200
    other = asked(world.app, "GET", f"/crl/{CA}.crl")
    assert (other.status, other.headers["retry-after"]) == (503, "5")


def test_what_changes_while_it_is_read_is_not_kept(world: World) -> None:
    world.put(CRL, b"old")
    read = world.store.find_object

    def changed_meanwhile(path: str) -> PublishedObject | None:
        found = read(path)
        world.store.find_object = read
        world.put(CRL, b"new")
        world.clock.advance(timedelta(milliseconds=100))
        asyncio.run_coroutine_threadsafe(touch(), loop).result(10)
        return found

    async def touch() -> None:
        await world.app({"type": "http", "method": "GET", "raw_path": b"/healthz", "headers": []}, no_message, no_send)

    async def ask_all() -> list[bytes]:
        nonlocal loop
        loop = asyncio.get_running_loop()
        world.store.find_object = changed_meanwhile
        return [await body_of(world.app), await body_of(world.app)]

    loop: asyncio.AbstractEventLoop
    first, second = asyncio.run(ask_all())
    assert (first, second) == (b"old", b"new")


async def no_message() -> dict[str, object]:
    return {"type": "http.disconnect"}


async def no_send(message: object) -> None:
    return None


async def body_of(app: StatusApp) -> bytes:
    sent: list[dict[str, bytes]] = []

    async def keep(message: dict[str, bytes]) -> None:
        sent.append(message)

    await app({"type": "http", "method": "GET", "raw_path": CRL.encode(), "headers": []}, no_message, keep)
    return sent[1]["body"]


def test_the_listener_says_that_it_is_alive(world: World) -> None:
    assert asked(world.app, "GET", "/healthz").body == b"ok\n"
    assert asked(world.app, "POST", "/healthz").status == 405


def test_there_are_no_websockets_and_nothing_to_start(world: World) -> None:
    assert spoken(world.app, "websocket", []) == ["websocket.close"]
    lifespan = spoken(world.app, "lifespan", ["lifespan.startup", "lifespan.shutdown"])
    assert lifespan == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def spoken(app: StatusApp, kind: str, messages: list[str]) -> list[str]:
    sent: list[str] = []

    async def receive() -> dict[str, str]:
        return {"type": messages.pop(0)}

    async def send(message: dict[str, str]) -> None:
        sent.append(message["type"])

    asyncio.run(app({"type": kind}, receive, send))
    return sent


def test_responses_are_counted_by_kind_and_status_and_refusals_are_noted(world: World) -> None:
    noted: list[str] = []
    world.app._note_refusal = lambda reason, _peer: noted.append(reason)
    world.put("/crl/a.crl", b"crl")
    world.put("/ca/a.cer", b"certificate")
    etag = asked(world.app, "GET", "/crl/a.crl").headers["etag"]
    asked(world.app, "GET", "/crl/a.crl", headers={"if-none-match": etag})
    for path in ("/ca/a.cer", "/crl/missing.crl", "/healthz", "/elsewhere", "/ocsp/%00"):
        asked(world.app, "GET", path)
    asked(world.app, "POST", "/ocsp", headers={"content-type": "text/plain"})
    asyncio.run(ask(world.app, "POST", "/ocsp", headers={"content-type": OCSP_REQUEST}, goes_away=True))
    counts = dict(world.app.requests)
    assert counts.pop(("ocsp", 499)) == 1
    assert counts.pop(("ocsp", 415)) == 1
    ocsp = {key: count for key, count in counts.items() if key[0] == "ocsp"}
    assert sum(ocsp.values()) == 1
    assert {key: count for key, count in counts.items() if key not in ocsp} == {
        ("crl", 200): 1,
        ("crl", 304): 1,
        ("crl", 404): 1,
        ("ca_certificate", 200): 1,
        ("health", 200): 1,
        ("other", 404): 1,
    }
    assert set(noted) >= {"crl_404", "other_404", "ocsp_415"}


OCSP_REQUEST = "application/ocsp-request"
