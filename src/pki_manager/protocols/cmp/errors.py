"""Mapping of errors to PKIFailureInfo (RFC 9810 §5.2.3): a table of all error classes, and more specific rules."""

from __future__ import annotations

from collections.abc import Mapping

from pki_manager.authority.cmp import enroll, revoke, transactions
from pki_manager.domain import errors
from pki_manager.domain.errors import PkiError
from pki_manager.x509.cmp import mac, message, template
from pki_manager.x509.cmp.build import StatusInfo, build_rejection
from pki_manager.x509.cmp.identifiers import FailureInfo

NOT_PROTECTED, BAD_SIGNATURE = "cmp.protection", "cmp.signature"
BAD_TIME, BAD_NONCE, BAD_TRANSACTION = "cmp.message_time", "cmp.sender_nonce", "cmp.transaction_id"
WRONG_PROTECTION, WRONG_CA = "cmp.kind_of_protection", "cmp.wrong_ca"

_HIDDEN = "Internal error. The server log has details."

_BAD_REQUEST = FailureInfo.BAD_REQUEST
_NOT_AUTHORIZED = FailureInfo.NOT_AUTHORIZED
_UNAVAILABLE = FailureInfo.SYSTEM_UNAVAIL
_FAILURE = FailureInfo.SYSTEM_FAILURE

TABLE: Mapping[type[PkiError], FailureInfo] = {
    errors.PkiError: _FAILURE,
    errors.InvalidInput: FailureInfo.BAD_CERT_TEMPLATE,
    errors.Malformed: FailureInfo.BAD_DATA_FORMAT,
    errors.TooLarge: _BAD_REQUEST,
    errors.UnsupportedMedia: FailureInfo.BAD_DATA_FORMAT,
    errors.IdempotencyMismatch: _BAD_REQUEST,
    errors.BadNonce: FailureInfo.BAD_SENDER_NONCE,
    errors.Refused: FailureInfo.BAD_CERT_TEMPLATE,
    errors.PolicyRefused: FailureInfo.BAD_CERT_TEMPLATE,
    errors.LintRefused: FailureInfo.BAD_CERT_TEMPLATE,
    errors.OutboundRefused: _NOT_AUTHORIZED,
    errors.DeviceCodeExpired: _NOT_AUTHORIZED,
    errors.DeviceAccessDenied: _NOT_AUTHORIZED,
    errors.AuthorizationPending: _NOT_AUTHORIZED,
    errors.SlowDown: _NOT_AUTHORIZED,
    errors.NotFound: _BAD_REQUEST,
    errors.AccessError: _NOT_AUTHORIZED,
    errors.Unauthenticated: FailureInfo.BAD_MESSAGE_CHECK,
    errors.SignInFailed: FailureInfo.BAD_MESSAGE_CHECK,
    errors.IdentityRefused: FailureInfo.BAD_MESSAGE_CHECK,
    errors.FreshAuthenticationRequired: _NOT_AUTHORIZED,
    errors.Forbidden: _NOT_AUTHORIZED,
    errors.CrossSiteRequest: _NOT_AUTHORIZED,
    errors.TooManyAttempts: _UNAVAILABLE,
    errors.Conflict: _BAD_REQUEST,
    errors.NameTaken: _BAD_REQUEST,
    errors.InFlight: FailureInfo.TRANSACTION_ID_IN_USE,
    errors.KeyOwnerRequired: _UNAVAILABLE,
    errors.ApprovalNeeded: _NOT_AUTHORIZED,
    errors.PartUnavailable: _UNAVAILABLE,
    errors.BackendUnavailable: _UNAVAILABLE,
    errors.StorageUnavailable: _UNAVAILABLE,
    errors.OutboundFailed: _UNAVAILABLE,
    errors.NameUnresolved: _UNAVAILABLE,
    errors.TlsFailed: _UNAVAILABLE,
    errors.ProviderUnavailable: _UNAVAILABLE,
    errors.ClockBehind: _UNAVAILABLE,
    errors.ClockAhead: _UNAVAILABLE,
    errors.ConfigurationInvalid: _FAILURE,
    errors.HomeUnusable: _FAILURE,
    errors.Fault: _FAILURE,
}
"""Failure bit of every error class."""

RULES: Mapping[str, FailureInfo] = {
    message.UNSUPPORTED_VERSION: FailureInfo.UNSUPPORTED_VERSION,
    message.UNSUPPORTED_BODY: _BAD_REQUEST,
    mac.BAD_MAC: FailureInfo.BAD_ALG,
    template.BAD_POP: FailureInfo.BAD_POP,
    template.BAD_TEMPLATE: FailureInfo.BAD_CERT_TEMPLATE,
    NOT_PROTECTED: FailureInfo.WRONG_INTEGRITY,
    WRONG_PROTECTION: FailureInfo.WRONG_INTEGRITY,
    BAD_SIGNATURE: FailureInfo.BAD_MESSAGE_CHECK,
    BAD_TIME: FailureInfo.BAD_TIME,
    BAD_NONCE: FailureInfo.BAD_SENDER_NONCE,
    BAD_TRANSACTION: FailureInfo.BAD_DATA_FORMAT,
    WRONG_CA: FailureInfo.WRONG_AUTHORITY,
    transactions.IN_USE: FailureInfo.TRANSACTION_ID_IN_USE,
    transactions.UNKNOWN: _BAD_REQUEST,
    transactions.CONFIRMED: FailureInfo.CERT_CONFIRMED,
    transactions.BAD_NONCE: FailureInfo.BAD_RECIPIENT_NONCE,
    enroll.BAD_CERT_ID: FailureInfo.BAD_CERT_ID,
    enroll.BAD_HASH: FailureInfo.BAD_CERT_ID,
    revoke.NOT_OWN: _NOT_AUTHORIZED,
    "cmp.information": _BAD_REQUEST,
    "csr.proof_of_possession": FailureInfo.BAD_POP,
    "csr.signature_algorithm": FailureInfo.BAD_ALG,
}
"""Failure bit by the rule that the request broke. It takes precedence over the bit of the error class."""


def get_failure(error: PkiError) -> FailureInfo:
    """Return the failure bit of an error: the one of its rule, or else the one of its class."""
    for one in error.errors:
        if one.rule in RULES:
            return RULES[one.rule]
    return TABLE[type(error)]


def build_status(error: PkiError) -> StatusInfo:
    """Return the PKIStatusInfo of an error. The text of an internal error is not included."""
    failure = get_failure(error)
    return build_rejection(_HIDDEN if is_internal(error) else error.detail, failure)


def is_internal(error: PkiError) -> bool:
    """Return whether the text of an error is only logged and never sent to the client."""
    return get_failure(error) is _FAILURE
