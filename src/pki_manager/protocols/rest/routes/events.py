"""`/events`: changes of objects, as a list or as a stream of server-sent events."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from functools import partial
from threading import Lock
from typing import Annotated, Any

from anyio import sleep
from fastapi import APIRouter, Header
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from pki_manager.authority.audit.change_feed import LONGEST_POSITION, list_changes_since
from pki_manager.authority.kernel.access import Permission
from pki_manager.authority.people import sessions
from pki_manager.domain import errors
from pki_manager.domain.errors import TooManyAttempts
from pki_manager.protocols.rest.fast.caller_bulkhead import build_caller_key
from pki_manager.protocols.rest.operation import Call, Caller, OperationRoute, operation
from pki_manager.protocols.rest.responses.events import ChangeList, encode_server_sent_event

router = APIRouter(prefix="/events", tags=["events"], route_class=OperationRoute)

STREAM = "text/event-stream"
MOST_STREAMS = 64
"""Maximum number of open event streams of a server process."""

MOST_OF_ONE = 8
"""Maximum number of open event streams of one user or token, so that one caller cannot use all."""

PAUSE = 1.0
ROUNDS = 60
"""Checks for changes in one stream, PAUSE seconds apart.

After them, the client reconnects with its Last-Event-ID and authenticates again.
"""

_STILL_HERE = b": still here\n\n"
_ALIVE_EVERY = 15

_EVENTS: dict[str, Any] = operation(Permission.SELF_READ, errors.TooManyAttempts, passive=True)
_EVENTS["responses"][200] = {"model": ChangeList, "content": {STREAM: {"schema": {"type": "string"}}}}

_Position = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID",
        max_length=LONGEST_POSITION,
        description="ID of the last change that you received. Default: changes from now on",
    ),
]


@router.get("", summary="Stream changes", response_model=ChangeList, **_EVENTS)
def stream_events(call: Caller, request: Request, position: _Position = None) -> Any:  # noqa: ANN401 - one of two
    """Return changes of objects that you can read. With `Accept: text/event-stream`, the response is a stream.

    A stream ends with the session that opened it, and does not extend that session.
    """
    found = ChangeList.of(list_changes_since(call.ctx, call.actor, position))
    if STREAM not in request.headers.get("accept", ""):
        return found
    state, caller = request.app.state, build_caller_key(call.actor)
    state.streams.reserve(caller)
    headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
    return _Stream(_stream(call, found, state), partial(state.streams.release, caller), headers)


class Streams:
    """Open event streams of a server process, by caller."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._open: Counter[str] = Counter()

    def reserve(self, caller: str) -> None:
        """Count a new stream. Raises TooManyAttempts if the process or the caller has too many event streams."""
        with self._lock:
            if self._open.total() >= MOST_STREAMS:
                raise TooManyAttempts("Too many event streams are open. Retry after 30 s.", retry_after=30)
            if self._open[caller] >= MOST_OF_ONE:
                raise TooManyAttempts(f"You have {MOST_OF_ONE} event streams open. Close one of them.", retry_after=30)
            self._open[caller] += 1

    def release(self, caller: str) -> None:
        with self._lock:
            self._open[caller] -= 1
            if not self._open[caller]:
                del self._open[caller]


class _Stream(StreamingResponse):
    """Event stream that releases its slot however it ends, also if the client disconnects before the first event."""

    def __init__(self, content: AsyncIterator[bytes], release: Callable[[], None], headers: dict[str, str]) -> None:
        super().__init__(content, media_type=STREAM, headers=headers)
        self._release = release

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._release()


async def _stream(call: Call, found: ChangeList, state: Any) -> AsyncIterator[bytes]:  # noqa: ANN401 - Starlette's
    is_stopping: Callable[[], bool] = state.is_stopping
    yield encode_server_sent_event(found)
    position = found.position
    for number in range(1, ROUNDS):
        await sleep(PAUSE)
        if is_stopping():
            return
        changes = await run_in_threadpool(_new_changes, call, position)
        if changes is None:
            return
        if changes.items or changes.missed:
            yield encode_server_sent_event(changes)
        elif number % _ALIVE_EVERY == 0:
            yield _STILL_HERE
        position = changes.position


def _new_changes(call: Call, position: str) -> ChangeList | None:
    """Return the new changes. None once the session has ended. A token is checked when its client reconnects."""
    actor = call.actor
    if call.signed_in is not None:
        still = sessions.recognize(call.ctx, call.signed_in.secret, touch=False)
        if still is None:
            return None
        actor = sessions.build_session_actor(call.ctx, still, actor)
    return ChangeList.of(list_changes_since(call.ctx, actor, position))
