"""Signatures of requests to S3-compatible storage (AWS Signature Version 4)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote

_ALGORITHM = "AWS4-HMAC-SHA256"
_SERVICE = "s3"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKey:
    """An access key of the storage, and the region that signatures with it name."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsignedRequest:
    """A request to be signed.

    `path` is as it is sent, with characters that need no encoding; `host` is the value of the Host header.
    """

    method: str
    host: str
    path: str
    query: Mapping[str, str]
    content: bytes = field(repr=False)


def query_text(query: Mapping[str, str]) -> str:
    """Return the query in canonical form: sorted, with every reserved character encoded."""
    return "&".join(f"{quote(name, safe='')}={quote(query[name], safe='')}" for name in sorted(query))


def build_signed_headers(request: UnsignedRequest, credentials: AccessKey, now: datetime) -> dict[str, str]:
    """Return the headers that authenticate the request. It must be sent with the same method, path, and content."""
    moment = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    digest = hashlib.sha256(request.content).hexdigest()
    headers = {"host": request.host, "x-amz-content-sha256": digest, "x-amz-date": moment}
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    canonical = "\n".join((request.method, request.path, query_text(request.query), lines, names, digest))
    scope = f"{moment[:8]}/{credentials.region}/{_SERVICE}/aws4_request"
    text = "\n".join((_ALGORITHM, moment, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    signature = hmac.new(_signing_key(credentials, moment[:8]), text.encode(), hashlib.sha256).hexdigest()
    credential = f"{credentials.access_key_id}/{scope}"
    headers["Authorization"] = f"{_ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
    del headers["host"]
    return headers


def _signing_key(credentials: AccessKey, day: str) -> bytes:
    key = b"AWS4" + credentials.secret_access_key.encode()
    for part in (day, credentials.region, _SERVICE, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
