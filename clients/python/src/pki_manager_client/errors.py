"""The errors of the client. `codes` has a subclass of ApiError for each error code of the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


class ClientError(Exception):
    """Base class of all errors of this package."""


class ConnectionFailed(ClientError):
    """The server could not be reached, also after retries. Retry with the same idempotency key."""


class TrustError(ClientError):
    """A downloaded root certificate does not have the expected fingerprint."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """A problem with one field of the request. `message` continues its name; `rule` is stable."""

    field: str
    rule: str
    message: str


class ApiError(ClientError):
    """An error response (RFC 9457). `code` is stable, `detail` says what happened and what to do.

    `retry_after` is in seconds, or None. `request_id` finds the request in the server's log and audit log.
    """

    code: ClassVar[str] = "error"

    def __init__(self, status: int, problem: Mapping[str, Any], retry_after: int | None = None) -> None:
        self.status = status
        self.error_code = str(problem.get("code", "error"))
        self.title = str(problem.get("title", f"HTTP {status}"))
        self.detail = str(problem.get("detail", self.title))
        self.errors = tuple(
            FieldError(str(one.get("field")), str(one.get("rule")), str(one.get("message")))
            for one in problem.get("errors", ())
        )
        self.request_id = str(problem.get("request_id", ""))
        self.retry_after = retry_after
        super().__init__(f"{self.title}: {self.detail} [{self.error_code}]")


class WaitingForApproval(ClientError):
    """The operation waits for approval (HTTP 202). One of `request` and `approval` has the ID of what waits."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        super().__init__(str(document.get("detail", "The operation waits for approval.")))
        request, approval = document.get("request"), document.get("approval")
        self.request: str | None = request["id"] if request else None
        self.approval: str | None = approval["id"] if approval else None


class RequestEnded(ClientError):
    """A certificate request ended without a certificate. `state` says how: refused, rejected, cancelled, …."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self.state = str(request["state"])
        self.request = request
        super().__init__(f"Certificate request {request['id']} is {self.state}.")
