"""Errors as ACME problem types (RFC 8555 §6.7): a complete table, and exceptions by rule or operation."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pki_manager.authority.acme.accounts import BINDING_REQUIRED
from pki_manager.domain import errors
from pki_manager.domain.acme.orders import AcmeProblem
from pki_manager.domain.errors import PkiError
from pki_manager.protocols.acme.account_key import ALGORITHMS, BAD_KEY
from pki_manager.protocols.acme.jws import BAD_ALGORITHM, BAD_JWS

MEDIA_TYPE = "application/problem+json"
URN = "urn:ietf:params:acme:error:"
SERVER_FAULT = 500
"""The HTTP status of internal errors. The text of such an error is logged and never sent to the caller."""

NO_ACCOUNT, WRONG_URL = "acme.no_account", "acme.url"
PAYLOAD = "acme.payload"
BAD_PROFILE = "acme.profile"

_RETRY_AFTER = 5
_HIDDEN_DETAIL = "Internal error. The server log has details under this request ID."


class ProblemType(NamedTuple):
    """The problem type and HTTP status of an error. `kind` is the last part of the type's URN."""

    kind: str
    status: int


_FAULT = ProblemType("serverInternal", 500)
_AWAY = ProblemType("serverInternal", 503)
_MALFORMED = ProblemType("malformed", 400)
_UNAUTHENTICATED = ProblemType("unauthorized", 401)
_MAY_NOT = ProblemType("unauthorized", 403)
_CONFLICT = ProblemType("malformed", 409)
_REJECTED = ProblemType("rejectedIdentifier", 403)
_BAD_CSR = ProblemType("badCSR", 400)
_NOT_READY = ProblemType("orderNotReady", 403)

TABLE: Mapping[type[PkiError], ProblemType] = {
    errors.PkiError: _FAULT,
    errors.InvalidInput: _MALFORMED,
    errors.Malformed: _MALFORMED,
    errors.TooLarge: ProblemType("malformed", 413),
    errors.UnsupportedMedia: ProblemType("malformed", 415),
    errors.IdempotencyMismatch: _MALFORMED,
    errors.BadNonce: ProblemType("badNonce", 400),
    errors.Refused: _MAY_NOT,
    errors.PolicyRefused: _MAY_NOT,
    errors.LintRefused: _MAY_NOT,
    errors.OutboundRefused: ProblemType("connection", 403),
    errors.DeviceCodeExpired: _MAY_NOT,
    errors.DeviceAccessDenied: _MAY_NOT,
    errors.AuthorizationPending: _MAY_NOT,
    errors.SlowDown: _MAY_NOT,
    errors.NotFound: ProblemType("malformed", 404),
    errors.AccessError: _MAY_NOT,
    errors.Unauthenticated: _UNAUTHENTICATED,
    errors.SignInFailed: _UNAUTHENTICATED,
    errors.IdentityRefused: _UNAUTHENTICATED,
    errors.FreshAuthenticationRequired: _MAY_NOT,
    errors.Forbidden: _MAY_NOT,
    errors.CrossSiteRequest: _MAY_NOT,
    errors.TooManyAttempts: ProblemType("rateLimited", 429),
    errors.Conflict: _CONFLICT,
    errors.NameTaken: _CONFLICT,
    errors.InFlight: _CONFLICT,
    errors.KeyOwnerRequired: _CONFLICT,
    errors.ApprovalNeeded: _MAY_NOT,
    errors.PartUnavailable: _AWAY,
    errors.BackendUnavailable: _AWAY,
    errors.StorageUnavailable: _AWAY,
    errors.OutboundFailed: ProblemType("connection", 503),
    errors.NameUnresolved: ProblemType("dns", 503),
    errors.TlsFailed: ProblemType("tls", 503),
    errors.ProviderUnavailable: _AWAY,
    errors.ClockBehind: _AWAY,
    errors.ClockAhead: _AWAY,
    errors.ConfigurationInvalid: _FAULT,
    errors.HomeUnusable: _FAULT,
    errors.Fault: _FAULT,
}
"""Problem types of all error classes."""

