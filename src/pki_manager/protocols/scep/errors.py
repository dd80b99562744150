"""Mapping of errors to SCEP failures (RFC 8894 §3.2.1.4): one complete table, and more specific rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pki_manager.authority.enrollment.scep import OLD_ALGORITHM, UNREADABLE
from pki_manager.domain import errors
from pki_manager.domain.errors import PkiError
from pki_manager.domain.protocols.scep import FailInfo, PkiStatus


@dataclass(frozen=True, slots=True)
class ScepFailure:
    """A CertRep with pkiStatus FAILURE."""

    fail_info: FailInfo


@dataclass(frozen=True, slots=True)
class Http:
    """A response without a CertRep: the client can retry later, or sent something other than a SCEP message."""

    status: int


PENDING = PkiStatus.PENDING
Outcome = ScepFailure | Http | PkiStatus

_BAD_REQUEST = ScepFailure(FailInfo.BAD_REQUEST)
_BAD_ALG = ScepFailure(FailInfo.BAD_ALG)
_UNAVAILABLE = Http(503)
_FAULT = Http(500)

TABLE: Mapping[type[PkiError], Outcome] = {
    errors.PkiError: _FAULT,
    errors.InvalidInput: _BAD_REQUEST,
    errors.Malformed: _BAD_REQUEST,
    errors.TooLarge: Http(413),
    errors.UnsupportedMedia: Http(415),
    errors.IdempotencyMismatch: _BAD_REQUEST,
    errors.BadNonce: _BAD_REQUEST,
    errors.Refused: _BAD_REQUEST,
    errors.PolicyRefused: _BAD_REQUEST,
    errors.LintRefused: _BAD_REQUEST,
    errors.OutboundRefused: _BAD_REQUEST,
    errors.DeviceCodeExpired: _BAD_REQUEST,
    errors.DeviceAccessDenied: _BAD_REQUEST,
    errors.AuthorizationPending: _BAD_REQUEST,
    errors.SlowDown: _BAD_REQUEST,
    errors.NotFound: ScepFailure(FailInfo.BAD_CERT_ID),
    errors.AccessError: _BAD_REQUEST,
    errors.Unauthenticated: _BAD_REQUEST,
    errors.SignInFailed: _BAD_REQUEST,
    errors.IdentityRefused: _BAD_REQUEST,
    errors.FreshAuthenticationRequired: _BAD_REQUEST,
    errors.Forbidden: _BAD_REQUEST,
    errors.CrossSiteRequest: _BAD_REQUEST,
    errors.TooManyAttempts: Http(429),
    errors.Conflict: _BAD_REQUEST,
    errors.NameTaken: _BAD_REQUEST,
    errors.InFlight: PENDING,
    errors.KeyOwnerRequired: _BAD_REQUEST,
    errors.ApprovalNeeded: PENDING,
    errors.PartUnavailable: _UNAVAILABLE,
    errors.BackendUnavailable: _UNAVAILABLE,
    errors.StorageUnavailable: _UNAVAILABLE,
    errors.OutboundFailed: _UNAVAILABLE,
    errors.NameUnresolved: _UNAVAILABLE,
    errors.TlsFailed: _UNAVAILABLE,
    errors.ProviderUnavailable: _UNAVAILABLE,
    errors.ClockBehind: _UNAVAILABLE,
    errors.ClockAhead: _UNAVAILABLE,
    errors.ConfigurationInvalid: _FAULT,
    errors.HomeUnusable: _FAULT,
    errors.Fault: _FAULT,
}
"""Response to every error class, for an error after the message was read."""

RULES: Mapping[str, Outcome] = {
    UNREADABLE: ScepFailure(FailInfo.BAD_MESSAGE_CHECK),
    OLD_ALGORITHM: _BAD_ALG,
    "cms.hash": _BAD_ALG,
    "cms.content_cipher": _BAD_ALG,
    "cms.key_transport": _BAD_ALG,
    "cms.recipient_key": _BAD_ALG,
}

HTTP: Mapping[type[PkiError], int] = {errors.InvalidInput: 400, errors.NotFound: 404, errors.Conflict: 404}
"""HTTP status by error class, if no message was read and `TABLE` contains no HTTP status."""


def get_outcome(error: PkiError) -> Outcome:
    """Return the response to an error: the one of its rule, or else the one of its class."""
    return next((RULES[fault.rule] for fault in error.errors if fault.rule in RULES), TABLE[type(error)])


def get_status(error: PkiError) -> int:
    """Return the HTTP status of an error without a CertRep."""
    outcome = TABLE[type(error)]
    if isinstance(outcome, Http):
        return outcome.status
    return next((HTTP[kind] for kind in type(error).__mro__ if kind in HTTP), 400)
