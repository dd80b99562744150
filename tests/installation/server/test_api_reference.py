"""The API reference is one page for strangers, of all operations, that loads nothing."""

from __future__ import annotations

import base64
import hashlib
import re
from html import escape

import pytest

from pki_manager.bootstrap import Installation
from pki_manager.server.api_reference import render_reference
from tests.architecture.test_access_table import DOCUMENT
from tests.installation.server.test_app import OUTSIDE, client

PAGE = render_reference(DOCUMENT)


def test_each_operation_has_an_anchor_and_a_link_to_it() -> None:
    names = [one["operationId"] for methods in DOCUMENT["paths"].values() for one in methods.values()]
    assert re.findall(r'<h2 id="(\w+)"', PAGE) == names
    assert re.findall(r'<a href="#(\w+)"', PAGE) == names


def test_the_page_loads_and_runs_nothing() -> None:
    assert re.findall(r"<(?:script|link|img|iframe|form|object)\b|\bsrc=|\bon\w+=\"|url\(|@import", PAGE) == []
    assert re.findall(r'href="([^#"][^"]*)"', PAGE) == ["/api/v1/openapi.json"]


def test_text_of_the_document_is_escaped() -> None:
    operation = {"operationId": "read", "description": "<b>`x<y`</b>", "x-permission": "ca:read", "responses": {}}
    document = {
        "info": {"title": "<T>", "version": "1"},
        "servers": [{"url": "/api"}],
        "paths": {"/<p>": {"get": operation}},
    }
    page = render_reference(document)
    assert "<p>&lt;b&gt;<code>x&lt;y</code>&lt;/b&gt;</p>" in page
    assert not {"<T>", "<b>"} & set(re.findall("<[^>]*>", page))


def test_web_12_a_stranger_gets_the_page_with_the_security_headers(installation: Installation) -> None:
    answer = client(installation, peer=OUTSIDE).get("/docs")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    style = answer.text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert answer.headers["content-security-policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert escape("POST /api/v1/certificates") in answer.text


@pytest.mark.parametrize(("method", "path", "status"), [("POST", "/docs", 405), ("GET", "/docs/", 404)])
def test_the_page_is_read_only_and_at_one_path(installation: Installation, method: str, path: str, status: int) -> None:
    assert client(installation).request(method, path, follow_redirects=False).status_code == status
