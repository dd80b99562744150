"""A relying party of one provider: authorization code flow with PKCE (OpenID Connect Core 1.0 §3.1, RFC 9700)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote_plus, urlencode

from pki_manager.credentials.oidc import logout_token
from pki_manager.credentials.oidc.answers import ask, fetch, parse_document, read_texts
from pki_manager.credentials.oidc.id_token import Expected, find_session, verify
from pki_manager.credentials.oidc.keys import Key, Keys
from pki_manager.credentials.oidc.metadata import Discovery, Metadata
from pki_manager.credentials.oidc.options import ClientOptions
from pki_manager.domain.errors import ProviderUnavailable
from pki_manager.domain.people.identity import Claims, Provider, SignedOut, build_identity_refused
from pki_manager.ports.clock import Clock
from pki_manager.ports.identity import Ask, Callback
from pki_manager.ports.outbound import Outbound, OutboundCall

_OK, _BAD_REQUEST = 200, 400
_MAX_TEXT = 200


class OidcClient:
    """The client of one identity provider (`ports.identity.IdentityProvider`)."""

    def __init__(self, options: ClientOptions, *, outbound: Outbound, clock: Clock) -> None:
        self._options = options
        self._outbound = outbound
        self._clock = clock
        self._discovery = Discovery(options.about.issuer, options.reach, outbound, clock)
        self._keys = Keys(options.reach, outbound, clock)

    @property
    def about(self) -> Provider:
        return self._options.about

    def build_authorization_url(self, ask: Ask) -> str:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(ask.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self._options.client_id,
            "redirect_uri": ask.redirect_uri,
            "scope": " ".join(self._options.scopes),
            "state": ask.state,
            "nonce": ask.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        if self._options.acr_values:
            query["acr_values"] = " ".join(self._options.acr_values)
        if ask.since is not None:
            query |= {"prompt": "login", "max_age": "0"}
        return _with_query(self._discovery.metadata().authorization_endpoint, query)

    def sign_out_url(self, back: str) -> str | None:
        """Return the sign-out URL (OpenID Connect RP-Initiated Logout 1.0 §2), or None if there is none.

        ID tokens are not stored, so the URL contains the client ID instead.
        """
        place = self._discovery.metadata().end_session_endpoint if self.about.sign_out else None
        if place is None:
            return None
        return _with_query(place, {"client_id": self._options.client_id, "post_logout_redirect_uri": back})

    def redeem(self, callback: Callback, ask: Ask) -> Claims:
        metadata = self._discovery.metadata()
        named = callback.issuer
        if named != self.about.issuer and (named is not None or metadata.names_itself):
            raise build_identity_refused(
                "oidc.response_iss", "The response came from another identity provider. Sign in again."
            )
        if callback.error is not None or callback.code is None:
            raise build_identity_refused("oidc.denied", "The identity provider denied the sign-in.")
        tokens = self._tokens(metadata, callback.code, ask)
        access_token = tokens.get("access_token")
        expected = Expected(
            issuer=self.about.issuer,
            client_id=self._options.client_id,
            nonce=ask.nonce,
            access_token=access_token if isinstance(access_token, str) else None,
            since=ask.since,
            now=self._clock.now(),
        )

        token = tokens.get("id_token")
        claims = verify(token if isinstance(token, str) else "", self._finder(metadata), metadata.algorithms, expected)
        return self._claims(self._completed(metadata, claims, expected.access_token), find_session(claims))

    def read_logout_token(self, token: str) -> SignedOut:
        metadata = self._discovery.metadata()
        return logout_token.verify(
            token,
            self._finder(metadata),
            metadata.algorithms,
            issuer=self.about.issuer,
            client_id=self._options.client_id,
            now=self._clock.now(),
        )

    def _finder(self, metadata: Metadata) -> Callable[[str | None, str], Key]:
        return lambda key_id, algorithm: self._keys.find(metadata.jwks_uri, key_id, algorithm)

    def _tokens(self, metadata: Metadata, code: str, ask_: Ask) -> dict[str, Any]:
        """Exchange the code for tokens (RFC 6749 §4.1.3).

        Raises IdentityRefused if the provider refuses the code: only that is an error of the browser. Raises
        ProviderUnavailable for every other failure.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": ask_.redirect_uri,
            "code_verifier": ask_.verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        secret = None if self._options.secret is None else self._options.secret()
        if secret is not None and "client_secret_basic" in metadata.client_authentication:
            # RFC 6749 §2.3.1: both encoded as in a form first.
            pair = f"{quote_plus(self._options.client_id)}:{quote_plus(secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form["client_id"] = self._options.client_id
            if secret is not None:
                form["client_secret"] = secret
        content = urlencode(form).encode()
        call = OutboundCall(
            url=metadata.token_endpoint, reach=self._options.reach, method="POST", headers=headers, content=content
        )
        answer = ask(self._outbound, call)
        if answer.status == _BAD_REQUEST and parse_document(answer.content).get("error") == "invalid_grant":
            raise build_identity_refused(
                "oidc.code", "The identity provider no longer knows this sign-in. Sign in again."
            )
        if answer.status != _OK:
            raise ProviderUnavailable(f"The identity provider refused the token request with HTTP {answer.status}.")
        return parse_document(answer.content)

    def _completed(self, metadata: Metadata, claims: Mapping[str, Any], token: str | None) -> Mapping[str, Any]:
        """Return the claims, with those of the userinfo endpoint (§5.3) added that the ID token lacks.

        Raises IdentityRefused if that endpoint returns another user.
        """
        required = {*self.about.claims, self._options.login_claim}
        if metadata.userinfo_endpoint is None or token is None or required <= claims.keys():
            return claims
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        more = fetch(
            self._outbound, OutboundCall(url=metadata.userinfo_endpoint, reach=self._options.reach, headers=headers)
        )
        if more.get("sub") != claims["sub"]:
            raise build_identity_refused(
                "oidc.userinfo", "The identity provider returned the data of another user than the one who signed in."
            )
        return {**more, **claims}

    def _claims(self, members: Mapping[str, Any], session: str | None) -> Claims:
        """Return the claims. `session` comes from the ID token: the userinfo endpoint does not name the session."""
        email = _text(members.get("email")) if members.get("email_verified") is True else None
        return Claims(
            subject=members["sub"],
            login=_text(members.get(self._options.login_claim)),
            display_name=_text(members.get("name")),
            email=email,
            amr=read_texts(members.get("amr")),
            acr=_text(members.get("acr")),
            session=session,
            values={name: read_texts(members.get(name)) for name in self.about.claims},
        )


def _text(value: object) -> str | None:
    is_good = isinstance(value, str) and value.isprintable() and 0 < len(value.strip()) <= _MAX_TEXT
    return str(value).strip() if is_good else None


def _with_query(url: str, query: Mapping[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"