RULES: Mapping[str, ProblemType] = {
    BAD_KEY: ProblemType("badPublicKey", 400),
    BAD_JWS: _MALFORMED,
    BAD_ALGORITHM: ProblemType("badSignatureAlgorithm", 400),
    BINDING_REQUIRED: ProblemType("externalAccountRequired", 403),
    NO_ACCOUNT: ProblemType("accountDoesNotExist", 400),
    WRONG_URL: _UNAUTHENTICATED,
    PAYLOAD: _MALFORMED,
    BAD_PROFILE: ProblemType("invalidProfile", 400),
    "acme.already_replaced": ProblemType("alreadyReplaced", 409),
    "acme.contact": ProblemType("invalidContact", 400),
    "acme.contact_scheme": ProblemType("unsupportedContact", 400),
    "acme.identifier": ProblemType("rejectedIdentifier", 400),
    "acme.identifier_kind": ProblemType("unsupportedIdentifier", 400),
    "acme.caa": ProblemType("caa", 403),
    "acme.csr_names": _BAD_CSR,
    "acme.revocation_reason": ProblemType("badRevocationReason", 400),
    "validity.ended": _MALFORMED,
}
"""Problem types of rules that have a specific type, the same in every operation."""

Words = Mapping[type[PkiError], ProblemType]
"""Problem types of one operation, by error class. An entry also applies to subclasses without an entry."""

NEW_ORDER: Words = {errors.Refused: _REJECTED}
FINALIZE: Words = {errors.Refused: _BAD_CSR, errors.InvalidInput: _BAD_CSR, errors.Conflict: _NOT_READY}
CERTIFICATE: Words = {errors.Conflict: _NOT_READY}
REVOKE: Words = {errors.Conflict: ProblemType("alreadyRevoked", 400)}
NONE: Words = {}


def get_problem_type(error: PkiError, words: Words = NONE) -> ProblemType:
    """Return the problem type of an error. `words` are those of the operation and take precedence over the table."""
    for fault in error.errors:
        if fault.rule in RULES:
            return RULES[fault.rule]
    return next((words[kind] for kind in type(error).__mro__ if kind in words), TABLE[type(error)])


def build_problem(
    error: PkiError, words: Words = NONE, identifiers: Sequence[Mapping[str, str]] = ()
) -> dict[str, Any]:
    """Return the problem document of an error (RFC 9457). An internal error has a fixed text.

    Several field errors become subproblems (RFC 8555 §6.7.1), each with its identifier if the field is `identifiers.N`.
    """
    kind, status = get_problem_type(error, words)
    detail = _HIDDEN_DETAIL if status == SERVER_FAULT else error.detail
    document: dict[str, Any] = {"type": URN + kind, "detail": detail, "status": status}
    if kind == RULES[BAD_ALGORITHM].kind:
        document["algorithms"] = list(ALGORITHMS)
    if len(error.errors) > 1 and status != SERVER_FAULT:
        document["subproblems"] = [
            {"type": URN + RULES.get(fault.rule, ProblemType(kind, status)).kind, "detail": fault.message}
            | _identified(fault.field, identifiers)
            for fault in error.errors
        ]
    return document


def to_json(found: AcmeProblem) -> dict[str, Any]:
    """Return the JSON form of an `AcmeProblem` that is part of an ACME object."""
    return {"type": URN + found.kind, "detail": found.detail}


def build_headers(error: PkiError, status: int) -> dict[str, str]:
    """Return the headers of an error response, such as Retry-After."""
    seconds = error.retry_after
    if seconds is None and status == _AWAY.status:
        seconds = _RETRY_AFTER
    return {} if seconds is None else {"Retry-After": str(seconds)}


def encode_json(document: Mapping[str, Any]) -> bytes:
    """Return a document as ASCII JSON, in which all other characters are escaped."""
    return json.dumps(document).encode("ascii")


def _identified(name: str, identifiers: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    head, _, number = name.partition(".")
    if head != "identifiers" or not number.isdecimal() or int(number) >= len(identifiers):
        return {}
    return {"identifier": dict(identifiers[int(number)])}
