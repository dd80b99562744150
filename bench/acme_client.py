"""An ACME client for measurements: one account on one connection, complete orders one after the other."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import http.server
import json
import ssl
import threading
import time
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.general_name import IPAddress

_PAUSE = 0.005
_PATIENCE = 30.0
_COORDINATE = 32


@dataclass(frozen=True)
class Binding:
    """An external account key (RFC 8555 §7.3.4)."""

    key_id: str
    secret: bytes


class Client:
    """A client that registers at creation. Its certificates and http-01 responses are for `address`."""

    def __init__(self, directory: str, address: str, binding: Binding | None = None) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        point = self._key.public_key().public_numbers()
        x, y = (_base64url(number.to_bytes(_COORDINATE, "big")) for number in (point.x, point.y))
        self._jwk = {"crv": "P-256", "kty": "EC", "x": x, "y": y}
        self._address = address
        parts = urlsplit(directory)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self._connection = (
            http.client.HTTPSConnection(parts.netloc, context=context, timeout=_PATIENCE)
            if parts.scheme == "https"
            else http.client.HTTPConnection(parts.netloc, timeout=_PATIENCE)
        )
        self._account: str | None = None
        self._nonce = ""
        self._urls = json.loads(self._send("GET", directory)[0])
        self._send("HEAD", self._urls["newNonce"])
        self._account = self._register(binding)

    @property
    def thumbprint(self) -> str:
        """RFC 7638."""
        return _base64url(hashlib.sha256(json.dumps(self._jwk, separators=(",", ":")).encode()).digest())

    def order(self, csr: str) -> bytes:
        """Return a certificate chain (PEM) for the address, which is validated by http-01 each time."""
        answer, headers = self._post(self._urls["newOrder"], {"identifiers": [{"type": "ip", "value": self._address}]})
        order = json.loads(answer)
        for url in order["authorizations"]:
            offered = json.loads(self._post(url)[0])["challenges"]
            challenge = next(one for one in offered if one["type"] == "http-01")
            if challenge["status"] != "pending":
                raise SystemExit("a proof is believed again: that is no whole order")
            self._post(challenge["url"], {})
            self._await(url)
        self._post(order["finalize"], {"csr": csr})
        return self._post(self._await(headers["Location"])["certificate"])[0]

    def csr(self) -> str:
        """Return a CSR for the address with a new key: base64url of its DER."""
        names = x509.SubjectAlternativeName([IPAddress(ip_address(self._address))])
        builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).add_extension(names, False)
        signed = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
        return _base64url(signed.public_bytes(serialization.Encoding.DER))

    def _register(self, binding: Binding | None) -> str:
        url = self._urls["newAccount"]
        wish: dict[str, Any] = {"termsOfServiceAgreed": True}
        if binding is not None:
            protected = _json({"alg": "HS256", "kid": binding.key_id, "url": url})
            payload = _json(self._jwk)
            mac = hmac.digest(binding.secret, f"{protected}.{payload}".encode(), "sha256")
            wish["externalAccountBinding"] = {
                "protected": protected,
                "payload": payload,
                "signature": _base64url(mac),
            }
        return str(self._post(url, wish)[1]["Location"])

    def _await(self, url: str) -> dict[str, Any]:
        """Return the object when it is valid."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            state: dict[str, Any] = json.loads(self._post(url)[0])
            if state["status"] == "valid":
                return state
            if state["status"] == "invalid":
                break
            time.sleep(_PAUSE)
        raise SystemExit(f"{url} has not become valid: {state}")

    def _post(self, url: str, payload: object = None) -> tuple[bytes, http.client.HTTPMessage]:
        """POST-as-GET without a payload (RFC 8555 §6.3)."""
        who = {"jwk": self._jwk} if self._account is None else {"kid": self._account}
        protected = _json({"alg": "ES256", "nonce": self._nonce, "url": url, **who})
        text = "" if payload is None else _json(payload)
        r, s = decode_dss_signature(self._key.sign(f"{protected}.{text}".encode(), ec.ECDSA(hashes.SHA256())))
        signature = _base64url(r.to_bytes(_COORDINATE, "big") + s.to_bytes(_COORDINATE, "big"))
        return self._send("POST", url, {"protected": protected, "payload": text, "signature": signature})

    def _send(self, method: str, url: str, body: object = None) -> tuple[bytes, http.client.HTTPMessage]:
        headers = {"Content-Type": "application/jose+json"} if body is not None else {}
        content = None if body is None else json.dumps(body).encode()
        self._connection.request(method, urlsplit(url).path, content, headers)
        answer = self._connection.getresponse()
        data = answer.read()
        self._nonce = answer.headers.get("Replay-Nonce") or self._nonce
        if answer.status >= http.client.BAD_REQUEST:
            raise SystemExit(f"{method} {url}: {answer.status} {data[:300]!r}")
        return data, answer.headers


class Responder:
    """HTTP server for http-01 at the client's address: returns the key authorization for any token."""

    def __init__(self, address: str, port: int, thumbprint: str) -> None:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                text = f"{self.path.rsplit('/', 1)[-1]}.{thumbprint}".encode()
                self.send_response(http.client.OK)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                pass

        server = http.server.ThreadingHTTPServer((address, port), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()


def _json(value: object) -> str:
    return _base64url(json.dumps(value).encode())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
