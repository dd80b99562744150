"""Verification of ID tokens (OpenID Connect Core 1.0 §3.1.3.7): signature, audience, nonce, and time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError

from pki_manager.credentials.oidc.keys import Key
from pki_manager.domain.errors import IdentityRefused
from pki_manager.domain.people.identity import FLOW_MINUTES, build_identity_refused

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
"""Accepted signature algorithms. Not `none`, and no MAC: a public key could be misused as the key of a MAC."""

SKEW_SECONDS = 60
OLDEST_SECONDS = FLOW_MINUTES * 60
"""Maximum age of a token in seconds."""

_MAX_OCTETS = 64 * 1024
_MAX_NAME = 255
_ELSEWHERE = frozenset({"jku", "jwk", "x5u", "x5c", "crit"})
"""Refused header members: they contain or name a key of the token, or require an unsupported extension."""

_HASHES = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}


class _Registry(jws.JWSRegistry):
    max_header_length = 4096
    max_payload_length = _MAX_OCTETS


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The expected contents of a token. `since` is set if the user had to authenticate again, at that time or later."""

    issuer: str
    client_id: str
    nonce: str
    access_token: str | None
    since: datetime | None
    now: datetime


def verify(
    token: str, find: Callable[[str | None, str], Key], offered: frozenset[str], expected: Expected
) -> Mapping[str, Any]:
    """Return the claims of a valid ID token.

    Raises IdentityRefused, with the violated rule, if the token is invalid. Other errors as `find`.
    """
    claims, header = verify_signed(token, find, offered)
    _require_for_us(claims, expected)
    require_in_time(claims, expected.now)
    _require_proven(claims, expected)
    _require_hash(claims, header["alg"], expected.access_token)
    return claims


def verify_signed(
    token: str, find: Callable[[str | None, str], Key], offered: frozenset[str]
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the claims and the header of a token with a valid signature. Its contents are not checked.

    Errors as `verify`.
    """
    if not token.isascii() or len(token) > _MAX_OCTETS:
        raise build_refusal("oidc.token", "is not a signed JWT")
    header = _header(token)
    algorithm, key_id = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS or algorithm not in offered:
        raise build_refusal("oidc.algorithm", "is signed with an algorithm that is not accepted")
    if _ELSEWHERE & header.keys() or not isinstance(key_id, str | None):
        raise build_refusal("oidc.header", "contains its own key")
    key = find(key_id, algorithm)
    try:
        registry = _Registry(algorithms=[algorithm], strict_check_header=False)
        claims = json.loads(jws.deserialize_compact(token, key, registry=registry).payload)
    except (JoseError, ValueError, TypeError, RecursionError):
        raise build_refusal("oidc.signature", "has an invalid signature") from None
    if not isinstance(claims, dict):
        raise build_refusal("oidc.token", "is not a signed JWT")
    return claims, header


def _header(token: str) -> dict[str, Any]:
    try:
        part = token.split(".", maxsplit=1)[0]
        header = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        header = None
    if token.count(".") != 2 or not isinstance(header, dict):
        raise build_refusal("oidc.token", "is not a signed JWT")
    return header


def _require_for_us(claims: Mapping[str, Any], expected: Expected) -> None:
    """Raise IdentityRefused unless the token is for this client and this sign-in (§3.1.3.7, 2 to 5 and 11)."""
    audiences = require_audience(claims, expected.issuer, expected.client_id)
    party, nonce = claims.get("azp"), claims.get("nonce")
    if party != expected.client_id and (party is not None or len(audiences) > 1):
        raise build_refusal("oidc.azp", "is for another client")
    if not isinstance(nonce, str) or not _same(nonce, expected.nonce):
        raise build_refusal("oidc.nonce", "belongs to another sign-in")
    get_subject(claims)


def require_audience(claims: Mapping[str, Any], issuer: str, client_id: str) -> Sequence[object]:
    """Return all audiences of a token, which must include this client (OpenID Connect Core §3.1.3.7, 2 and 3).

    Raises IdentityRefused if the issuer is another one or this client is not an audience.
    """
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if claims.get("iss") != issuer:
        raise build_refusal("oidc.iss", "was issued by another provider")
    if not isinstance(audiences, list) or client_id not in audiences:
        raise build_refusal("oidc.aud", "is for another client")
    return audiences


def get_subject(claims: Mapping[str, Any]) -> str:
    """Return the subject. Raises IdentityRefused if the token has no valid subject."""
    subject = _name(claims, "sub")
    if subject is None:
        raise build_refusal("oidc.sub", "has no subject")
    return subject


def find_session(claims: Mapping[str, Any]) -> str | None:
    """Return the provider's session ID (Front-Channel Logout 1.0 §3), or None if the token has no valid one."""
    return _name(claims, "sid")


def _name(claims: Mapping[str, Any], claim: str) -> str | None:
    value = claims.get(claim)
    is_good = isinstance(value, str) and value.isprintable() and 0 < len(value) <= _MAX_NAME
    return str(value) if is_good else None


def require_in_time(claims: Mapping[str, Any], at: datetime) -> None:
    """Raise IdentityRefused unless the times of a token are valid (OpenID Connect Core §3.1.3.7, 9 and 10)."""
    now = at.timestamp()
    end, begin, before = (_moment(claims, name) for name in ("exp", "iat", "nbf"))
    if end is None or now >= end + SKEW_SECONDS:
        raise build_refusal("oidc.exp", "has expired, or has no expiration time")
    if begin is None or not now - OLDEST_SECONDS - SKEW_SECONDS <= begin <= now + SKEW_SECONDS:
        raise build_refusal("oidc.iat", "was not issued just now. Compare the clocks of both servers")
    if before is not None and now + SKEW_SECONDS < before:
        raise build_refusal("oidc.nbf", "is not valid yet. Compare the clocks of both servers")


def _require_proven(claims: Mapping[str, Any], expected: Expected) -> None:
    """Raise IdentityRefused if the user had to authenticate again and did not (§3.1.3.7, 13)."""
    if expected.since is not None:
        proven = _moment(claims, "auth_time")
        if proven is None or proven < expected.since.timestamp() - SKEW_SECONDS:
            raise build_refusal("oidc.auth_time", "does not show recent authentication")


def _moment(claims: Mapping[str, Any], name: str) -> float | None:
    """Return a NumericDate (RFC 7519 §2) in seconds, or None if the claim is not a number in the accepted range."""
    value = claims.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not -1e12 < value < 1e12:
        return None
    return float(value)


def _same(claimed: str, expected: str) -> bool:
    """Return whether two texts are equal, in constant time. Accepts unpaired surrogates, which JSON can express."""
    return hmac.compare_digest(claimed.encode(errors="surrogatepass"), expected.encode())


def _require_hash(claims: Mapping[str, Any], algorithm: str, access_token: str | None) -> None:
    """Raise IdentityRefused if the token has an `at_hash` that is not that of the access token (§3.1.3.6).

    It is the left half of the hash that the signature algorithm uses; for Ed25519 that hash is SHA-512.
    """
    claimed = claims.get("at_hash")
    if claimed is None:
        return
    digest = _HASHES.get(algorithm[2:], hashlib.sha512)((access_token or "").encode()).digest()
    half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    if access_token is None or not isinstance(claimed, str) or not _same(claimed, half):
        raise build_refusal("oidc.at_hash", "belongs to another access token")


def build_refusal(rule: str, what: str) -> IdentityRefused:
    """Return the error for a refused token. `what` is the predicate of the sentence."""
    return build_identity_refused(rule, f"The token of the identity provider {what}.")
