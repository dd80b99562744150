"""Batches of concurrent ACME requests. One thread handles a batch, with one commit for nonces and one for changes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import NamedTuple
from weakref import WeakKeyDictionary

from starlette.responses import Response

from pki_manager.authority.acme.change import AcmeChange, store_change, store_changes
from pki_manager.authority.kernel import refusal_log
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.current_request import set_current_request
from pki_manager.domain.errors import PkiError, Unauthenticated
from pki_manager.protocols.acme.door import (
    Accepted,
    AcmeRequest,
    ByAccount,
    SignedRequest,
    accept,
    accept_accounts,
    read,
)
from pki_manager.protocols.acme.http_responses import to_problem, to_response
from pki_manager.protocols.acme.operations import AcmeOperation, Outcome
from pki_manager.protocols.acme.responses import AcmeResponse
from pki_manager.protocols.async_batcher import AsyncBatcher

LARGEST_BODY = 8192
"""Maximum size in octets of a request in a batch. A large request takes long to parse and would delay the others."""


class AcmeCall(NamedTuple):
    """One ACME request with its operation."""

    operation: AcmeOperation
    request: AcmeRequest


class AcmeBatches:
    """Batches of quick operations, one batcher for each event loop."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._of_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncBatcher[AcmeCall, Response | Accepted]] = (
            WeakKeyDictionary()
        )
        self._lock = Lock()

    async def answer(self, call: AcmeCall) -> Response | Accepted | None:
        """Return the response to a request that was handled in a batch, or raise its error for `Boundary`.

        If the operation is not quick, the result is the accepted request, to be passed to `answer_accepted`. If the
        request cannot be in a batch, the result is None.
        """
        if len(call.request.body) > LARGEST_BODY:
            return None
        loop = asyncio.get_running_loop()
        with self._lock:
            batcher = self._of_loops.get(loop)
            if batcher is None:
                batcher = self._of_loops[loop] = AsyncBatcher(self._answer, "acme")
        return await batcher.join(call)

    def _answer(self, calls: Sequence[AcmeCall]) -> Sequence[Response | Accepted | Exception | None]:
        return answer_batch(self._ctx, calls)


def answer_singly(ctx: Context, call: AcmeCall) -> Response:
    """Authenticate one request, run its operation, and return the response."""
    return answer_accepted(ctx, call, accept(ctx, call.request))


def answer_accepted(ctx: Context, call: AcmeCall, accepted: Accepted) -> Response:
    """Run the operation of an authenticated request, whose nonce is used up, and return the response."""
    try:
        outcome = call.operation.run(ctx, accepted)
        return to_response(store_change(ctx, outcome) if isinstance(outcome, AcmeChange) else outcome)
    except PkiError as error:
        return _refused(ctx, call, accepted, error)


def answer_batch(ctx: Context, calls: Sequence[AcmeCall]) -> Sequence[Response | Accepted | Exception | None]:
    """Return for each call what `answer_singly` returns or raises; None for a request that is not signed by an account.

    Requests for operations that are not quick are only authenticated.
    """
    results: list[Response | Accepted | Exception | None] = [None] * len(calls)
    requests: dict[int, SignedRequest] = {}
    for place, call in enumerate(calls):
        try:
            signed = read(call.request)
        except PkiError as error:
            results[place] = error
        else:
            if signed.signed.key is None:
                requests[place] = signed
    accepted = dict(zip(requests, accept_accounts(ctx, list(requests.values())), strict=True))
    outcomes: dict[int, Outcome | Exception] = {}
    for place, one in accepted.items():
        if calls[place].operation.is_quick:
            outcomes[place] = _run(ctx, calls[place], one)
        else:
            results[place] = one
    for place, outcome in _store(ctx, outcomes).items():
        results[place] = _respond(ctx, calls[place], accepted[place], outcome)
    return results


def _store(ctx: Context, outcomes: Mapping[int, Outcome | Exception]) -> Mapping[int, AcmeResponse | Exception]:
    """Store the changes among the outcomes in one commit, and return the response or error of every outcome."""
    finished: dict[int, AcmeResponse | Exception] = {}
    changes: dict[int, AcmeChange[AcmeResponse]] = {}
    for place, outcome in outcomes.items():
        if isinstance(outcome, AcmeChange):
            changes[place] = outcome
        else:
            finished[place] = outcome
    stored = store_changes(ctx, list(changes.values())) if changes else []
    return finished | dict(zip(changes, stored, strict=True))


def _run(ctx: Context, call: AcmeCall, accepted: Accepted | Exception) -> Outcome | Exception:
    if isinstance(accepted, Exception):
        return accepted
    try:
        with set_current_request(call.request.request_id):
            return call.operation.run(ctx, accepted)
    except Exception as error:  # noqa: BLE001 - it belongs to this request alone
        return error


def _respond(
    ctx: Context, call: AcmeCall, accepted: Accepted | Exception, outcome: AcmeResponse | Exception
) -> Response | Exception:
    if isinstance(outcome, AcmeResponse):
        return to_response(outcome)
    if isinstance(accepted, Exception) or not isinstance(outcome, PkiError):
        return outcome
    try:
        return _refused(ctx, call, accepted, outcome)
    except PkiError as error:
        return error


def _refused(ctx: Context, call: AcmeCall, accepted: Accepted, error: PkiError) -> Response:
    if isinstance(accepted, ByAccount) and accepted.payload and not isinstance(error, Unauthenticated):
        refusal_log.record_refusal(ctx, accepted.actor, call.operation.name, call.request.target, error)
    return to_problem(error, call.operation.words, accepted)
