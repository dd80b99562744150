"""OCSP over HTTP: RFC 6960 appendix A, RFC 5019 §5 and §6, and what hostile clients send."""

from __future__ import annotations

import asyncio
import base64
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pki_manager.domain.errors import Malformed
from pki_manager.ports.publish import PublishedResponse
from pki_manager.protocols.asgi import compute_reuse_seconds
from pki_manager.protocols.ocsp import routes
from pki_manager.protocols.ocsp.routes import decode_path
from pki_manager.x509.asn1 import der
from pki_manager.x509.ocsp.facts import read_response_facts, read_response_status
from pki_manager.x509.ocsp.response import OcspError
from tests.protocols.driver import ask, asked
from tests.protocols.ocsp.conftest import GOOD, World
from tests.support.responders import DAY, NOW, ocsp_request

POST_HEADERS = {"Content-Type": "application/ocsp-request"}


def text(world: World) -> str:
    return base64.b64encode(ocsp_request(world.ca.cert_id(GOOD))).decode()


def test_get_and_post_give_the_same_bytes(world: World) -> None:
    got = asked(world.app, "GET", "/ocsp/" + text(world))
    posted = world.post(ocsp_request(world.ca.cert_id(GOOD)))
    assert got.status == posted.status == 200
    assert got.body == posted.body
    assert read_response_facts(got.body).singles[0].serial == GOOD


def test_caches_are_told_what_rfc_5019_6_2_wants(world: World) -> None:
    world.clock.advance(DAY - timedelta(seconds=100))
    headers = asked(world.app, "GET", "/ocsp/" + text(world)).headers
    assert headers == {
        "content-type": "application/ocsp-response",
        "content-length": headers["content-length"],
        "x-content-type-options": "nosniff",
        "cache-control": "max-age=100, public, no-transform, must-revalidate",
        "expires": "Wed, 25 Nov 2026 12:00:00 GMT",
        "last-modified": "Tue, 24 Nov 2026 12:00:00 GMT",
        "etag": headers["etag"],
    }


def test_max_age_counts_down_and_is_an_hour_at_most(world: World) -> None:
    ages = []
    for seconds_left in (86_400, 3600, 10, 9):
        world.clock.advance(DAY - timedelta(seconds=seconds_left) - (world.clock.now() - world.ca.now))
        headers = asked(world.app, "GET", "/ocsp/" + text(world)).headers
        ages.append(headers["cache-control"].partition(",")[0])
    assert ages == ["max-age=3600", "max-age=3600", "max-age=10", "max-age=9"]


def test_who_has_the_answer_is_told_so(world: World) -> None:
    path = "/ocsp/" + text(world)
    etag = asked(world.app, "GET", path).headers["etag"]
    for known in (etag, f'"other", W/{etag}', "*"):
        again = asked(world.app, "GET", path, headers={"If-None-Match": known})
        assert (again.status, again.body) == (304, b"")
        assert again.headers["etag"] == etag
        assert "content-length" not in again.headers
    assert asked(world.app, "GET", path, headers={"If-None-Match": '"other"'}).status == 200


def test_head_is_get_without_the_body(world: World) -> None:
    got = asked(world.app, "GET", "/ocsp/" + text(world))
    head = asked(world.app, "HEAD", "/ocsp/" + text(world))
    assert head.body == b""
    assert (head.status, head.headers) == (got.status, got.headers)


def spellings(plain: str) -> dict[str, str]:
    return {
        "plain": plain,
        "percent": quote(plain, safe=""),
        "lower-case percent": plain.replace("/", "%2f").replace("+", "%2b").replace("=", "%3d"),
        "no padding": plain.rstrip("="),
        "half the padding": plain.removesuffix("="),
        "extra slash": "/" + plain,
        "plus as space": plain.replace("+", "%20"),
        "base64url": plain.replace("+", "-").replace("/", "_"),
    }


@given(st.binary(max_size=60))
def test_every_spelling_of_a_get_path_is_the_same_request(tail: bytes) -> None:
    data = b"\x30" + tail
    for name, spelling in spellings(base64.b64encode(data).decode()).items():
        assert decode_path(spelling.encode()) == data, name


def test_double_slashes_inside_the_base64_are_kept() -> None:
    data = b"\x30\x03\xff\xff\xff\xff\xff\xff\xff\xfb\xef\xbe"
    plain = base64.b64encode(data)
    assert b"//" in plain
    assert b"+" in plain
    assert decode_path(plain) == data


@given(st.binary(max_size=80))
def test_a_get_path_is_base64_or_malformed(path: bytes) -> None:
    try:
        decode_path(path)
    except Malformed:
        return


@pytest.mark.parametrize("path", ["/ocsp/", "/ocsp/%", "/ocsp/MA", "/ocsp/M", "/ocsp/!!!!", "/ocsp/%C3%28", "/ocsp//"])
def test_a_get_path_that_is_no_request_is_malformed_in_ocsp(world: World, path: str) -> None:
    answer = asked(world.app, "GET", path)
    assert answer.status == 200
    assert read_response_status(answer.body) == OcspError.MALFORMED_REQUEST
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x30\x80" * 10_000,
        b"\x30\x82\xff\xf0" + b"\x06\x82\xff\xec" + b"\x81" * 65_000,
        b"GET / HTTP/1.1",
        b"\x00",
    ],
    ids=["empty", "DOS-01", "DOS-02", "text", "null"],
)
def test_dos_01_dos_02_a_body_that_is_no_request_is_malformed_in_ocsp(world: World, body: bytes) -> None:
    answer = world.post(body)
    assert answer.status == 200
    assert read_response_status(answer.body) == OcspError.MALFORMED_REQUEST


