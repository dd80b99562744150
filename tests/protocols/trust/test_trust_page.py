"""The trust page of the status listener and its files."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pki_manager.domain.errors import StorageUnavailable
from pki_manager.domain.trust.anchors import TRUST_LIST, AnchorUse, TrustAnchor, TrustList
from pki_manager.domain.trust.fingerprint import format_groups, format_words
from pki_manager.ports.publish import PublishedObject
from pki_manager.protocols.status import StatusApp
from pki_manager.storage.published import SqlitePublished
from tests.fakes.clock import FrozenClock
from tests.protocols.driver import asked
from tests.support.responders import DAY, NOW, ExampleCa

URL = "http://pki.example.com:8081"
FIRST, SECOND = sha256(b"first").digest(), sha256(b"second").digest()
VOID = frozenset({"meta", "path", "link", "br"})


def anchor(name: str, fingerprint: bytes, use: AnchorUse = AnchorUse.CURRENT) -> TrustAnchor:
    return TrustAnchor(
        name=name,
        subject=f"CN={name}",
        fingerprint=fingerprint,
        not_before=NOW,
        not_after=NOW + 3650 * DAY,
        use=use,
    )


@dataclass
class World:
    app: StatusApp
    store: SqlitePublished
    clock: FrozenClock

    def put(self, *anchors: TrustAnchor) -> None:
        body = TrustList(URL, anchors).encode()
        self.store.put_objects(
            [PublishedObject(path=TRUST_LIST, body=body, content_type="application/json", modified=NOW, expires=None)]
        )

    def page(self) -> str:
        answer = asked(self.app, "GET", "/")
        assert answer.status == 200
        return answer.body.decode()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    store = SqlitePublished(tmp_path / "published" / "status.db")
    clock = FrozenClock(NOW)
    app = StatusApp(store, ExampleCa(), clock)
    yield World(app, store, clock)
    app.close()
    store.close()


class Outline(HTMLParser):
    """Elements that are open, what the page refers to, and its inline styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.references: list[str] = []
        self.elements: list[str] = []
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.references += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_shows_name_fingerprint_and_files(world: World) -> None:
    world.put(anchor("Example Root", FIRST))
    page = world.page()
    for shown in ("Example Root", format_groups(FIRST), format_words(FIRST), f"pkim trust fetch --url {URL}"):
        assert shown in page
    outline = Outline(page)
    assert outline.open == []
    assert outline.references == ["/root.pem", "/root.cer", "/root.mobileconfig"]
    for system in ("Windows", "Android", "iPhone", "Firefox", "Java", "Debian", "Fedora", "Arch"):
        assert f"<summary>{system}" in page, system


def test_the_page_needs_nothing_from_elsewhere_and_its_policy_allows_nothing_else(world: World) -> None:
    world.put(anchor("Example Root", FIRST))
    answer = asked(world.app, "GET", "/")
    page = answer.body.decode()
    outline = Outline(page)
    assert not {"script", "img", "iframe", "form", "link", "object"} & set(outline.elements)
    assert not {"style", "onclick", "onload"} & outline.attributes
    style = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(sha256(style[0].encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert len(style) == 1
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in answer.headers


def test_the_page_is_accessible(world: World) -> None:
    world.put(anchor("Example Root", FIRST))
    page = world.page()
    assert page.startswith('<!DOCTYPE html><html lang="en">')
    assert page.count("<h1>") == 1
    assert "<main>" in page
    assert "color-scheme: light dark" in page
    assert 'name="viewport" content="width=device-width"' in page
    assert re.search(rf'<svg role="img"[^>]*><title>QR code of {re.escape(URL)}</title>', page)


def test_a_name_cannot_add_markup(world: World) -> None:
    world.put(anchor('<script>alert("1")</script>', FIRST), anchor("<img src=x>", SECOND))
    page = world.page()
    assert "script" not in Outline(page).elements
    assert "&lt;script&gt;" in page
    assert "<img" not in page


def test_every_other_root_has_its_own_files(world: World) -> None:
    world.put(anchor("Example Root", FIRST), anchor("Example Root", SECOND, AnchorUse.NEXT))
    page = world.page()
    assert format_groups(SECOND) in page
    assert "after the next key rotation" in page
    assert f"/roots/{SECOND.hex()}.pem" in Outline(page).references


def test_the_page_follows_the_published_store(world: World) -> None:
    assert asked(world.app, "GET", "/").status == 404
    world.put(anchor("Example Root", FIRST))
    assert format_groups(FIRST) in world.page()
    world.put(anchor("Example Root", SECOND))
    assert format_groups(SECOND) in world.page()


def test_a_client_that_has_the_page_gets_304(world: World) -> None:
    world.put(anchor("Example Root", FIRST))
    etag = asked(world.app, "GET", "/").headers["etag"]
    assert asked(world.app, "GET", "/", headers={"If-None-Match": etag}).status == 304


def test_the_page_is_read_only_and_head_has_no_body(world: World) -> None:
    world.put(anchor("Example Root", FIRST))
    assert asked(world.app, "POST", "/").status == 405
    head = asked(world.app, "HEAD", "/")
    assert (head.status, head.body) == (200, b"")


def test_a_store_that_cannot_be_read_makes_the_page_unavailable(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_path: str) -> PublishedObject:
        raise StorageUnavailable("The file cannot be read.")

    monkeypatch.setattr(world.store, "find_object", fail)
    answer = asked(world.app, "GET", "/")
    assert answer.status == 503
    assert answer.headers["retry-after"] == "5"


def test_requests_of_strangers_do_not_add_kinds_to_the_metric_and_are_rendered_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put(anchor("Example Root", FIRST))
    world.page()
    reads: list[str] = []
    monkeypatch.setattr(world.store, "find_object", reads.append)
    for number in range(50):
        asked(world.app, "GET", "/")
        asked(world.app, "GET", f"/roots/{number}.pem")
    assert TRUST_LIST not in reads
    assert {kind for kind, _ in world.app.requests} == {"trust"}
