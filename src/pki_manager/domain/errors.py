"""The one error tree.

    PkiError
    ├── InvalidInput            the caller sent something that cannot be meant
    │   ├── Malformed           not even well-formed (JSON, PEM, DER, cursor, media type parameters)
    │   ├── TooLarge            over a size cap, refused before parsing
    │   ├── UnsupportedMedia    a content type that the door does not speak
    │   ├── IdempotencyMismatch the same key with another body
    │   └── BadNonce            a nonce that is not ours, too old, or was used before
    ├── Refused                 well-formed, and we will not sign it
    │   ├── PolicyRefused       policy said no, with every reason
    │   ├── LintRefused         the would-be object breaks a rule
    │   └── OutboundRefused     a call to where none may go
    ├── NotFound                also where existence is a secret
    ├── AccessError
    │   ├── Unauthenticated     nobody, or nobody that we believe
    │   │   └── SignInFailed    what was offered as proof is wrong; which part of it is not told
    │   │       └── IdentityRefused  an identity provider's word, which is not believed or makes nobody here
    │   ├── FreshAuthenticationRequired  somebody, who has to prove again that it is he
    │   └── Forbidden           somebody, without the permission
    │       └── CrossSiteRequest  a browser's request that our own pages did not make
    ├── TooManyAttempts         wrong too often, or more at once than we take: later
    ├── Conflict                the object's state does not allow it
    │   ├── NameTaken
    │   ├── InFlight            the same idempotency key is being worked on
    │   └── KeyOwnerRequired    the key backend lets somebody else make and destroy keys
    ├── ApprovalNeeded          no error: it waits until others have approved it
    ├── PartUnavailable         a part that we need is away
    │   ├── BackendUnavailable  a key backend
    │   ├── StorageUnavailable  the database
    │   ├── OutboundFailed      another server that does not answer as it should
    │   │   ├── NameUnresolved  a name of which DNS tells nothing
    │   │   └── TlsFailed       a server with which no TLS session comes about
    │   ├── ProviderUnavailable an identity provider
    │   ├── ClockBehind         the clock is behind the last signature
    │   └── ClockAhead          the clock is later than it can be
    ├── ConfigurationInvalid    settings that cannot work; all faults at once
    ├── HomeUnusable            wrong key, foreign file, bad permissions; nothing was touched
    └── Fault                   ours: the text is for the log, never for the caller

`code` is stable and part of the contract; `detail` is public; `facts` are private and go to the log only. No class
knows an HTTP status: each door has a complete table of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one field.

    `field` is the name the caller used, dotted where nested (`validity.not_after`); `rule` a stable identifier, with
    its citation where one exists; `message` a sentence for a person.
    """

    field: str
    rule: str
    message: str


class PkiError(Exception):
    """Base of everything that we raise on purpose."""

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
        """Seconds after which trying again makes sense; None where it does not."""
        self.facts = facts
        self.audited = False
        """Whether an audit event tells it already, so that no door tells it again."""


class InvalidInput(PkiError):
    code = "invalid_input"
    title = "Invalid input"

    @classmethod
    def of(cls, field: str, rule: str, message: str) -> InvalidInput:
        """The usual case: exactly one field is wrong. Also for the subclasses: `Malformed.of(...)`."""
        return cls(f"{field}: {message}", errors=(FieldError(field, rule, message),))


class Malformed(InvalidInput):
    code = "malformed"
    title = "Malformed input"


class TooLarge(InvalidInput):
    code = "too_large"
    title = "Too large"


class UnsupportedMedia(InvalidInput):
    code = "unsupported_media_type"
    title = "Unsupported media type"


class IdempotencyMismatch(InvalidInput):
    code = "idempotency_key_reused"
    title = "Idempotency key used for another request"


class BadNonce(InvalidInput):
    code = "bad_nonce"
    title = "Nonce not accepted"


class Refused(PkiError):
    code = "refused"
    title = "Refused"


class PolicyRefused(Refused):
    code = "policy_refused"
    title = "Refused by policy"


class LintRefused(Refused):
    code = "lint_refused"
    title = "Refused by lint"


class OutboundRefused(Refused):
    code = "outbound_refused"
    title = "Not called from here"


class NotFound(PkiError):
    code = "not_found"
    title = "Not found"

    @classmethod
    def of(cls, kind: str, name: str) -> NotFound:
        return cls(f"there is no {kind} {name!r}")


class AccessError(PkiError):
    code = "access"
    title = "Access refused"


class Unauthenticated(AccessError):
    code = "unauthenticated"
    title = "Not authenticated"


class SignInFailed(Unauthenticated):
    code = "sign_in_failed"
    title = "Sign-in failed"


class IdentityRefused(SignInFailed):
    code = "identity_refused"
    title = "The identity provider's answer was refused"


class FreshAuthenticationRequired(AccessError):
    code = "fresh_authentication_required"
    title = "Fresh authentication required"


class Forbidden(AccessError):
    """`rule` is what stood in the way: for the audit trail, not for the caller."""

    code = "forbidden"
    title = "Not allowed"
    rule: str | None = None


class CrossSiteRequest(Forbidden):
    code = "cross_site_request"
    title = "Not asked by our own pages"


class TooManyAttempts(PkiError):
    code = "too_many_attempts"
    title = "Too many attempts"


class Conflict(PkiError):
    code = "conflict"
    title = "Conflict"


class NameTaken(Conflict):
    code = "name_taken"
    title = "Name already taken"


class InFlight(Conflict):
    code = "in_flight"
    title = "The same request is being worked on"


class KeyOwnerRequired(Conflict):
    code = "key_owner_required"
    title = "The owner of the keys has to do this"


class ApprovalNeeded(PkiError):
    """Accepted, and not done before others have approved it. `subject` is what waits: a request or an approval."""

    code = "approval_needed"
    title = "Waiting for approval"

    def __init__(self, detail: str, subject: object) -> None:
        super().__init__(detail)
        self.subject = subject
        self.audited = True


class PartUnavailable(PkiError):
    code = "unavailable"
    title = "A part is unavailable"


class BackendUnavailable(PartUnavailable):
    code = "backend_unavailable"
    title = "The key backend is unavailable"


class StorageUnavailable(PartUnavailable):
    """`held` when another had it for all the time that one waits: whoever queued behind need not wait as long again."""

    code = "storage_unavailable"
    title = "The database is unavailable"

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
    code = "outbound_failed"
    title = "Another server did not answer"


class NameUnresolved(OutboundFailed):
    code = "name_unresolved"
    title = "A name is not in DNS"


class TlsFailed(OutboundFailed):
    code = "tls_failed"
    title = "No TLS session came about"


class ProviderUnavailable(PartUnavailable):
    code = "provider_unavailable"
    title = "The identity provider is unavailable"


class ClockBehind(PartUnavailable):
    code = "clock_behind"
    title = "The clock is behind"


class ClockAhead(PartUnavailable):
    code = "clock_ahead"
    title = "The clock is ahead"


class ConfigurationInvalid(PkiError):
    code = "configuration_invalid"
    title = "Impossible settings"


class HomeUnusable(PkiError):
    code = "home_unusable"
    title = "The installation cannot be opened"


class Fault(PkiError):
    """Ours. `detail` goes to the log; doors answer with a fixed text and the request id."""

    code = "internal"
    title = "Internal fault"


def tree(root: type[PkiError] = PkiError) -> tuple[type[PkiError], ...]:
    """`root` and all classes below it, parents first."""
    found = [root]
    for child in root.__subclasses__():
        found.extend(tree(child))
    return tuple(found)
