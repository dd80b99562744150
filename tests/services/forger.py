"""An identity provider of our own that can misbehave in every way: real HTTP on the loopback, real signatures."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

CLIENT_ID, CLIENT_SECRET = "pki-manager", "canary secret of the client"


def encoded(value: object) -> str:
    """JSON as a part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@dataclass
class Forger:
    """`claims` and `header` go over what is right, None takes out; `answers` replaces a path's whole answer.

    `asked` has every request, as path and form.
    """

    now: Callable[[], datetime]
    url: str = ""
    subject: str = "subject-1"
    key: ECKey | RSAKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "one"}))
    published: list[Any] | None = None
    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    forge: Callable[[dict[str, Any], dict[str, Any]], str] | None = None
    visits: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def visit(self, authorization_url: str) -> dict[str, str]:
        """As a browser that goes there, and whose user is let in: the query that it comes back with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(authorization_url).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(9)
        self.visits[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.url}

    def answer(self, path: str, form: dict[str, str], authorization: str) -> tuple[int, bytes]:
        self.asked.append((path, form))
        if path in self.answers:
            return self.answers[path]
        told: dict[str, Any] = {}
        if path == "/.well-known/openid-configuration":
            told = self._discovery()
        elif path == "/jwks":
            told = {"keys": [self.key.as_dict(private=False)] if self.published is None else self.published}
        elif path == "/token":
            return self._token(form, authorization)
        elif path == "/userinfo":
            told = {"sub": self.subject, **self.userinfo}
        return (200 if told else 404), json.dumps(told).encode()

    def _discovery(self) -> dict[str, Any]:
        told = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "end_session_endpoint": f"{self.url}/end",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "id_token_signing_alg_values_supported": ["ES256", "RS256", "HS256", "none"],
            "authorization_response_iss_parameter_supported": True,
            **self.metadata,
        }
        return {name: value for name, value in told.items() if value is not None}

    def _token(self, form: dict[str, str], authorization: str) -> tuple[int, bytes]:
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET.replace(' ', '+')}".encode()).decode()
        if authorization != f"Basic {expected}":
            return 401, b'{"error": "invalid_client"}'
        asked = self.visits.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != challenge or asked["redirect_uri"] != form["redirect_uri"]:
            return 400, b'{"error": "invalid_grant"}'
        told = {"access_token": "access", "token_type": "Bearer", "id_token": self.token(asked["nonce"])}
        return 200, json.dumps(told).encode()

    def token(self, nonce: str) -> str:
        now = int(self.now().timestamp())
        claims = {
            "iss": self.url,
            "sub": self.subject,
            "aud": CLIENT_ID,
            "nonce": nonce,
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            **self.claims,
        }
        return self._signed(claims, self.header)

    def logout_token(self, header: dict[str, Any] | None = None, **changed: Any) -> str:
        """Back-Channel Logout 1.0 §2.4; `changed` goes over what is right, None takes out."""
        now = int(self.now().timestamp())
        claims = {
            "iss": self.url,
            "sub": self.subject,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_urlsafe(9),
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            **changed,
        }
        return self._signed(claims, {"typ": "logout+jwt", **(header or {})})

    def _signed(self, claims: dict[str, Any], changed: dict[str, Any]) -> str:
        header = {"alg": "ES256" if isinstance(self.key, ECKey) else "RS256", "kid": self.key.kid, **changed}
        claims, header = ({name: value for name, value in one.items() if value is not None} for one in (claims, header))
        if self.forge is not None:
            return self.forge(header, claims)
        signed = f"{encoded(header)}.{encoded(claims)}"
        signature = jws.JWSRegistry.algorithms[header["alg"]].sign(signed.encode(), self.key)
        return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    forger: Forger

    def do_GET(self) -> None:
        self._serve({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        self._serve({name: values[0] for name, values in parse_qs(body).items()})

    def log_message(self, *_: object) -> None:
        """Not on the test's standard error."""

    def _serve(self, form: dict[str, str]) -> None:
        status, body = self.forger.answer(urlsplit(self.path).path, form, self.headers.get("Authorization", ""))
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True


@contextmanager
def forger(now: Callable[[], datetime]) -> Iterator[Forger]:
    """One that behaves, until it is told otherwise."""
    one = Forger(now)
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"forger": one}))
    one.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield one
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
