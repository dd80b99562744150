from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from pki_manager.bootstrap import Installation
from pki_manager.server import web_ui
from tests.installation.server.test_app import client

PAGE = '<meta property="csp-nonce" nonce="__CSP_NONCE__"><script src="/assets/main-1a2b.js"></script>'
HTML = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def browser(installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    built = tmp_path / "dist"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text(PAGE)
    (built / "icon.svg").write_text("<svg/>")
    for name, content in {"main-1a2b.js": b"plain", "main-1a2b.js.br": b"brotli", "main-1a2b.js.gz": b"gzip"}.items():
        (built / "assets" / name).write_bytes(content)
    monkeypatch.setattr("pki_manager.server.app.find_built", lambda: built)
    return client(installation)


@pytest.mark.parametrize("path", ["/", "/certificates", "/certificates/0199?tab=chain", "/sign-in"])
def test_whatever_a_browser_navigates_to_gets_the_page_uncached(browser: TestClient, path: str) -> None:
    answer = browser.get(path, headers=HTML)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-store"


def test_each_page_has_a_nonce_of_its_own_in_text_and_policy(browser: TestClient) -> None:
    nonces = set()
    for _ in range(2):
        answer = browser.get("/", headers=HTML)
        told = re.search(r'nonce="([^"]+)"', answer.text)
        assert told is not None
        assert f"style-src 'self' 'nonce-{told[1]}'" in answer.headers["content-security-policy"]
        nonces.add(told[1])
    assert len(nonces) == 2


def test_the_policy_allows_no_inline_script_no_eval_no_other_origin_and_no_frame(browser: TestClient) -> None:
    policy = browser.get("/", headers=HTML).headers["content-security-policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["frame-ancestors"] == "'none'"
    assert rules["base-uri"] == "'none'"
    assert rules["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize(
    ("accepted", "coding", "content"),
    [("gzip, deflate, br", "br", b"brotli"), ("gzip", "gzip", b"gzip"), ("", None, b"plain")],
)
def test_hashed_files_are_kept_for_good_in_the_best_form_there_is(
    browser: TestClient, accepted: str, coding: str | None, content: bytes
) -> None:
    with browser.stream("GET", "/assets/main-1a2b.js", headers={"Accept-Encoding": accepted}) as answer:
        assert b"".join(answer.iter_raw()) == content
    assert answer.headers.get("content-encoding") == coding
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["content-type"].startswith("text/javascript")


def test_files_without_a_hash_are_asked_for_again(browser: TestClient) -> None:
    answer = browser.get("/icon.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cache-control"] == "public, max-age=3600"


@pytest.mark.parametrize("path", ["/assets/gone.js", "/api/v2/me", "/.well-known/none", "/est/none"])
def test_what_is_no_page_is_not_found_even_for_browsers(browser: TestClient, path: str) -> None:
    answer = browser.get(path, headers=HTML)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_programs_that_mistype_a_path_get_no_page(browser: TestClient) -> None:
    assert browser.get("/certificates", headers={"Accept": "application/json"}).status_code == 404


def test_pages_are_read_only(browser: TestClient) -> None:
    assert browser.post("/certificates", headers=HTML).status_code == 405


def test_files_outside_the_build_are_out_of_reach(browser: TestClient) -> None:
    for path in ("/assets/../../secret", "/assets/%2e%2e/%2e%2e/secret", "/main-1a2b.js.br"):
        assert browser.get(path).status_code == 404


def test_without_a_build_there_is_no_page(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pki_manager.server.app.find_built", lambda: None)
    assert client(installation).get("/", headers=HTML).status_code == 404


def test_the_build_is_found_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "src" / "pki_manager"
    monkeypatch.setattr(web_ui, "PACKAGE", package)
    assert web_ui.find_built() is None
    for folder in (tmp_path / "web" / "dist", package / "_web"):
        folder.mkdir(parents=True)
        (folder / "index.html").write_text(PAGE)
        assert web_ui.find_built() == folder


@pytest.mark.parametrize("accept", ["*/*", "", "application/json"])
def test_programs_that_ask_the_root_learn_what_is_here(browser: TestClient, accept: str) -> None:
    answer = browser.get("/", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert "/api/v1" in answer.text
    assert browser.head("/", headers={"Accept": accept}).status_code == 200
