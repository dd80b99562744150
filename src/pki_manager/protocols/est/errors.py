"""HTTP status and plain text of each error in EST (RFC 7030 §4.2.3): one complete table."""

from __future__ import annotations

from collections.abc import Mapping

from pki_manager.domain import errors
from pki_manager.domain.errors import PkiError

FAULT = 500
WAITING = 202
_HIDDEN = "Internal error. The server log has details under this request ID."
_UNAVAILABLE = 503
_RETRY_AFTER = 5
_POLL_AFTER = 30

STATUS: Mapping[type[PkiError], int] = {
    errors.PkiError: FAULT,
    errors.InvalidInput: 400,
    errors.Malformed: 400,
    errors.TooLarge: 413,
    errors.UnsupportedMedia: 415,
    errors.IdempotencyMismatch: 400,
    errors.BadNonce: 400,
    errors.Refused: 403,
    errors.PolicyRefused: 403,
    errors.LintRefused: 403,
    errors.OutboundRefused: 403,
    errors.DeviceCodeExpired: 403,
    errors.DeviceAccessDenied: 403,
    errors.AuthorizationPending: 403,
    errors.SlowDown: 403,
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
    errors.InFlight: WAITING,
    errors.KeyOwnerRequired: 409,
    errors.ApprovalNeeded: WAITING,
    errors.PartUnavailable: _UNAVAILABLE,
    errors.BackendUnavailable: _UNAVAILABLE,
    errors.StorageUnavailable: _UNAVAILABLE,
    errors.OutboundFailed: _UNAVAILABLE,
    errors.NameUnresolved: _UNAVAILABLE,
    errors.TlsFailed: _UNAVAILABLE,
    errors.ProviderUnavailable: _UNAVAILABLE,
    errors.ClockBehind: _UNAVAILABLE,
    errors.ClockAhead: _UNAVAILABLE,
    errors.ConfigurationInvalid: FAULT,
    errors.HomeUnusable: FAULT,
    errors.Fault: FAULT,
}
"""HTTP status of every error class."""


def format_text(error: PkiError) -> str:
    """Return the body of an error response: the detail, then one line for each invalid field."""
    if STATUS[type(error)] == FAULT:
        return f"{_HIDDEN}\n"
    lines = [error.detail, *(f"{fault.field} {fault.message} [{fault.rule}]" for fault in error.errors)]
    return "".join(f"{line}\n" for line in lines)


def build_headers(error: PkiError) -> dict[str, str]:
    """Return the headers of an error response, such as Retry-After."""
    status = STATUS[type(error)]
    if status == STATUS[errors.Unauthenticated]:
        return {"WWW-Authenticate": 'Basic realm="EST", charset="UTF-8"'}
    seconds = error.retry_after
    if seconds is None:
        seconds = {WAITING: _POLL_AFTER, _UNAVAILABLE: _RETRY_AFTER}.get(status)
    return {} if seconds is None else {"Retry-After": str(seconds)}
