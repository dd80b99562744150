"""Batches of concurrent ACME requests. One thread handles a batch, with one commit for its nonces and changes.

Operations run before that commit, so the quick ones only read and return their changes. A request whose nonce another
one uses meanwhile has no effect but the audit event of its refusal, and its response is never sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import NamedTuple
from weakref import WeakKeyDictionary

from starlette.responses import Response

from pki_manager.authority.acme.change import AcmeChange, SignedChange, store_change, store_signed_changes
from pki_manager.authority.kernel import refusal_log
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.current_request import set_current_request
from pki_manager.domain.errors import BadNonce, PkiError, Unauthenticated
from pki_manager.protocols.acme.door import (
    Accepted,
    AcmeRequest,
    ByAccount,
    SignedRequest,
    accept,
    check_accounts,
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

    Requests for operations that are not quick are only authenticated: their nonces are used up.
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
    checked = dict(zip(requests, check_accounts(ctx, list(requests.values())), strict=True))
    outcomes = {place: _run(ctx, calls[place], one.outcome) for place, one in checked.items()}
    nonces = {place: requests[place].nonce for place, one in checked.items() if one.needs_nonce}
    for place, outcome in _store(ctx, outcomes, nonces).items():
        results[place] = _respond(ctx, calls[place], checked[place].outcome, outcome)
    return results


def _store(
    ctx: Context, outcomes: Mapping[int, Outcome | Accepted | Exception], nonces: Mapping[int, str]
) -> Mapping[int, AcmeResponse | Accepted | Exception]:
    """Use the nonces, store the changes, and return the result or error of every request."""
    finished: dict[int, AcmeResponse | Accepted | Exception] = {}
    requests: dict[int, SignedChange[AcmeResponse]] = {}
    for place, outcome in outcomes.items():
        change = outcome if isinstance(outcome, AcmeChange) else None
        if not isinstance(outcome, AcmeChange):
            finished[place] = outcome
        if place in nonces:
            requests[place] = SignedChange(nonces[place], change)
    stored = store_signed_changes(ctx, list(requests.values())) if requests else []
    return finished | {place: one for place, one in zip(requests, stored, strict=True) if one is not None}


def _run(ctx: Context, call: AcmeCall, accepted: Accepted | Exception) -> Outcome | Accepted | Exception:
    """Run a quick operation. Return the request itself for the others, whose nonce must be used before they run."""
    if isinstance(accepted, Exception) or not call.operation.is_quick:
        return accepted
    try:
        with set_current_request(call.request.request_id):
            return call.operation.run(ctx, accepted)
    except Exception as error:  # noqa: BLE001 - it belongs to this request alone
        return error


def _respond(
    ctx: Context, call: AcmeCall, accepted: Accepted | Exception, outcome: AcmeResponse | Accepted | Exception
) -> Response | Accepted | Exception:
    if isinstance(outcome, AcmeResponse):
        return to_response(outcome)
    if isinstance(accepted, Exception) or not isinstance(outcome, PkiError) or isinstance(outcome, BadNonce):
        return outcome
    try:
        return _refused(ctx, call, accepted, outcome)
    except PkiError as error:
        return error


def _refused(ctx: Context, call: AcmeCall, accepted: Accepted, error: PkiError) -> Response:
    if isinstance(accepted, ByAccount) and accepted.payload and not isinstance(error, Unauthenticated):
        refusal_log.record_refusal(ctx, accepted.actor, call.operation.name, call.request.target, error)
    return to_problem(error, call.operation.words, accepted)
