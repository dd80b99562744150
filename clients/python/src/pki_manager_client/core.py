"""Sending of requests: authentication, retries with idempotency keys, and errors as exceptions."""

from __future__ import annotations

import json
import random
import ssl
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2

from pki_manager_client.codes import BY_CODE
from pki_manager_client.errors import ApiError, ConnectionFailed, WaitingForApproval

_PREFIX = "/api/v1"
_PAGE = 200
_ACCEPTED = 202
_FIRST_ERROR = 400
_BUSY = frozenset({429, 503})
_REPEATABLE = frozenset({"GET", "PUT", "DELETE"})
_RANDOM = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Retries:
    """How often and how long the client retries if the server is busy, restarts, or cannot be reached.

    The pause doubles from `pause` to `longest` seconds, with a random part. A `Retry-After` of the server takes
    precedence, up to `longest`.
    """

    attempts: int = 6
    pause: float = 0.5
    longest: float = 30.0

    def wait(self, attempt: int, retry_after: int | None) -> float:
        """Return the seconds to wait after the attempt with this number, which counts from 0."""
        if retry_after is not None:
            return min(float(retry_after), self.longest)
        return min(self.pause * float(2**attempt), self.longest) * _RANDOM.uniform(0.5, 1.0)


class Core:
    """A connection to the REST API. Thread-safe. Close it, or use it in a `with` block.

    `url` is the base URL of the management or TLS listener. The token is read from `token_file` for each request, so
    that it can be rotated. `ca_pem` or `ca_file` are the trust anchors; without them those of the system are used.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        token_file: str | Path | None = None,
        ca_file: str | Path | None = None,
        ca_pem: str | None = None,
        timeout: float = 60.0,
        retries: Retries | None = None,
    ) -> None:
        verify = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file), cadata=ca_pem)
        self._http = httpx2.Client(verify=verify, timeout=timeout, follow_redirects=False, trust_env=False)
        self._base = url.rstrip("/").removesuffix(_PREFIX) + _PREFIX
        self._token = token
        self._token_file = None if token_file is None else Path(token_file)
        self._retries = retries or Retries()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    @staticmethod
    def quote(segment: str) -> str:
        """Return a path segment, percent-encoded."""
        return quote(segment, safe="")

    def send(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        content: bytes = b"",
        media_type: str | None = None,
        query: Mapping[str, Any] | None = None,
        accept: str = "application/json",
        once: bool = False,
        idempotency_key: str | None = None,
    ) -> httpx2.Response:
        """Send a request, and return the response of a success.

        With `once` the server does the operation at most once, however often the request is sent: it has an idempotency
        key, a random one unless `idempotency_key` is set. Raises ApiError for an error response, WaitingForApproval for
        202, and ConnectionFailed if the server cannot be reached.
        """
        headers = {"Accept": accept}
        if body is not None:
            content, media_type = json.dumps(body).encode(), "application/json"
        if media_type is not None:
            headers["Content-Type"] = media_type
        if once:
            headers["Idempotency-Key"] = idempotency_key or str(uuid.uuid4())
        request = self._http.build_request(
            method, self._base + path, content=content, headers=headers, params=_flat(query or {})
        )
        return self._deliver(request, is_safe=once or method in _REPEATABLE)

    def iterate(self, path: str, query: Mapping[str, Any]) -> Iterator[Any]:
        """Yield all items of a list, page by page."""
        cursor: str | None = None
        while True:
            page = self.send("GET", path, query={**query, "cursor": cursor, "limit": _PAGE}).json()
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def _deliver(self, request: httpx2.Request, *, is_safe: bool) -> httpx2.Response:
        for attempt in range(self._retries.attempts):
            is_last = attempt + 1 == self._retries.attempts
            self._authenticate(request)
            try:
                response = self._http.send(request)
            except httpx2.HTTPError as error:
                if is_last or not (is_safe or isinstance(error, httpx2.ConnectError)):
                    raise ConnectionFailed(f"{request.method} {request.url} failed: {error}") from error
                time.sleep(self._retries.wait(attempt, None))
                continue
            failure = _find_failure(response)
            if failure is None:
                return response
            is_busy = failure.status in _BUSY or failure.error_code == "in_flight"
            if is_last or not is_busy:
                raise failure
            time.sleep(self._retries.wait(attempt, failure.retry_after))
        raise ConnectionFailed("Retries.attempts must be at least 1.")

    def _authenticate(self, request: httpx2.Request) -> None:
        token = self._token_file.read_text(encoding="ascii").strip() if self._token_file else self._token
        if token:
            request.headers["Authorization"] = f"Bearer {token}"


def _flat(query: Mapping[str, Any]) -> dict[str, str]:
    """Return the query parameters that are set, as text."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in query.items()
        if value is not None
    }


def _find_failure(response: httpx2.Response) -> ApiError | None:
    """Return the error of a response, or None for a success. Raises WaitingForApproval for 202 with that code."""
    if response.status_code < _FIRST_ERROR:
        if response.status_code == _ACCEPTED:
            document = _document(response)
            if document.get("code") == "approval_needed":
                raise WaitingForApproval(document)
        return None
    problem = _document(response)
    after = response.headers.get("Retry-After", "")
    kind = BY_CODE.get(str(problem.get("code")), ApiError)
    return kind(response.status_code, problem, int(after) if after.isdecimal() else None)


def _document(response: httpx2.Response) -> Mapping[str, Any]:
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
