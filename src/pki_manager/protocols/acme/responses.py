"""ACME objects as JSON responses (RFC 8555 §7.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pki_manager.authority.acme.authorizations import AuthorizationView
from pki_manager.authority.acme.orders import OrderView
from pki_manager.authority.acme.renewal import Window
from pki_manager.domain.acme.orders import (
    AccountState,
    AcmeAccount,
    AcmeOrder,
    AuthorizationState,
    Challenge,
    ChallengeKind,
    ChallengeState,
    Identifier,
    OrderState,
)
from pki_manager.domain.acme.proof import build_account_hash_prefix
from pki_manager.protocols.acme import errors
from pki_manager.protocols.acme.urls import Urls
from pki_manager.protocols.acme.wire import format_certificate_id

JSON = "application/json"
CHAIN = "application/pem-certificate-chain"

_SOON, _LATER = 1, 5
"""Retry-After in seconds: `_SOON` while a validation runs, `_LATER` while an order waits for issuance or approval."""


@dataclass(frozen=True, slots=True)
class AcmeResponse:
    """An ACME response. `links` are pairs of link relation and URL."""

    body: bytes = b""
    status: int = 200
    media_type: str = JSON
    location: str | None = None
    retry_after: int | None = None
    links: tuple[tuple[str, str], ...] = field(default=())


def build_directory(
    urls: Urls,
    new_order: str,
    *,
    is_open: bool,
    profiles: Mapping[str, str] | None = None,
    issuers: Sequence[str] = (),
) -> AcmeResponse:
    """Return the directory (RFC 8555 §7.1.1, RFC 9773 §4).

    `is_open`: clients can register without an external account binding. `profiles` are the profiles that an order can
    name (draft-ietf-acme-profiles §3), or None if the URL of the directory names the profile. `issuers` are the issuer
    domain names of dns-persist-01; empty if it is not offered.
    """
    offered = {} if profiles is None else {"profiles": profiles}
    document = {
        "newNonce": urls.of("new-nonce"),
        "newAccount": urls.of("new-account"),
        "newOrder": new_order,
        "revokeCert": urls.of("revoke-cert"),
        "keyChange": urls.of("key-change"),
        "renewalInfo": urls.of("renewal-info"),
        "meta": {"externalAccountRequired": not is_open, **offered, **_persistent_meta(urls, issuers)},
    }
    return AcmeResponse(errors.encode_json(document))


def _persistent_meta(urls: Urls, issuers: Sequence[str]) -> Mapping[str, Any]:
    """Return what clients need for dns-persist-01 records (draft-ietf-acme-dns-persist-02 §3.2, §4.1, §4.3).

    The hash of an account's former key is not accepted, so that `keyRotationPeriod` is 0.
    """
    if not issuers:
        return {}
    prefix = build_account_hash_prefix(urls.base)
    return {"issuerDomainNames": list(issuers), "accountHashPrefix": prefix, "keyRotationPeriod": 0}


def build_account(urls: Urls, found: AcmeAccount, status: int = 200) -> AcmeResponse:
    """Return an account object (RFC 8555 §7.1.2)."""
    document: dict[str, Any] = {"status": found.state.value, "orders": urls.orders(found.id)}
    if found.state is AccountState.VALID:
        document["contact"] = list(found.contacts)
    return AcmeResponse(errors.encode_json(document), status, location=urls.account(found.id))


def build_orders(urls: Urls, owner: AcmeAccount, found: Sequence[AcmeOrder], next_cursor: str | None) -> AcmeResponse:
    """Return a list of orders (RFC 8555 §7.1.2.1)."""
    links = () if next_cursor is None else (("next", f"{urls.orders(owner.id)}?cursor={next_cursor}"),)
    return AcmeResponse(errors.encode_json({"orders": [urls.order(one.id) for one in found]}), links=links)


def build_order(urls: Urls, view: OrderView, status: int = 200) -> AcmeResponse:
    """Return an order object (RFC 8555 §7.1.3, RFC 9773 §5). `replaces` is as the client sent it."""
    found = view.order
    document: dict[str, Any] = {
        "status": view.state.value,
        "expires": _time(found.expires_at),
        "identifiers": [_identifier(one) for one in found.identifiers],
        "profile": found.profile,
        "authorizations": [urls.authorization(one.id) for one in view.authorizations],
        "finalize": urls.finalize(found.id),
    }
    for member, moment in (("notBefore", found.not_before), ("notAfter", found.not_after)):
        if moment is not None:
            document[member] = _time(moment)
    if view.replaces is not None:
        document["replaces"] = format_certificate_id(*view.replaces)
    if view.state is OrderState.VALID:
        document["certificate"] = urls.certificate(found.id)
    if view.problem is not None:
        document["error"] = errors.to_json(view.problem)
    return AcmeResponse(
        errors.encode_json(document),
        status,
        location=urls.order(found.id),
        retry_after=_LATER if view.state is OrderState.PROCESSING else None,
        links=(("index", urls.directory(str(found.ca_id), found.profile)),),
    )


def build_authorization(urls: Urls, view: AuthorizationView, issuers: Sequence[str] = ()) -> AcmeResponse:
    """Return an authorization object (RFC 8555 §7.1.4).

    For a wildcard name, it contains the domain and the `wildcard` flag. Once it is valid or invalid, it contains only
    the challenge that decided it. A pending dns-persist-01 challenge is shown only if there are `issuers`.
    """
    found = view.authorization
    document: dict[str, Any] = {
        "identifier": {"type": found.identifier.kind.value, "value": found.identifier.domain},
        "status": view.state.value,
        "expires": _time(found.expires_at),
        "challenges": [_challenge(urls, one, issuers) for one in _shown(view, issuers)],
    }
    if found.identifier.is_wildcard:
        document["wildcard"] = True
    is_open = view.state is AuthorizationState.PENDING
    return AcmeResponse(errors.encode_json(document), retry_after=_SOON if is_open else None)


def build_challenge(urls: Urls, found: Challenge, issuers: Sequence[str] = ()) -> AcmeResponse:
    """Return a challenge object (RFC 8555 §7.1.5, §7.5.1). `issuers` are the names for dns-persist-01 records."""
    is_open = found.state in (ChallengeState.PENDING, ChallengeState.PROCESSING)
    return AcmeResponse(
        errors.encode_json(_challenge(urls, found, issuers)),
        retry_after=_SOON if is_open else None,
        links=(("up", urls.authorization(found.authorization_id)),),
    )


def build_chain(urls: Urls, view: OrderView, chains: Sequence[str], number: int) -> AcmeResponse:
    """Return one of the certificate chains, with links to the others (RFC 8555 §7.4.2, §9.1)."""
    index = urls.directory(str(view.order.ca_id), view.order.profile)
    others = [other for other in range(len(chains)) if other != number]
    alternates = [("alternate", urls.certificate(view.order.id, other)) for other in others]
    return AcmeResponse(chains[number].encode("ascii"), media_type=CHAIN, links=(("index", index), *alternates))


def build_renewal(window: Window) -> AcmeResponse:
    """Return the renewal information (RFC 9773 §4.2)."""
    document = {"suggestedWindow": {"start": _time(window.start), "end": _time(window.end)}}
    return AcmeResponse(errors.encode_json(document), retry_after=window.retry_after_seconds)


def _shown(view: AuthorizationView, issuers: Sequence[str]) -> Sequence[Challenge]:
    decided = {
        AuthorizationState.VALID: ChallengeState.VALID,
        AuthorizationState.INVALID: ChallengeState.INVALID,
    }.get(view.state)
    if decided is not None:
        return [one for one in view.challenges if one.state is decided]
    return [one for one in view.challenges if issuers or one.kind is not ChallengeKind.DNS_PERSIST_01]


def _challenge(urls: Urls, found: Challenge, issuers: Sequence[str]) -> Mapping[str, Any]:
    document: dict[str, Any] = {
        "type": found.kind.value,
        "url": urls.challenge(found.id),
        "status": found.state.value,
    }
    if found.kind is ChallengeKind.DNS_PERSIST_01:
        document["issuerDomainNames"] = list(issuers)
    else:
        document["token"] = found.token
    if found.validated_at is not None:
        document["validated"] = _time(found.validated_at)
    if found.problem is not None:
        document["error"] = errors.to_json(found.problem)
    return document


def _identifier(found: Identifier) -> Mapping[str, str]:
    return {"type": found.kind.value, "value": found.value}


def _time(moment: datetime) -> str:
    """Return the time in RFC 3339 with whole seconds, because some clients accept no fractions."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
