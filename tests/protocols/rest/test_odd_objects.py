"""DOS-09: every odd object at every door that takes one is answered, and never by a fault of ours."""

from __future__ import annotations

import pytest

from tests.protocols.rest.door import Door
from tests.support.odd_objects import as_text, name_of, odd_objects

OBJECTS = odd_objects()


def test_dos_09_there_are_as_many_odd_objects_as_one_was_told() -> None:
    folders = [name_of(path).rpartition("/")[0] for path in OBJECTS]
    assert folders.count("x509/custom") >= 110
    assert folders.count("x509/requests") >= 25
    assert folders.count("x509/ocsp") >= 25
    assert folders.count("pkcs7") >= 10
    assert folders.count("pkcs12") >= 30


@pytest.mark.parametrize("path", OBJECTS, ids=name_of)
def test_dos_09_no_odd_object_is_a_fault_of_ours(door: Door, path: object) -> None:
    text = as_text(path.read_bytes())  # type: ignore[attr-defined]
    order = {"ca": "Issuing CA", "profile": "tls-server", "csr": text}
    for target, body in (
        ("/tools/decode", {"data": text}),
        ("/tools/lint", {"data": text}),
        ("/certificates", order),
        ("/tools/verify", {"certificate": text}),
        ("/tools/verify", {"certificate": text, "crls": [text], "trust_anchors": [text]}),
    ):
        reply = door.post(target, body)
        assert reply.status in (200, 201, 400, 413, 422), (target, reply.status, reply.body)
        if reply.status >= 400:
            assert reply.headers["content-type"] == "application/problem+json"
            assert reply.json["errors"]
