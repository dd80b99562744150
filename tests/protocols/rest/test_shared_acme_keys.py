"""A request through ACME needs one more person: the holder of a shared or an open key may be one of the approvers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.protocols.acme import client as acme
from tests.protocols.acme.client import AcmeClient
from tests.protocols.acme.signing import new_signer
from tests.protocols.acme.test_orders import finalized, name
from tests.protocols.rest.queue import Queue, furnish_queue

RULE = {"name": "four eyes", "operation": "certificate.issue", "profiles": ["tls-server"], "needed": 1}


@pytest.fixture
def queue(tmp_path: Path, database_url: str) -> Iterator[Queue]:
    made = furnish_queue(tmp_path, database_url)
    yield made
    made.house.ctx.ports.storage.close()


@pytest.fixture
def four_eyes(queue: Queue) -> Iterator[None]:
    queue.demand(RULE)
    yield
    queue.demand()


def by_shared_key(door: acme.Door) -> AcmeClient:
    """A client with the key that an administrator handed out."""
    return acme.new_client(door)


def by_open_key(door: acme.Door) -> AcmeClient:
    """A client that registers without a key: the installation has an open one."""
    made = AcmeClient(door, new_signer(), acme.new_binding(door.ctx, is_open=True))
    reply = made.by_key(made.url("/new-account"), {"termsOfServiceAgreed": True})
    assert reply.status == 201, reply.body
    made.kid = reply.headers["location"]
    return made


@pytest.mark.usefixtures("four_eyes")
@pytest.mark.parametrize("way", [by_shared_key, by_open_key])
def test_one_approver_is_not_enough_for_an_acme_order_whose_client_may_be_that_approver(queue: Queue, way) -> None:
    client = way(acme.Door(queue.house.ctx))
    order = finalized(client, name())
    assert order.json["status"] == "processing"
    request = queue.administrator.get("/requests?limit=1").json["items"][0]
    first, second, _ = queue.approvers

    shown = first.get(f"/requests/{request['id']}").json
    assert "requester.anonymous" in [risk["code"] for risk in shown["risks"]]
    assert shown["approvals"]["needed"] == 2
    after_one = queue.approve(first, shown)
    assert (after_one.status, after_one.json["state"]) == (200, "awaiting_approval")
    assert queue.approve(first, shown).status == 409
    queue.work()
    assert client.post(order.headers["location"]).json["status"] == "processing"

    assert queue.approve(second, shown).status == 200
    queue.work()
    assert client.post(order.headers["location"]).json["status"] == "valid"
