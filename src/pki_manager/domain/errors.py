"""The error tree.

    PkiError
    ├── InvalidInput            the request contains an invalid value
    │   ├── Malformed           the syntax is wrong (JSON, PEM, DER, cursor, media type parameters)
    │   ├── TooLarge            over a size limit, refused before parsing
    │   ├── UnsupportedMedia    a content type that the interface does not accept
    │   ├── IdempotencyMismatch the same key with another body
    │   └── BadNonce            a nonce that was not issued here, has expired, or was used before
    ├── Refused                 well-formed, but must not be done
    │   ├── PolicyRefused       policy refuses it, with every reason
    │   ├── LintRefused         the object to be signed violates a lint rule
    │   ├── OutboundRefused     an outbound connection that is blocked
    │   └── DeviceCodeExpired, DeviceAccessDenied  the end of a sign-in by device code without a token
    ├── NotFound                also if the caller may not know that the object exists
    ├── AccessError
    │   ├── Unauthenticated     no credential, or an invalid one
    │   │   └── SignInFailed    a wrong proof of identity; which part is wrong stays secret
    │   │       └── IdentityRefused  the ID token is invalid, or maps to no user
    │   ├── FreshAuthenticationRequired  the user must authenticate again
    │   └── Forbidden           the permission is missing
    │       └── CrossSiteRequest  a browser request from another site
    ├── AuthorizationPending    not an error: a sign-in by device code waits. SlowDown: the client polls too often
    ├── TooManyAttempts         too many failures, or too many requests at once: retry later
    ├── Conflict                the state of the object does not allow it
    │   ├── NameTaken
    │   ├── InFlight            the first request with the same idempotency key is still in progress
    │   └── KeyOwnerRequired    only the key owner can create and destroy keys in this key backend
    ├── ApprovalNeeded          not an error: the operation waits for approval
    ├── PartUnavailable         a component is unavailable
    │   ├── BackendUnavailable  a key backend
    │   ├── StorageUnavailable  the database
    │   ├── OutboundFailed      another server returned an error or no response
    │   │   ├── NameUnresolved  the DNS lookup failed
    │   │   └── TlsFailed       the TLS handshake failed
    │   ├── ProviderUnavailable an identity provider
    │   └── ClockBehind, ClockAhead  the clock is behind the last signature, or later than it can be
    ├── ConfigurationInvalid    invalid settings; all of them are reported together
    ├── HomeUnusable            wrong key, unknown file, or wrong file permissions; nothing was changed
    └── Fault                   an internal error: the text goes to the log, never to the caller

`code` is stable. `detail` is public, `facts` go to the log only. Each protocol has its own complete table of statuses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """A problem with one field.

    `field` is the caller's name, dotted if nested (`validity.not_after`). `rule` is a stable identifier, with
    a citation if there is one. `message` is a predicate that continues the name of the field.
    """

    field: str
    rule: str
    message: str


class PkiError(Exception):
    """Base class of all errors that PKI Manager raises on purpose."""

    code: ClassVar[str] = "error"
    title: ClassVar[str] = "Error"

    def __init__(
        self,
        detail: str,
        *,
        errors: tuple[FieldError, ...] = (),
        retry_after: int | None = None,
        **facts: object,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors
        self.retry_after = retry_after
        """Seconds after which a retry can succeed; None if no retry can."""
        self.facts = facts
        self.audited = False
        """Whether an audit event already records this error, so that no interface records it again."""


class InvalidInput(PkiError):
    """The request contains an invalid value."""

    code = "invalid_input"
    title = "Invalid input"

    @classmethod
    def of(cls, field: str, rule: str, message: str) -> InvalidInput:
        """Return the error for one invalid field. Subclasses have this method too: `Malformed.of(...)`."""
        return cls(f"{field}: {message}", errors=(FieldError(field, rule, message),))


class Malformed(InvalidInput):
    """The syntax is wrong (JSON, PEM, DER, cursor, media type parameters)."""

    code = "malformed"
    title = "Malformed input"


class TooLarge(InvalidInput):
    """The input is over a size limit. It was refused before parsing."""

    code = "too_large"
    title = "Too large"


class UnsupportedMedia(InvalidInput):
    """The content type is not accepted."""

    code = "unsupported_media_type"
    title = "Unsupported media type"


class IdempotencyMismatch(InvalidInput):
    """An idempotency key was reused with another body."""

    code = "idempotency_key_reused"
    title = "Idempotency key reused"


class BadNonce(InvalidInput):
    """An ACME nonce was not issued here, has expired, or was used before."""

    code = "bad_nonce"
    title = "Invalid nonce"


class Refused(PkiError):
    """The request is well-formed, but must not be carried out."""

    code = "refused"
    title = "Request refused"


class PolicyRefused(Refused):
    """Policy refuses the request, with every reason."""

    code = "policy_refused"
    title = "Refused by policy"


class LintRefused(Refused):
    """The object to be signed violates a lint rule."""

    code = "lint_refused"
    title = "Refused by lint"


class OutboundRefused(Refused):
    """An outbound connection is blocked."""

    code = "outbound_refused"
    title = "Outbound connection blocked"


class DeviceCodeExpired(Refused):
    """The device code has expired, was used, or does not exist (RFC 8628 §3.5)."""

    code = "expired_token"
    title = "Device code expired"


class DeviceAccessDenied(Refused):
    """The user denied the sign-in by device code, or revoked its token before it was delivered (RFC 8628 §3.5)."""

    code = "access_denied"
    title = "Sign-in denied"


class AuthorizationPending(PkiError):
    """The sign-in by device code waits for the user (RFC 8628 §3.5). `retry_after` is the polling interval."""

    code = "authorization_pending"
    title = "Authorization pending"


class SlowDown(AuthorizationPending):
    """The client polls too often (RFC 8628 §3.5). `retry_after` is the new polling interval."""

    code = "slow_down"
    title = "Polling too often"


class NotFound(PkiError):
    """The object does not exist, or the caller may not know that it does."""

    code = "not_found"
    title = "Not found"

    @classmethod
    def of(cls, kind: str, name: str) -> NotFound:
        return cls(f"{kind[:1].upper()}{kind[1:]} {name!r} not found.")


class AccessError(PkiError):
    """Access is denied."""

    code = "access"
    title = "Access denied"


class Unauthenticated(AccessError):
    """A credential is missing or invalid."""

    code = "unauthenticated"
    title = "Not authenticated"


class SignInFailed(Unauthenticated):
    """A proof of identity is wrong. Which part is wrong stays secret."""

    code = "sign_in_failed"
    title = "Sign-in failed"


class IdentityRefused(SignInFailed):
    """The ID token is invalid, or maps to no user."""

    code = "identity_refused"
    title = "Provider sign-in refused"


class FreshAuthenticationRequired(AccessError):
    """The user must authenticate again."""

    code = "fresh_authentication_required"
    title = "Re-authentication required"


class Forbidden(AccessError):
    """The permission is missing. `rule` names the reason in the audit log; the caller does not see it."""

    code = "forbidden"
    title = "Not allowed"
    rule: str | None = None


class CrossSiteRequest(Forbidden):
    """The browser request comes from another site."""

    code = "cross_site_request"
    title = "Cross-site request blocked"


class TooManyAttempts(PkiError):
    """Too many failures, or too many requests at once. Retry later."""

    code = "too_many_attempts"
    title = "Too many attempts"


class Conflict(PkiError):
    """The state of the object does not allow the operation."""

    code = "conflict"
    title = "Conflict"


class NameTaken(Conflict):
    """The name is in use."""

    code = "name_taken"
    title = "Name already taken"


class InFlight(Conflict):
    """The first request with the same idempotency key is still in progress."""

    code = "in_flight"
    title = "Request in progress"


class KeyOwnerRequired(Conflict):
    """The server's KMS identity can only sign. Another one, the key owner, creates and destroys keys there."""

    code = "key_owner_required"
    title = "Key owner required"


