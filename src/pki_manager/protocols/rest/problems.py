"""Errors as problem documents (RFC 9457): one complete table from error classes to HTTP statuses."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from pki_manager.domain import errors
from pki_manager.domain.errors import FieldError, InvalidInput, PkiError
from pki_manager.protocols.http import request_id
from pki_manager.protocols.rest.fields import UNION

MEDIA_TYPE = "application/problem+json"

STATUS: Mapping[type[PkiError], int] = {
    errors.PkiError: 500,
    errors.InvalidInput: 422,
    errors.Malformed: 400,
    errors.TooLarge: 413,
    errors.UnsupportedMedia: 415,
    errors.IdempotencyMismatch: 422,
    errors.BadNonce: 400,
    errors.Refused: 422,
    errors.PolicyRefused: 422,
    errors.LintRefused: 422,
    errors.OutboundRefused: 422,
    errors.DeviceCodeExpired: 400,
    errors.DeviceAccessDenied: 400,
    errors.AuthorizationPending: 400,
    errors.SlowDown: 400,
    errors.NotFound: 404,
    errors.AccessError: 403,
    errors.Unauthenticated: 401,
    errors.SignInFailed: 401,
    errors.IdentityRefused: 401,
    errors.FreshAuthenticationRequired: 403,
    errors.Forbidden: 403,
    errors.CrossSiteRequest: 403,
    errors.TooManyAttempts: 429,
    errors.Conflict: 409,
    errors.NameTaken: 409,
    errors.InFlight: 409,
    errors.KeyOwnerRequired: 409,
    errors.ApprovalNeeded: 202,
    errors.PartUnavailable: 503,
    errors.BackendUnavailable: 503,
    errors.StorageUnavailable: 503,
    errors.OutboundFailed: 503,
    errors.NameUnresolved: 503,
    errors.TlsFailed: 503,
    errors.ProviderUnavailable: 503,
    errors.ClockBehind: 503,
    errors.ClockAhead: 503,
    errors.ConfigurationInvalid: 500,
    errors.HomeUnusable: 500,
    errors.Fault: 500,
}

SERVER_FAULT = 500
"""Lowest status, except 503, whose error text is only logged and never returned to the caller."""

_HIDDEN_DETAIL = "Internal error. The server log has details under this request ID."
_RETRY_AFTER = 5


def build_problem(
    *, status: int, code: str, title: str, detail: str, request_id: str, field_errors: Sequence[FieldError] = ()
) -> dict[str, Any]:
    """Return a problem document (RFC 9457 §3.1) with the members `code`, `errors`, and `request_id`."""
    return {
        "type": f"urn:pki-manager:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": [{"field": e.field, "rule": e.rule, "message": e.message} for e in field_errors],
        "request_id": request_id,
    }


def answer(document: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """Return a problem document as a response. It is ASCII JSON, which can represent any text."""
    body = json.dumps(document).encode("ascii")
    return Response(body, status_code=document["status"], media_type=MEDIA_TYPE, headers=dict(headers or {}))


def build_fault_response(identifier: str) -> Response:
    """Return the response to an internal error: a problem document without its text. `identifier` is the request ID."""
    fault = errors.Fault
    return answer(
        build_problem(status=500, code=fault.code, title=fault.title, detail=_HIDDEN_DETAIL, request_id=identifier)
    )


async def on_error(request: Request, error: Exception) -> Response:
    """Return the problem document of a PkiError. Raises internal errors again: `Boundary` logs and hides them."""
    if not isinstance(error, PkiError):
        raise error
    status = STATUS[type(error)]
    if status == SERVER_FAULT:
        raise error
    document = build_problem(
        status=status,
        code=error.code,
        title=error.title,
        detail=error.detail,
        request_id=request_id(request.scope),
        field_errors=error.errors,
    )
    return answer(document, _headers(error, status))


def _headers(error: PkiError, status: int) -> dict[str, str]:
    headers: dict[str, str] = {}
    retry_after = error.retry_after
    if retry_after is None and status == HTTPStatus.SERVICE_UNAVAILABLE:
        retry_after = _RETRY_AFTER
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return headers


async def on_invalid(request: Request, error: Exception) -> Response:
    """Return 422 for a body or parameter of the wrong type, with each field's path. Input is not repeated."""
    if not isinstance(error, RequestValidationError):
        raise error
    return await on_error(request, to_pki_error(error))


def to_pki_error(error: Exception) -> PkiError:
    """Return any exception of a handler as a PkiError: itself, invalid input, or a Fault."""
    if isinstance(error, PkiError):
        return error
    if isinstance(error, HTTPException) and error.status_code < SERVER_FAULT:
        return InvalidInput(error.detail)
    if not isinstance(error, RequestValidationError):
        return errors.Fault(type(error).__name__)
    found = tuple(
        FieldError(_field(fault["loc"]), f"schema.{fault['type']}", str(fault["msg"]).removeprefix("Value error, "))
        for fault in error.errors()
    )
    return InvalidInput("; ".join(f"{fault.field}: {fault.message}" for fault in found), errors=found)


_SOURCES = frozenset({"body", "query", "path", "header"})


def _field(location: Sequence[int | str]) -> str:
    """Return a field as the caller wrote it: `validity.not_after` for `("body", "validity", "not_after")`."""
    named = location[1:] if len(location) > 1 and location[0] in _SOURCES else location
    return ".".join(str(part) for part in named if not str(part).startswith(UNION))


async def on_http(request: Request, error: Exception) -> Response:
    """Return the response for the framework's own errors: unknown path or method, unreadable body."""
    if not isinstance(error, HTTPException):
        raise error
    status = HTTPStatus(error.status_code)
    code = status.name.lower() if status < SERVER_FAULT else errors.Fault.code
    document = build_problem(
        status=status.value,
        code=code,
        title=status.phrase,
        detail=status.description or status.phrase,
        request_id=request_id(request.scope),
    )
    return answer(document, error.headers)
