"""Whatever an account says in its own name, the door answers in the words of ACME and never fails."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.protocols.acme.client import AcmeClient, Door, kind, new_client
from tests.protocols.acme.signing import b64

MEMBERS = (
    "identifiers", "type", "value", "notBefore", "notAfter", "replaces", "profile", "contact", "status", "csr",
    "reason", "certificate", "onlyReturnExisting", "externalAccountBinding", "protected", "payload", "signature",
    "account", "oldKey", "kty", "crv", "alg", "kid", "url",
)  # fmt: skip
TEXTS = (
    "dns", "ip", "deactivated", "valid", "a.example.com", "*.example.com", "*.*.example.com", "10.0.0.1", "::1", "",
    ".", "xn--", "mailto:a@example.com", "2027-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "AA.AQ", "MIIB",
    "tls-server", b64(b"\x30\x80" * 500), b64(bytes(300)), "ES256", "é", "a" * 300,
)  # fmt: skip
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 1 << 70), st.floats(allow_nan=False), st.sampled_from(TEXTS), st.text()
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=6),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from(MEMBERS), JSON, max_size=8)
PAYLOADS = st.one_of(OBJECTS, JSON, st.binary(max_size=40))


@pytest.fixture(scope="module")
def everything(door: Door) -> tuple[AcmeClient, tuple[str, ...]]:
    """A client, and a URL of every kind."""
    client = new_client(door)
    order = client.order("fuzz.example.com")
    authorization = order.json["authorizations"][0]
    challenge = client.post(authorization).json["challenges"][0]["url"]
    own = (order.headers["location"], order.json["finalize"], authorization, challenge, f"{client.kid}/orders")
    rest = ("/new-account", "/key-change", "/revoke-cert", "/Issuing%20CA/tls-server/new-order", "/x/%2F/new-order")
    return client, (*own, *map(client.url, rest))


def answered(reply: Any) -> None:
    assert reply.status < 500, reply.body
    if reply.status >= 400:
        assert kind(reply)


@settings(max_examples=200, deadline=None)
@given(data=st.data(), payload=PAYLOADS, keyed=st.booleans())
def test_no_payload_is_a_fault_of_ours(
    everything: tuple[AcmeClient, tuple[str, ...]], data: st.DataObject, payload: object, keyed: bool
) -> None:
    client, urls = everything
    url = data.draw(st.sampled_from(urls))
    if isinstance(payload, str | float | int | None) and not isinstance(payload, bool):
        payload = [payload]
    answered((client.by_key if keyed else client.post)(url, payload))


@settings(max_examples=200, deadline=None)
@given(data=st.data(), header=OBJECTS, path=st.text(max_size=20))
def test_no_header_and_no_path_is_a_fault_of_ours(
    everything: tuple[AcmeClient, tuple[str, ...]], data: st.DataObject, header: dict[str, Any], path: str
) -> None:
    client, urls = everything
    encoded = base64.urlsafe_b64encode(path.encode("utf-8", "replace")).decode()
    url = data.draw(st.sampled_from((*urls, client.url(f"/orders/{encoded}"), client.url(f"/renewal-info/{encoded}"))))
    told = {name: value for name, value in header.items() if name not in ("payload", "signature")}
    answered(client.post(url, {}, **told))
    answered(client.door.get(url.removeprefix("https://pki.example:8443")))
