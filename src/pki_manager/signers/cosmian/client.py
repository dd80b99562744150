"""Calls to the KMS: each has a deadline, is retried once if that is safe, and translates errors."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import httpx2

from pki_manager.domain.errors import BackendUnavailable
from pki_manager.ports.clock import Clock
from pki_manager.signers.cosmian.connection import KmsConnection
from pki_manager.signers.cosmian.wire import Element, KmipResponse, NotKmip, batch, batch_items, decode, encode

MAX_ANSWER = 1 << 20
"""Maximum size of a response in bytes. Usual responses have a few thousand."""

CONNECT_SECONDS = 5.0
_PATIENCE = 1.0
"""Maximum number of seconds to wait before the single retry of a call, if the KMS requests a pause."""

_RETRY_AFTER = 5
_LONGEST_PAUSE = 3600
_SHOWN = 200


class KmsRefused(Exception):
    """Raised if the KMS refuses an operation. `text` is its message in one line."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text

    def says(self, *fragments: str) -> bool:
        """Return whether the message contains one of the texts; the wording differs by version."""
        return any(fragment in self.text for fragment in fragments)


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    body: bytes
    retry_after: int

    @property
    def text(self) -> str:
        return _printable(self.body[: 4 * _SHOWN].decode(errors="replace"))


class KmsClient:
    """Calls to the KMS with one identity.

    Every operation can be repeated: signing changes nothing, and PKI Manager chooses the key IDs.
    """

    def __init__(self, connection: KmsConnection, *, seconds: float, clock: Clock) -> None:
        self._connection = connection
        self._seconds = seconds
        self._clock = clock

    def kmip(self, operation: Element, operation_id: str | None = None) -> KmipResponse:
        """Send a KMIP operation and return its response.

        Raises KmsRefused with the reason if the KMS refuses it; BackendUnavailable if there is no valid response.
        """
        body = self._send("POST", "/kmip/2_1", encode(operation), operation_id)
        try:
            return decode(body, f"{operation['tag']}Response")
        except NotKmip as error:
            raise build_invalid_response_error(error) from error

    def kmip_together(
        self, operations: Sequence[Element], operation_ids: Sequence[str]
    ) -> list[KmipResponse | KmsRefused]:
        """Send several operations in one request (KMIP 2.1 §9). Returns their responses in the same order.

        The result of a refused operation is a KmsRefused. Raises BackendUnavailable if there is no valid response.
        """
        message = batch(operations)
        body = self._send("POST", "/kmip/2_1", encode(message), ",".join(operation_ids))
        try:
            items = batch_items(decode(body, "ResponseMessage"), len(operations))
            return [
                item.structure("ResponsePayload") if item.text("ResultStatus") == "Success" else _refused(item)
                for item in items
            ]
        except NotKmip as error:
            raise build_invalid_response_error(error) from error

    def get(self, path: str, seconds: float | None = None) -> object:
        """Return the JSON at a path of the KMS' own interface.

        The deadline is `seconds` or the usual one, whichever is shorter.
        """
        return self._json(self._send("GET", path, b"", None, min(seconds or self._seconds, self._seconds)))

    def post(self, path: str, body: object) -> object:
        return self._json(self._send("POST", path, json.dumps(body).encode(), None))

    def close(self) -> None:
        self._connection.close()

    def _json(self, body: bytes) -> object:
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise build_invalid_response_error(NotKmip("no JSON")) from None

    def _send(
        self, method: str, path: str, content: bytes, operation_id: str | None, seconds: float | None = None
    ) -> bytes:
        deadline = self._clock.monotonic() + (seconds or self._seconds)
        try:
            reply = self._once(method, path, content, operation_id, deadline)
        except BackendUnavailable as error:
            if "timed_out" in error.facts:
                raise
            if "paused" in error.facts:
                self._clock.sleep(min(_PATIENCE, error.retry_after or 0))
            reply = self._once(method, path, content, operation_id, deadline)
        if reply.status != httpx2.codes.OK:
            raise KmsRefused(reply.status, reply.text)
        return reply.body

    def _once(self, method: str, path: str, content: bytes, operation_id: str | None, deadline: float) -> _Reply:
        reply = self._exchange(method, path, content, operation_id, deadline)
        if reply.status in (httpx2.codes.TOO_MANY_REQUESTS, httpx2.codes.SERVICE_UNAVAILABLE):
            message = f"The KMS asked for a pause with HTTP {reply.status}."
            raise BackendUnavailable(message, retry_after=reply.retry_after, paused=True)
        if reply.status >= httpx2.codes.INTERNAL_SERVER_ERROR:
            raise BackendUnavailable(f"The KMS returned HTTP {reply.status}: {reply.text}.", retry_after=_RETRY_AFTER)
        return reply

    def _exchange(self, method: str, path: str, content: bytes, operation_id: str | None, deadline: float) -> _Reply:
        client, credentials = self._connection.client()
        headers = {"Content-Type": "application/json", **credentials}
        if operation_id is not None:
            # The KMS does not log the request ID, but a proxy in front of it can.
            headers["X-Request-Id"] = operation_id
        left = max(deadline - self._clock.monotonic(), 0.001)
        timeout = httpx2.Timeout(left, connect=min(left, CONNECT_SECONDS))
        try:
            with client.stream(method, path, content=content, headers=headers, timeout=timeout) as response:
                body = self._read(response, deadline)
                return _Reply(response.status_code, body, _retry_after(response))
        except (httpx2.ReadTimeout, httpx2.WriteTimeout) as error:
            raise self._late() from error
        except httpx2.HTTPError as error:
            detail = str(error) or type(error).__name__
            raise BackendUnavailable(
                f"The connection to the KMS failed: {detail}.", retry_after=_RETRY_AFTER
            ) from error

    def _read(self, response: httpx2.Response, deadline: float) -> bytes:
        """Return the response, within the size limit and the deadline, even if it arrives slowly."""
        body = bytearray()
        for piece in response.iter_bytes():
            body += piece
            if len(body) > MAX_ANSWER:
                raise build_invalid_response_error(NotKmip(f"more than {MAX_ANSWER} octets"))
            if self._clock.monotonic() > deadline:
                raise self._late()
        return bytes(body)

    def _late(self) -> BackendUnavailable:
        return BackendUnavailable(
            f"The KMS did not respond within {self._seconds:g} s.", retry_after=_RETRY_AFTER, timed_out=True
        )


def _refused(item: KmipResponse) -> KmsRefused:
    texts = (item.find_text("ResultReason"), item.find_text("ResultMessage"))
    said = ": ".join(one for one in texts if one)
    return KmsRefused(httpx2.codes.UNPROCESSABLE_CONTENT, _printable(said))


def _printable(said: str) -> str:
    return "".join(one if one.isprintable() else " " for one in said)[:_SHOWN].strip()


def build_invalid_response_error(error: NotKmip) -> BackendUnavailable:
    """Return the error for an invalid response of the KMS."""
    return BackendUnavailable(f"The KMS returned an invalid response: {error}.", retry_after=_RETRY_AFTER)


def _retry_after(response: httpx2.Response) -> int:
    """Return the seconds in the Retry-After header, at most an hour; 1 if it is missing or a date."""
    value = response.headers.get("retry-after", "")
    return min(int(value), _LONGEST_PAUSE) if value.isascii() and value.isdecimal() else 1
