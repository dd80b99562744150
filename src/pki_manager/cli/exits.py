"""The table of exit codes."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from pki_manager.domain import errors
from pki_manager.domain.errors import PkiError


class Exit(IntEnum):
    DONE = 0
    FAULT = 1
    USAGE = 2
    REFUSED = 3
    NOT_FOUND = 4
    NOT_ALLOWED = 5
    CONFLICT = 6
    UNAVAILABLE = 7
    WAITING = 8


BY_KIND: Mapping[type[PkiError], Exit] = {
    errors.PkiError: Exit.FAULT,
    errors.InvalidInput: Exit.USAGE,
    errors.Malformed: Exit.USAGE,
    errors.TooLarge: Exit.USAGE,
    errors.UnsupportedMedia: Exit.USAGE,
    errors.IdempotencyMismatch: Exit.USAGE,
    errors.BadNonce: Exit.USAGE,
    errors.Refused: Exit.REFUSED,
    errors.PolicyRefused: Exit.REFUSED,
    errors.LintRefused: Exit.REFUSED,
    errors.OutboundRefused: Exit.REFUSED,
    errors.DeviceCodeExpired: Exit.NOT_ALLOWED,
    errors.DeviceAccessDenied: Exit.NOT_ALLOWED,
    errors.AuthorizationPending: Exit.WAITING,
    errors.SlowDown: Exit.WAITING,
    errors.NotFound: Exit.NOT_FOUND,
    errors.AccessError: Exit.NOT_ALLOWED,
    errors.Unauthenticated: Exit.NOT_ALLOWED,
    errors.SignInFailed: Exit.NOT_ALLOWED,
    errors.IdentityRefused: Exit.NOT_ALLOWED,
    errors.FreshAuthenticationRequired: Exit.NOT_ALLOWED,
    errors.Forbidden: Exit.NOT_ALLOWED,
    errors.CrossSiteRequest: Exit.NOT_ALLOWED,
    errors.TooManyAttempts: Exit.UNAVAILABLE,
    errors.Conflict: Exit.CONFLICT,
    errors.NameTaken: Exit.CONFLICT,
    errors.InFlight: Exit.CONFLICT,
    errors.KeyOwnerRequired: Exit.CONFLICT,
    errors.ApprovalNeeded: Exit.WAITING,
    errors.PartUnavailable: Exit.UNAVAILABLE,
    errors.BackendUnavailable: Exit.UNAVAILABLE,
    errors.StorageUnavailable: Exit.UNAVAILABLE,
    errors.OutboundFailed: Exit.UNAVAILABLE,
    errors.NameUnresolved: Exit.UNAVAILABLE,
    errors.TlsFailed: Exit.UNAVAILABLE,
    errors.ProviderUnavailable: Exit.UNAVAILABLE,
    errors.ClockBehind: Exit.UNAVAILABLE,
    errors.ClockAhead: Exit.UNAVAILABLE,
    errors.ConfigurationInvalid: Exit.USAGE,
    errors.HomeUnusable: Exit.NOT_ALLOWED,
    errors.Fault: Exit.FAULT,
}

_BY_CODE: Mapping[str, Exit] = {kind.code: exit_code for kind, exit_code in BY_KIND.items()}


def get_exit(code: str) -> Exit:
    """Return the exit code for the stable code of an error. An unknown code counts as a fault."""
    return _BY_CODE.get(code, Exit.FAULT)
