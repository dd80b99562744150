"""Requests and approvals by REST alone, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509

from tests.csrs import make_csr
from tests.protocols.rest.door import unique
from tests.protocols.rest.queue import Queue, furnish_queue

TWO_OF_THREE = {
    "name": "two for servers",
    "operation": "certificate.issue",
    "profiles": ["tls-server"],
    "needed": 2,
    "roles": ["registration-authority"],
}


@pytest.fixture
def queue(tmp_path: Path, database_url: str) -> Iterator[Queue]:
    made = furnish_queue(tmp_path, database_url)
    yield made
    made.house.authority.storage.close()


def test_request_comment_edit_reset_two_of_three_issued(queue: Queue) -> None:
    """The whole road, and its traces: each step leaves one event, which names the rule that demanded it."""
    queue.demand(TWO_OF_THREE)
    first, second, third = queue.approvers
    name = f"{unique('road')}.example.com"
    request = queue.submit(csr=make_csr(name))
    identifier = request["id"]
    assert request["state"] == "awaiting_approval"
    assert request["approvals"]["needed"] == 2
    asked = first.post(f"/requests/{identifier}/comment", {"text": "Which host is this?\nPlease add www."})
    assert [comment["text"] for comment in asked.json["comments"]] == ["Which host is this?\nPlease add www."]
    assert queue.approve(first, request).status == 200
    edited = queue.requester.post(
        f"/requests/{identifier}/edit",
        {"plan_sha256": request["plan_sha256"], "sans": [f"DNS:{name}", f"DNS:www.{name}"], "validity": "P30D"},
    )
    assert edited.status == 200, edited.body
    assert edited.json["approvals"]["given"] == []
    assert edited.json["plan_sha256"] != request["plan_sha256"]
    assert queue.approve(second, request).status == 409  # what he saw is no longer what is asked for
    assert queue.approve(second, edited.json).status == 200
    assert queue.show(request)["state"] == "awaiting_approval"
    assert queue.approve(third, edited.json).json["state"] == "ready"
    queue.work()
    done = queue.show(request)
    assert done["state"] == "issued"
    certificate = queue.administrator.get(f"/certificates/{done['certificate']}").json
    assert certificate["sans"] == [f"DNS:{name}", f"DNS:www.{name}"]
    loaded = x509.load_pem_x509_certificate(certificate["pem"].encode())
    assert (loaded.not_valid_after_utc - loaded.not_valid_before_utc).days == 29
    told = [(event["action"], event["details"].get("rules")) for event in queue.events(object_id=identifier)]
    rules = ["two for servers", "built-in:requesters"]
    assert told == [
        ("request.submitted", rules),
        ("request.commented", None),
        ("request.approved", rules),
        ("request.edited", rules),
        ("request.approved", rules),
        ("request.approved", rules),
        ("certificate.issue_intended", rules),
    ]