def test_dos_02_a_megabyte_is_refused_while_it_comes(world: World) -> None:
    pieces = [bytes(16 * 1024)] * 64
    answer = asked(world.app, "POST", "/ocsp", body=pieces, headers=POST_HEADERS)
    assert answer.status == 413
    assert answer.headers["connection"] == "close"


def test_an_announced_megabyte_is_refused_before_it_comes(world: World) -> None:
    headers = POST_HEADERS | {"Content-Length": "1048576"}
    assert asked(world.app, "POST", "/ocsp", headers=headers, stalls=True).status == 413


def test_64_kib_of_body_are_still_read(world: World) -> None:
    answer = asked(world.app, "POST", "/ocsp", body=[bytes(1024)] * 64, headers=POST_HEADERS)
    assert answer.status == 200
    assert read_response_status(answer.body) == OcspError.MALFORMED_REQUEST


def test_a_body_in_pieces_is_read_whole(world: World) -> None:
    data = ocsp_request(world.ca.cert_id(GOOD))
    answer = asked(
        world.app, "POST", "/ocsp", body=[data[i : i + 7] for i in range(0, len(data), 7)], headers=POST_HEADERS
    )
    assert read_response_facts(answer.body).singles[0].serial == GOOD


def test_a_client_that_goes_away_gets_nothing(world: World) -> None:
    answer = asyncio.run(ask(world.app, "POST", "/ocsp", body=b"\x30", headers=POST_HEADERS, goes_away=True))
    assert answer is None


def test_a_client_that_stalls_is_told_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "BODY_SECONDS", 0.05)
    answer = asked(world.app, "POST", "/ocsp", body=b"\x30", headers=POST_HEADERS, stalls=True)
    assert (answer.status, answer.headers["connection"]) == (408, "close")


def test_a_path_without_end_is_refused(world: World) -> None:
    assert asked(world.app, "GET", "/ocsp/" + "M" * 100_000).status == 414


@pytest.mark.parametrize("media_type", [None, "application/json", "text/plain", "application/ocsp-request2"])
def test_another_content_type_is_not_understood(world: World, media_type: str | None) -> None:
    headers = {} if media_type is None else {"Content-Type": media_type}
    assert asked(world.app, "POST", "/ocsp", body=b"\x30\x00", headers=headers).status == 415


@pytest.mark.parametrize("path", ["/ocsp", "/ocsp/"])
def test_the_content_type_may_be_spelled_as_http_allows(world: World, path: str) -> None:
    headers = {"Content-Type": "Application/OCSP-Request ; charset=binary"}
    body = ocsp_request(world.ca.cert_id(GOOD))
    assert read_response_facts(asked(world.app, "POST", path, body=body, headers=headers).body).singles


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/ocsp", "POST"),
        ("HEAD", "/ocsp", "POST"),
        ("PUT", "/ocsp", "POST"),
        ("POST", "/ocsp/MAA=", "GET, HEAD"),
        ("DELETE", "/ocsp/MAA=", "GET, HEAD"),
        ("OPTIONS", "/ocsp", "POST"),
    ],
)
def test_another_method_is_not_allowed(world: World, method: str, path: str, allow: str) -> None:
    answer = asked(world.app, method, path)
    assert (answer.status, answer.headers["allow"]) == (405, allow)


def test_base64_with_anything_in_between_is_malformed() -> None:
    with pytest.raises(Malformed, match="request: is not Base64"):
        decode_path(b"MAAA!!!!")


@pytest.mark.parametrize(("signature_octets", "lookups"), [(100, 1), (2000, 2)])
def test_answers_are_remembered_by_requests_of_at_most_a_kib(world: World, signature_octets: int, lookups: int) -> None:
    signature = der.encode(0xA0, der.encode(der.OCTET_STRING, bytes(signature_octets)))
    request = ocsp_request(world.ca.cert_id(GOOD), rest=signature)
    find, found = world.store.find_response, []

    def counted(*key: Any) -> PublishedResponse | None:
        found.append(key)
        return find(*key)

    world.store.find_response = counted
    assert [read_response_facts(world.post(request).body).singles[0].serial for _ in range(2)] == [GOOD, GOOD]
    assert len(found) == lookups


def test_no_answer_sets_a_cookie_or_may_be_sniffed(world: World) -> None:
    answers = [
        asked(world.app, "GET", "/ocsp/" + text(world)),
        asked(world.app, "GET", "/ocsp/x"),
        asked(world.app, "PUT", "/ocsp"),
        asked(world.app, "GET", "/nothing"),
        asked(world.app, "GET", "/healthz"),
    ]
    assert all(answer.headers["x-content-type-options"] == "nosniff" for answer in answers)
    assert not any("set-cookie" in answer.headers for answer in answers)


@pytest.mark.parametrize("path", ["/ocspx", "/ocsp.crl", "/", "//ocsp", "/OCSP"])
def test_only_the_ocsp_path_is_ocsp(world: World, path: str) -> None:
    assert asked(world.app, "GET", path).status == 404


@pytest.mark.parametrize(
    ("remaining", "steady"),
    [(86_400, 10.0), (3605, 5.0), (3600.5, 1.0), (100, 1.0), (0.25, 0.25), (0, 10.0), (-5, 10.0), (None, 10.0)],
)
def test_an_answer_is_sent_again_as_long_as_its_max_age_stands_still(remaining: float | None, steady: float) -> None:
    expires = None if remaining is None else NOW + timedelta(seconds=remaining)
    assert compute_reuse_seconds(expires, NOW) == steady
