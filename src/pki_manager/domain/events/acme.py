"""Audit events of ACME. Certificates of an order also have the events of every certificate."""

from __future__ import annotations

from dataclasses import dataclass

from pki_manager.domain.events.audit import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class EabKeyCreated(AuditEvent):
    """A key for external account binding was created, with the token that its ACME accounts act as.

    `is_open`: accounts that register without a binding act as the token too. `pre_authorized`: its accounts get
    permitted names without validation.
    """

    ACTION = "eab_key.created"
    OBJECT = "token"
    name: str
    role: str
    owner: str
    expires: str
    is_open: bool
    pre_authorized: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AcmeAccountCreated(AuditEvent):
    """An ACME account was created. `thumbprint` is that of its key (RFC 7638), Base64url."""

    ACTION = "acme_account.created"
    OBJECT = "acme_account"
    token: str
    thumbprint: str
    contacts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcmeAccountUpdated(AuditEvent):
    """The contacts of an account were changed."""

    ACTION = "acme_account.updated"
    OBJECT = "acme_account"
    contacts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcmeAccountKeyChanged(AuditEvent):
    """An account got another key."""

    ACTION = "acme_account.key_changed"
    OBJECT = "acme_account"
    thumbprint_before: str
    thumbprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcmeAccountDeactivated(AuditEvent):
    """The client deactivated its account."""

    ACTION = "acme_account.deactivated"
    OBJECT = "acme_account"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcmeAccountRevoked(AuditEvent):
    """A user revoked the account."""

    ACTION = "acme_account.revoked"
    OBJECT = "acme_account"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcmeOrderCreated(AuditEvent):
    """An order was created."""

    ACTION = "acme_order.created"
    OBJECT = "acme_order"
    account: str
    ca: str
    profile: str
    identifiers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcmeOrderFinalized(AuditEvent):
    """An order was finalized. The outcome is in the events of the certificate request `request`."""

    ACTION = "acme_order.finalized"
    OBJECT = "acme_order"
    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcmeAuthorizationPreAuthorized(AuditEvent):
    """An authorization was created as valid because of the EAB key of the account, `token`. Nothing was validated."""

    ACTION = "acme_authorization.pre_authorized"
    OBJECT = "acme_authorization"
    identifier: str
    account: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcmeAuthorizationDeactivated(AuditEvent):
    """The client deactivated an authorization."""

    ACTION = "acme_authorization.deactivated"
    OBJECT = "acme_authorization"
    identifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcmeChallengeAnswered(AuditEvent):
    """The client responded to a challenge; its validation follows."""

    ACTION = "acme_challenge.answered"
    OBJECT = "acme_challenge"
    identifier: str
    challenge: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcmeChallengeValidated(AuditEvent):
    """A challenge was validated; `outcome` is the result. `addresses` are the servers that were contacted."""

    ACTION = "acme_challenge.validated"
    OBJECT = "acme_challenge"
    identifier: str
    challenge: str
    addresses: tuple[str, ...] = ()
