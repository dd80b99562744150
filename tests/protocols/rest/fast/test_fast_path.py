"""The fast path answers what FastAPI would: the same requests, sent to an application with it and to one without."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from pki_manager.domain.rights.actor import Role
from pki_manager.protocols.rest.app import create_rest
from pki_manager.protocols.rest.fast.fast_path import FastPath
from tests.protocols.rest.door import Door, House, Reply
from tests.support.csrs import make_csr

CERTIFICATE = {"ca": "Issuing CA", "profile": "tls-server"}
CASES: dict[str, tuple[str, str, object, tuple[tuple[str, str], ...]]] = {
    "who asks": ("GET", "/me", None, ()),
    "no body": ("POST", "/certificates", None, ()),
    "a body that is not JSON": ("POST", "/certificates", b"{", ()),
    "a repeated member": ("POST", "/certificates", b'{"ca": "a", "ca": "b"}', ()),
    "an unknown member": ("POST", "/certificates", {**CERTIFICATE, "csr": "x", "wrong": 1}, ()),
    "a wrong type": ("POST", "/certificates", {**CERTIFICATE, "csr": 1}, ()),
    "a CSR that is none": ("POST", "/certificates", {**CERTIFICATE, "csr": "x"}, ()),
    "an unknown CA": ("POST", "/certificates", {**CERTIFICATE, "ca": "no CA", "csr": make_csr("a.example.com")}, ()),
    "a refused name": ("POST", "/certificates", {**CERTIFICATE, "csr": make_csr("*.*.example.com")}, ()),
    "another media type": ("POST", "/certificates", b"a=b", (("Content-Type", "application/x-www-form-urlencoded"),)),
    "an unknown parameter": ("POST", "/certificates?wrong=1", {**CERTIFICATE, "csr": "x"}, ()),
    "a bad key": ("POST", "/certificates", {**CERTIFICATE, "csr": "x"}, (("Idempotency-Key", ""),)),
    "another method": ("DELETE", "/me", None, ()),
    "issued": ("POST", "/certificates", {**CERTIFICATE, "csr": make_csr("b.example.com")}, ()),
}
VARYING = frozenset(
    {"request_id", "id", "pem", "serial_number", "fingerprint_sha256", "not_before", "not_after", "type"}
)
"""Members that differ between two equal requests: two certificates are not one."""


def _send(door: Door, case: str) -> Reply:
    method, target, body, headers = CASES[case]
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    kind = (("Content-Type", "application/json"),) if content and not headers else ()
    if any(name == "Idempotency-Key" for name, _ in headers):
        kind = (("Content-Type", "application/json"),)
    return door.send(method, target, content, headers=(*kind, *headers))


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shape(each) for name, each in value.items() if name not in VARYING}
    return [_shape(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("role", [None, Role.AUDITOR], ids=["administrator", "auditor"])
def test_both_paths_give_the_same_response(house: House, case: str, role: Role | None) -> None:
    ctx, token = house.ctx, "" if role is None else house.secrets[role]
    actor = house.door.actor if role is None else None
    doors = [
        replace(house.door, app=create_rest(lambda: ctx, fast_path=fast), token=token, actor=actor)
        for fast in (True, False)
    ]
    fast, slow = (_send(door, case) for door in doors)
    assert fast.status == slow.status
    assert fast.headers.get("content-type") == slow.headers.get("content-type")
    assert _shape(fast.json) == _shape(slow.json)


def test_with_the_fast_path_off_no_request_takes_it(house: House) -> None:
    with_it, without = (create_rest(lambda: house.ctx, fast_path=fast) for fast in (True, False))
    assert [middleware.cls for middleware in with_it.user_middleware].count(FastPath) == 1
    assert [middleware.cls for middleware in without.user_middleware].count(FastPath) == 0
