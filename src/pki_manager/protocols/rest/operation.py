"""REST operations: declared with a permission, which is checked before anything that the caller sent is read."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Annotated, Any, TypeAlias, cast

from fastapi import Depends
from fastapi.dependencies.utils import request_body_to_args
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from pki_manager.authority.kernel import refusal_log
from pki_manager.authority.kernel.access import DANGEROUS, PUBLIC, Permission, require_somewhere
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.people import sessions
from pki_manager.authority.people.sessions import SignedIn
from pki_manager.authority.rights import tokens
from pki_manager.domain import errors
from pki_manager.domain.approval import Operation
from pki_manager.domain.errors import (
    FieldError,
    Forbidden,
    InvalidInput,
    Malformed,
    PkiError,
    Unauthenticated,
    UnsupportedMedia,
)
from pki_manager.domain.rights.actor import ANONYMOUS, Actor
from pki_manager.ports.unit_of_work import Claim
from pki_manager.protocols.http import request_id
from pki_manager.protocols.rest import problems
from pki_manager.protocols.rest.browser import (
    SAFE,
    Browser,
    read_browser,
    read_session_secret,
    require_csrf_token,
    require_own_origin,
)
from pki_manager.protocols.rest.fast.batched import LARGEST_BODY, find_batched
from pki_manager.protocols.rest.fast.bulkhead import Bulkhead
from pki_manager.protocols.rest.fast.caller_bulkhead import CallerBulkhead, build_caller_key
from pki_manager.protocols.rest.fast.encode_response import encode_result
from pki_manager.protocols.rest.fast.single_flight import SingleFlight
from pki_manager.protocols.rest.problems import MEDIA_TYPE, STATUS
from pki_manager.protocols.rest.waiting import Waiting
from pki_manager.protocols.strict_json import read_json

INJECTED_ACTOR = "pkim.actor"
"""Key in the ASGI scope's `extensions` that holds the actor of an in-process caller. No HTTP request can set it."""

IDEMPOTENCY_KEY = "Idempotency-Key"

_JSON = frozenset({"application/json"})
_CHANGING = frozenset({"PUT", "PATCH", "DELETE"})
_KEY_FORM = re.compile(r"[\x20-\x7e]{1,255}")

