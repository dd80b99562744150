"""Requests that arrive together are answered as a batch, and each has its own end."""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64decode
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.responses import Response

from pki_manager.authority.acme.nonces import create_nonce, use_nonce
from pki_manager.domain.errors import BadNonce, Malformed
from pki_manager.protocols.acme.batch import AcmeCall, answer_accepted, answer_batch
from pki_manager.protocols.acme.door import Accepted, AcmeRequest, ByAccount
from pki_manager.protocols.acme.fast_posts import FastPosts
from pki_manager.protocols.acme.jws import MEDIA_TYPE
from pki_manager.protocols.acme.operations import OPERATIONS
from pki_manager.protocols.acme.urls import Bases
from tests.protocols.acme.client import BASE, KEEP, PUBLIC, AcmeClient, Door, new_client
from tests.protocols.acme.test_orders import csr
from tests.protocols.rest.door import unique

ORDER, FINALIZE, NEW_ORDER = "/orders/{order}", "/orders/{order}/finalize", "/{ca}/{profile}/new-order"


def request(client: AcmeClient, pattern: str, payload: object = None, **how: Any) -> AcmeCall:
    """A request as it reaches a batch; `how` is `parameters`, `body`, or members of the protected header."""
    parameters = {"ca": "Issuing CA", "profile": "tls-server"} | how.pop("parameters", {})
    path = pattern.format(**parameters).replace(" ", "%20")
    url, bases = client.url(path), Bases((BASE, PUBLIC))
    body = how.pop("body", None) or client.signed(url, payload, **how)
    received = AcmeRequest(
        bases=bases,
        urls=bases.urls("pki.example:8443", "https"),
        target=urlsplit(url).path,
        parameters=parameters,
        cursor=None,
        media_type=MEDIA_TYPE,
        body=body,
        peer="192.0.2.1",
        request_id="",
    )
    return AcmeCall(OPERATIONS[pattern], received)


def new_order(client: AcmeClient, name: str | None = None, **how: Any) -> AcmeCall:
    name = name or f"{unique('batch')}.example.com"
    return request(client, NEW_ORDER, {"identifiers": [{"type": "dns", "value": name}]}, **how)


def status(outcome: Response | Accepted | Exception | None) -> int:
    assert isinstance(outcome, Response), outcome
    return outcome.status_code


def test_orders_of_a_batch_are_stored_and_shown(door: Door, client: AcmeClient) -> None:
    other = new_client(door)
    calls = [new_order(client), new_order(other), new_order(client)]
    outcomes = answer_batch(door.ctx, calls)
    assert [status(one) for one in outcomes] == [201, 201, 201]
    for owner, outcome in zip((client, other, client), outcomes, strict=True):
        assert isinstance(outcome, Response)
        shown = owner.post(outcome.headers["location"])
        assert shown.json == json.loads(bytes(outcome.body))


def test_what_is_wrong_with_one_request_is_no_other_requests_matter(door: Door, client: AcmeClient) -> None:
    other = new_client(door)
    forged = new_order(client, signer=other.signer)
    calls = [
        new_order(client),
        request(client, NEW_ORDER, body=b"{}"),
        forged,
        new_order(client, "no name"),
        request(other, ORDER, parameters={"order": "unknown"}),
        new_order(client, kid=KEEP, jwk=client.signer.jwk),
        new_order(other),
    ]
    first, malformed, bad_signature, refused, unknown, by_key, last = answer_batch(door.ctx, calls)
    assert (status(first), status(last)) == (201, 201)
    assert isinstance(malformed, Malformed)
    assert isinstance(bad_signature, Malformed)
    assert (status(refused), status(unknown)) == (403, 404)
    assert by_key is None
    # Only requests with a valid signature use their nonces up, and that one is answered alone.
    for unused in (forged, calls[5]):
        protected = json.loads(unused.request.body)["protected"]
        use_nonce(door.ctx, _header(protected)["nonce"])


def test_acm_12_a_nonce_is_accepted_once_within_a_batch(door: Door, client: AcmeClient) -> None:
    nonce = create_nonce(door.ctx)
    outcomes = answer_batch(door.ctx, [new_order(client, nonce=nonce) for _ in range(4)])
    assert [isinstance(one, BadNonce) for one in outcomes] == [False, True, True, True]
    with pytest.raises(BadNonce, match="already used"):
        use_nonce(door.ctx, nonce)


def test_a_change_that_fails_is_undone_and_leaves_the_others(door: Door, client: AcmeClient) -> None:
    stopped = new_client(door)
    order = client.order(f"{unique('batch')}.example.com")
    (url,) = order.json["authorizations"]
    challenge = client.post(url).json["challenges"][0]["url"].rsplit("/", 1)[1]
    client.post(url, {"status": "deactivated"})
    answer = request(client, "/challenges/{challenge}", {}, parameters={"challenge": challenge})
    outcomes = answer_batch(door.ctx, [new_order(stopped), answer, new_order(client)])
    assert [status(one) for one in outcomes] == [201, 409, 201]


def test_a_batch_accepts_a_finalization_and_leaves_it_to_its_own_thread(door: Door, client: AcmeClient) -> None:
    name = f"{unique('batch')}.example.com"
    order = client.order(name)
    client.prove(order)
    nonce, payload = create_nonce(door.ctx), {"csr": csr(name)}
    parameters = {"order": order.headers["location"].rpartition("/")[2]}
    call = request(client, FINALIZE, payload, parameters=parameters, nonce=nonce)
    forged = request(client, FINALIZE, payload, parameters=parameters, signer=new_client(door).signer)
    first, accepted, refused = answer_batch(door.ctx, [new_order(client), call, forged])
    assert status(first) == 201
    assert isinstance(refused, Malformed)
    assert isinstance(accepted, ByAccount)
    with pytest.raises(BadNonce, match="already used"):
        use_nonce(door.ctx, nonce)
    answer = answer_accepted(door.ctx, call, accepted)
    assert json.loads(bytes(answer.body))["status"] == "valid"


def _header(protected: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(urlsafe_b64decode(protected + "=="))
    return found


FREQUENT = [path for path, operation in OPERATIONS.items() if operation.is_frequent]


def found(method: str, path: str) -> dict[str, str] | None:
    """The parameters of the handler that the fast path finds; None where it passes the request on."""
    seen: list[dict[str, str] | None] = []

    async def handler(request: Any) -> Response:
        seen.append(request.path_params)
        return Response()

    async def framework(_scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(None)

    async def ignore(*_: Any) -> Any:
        return None

    app = FastPosts(framework, handlers=dict.fromkeys(FREQUENT, handler), on_error=ignore)
    scope = {"type": "http", "method": method, "path": f"/acme{path}", "root_path": "/acme", "headers": []}
    asyncio.run(app(scope, ignore, ignore))
    (parameters,) = seen
    return parameters


@pytest.mark.parametrize("pattern", FREQUENT)
def test_the_fast_path_finds_what_the_routes_find(pattern: str) -> None:
    names = [part[1:-1] for part in pattern.split("/") if part.startswith("{")]
    parameters = {name: f"a {name}" for name in names}
    assert found("POST", pattern.format(**parameters)) == parameters
    assert found("GET", pattern.format(**parameters)) is None


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/orders",
        "/orders/",
        "//x",
        "/accounts/x/finalize",
        "/accounts/x/orders",
        "/a/b/c/new-order",
        "//b/new-order",
    ],
)
def test_every_other_path_goes_on_to_the_routes(path: str) -> None:
    assert found("POST", path) is None
