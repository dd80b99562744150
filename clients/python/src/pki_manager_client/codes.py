"""One exception for each error code.

Generated from the OpenAPI document by `make generate`. Do not edit.
"""

from __future__ import annotations

from pki_manager_client.errors import ApiError


class InvalidInput(ApiError):
    """The request contains an invalid value."""

    code = "invalid_input"


class Malformed(InvalidInput):
    """The syntax is wrong (JSON, PEM, DER, cursor, media type parameters)."""

    code = "malformed"


class TooLarge(InvalidInput):
    """The input is over a size limit. It was refused before parsing."""

    code = "too_large"


class UnsupportedMedia(InvalidInput):
    """The content type is not accepted."""

    code = "unsupported_media_type"


class IdempotencyMismatch(InvalidInput):
    """An idempotency key was reused with another body."""

    code = "idempotency_key_reused"


class BadNonce(InvalidInput):
    """An ACME nonce was not issued here, has expired, or was used before."""

    code = "bad_nonce"


class Refused(ApiError):
    """The request is well-formed, but must not be carried out."""

    code = "refused"


class PolicyRefused(Refused):
    """Policy refuses the request, with every reason."""

    code = "policy_refused"


class LintRefused(Refused):
    """The object to be signed violates a lint rule."""

    code = "lint_refused"


class OutboundRefused(Refused):
    """An outbound connection is blocked."""

    code = "outbound_refused"


class DeviceCodeExpired(Refused):
    """The device code has expired, was used, or does not exist (RFC 8628 §3.5)."""

    code = "expired_token"


class DeviceAccessDenied(Refused):
    """The user denied the sign-in by device code, or revoked its token before it was delivered (RFC 8628 §3.5)."""

    code = "access_denied"


class AuthorizationPending(ApiError):
    """The sign-in by device code waits for the user (RFC 8628 §3.5). `retry_after` is the polling interval."""

    code = "authorization_pending"


class SlowDown(AuthorizationPending):
    """The client polls too often (RFC 8628 §3.5). `retry_after` is the new polling interval."""

    code = "slow_down"


class NotFound(ApiError):
    """The object does not exist, or the caller may not know that it does."""

    code = "not_found"


class AccessError(ApiError):
    """Access is denied."""

    code = "access"


class Unauthenticated(AccessError):
    """A credential is missing or invalid."""

    code = "unauthenticated"


class SignInFailed(Unauthenticated):
    """A proof of identity is wrong. Which part is wrong stays secret."""

    code = "sign_in_failed"


class IdentityRefused(SignInFailed):
    """The ID token is invalid, or maps to no user."""

    code = "identity_refused"


class FreshAuthenticationRequired(AccessError):
    """The user must authenticate again."""

    code = "fresh_authentication_required"


class Forbidden(AccessError):
    """The permission is missing. `rule` names the reason in the audit log; the caller does not see it."""

    code = "forbidden"


class CrossSiteRequest(Forbidden):
    """The browser request comes from another site."""

    code = "cross_site_request"


class TooManyAttempts(ApiError):
    """Too many failures, or too many requests at once. Retry later."""

    code = "too_many_attempts"


class Conflict(ApiError):
    """The state of the object does not allow the operation."""

    code = "conflict"


class NameTaken(Conflict):
    """The name is in use."""

    code = "name_taken"


class InFlight(Conflict):
    """The first request with the same idempotency key is still in progress."""

    code = "in_flight"


class KeyOwnerRequired(Conflict):
    """The server's KMS identity can only sign. Another one, the key owner, creates and destroys keys there."""

    code = "key_owner_required"


class ApprovalNeeded(ApiError):
    """The operation waits for approval. `subject` is the certificate request or the approval that waits."""

    code = "approval_needed"


class PartUnavailable(ApiError):
    """A component is unavailable."""

    code = "unavailable"


class BackendUnavailable(PartUnavailable):
    """A key backend is unavailable."""

    code = "backend_unavailable"


class StorageUnavailable(PartUnavailable):
    """The database is unavailable. `held`: another process held the lock for the whole wait; a retry can fail fast."""

    code = "storage_unavailable"


class OutboundFailed(PartUnavailable):
    """Another server returned an error or no response."""

    code = "outbound_failed"


class NameUnresolved(OutboundFailed):
    """The DNS lookup failed."""

    code = "name_unresolved"


class TlsFailed(OutboundFailed):
    """The TLS handshake failed."""

    code = "tls_failed"


class ProviderUnavailable(PartUnavailable):
    """An identity provider is unavailable."""

    code = "provider_unavailable"


class ClockBehind(PartUnavailable):
    """The clock is behind the last signature."""

    code = "clock_behind"


class ClockAhead(PartUnavailable):
    """The clock is later than it can be."""

    code = "clock_ahead"


class ConfigurationInvalid(ApiError):
    """Settings are invalid. All errors are reported together."""

    code = "configuration_invalid"


class HomeUnusable(ApiError):
    """The data directory cannot be used: wrong key, unknown file, or wrong permissions. Nothing was changed."""

    code = "home_unusable"


class Fault(ApiError):
    """An internal error. `detail` goes to the log; interfaces return a fixed text with the request ID."""

    code = "internal"


BY_CODE: dict[str, type[ApiError]] = {
    "invalid_input": InvalidInput,
    "malformed": Malformed,
    "too_large": TooLarge,
    "unsupported_media_type": UnsupportedMedia,
    "idempotency_key_reused": IdempotencyMismatch,
    "bad_nonce": BadNonce,
    "refused": Refused,
    "policy_refused": PolicyRefused,
    "lint_refused": LintRefused,
    "outbound_refused": OutboundRefused,
    "expired_token": DeviceCodeExpired,
    "access_denied": DeviceAccessDenied,
    "authorization_pending": AuthorizationPending,
    "slow_down": SlowDown,
    "not_found": NotFound,
    "access": AccessError,
    "unauthenticated": Unauthenticated,
    "sign_in_failed": SignInFailed,
    "identity_refused": IdentityRefused,
    "fresh_authentication_required": FreshAuthenticationRequired,
    "forbidden": Forbidden,
    "cross_site_request": CrossSiteRequest,
    "too_many_attempts": TooManyAttempts,
    "conflict": Conflict,
    "name_taken": NameTaken,
    "in_flight": InFlight,
    "key_owner_required": KeyOwnerRequired,
    "approval_needed": ApprovalNeeded,
    "unavailable": PartUnavailable,
    "backend_unavailable": BackendUnavailable,
    "storage_unavailable": StorageUnavailable,
    "outbound_failed": OutboundFailed,
    "name_unresolved": NameUnresolved,
    "tls_failed": TlsFailed,
    "provider_unavailable": ProviderUnavailable,
    "clock_behind": ClockBehind,
    "clock_ahead": ClockAhead,
    "configuration_invalid": ConfigurationInvalid,
    "home_unusable": HomeUnusable,
    "internal": Fault,
}
