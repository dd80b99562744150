"""The metadata of a provider (OpenID Connect Discovery 1.0 §4), cached for an hour."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from pki_manager.credentials.oidc.answers import fetch, read_texts
from pki_manager.domain.errors import ProviderUnavailable
from pki_manager.ports.clock import Clock
from pki_manager.ports.outbound import NetworkReach, Outbound, OutboundCall

KEEP_SECONDS = 3600
AGAIN_SECONDS = 10
"""Seconds until a provider that failed is contacted again, even if users open the sign-in page before."""

_WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """The metadata of a provider. `names_itself`: its responses always contain `iss` (RFC 9207 §3)."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    end_session_endpoint: str | None
    algorithms: frozenset[str]
    client_authentication: frozenset[str]
    names_itself: bool


class Discovery:
    """The metadata of one provider, fetched when it is needed and cached."""

    def __init__(self, issuer: str, reach: NetworkReach, outbound: Outbound, clock: Clock) -> None:
        self._issuer = issuer
        self._reach = reach
        self._outbound = outbound
        self._clock = clock
        self._lock = Lock()
        self._known: Metadata | None = None
        self._again = float("-inf")
        self._failure: ProviderUnavailable | None = None

    def metadata(self) -> Metadata:
        """Return the metadata, fetched again if the cached copy is old.

        Raises ProviderUnavailable if it cannot be fetched, and for a few seconds after a failed attempt.
        """
        with self._lock:
            now = self._clock.monotonic()
            if now < self._again:
                if self._known is not None:
                    return self._known
                raise _again(self._failure)
            try:
                self._known, self._failure = self._fetch(), None
                self._again = now + KEEP_SECONDS
            except ProviderUnavailable as error:
                self._known, self._failure = None, error
                self._again = now + AGAIN_SECONDS
                raise
            return self._known

    def _fetch(self) -> Metadata:
        url = self._issuer.rstrip("/") + _WELL_KNOWN
        return parse(fetch(self._outbound, OutboundCall(url=url, reach=self._reach)), self._issuer, self._reach)


def parse(document: dict[str, Any], issuer: str, reach: NetworkReach) -> Metadata:
    """Return the metadata in a document.

    Raises ProviderUnavailable if it is that of another issuer (§4.3), or the provider lacks a required feature.
    """
    if document.get("issuer") != issuer:
        raise ProviderUnavailable("The identity provider names another issuer than the settings.")
    if "code" not in read_texts(document.get("response_types_supported", "code")):
        raise ProviderUnavailable("The identity provider does not support the authorization code flow.")
    if "S256" not in read_texts(document.get("code_challenge_methods_supported", "S256")):
        raise ProviderUnavailable("The identity provider does not support PKCE with S256.")
    ends = {name: _endpoint(document.get(name), reach) for name in _ENDPOINTS}
    authorization, token, jwks = (ends[name] for name in _ENDPOINTS[:3])
    if authorization is None or token is None or jwks is None:
        raise ProviderUnavailable("The identity provider publishes no usable endpoints.")
    return Metadata(
        authorization_endpoint=authorization,
        token_endpoint=token,
        jwks_uri=jwks,
        userinfo_endpoint=ends["userinfo_endpoint"],
        end_session_endpoint=ends["end_session_endpoint"],
        algorithms=read_texts(document.get("id_token_signing_alg_values_supported", "RS256")),
        client_authentication=read_texts(document.get("token_endpoint_auth_methods_supported", "client_secret_basic")),
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
    )


_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "end_session_endpoint")


def _endpoint(value: object, reach: NetworkReach) -> str | None:
    """Return the URL of an endpoint, or None if it is not a valid https URL (or http where that is permitted).

    Browsers are redirected to some endpoints, so other schemes, such as `javascript:`, must be refused.
    """
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    schemes = {"https", "http"} if reach.plain_http else {"https"}
    return (
        value if parts.scheme in schemes and parts.hostname and not parts.fragment and "@" not in parts.netloc else None
    )


def _again(failure: ProviderUnavailable | None) -> ProviderUnavailable:
    detail = failure.detail if failure is not None else "The identity provider is unavailable."
    return ProviderUnavailable(detail, retry_after=AGAIN_SECONDS)