class ApprovalNeeded(PkiError):
    """The operation waits for approval. `subject` is the certificate request or the approval that waits."""

    code = "approval_needed"
    title = "Approval required"

    def __init__(self, detail: str, subject: object) -> None:
        super().__init__(detail)
        self.subject = subject
        self.audited = True


class PartUnavailable(PkiError):
    """A component is unavailable."""

    code = "unavailable"
    title = "Component unavailable"


class BackendUnavailable(PartUnavailable):
    """A key backend is unavailable."""

    code = "backend_unavailable"
    title = "Key backend unavailable"


class StorageUnavailable(PartUnavailable):
    """The database is unavailable. `held`: another process held the lock for the whole wait; a retry can fail fast."""

    code = "storage_unavailable"
    title = "Database unavailable"

    def __init__(
        self,
        detail: str,
        *,
        retry_after: int | None = None,
        held: bool = False,
        cause: str = "",
        path: str = "",
        reason: str = "",
    ) -> None:
        facts = {name: fact for name, fact in (("cause", cause), ("path", path), ("reason", reason)) if fact}
        super().__init__(detail, retry_after=retry_after, errors=(), **facts)
        self.held = held


class OutboundFailed(PartUnavailable):
    """Another server returned an error or no response."""

    code = "outbound_failed"
    title = "Outbound request failed"


class NameUnresolved(OutboundFailed):
    """The DNS lookup failed."""

    code = "name_unresolved"
    title = "DNS lookup failed"


class TlsFailed(OutboundFailed):
    """The TLS handshake failed."""

    code = "tls_failed"
    title = "TLS handshake failed"


class ProviderUnavailable(PartUnavailable):
    """An identity provider is unavailable."""

    code = "provider_unavailable"
    title = "Identity provider unavailable"


class ClockBehind(PartUnavailable):
    """The clock is behind the last signature."""

    code = "clock_behind"
    title = "Clock behind"


class ClockAhead(PartUnavailable):
    """The clock is later than it can be."""

    code = "clock_ahead"
    title = "Clock ahead"


class ConfigurationInvalid(PkiError):
    """Settings are invalid. All errors are reported together."""

    code = "configuration_invalid"
    title = "Invalid settings"


class HomeUnusable(PkiError):
    """The data directory cannot be used: wrong key, unknown file, or wrong permissions. Nothing was changed."""

    code = "home_unusable"
    title = "Installation unusable"


class Fault(PkiError):
    """An internal error. `detail` goes to the log; interfaces return a fixed text with the request ID."""

    code = "internal"
    title = "Internal error"


def list_error_classes(root: type[PkiError] = PkiError) -> tuple[type[PkiError], ...]:
    """Return `root` and all of its subclasses, parents first."""
    below = (one for child in root.__subclasses__() for one in list_error_classes(child))
    return (root, *below)
