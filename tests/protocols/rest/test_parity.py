"""One decision, whichever way is asked: with a request, with a key made here, in a file, in the queue."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.protocols.rest.door import Door, Reply, unique
from tests.protocols.rest.queue import Queue
from tests.protocols.rest.test_incidents import queue, token
from tests.support.csrs import make_csr

__all__ = ["queue"]

LIMITS: dict[str, dict[str, Any]] = {
    "whole": {},
    "other profile": {"profiles": ["tls-client"]},
    "other names": {"names": ["DNS:example.org"]},
    "these names": {"names": ["DNS:example.com"]},
    "requester": {"role": "requester"},
    "auditor": {"role": "auditor"},
}
SUBJECTS = {
    "fits": "DNS:{}.example.com",
    "beside": "DNS:{}.badexample.com",
    "wildcard": "DNS:*.{}.example.com",
    "underscore": "DNS:_{}.example.com",
    "mail": "email:{}@example.com",
}
ORDERS = [(profile, subject) for profile in ("tls-server", "tls-client") for subject in SUBJECTS]
Way = Callable[[Queue, Door, dict[str, Any]], str]


def decision(reply: Reply) -> str:
    return "yes" if reply.status == 201 else str(reply.json["code"])


def with_request(_: Queue, door: Door, order: dict[str, Any]) -> str:
    return decision(door.post("/certificates", {**order, "csr": make_csr("ignored.example.com")}))


def with_key_made_here(_: Queue, door: Door, order: dict[str, Any]) -> str:
    key = {"key_type": "ECDSA-P256", "passphrase": "correct horse battery", "key_format": "pem"}
    return decision(door.post("/certificates", {**order, **key}))


def in_a_file(queue: Queue, door: Door, order: dict[str, Any]) -> str:
    where = f"/certificates/bulk?action=issue&ca=Issuing%20CA&profile={order['profile']}"
    row = {"csr": make_csr("ignored.example.com"), "sans": order["sans"], "subject": ""}
    reply = door.send("POST", where, json.dumps(row).encode(), [("Content-Type", "application/x-ndjson")])
    if reply.status != 202:
        return decision(reply)
    queue.work()
    (told,) = door.get(f"/certificates/bulk/{reply.json['id']}/rows").json["items"]
    return "yes" if told["certificate"] else str(told["code"])


def in_the_queue(queue: Queue, door: Door, order: dict[str, Any]) -> str:
    """What nobody else has to approve is issued at once."""
    reply = door.post("/requests", {**order, "csr": make_csr("ignored.example.com")})
    if reply.status == 201 and reply.json["state"] == "pending":
        given = queue.approve(queue.approvers[0], reply.json)
        assert given.status == 200, given.body
        return "yes"
    return decision(reply)


def decisions(queue: Queue, way: Way, limit: str) -> dict[tuple[str, str], str]:
    door = token(queue, queue.administrator, **LIMITS[limit])
    return {
        (profile, subject): way(
            queue,
            door,
            {"ca": "Issuing CA", "profile": profile, "sans": [SUBJECTS[subject].format(unique("p"))], "subject": ""},
        )
        for profile, subject in ORDERS
    }


@pytest.mark.parametrize(
    ("limit", "ways"),
    [
        ("whole", (with_key_made_here, in_a_file, in_the_queue)),
        ("other profile", (with_key_made_here, in_the_queue)),
        ("other names", (with_key_made_here, in_the_queue)),
        ("these names", (with_key_made_here, in_the_queue)),
        ("auditor", (with_key_made_here, in_a_file, in_the_queue)),
    ],
    ids=["whole", "other profile", "other names", "these names", "auditor"],
)
def test_enr_17_the_decision_is_the_same_by_every_way(queue: Queue, limit: str, ways: tuple[Way, ...]) -> None:
    expected = decisions(queue, with_request, limit)
    assert ("yes" in expected.values()) is (limit not in {"other names", "auditor"})
    for way in ways:
        assert decisions(queue, way, limit) == expected, way.__name__


def test_enr_17_what_has_to_be_approved_is_judged_as_what_has_not(queue: Queue) -> None:
    """A requester gets nothing without approval, and with it what the profile allows; a file is no way around."""
    assert decisions(queue, in_the_queue, "requester") == decisions(queue, with_request, "whole")
    for way in (with_request, with_key_made_here, in_a_file):
        assert set(decisions(queue, way, "requester").values()) == {"forbidden"}, way.__name__


@pytest.mark.parametrize("limit", ["other profile", "other names", "these names"])
def test_enr_17_no_file_is_taken_from_who_is_limited(queue: Queue, limit: str) -> None:
    assert set(decisions(queue, in_a_file, limit).values()) == {"forbidden"}
