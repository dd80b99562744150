"""The port of services that validate SCEP challenges."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeRequest:
    """A certificate request whose challenge is to be validated.

    `ca` and `credential` are IDs. `request_id` is that of the HTTP request, and `peer` the address of the client. The
    clients of a `network` share their part of the validations that run at the same time.
    """

    request_id: str
    transaction_id: str
    ca: str
    profile: str
    credential: str
    challenge: str = field(repr=False)
    csr_der: bytes
    peer: str | None
    network: str


class ChallengeValidator(Protocol):
    """A service that decides whether a challenge is valid. Thread-safe."""

    def validate(self, request: ChallengeRequest) -> None:
        """Return if the service accepts the challenge.

        Raises Unauthenticated if it refuses; OutboundFailed if it returns no valid response in time, its URL is not
        permitted, or too many validations are in progress.
        """
        ...