_ALWAYS = (
    errors.Malformed,
    errors.InvalidInput,
    errors.Unauthenticated,
    errors.Forbidden,
    errors.StorageUnavailable,
    errors.Fault,
)
_KEY_PARAMETER: Mapping[str, Any] = {
    "name": IDEMPOTENCY_KEY,
    "in": "header",
    "required": False,
    "description": "Makes retries safe. A repeated request with the same key and body returns the first result. "
    "Keys are kept for 24 hours",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
_POSTED = (errors.TooLarge, errors.UnsupportedMedia, errors.IdempotencyMismatch, errors.InFlight)


@dataclass(frozen=True, slots=True)
class Call:
    """Data of a request that each handler gets. `claim` represents its Idempotency-Key, None without one.

    `signed_in` is the session of the caller's browser, at any stage of the sign-in. `actor` is the user of the session
    only after the last stage. `content` is the body of an operation that accepts files, `media_type` one of its
    declared types.
    """

    ctx: Context
    actor: Actor
    claim: Claim | None
    browser: Browser
    signed_in: SignedIn | None
    content: bytes
    media_type: str

    @property
    def session(self) -> SignedIn:
        """Return the caller's session. Raises Forbidden if there is none."""
        if self.signed_in is None:
            raise Forbidden("This operation requires a session. Sign in as a user.")
        return self.signed_in


async def _call(request: Request) -> Call:
    call: Call = request.state.call
    return call


Caller: TypeAlias = Annotated[Call, Depends(_call)]


def operation(
    permission: Permission,
    *raised: type[PkiError],
    posted: bool = False,
    costly: bool = False,
    heavy: bool | str = False,
    passive: bool = False,
    media_types: Sequence[str] = (),
    gates: Sequence[Operation] = (),
) -> dict[str, Any]:
    """Return the keyword arguments of a route: its permission and every error response, for OpenAPI.

    `posted`: a POST that changes something, and accepts an Idempotency-Key. `costly`: it hashes a password, and waits
    for a slot. `heavy`: the caller determines its processor time, so requests of each caller are limited; a string is
    the body property that makes it heavy. `passive`: pages send it without a user action, so it does not extend the
    session. `media_types` are those of an uploaded file. `gates` are the operations of approval rules: the response can
    be 202, or 409 if the approval was used or withdrawn in between.
    """
    kinds = (*_ALWAYS, *(_POSTED if posted else ()), *((errors.TooManyAttempts,) if costly or heavy else ()), *raised)
    if permission in DANGEROUS:
        kinds += (errors.FreshAuthenticationRequired,)
    if gates:
        kinds += (errors.Conflict,)
    extra: dict[str, Any] = {"x-permission": permission.value, "x-error-codes": sorted({kind.code for kind in kinds})}
    flags = {"x-costly": costly, "x-heavy": heavy, "x-passive": passive}
    extra |= {name: flag for name, flag in flags.items() if flag}
    if posted:
        extra["parameters"] = [_KEY_PARAMETER]
    if media_types:
        file = {"schema": {"type": "string", "minLength": 1}}
        extra["requestBody"] = {"required": True, "content": dict.fromkeys(media_types, file)}
    responses = _error_responses(kinds)
    if gates:
        extra["x-approval"] = [gate.value for gate in gates]
        responses[STATUS[errors.ApprovalNeeded]] = {"description": "The operation waits for approval", "model": Waiting}
    return {"openapi_extra": extra, "responses": responses}


def _error_responses(kinds: Iterable[type[PkiError]]) -> dict[int, dict[str, Any]]:
    schema = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    by_status: dict[int, list[str]] = {}
    for kind in dict.fromkeys(kinds):
        by_status.setdefault(STATUS[kind], []).append(f"`{kind.code}`: {kind.title}")
    return {status: {"description": ". ".join(told), "content": schema} for status, told in sorted(by_status.items())}


class OperationRoute(APIRoute):
    """A route with a permission. It authenticates the caller, checks the permission, reads the request, and runs.

    In this order, a caller without the permission learns nothing about the body's form, and no parser reads the body.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:  # noqa: ANN401 - FastAPI's
        extra = options.get("openapi_extra") or {}
        if "x-permission" not in extra:
            raise TypeError(f"{endpoint.__name__} names no permission: give it one with operation(...)")
        self.permission = Permission(extra["x-permission"])
        self._is_costly = bool(extra.get("x-costly"))
        self._heavy: bool | str = extra.get("x-heavy", False)
        self._is_passive = bool(extra.get("x-passive"))
        self._media_types = frozenset(extra.get("requestBody", {}).get("content", ()))
        self._is_keyed = any(parameter["name"] == IDEMPOTENCY_KEY for parameter in extra.get("parameters", ()))
        self._together = find_batched(endpoint)
        super().__init__(path, encode_result(endpoint, options.get("status_code") or 200), **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        return self._guarded(super().get_route_handler())

    @cached_property
    def is_direct(self) -> bool:
        """Return whether the handler gets only the caller and a body, so that the fast path can call it."""
        needs = self.dependant
        parameters = (*needs.path_params, *needs.query_params, *needs.header_params, *needs.cookie_params)
        return not parameters and [part.call for part in needs.dependencies] == [_call]

    @cached_property
    def answer_directly(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler of the fast path, for a route that `is_direct`. It does the same as FastAPI's handler."""
        return self._guarded(self._run)

    async def _run(self, request: Request) -> Response:
        """Run an operation that has no parameters, as FastAPI does."""
        needs, call = self.dependant, self.dependant.call
        given: dict[str, Any] = {needs.dependencies[0].name or "": request.state.call}
        if self.body_field is not None:
            body = await request.json()
            values, faults = await request_body_to_args(needs.body_params, body, embed_body_fields=False)
            if faults:
                raise RequestValidationError(faults, body=body)
            given |= values
        if needs.request_param_name is not None:
            given[needs.request_param_name] = request
        if needs.response_param_name is not None:
            given[needs.response_param_name] = _unset()
        how = self._together
        answer: Response | None = None
        if how is not None and len(await request.body()) <= LARGEST_BODY and how.fits(given):
            answer = await request.app.state.batchers.answer(self.name, how, given)
        if answer is None:
            answer = await run_in_threadpool(cast("Callable[..., Response]", call), **given)
        return answer

    def _guarded(
        self, handler: Callable[[Request], Coroutine[Any, Any, Response]]
    ) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return a handler that authenticates the caller, checks permission and request, and calls `handler`."""

        async def handle(request: Request) -> Response:
            ctx: Context = request.app.state.authority_of()
            browser = read_browser(ctx, request)
            touch = not (self._is_passive or browser.unattended)
            actor, signed_in = await _authenticate(ctx, request, browser, touch=touch)
            try:
                self._require_own_page(ctx, signed_in, browser, request)
                actor = replace(actor, rule=require_somewhere(actor, self.permission))
                strict = await self._strict(request)
                claim = self._claim(ctx, strict, await strict.body())
                content = await strict.body() if self._media_types else b""
                strict.state.call = Call(ctx, actor, claim, browser, signed_in, content, strict.media_type)
                async with await self._turn(strict, actor):
                    return await handler(strict)
            except ClientDisconnect:
                raise  # The change was not refused: its client took it back before it was read.
            except Exception as error:
                await self._note(ctx, actor, request, error)
                raise

        return handle

    def is_change(self, method: str) -> bool:
        """Return whether a request with that method changes something or signs. Some POST requests only read."""
        return method in _CHANGING or (method == "POST" and (self._is_keyed or self.permission in PUBLIC))

    async def _turn(self, strict: StrictRequest, actor: Actor) -> AbstractAsyncContextManager[None]:
        """Return the bulkhead slot to acquire before the handler takes a thread, or an empty context."""
        if self._is_costly:
            costly: Bulkhead = strict.app.state.costly_bulkhead
            return costly.acquire()
        is_heavy = self._heavy
        if isinstance(is_heavy, str):
            body = await strict.json()
            is_heavy = isinstance(body, dict) and body.get(is_heavy) is not None
        if is_heavy:
            heavy: CallerBulkhead = strict.app.state.heavy_bulkhead
            return heavy.acquire(build_caller_key(actor))
        return nullcontext()

    def _require_own_page(self, ctx: Context, signed_in: SignedIn | None, browser: Browser, request: Request) -> None:
        """Require this server's origin and the CSRF token: browsers send the cookie with requests of every site."""
        if signed_in is not None or self.permission in PUBLIC:
            require_own_origin(ctx, request)
        if signed_in is not None and self.permission not in PUBLIC and request.method not in SAFE:
            require_csrf_token(signed_in, browser)

    async def _strict(self, request: Request) -> StrictRequest:
        """Read the body once and strictly, and return a request from which FastAPI uses exactly those values."""
        self._require_known_query(request)
        strict = StrictRequest(request.scope, request.receive)
        body = await strict.body()
        if self._media_types:
            strict.media_type = _require_media(request, self._media_types)
        elif self.body_field is not None:
            _require_media(request, _JSON)
            await strict.json()
        elif body.strip() not in (b"", b"{}"):
            raise InvalidInput.of("body", "schema.extra_forbidden", "must be empty for this operation")
        return strict

    async def _note(self, ctx: Context, actor: Actor, request: Request, error: Exception) -> None:
        """Record in the audit log every denied permission, and every change that was refused."""
        refusal = problems.to_pki_error(error)
        is_change = self.is_change(request.method)
        if isinstance(refusal, Unauthenticated) or not (is_change or isinstance(refusal, Forbidden)):
            return
        target = "/".join(map(str, request.path_params.values()))
        await run_in_threadpool(refusal_log.record_refusal, ctx, actor, self.name, target, refusal)

    def _require_known_query(self, request: Request) -> None:
        parts = (self.dependant, *self.dependant.dependencies)
        known = {parameter.alias for part in parts for parameter in part.query_params}
        given = [name for name, _ in request.query_params.multi_items()]
        faults = [
            FieldError(name, "schema.extra_forbidden", "is not a parameter of this operation")
            for name in given
            if name not in known
        ]
        faults += [
            FieldError(name, "schema.repeated", "must not be repeated") for name in known if given.count(name) > 1
        ]
        if faults:
            detail = "; ".join(f"{fault.field}: {fault.message}" for fault in faults)
            raise InvalidInput(detail, errors=tuple(faults))
        texts = (*request.query_params.values(), *map(str, request.path_params.values()))
        if any("\0" in text for text in texts):
            raise Malformed.of("parameter", "text.nul", "must not contain a NUL character")

    def _claim(self, ctx: Context, request: StrictRequest, body: bytes) -> Claim | None:
        """Return the claim of the request's Idempotency-Key, or None without a key.

        The scope of a key is (actor, operation, key). Path, query, media type, and body must be the same in a retry.
        They are stored as an HMAC: with a plain hash, a passphrase in the body could be guessed.
        """
        keys = request.headers.getlist(IDEMPOTENCY_KEY) if request.method == "POST" else []
        if not keys:
            return None
        if len(keys) > 1 or _KEY_FORM.fullmatch(keys[0]) is None:
            raise Malformed.of(IDEMPOTENCY_KEY, "idempotency_key.form", "must be 1 to 255 printable ASCII characters")
        path = sorted((name, str(value)) for name, value in request.path_params.items())
        query = sorted(request.query_params.multi_items())
        parameters = json.dumps([path, query, request.media_type]).encode()
        digest = hmac.digest(ctx.config.audit_mac_key, b"idempotency\0" + parameters + b"\0" + body, "sha256")
        return Claim(self.name, keys[0], digest)


class StrictRequest(Request):
    """A request whose JSON the strict reader reads once; `media_type` is the type of an uploaded file."""

    media_type: str = ""
    _value: object = None
    _read: bool = False

    async def json(self) -> Any:  # noqa: ANN401 - any JSON value
        if not self._read:
            self._value, self._read = read_json(await self.body()), True
        return self._value


def _require_media(request: Request, known: Collection[str]) -> str:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in known:
        raise UnsupportedMedia(f"The content type must be {' or '.join(sorted(known))}.")
    return media_type


async def _authenticate(
    ctx: Context, request: Request, browser: Browser, *, touch: bool
) -> tuple[Actor, SignedIn | None]:
    """Return the actor (in-process, bearer token, session cookie, or anonymous), and the session if there is one."""
    identifier = request_id(request.scope)
    injected = (request.scope.get("extensions") or {}).get(INJECTED_ACTOR)
    if isinstance(injected, Actor):
        return replace(injected, request_id=identifier), None
    peer = request.client.host if request.client else None
    visitor = replace(ANONYMOUS, peer=peer, request_id=identifier)
    given = request.headers.getlist("authorization")
    if given:
        return await _bearer(ctx, request.app.state.single_flight, given, peer, identifier), None
    secret = read_session_secret(request, browser)
    if secret is None:
        return visitor, None
    signed_in = await run_in_threadpool(sessions.recognize, ctx, secret, touch=touch)
    if signed_in is None:
        return visitor, None
    return sessions.build_session_actor(ctx, signed_in, visitor), signed_in


async def _bearer(
    ctx: Context, single_flight: SingleFlight, given: list[str], peer: str | None, identifier: str
) -> Actor:
    scheme, _, bearer = given[0].partition(" ")
    if len(given) > 1 or scheme.lower() != "bearer":
        raise Unauthenticated("The Authorization header must contain exactly one bearer token.")
    recall = partial(tokens.recognize, ctx, bearer.strip(), peer=peer, request_id=identifier, via="rest")
    known = recall()
    if known is None:
        async with single_flight.lead(bearer) as is_first:
            known = None if is_first else recall()
            if known is None:
                known = await run_in_threadpool(
                    tokens.authenticate, ctx, bearer.strip(), peer=peer, request_id=identifier, via="rest"
                )
    return known


def _unset() -> Response:
    """Return a response on which an endpoint sets headers and a status, which is 0 until then as in FastAPI."""
    response = Response()
    del response.headers["content-length"]
    response.status_code = 0
    return response
