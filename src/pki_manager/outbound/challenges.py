"""Validators of SCEP challenges (`ports.challenges.ChallengeValidator`): a webhook, and Microsoft Intune.

A validator accepts only by an unambiguous response. Everything else refuses the request. Only a few validations are in
progress at a time, so that a service that does not respond cannot occupy all threads of the server. One network cannot
take all of them, because anyone can send a request with an invalid challenge.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC
from urllib.parse import urlencode

from pki_manager.domain.errors import OutboundFailed, OutboundRefused, Unauthenticated
from pki_manager.outbound.fair_slots import FairSlots, NoSlot, SlotLimits
from pki_manager.ports.challenges import ChallengeRequest
from pki_manager.ports.clock import Clock
from pki_manager.ports.outbound import NetworkReach, Outbound, OutboundCall

_log = logging.getLogger(__name__)

MAX_IN_PROGRESS = 4
MAX_WAITING = 16
LIMITS = SlotLimits(
    running=MAX_IN_PROGRESS,
    running_of_one=MAX_IN_PROGRESS - 1,
    waiting=MAX_WAITING,
    waiting_of_one=MAX_WAITING // 2,
    seconds=10,
)
"""Limits of the validations by one validator. Devices repeat a request that got no response within about a minute."""

SIGNATURE = "X-PKIM-Signature"

_MAX_OCTETS = 16 * 1024
_OK = 200
_RETRY_AFTER = 30
_INTUNE_API = "2018-02-20"
_CALLER = "PKI Manager"
_TOKEN_MARGIN = 60.0
_REFUSED = "The challenge was refused."


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidatorOptions:
    """Where a validator is. `secret` reads the secret at each use, so that a new one only has to be written."""

    name: str
    url: str
    secret: Callable[[], str] = field(repr=False)
    reach: NetworkReach
    seconds: float


class WebhookValidator:
    """A service of the operator. Its requests are signed with HMAC-SHA256 over the body."""

    def __init__(self, options: ValidatorOptions, *, outbound: Outbound, clock: Clock) -> None:
        self._channel = _Channel(options, outbound)
        self._secret = options.secret
        self._url = options.url
        self._clock = clock

    def validate(self, request: ChallengeRequest) -> None:
        """Implement `ChallengeValidator.validate`.

        Raises Unauthenticated if the service refuses; OutboundFailed if there is no decision.
        """
        body = json.dumps(
            {
                "version": 1,
                "request_id": request.request_id,
                "time": self._clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "transaction_id": request.transaction_id,
                "ca": request.ca,
                "profile": request.profile,
                "credential": request.credential,
                "challenge": request.challenge,
                "csr": base64.b64encode(request.csr_der).decode(),
                "peer": request.peer,
            }
        ).encode()
        signature = hmac.new(self._secret().encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", SIGNATURE: f"sha256={signature}"}
        with self._channel.acquire(request.network):
            answer = self._channel.post(self._url, headers, body)
        allow = answer.get("allow")
        if not isinstance(allow, bool):
            raise self._channel.fail("returned no boolean `allow`")
        if not allow:
            raise Unauthenticated(_REFUSED)


class IntuneValidator:
    """The validation service of Microsoft Intune (ScepActions/validateRequest). Not run against Microsoft."""

    def __init__(
        self,
        options: ValidatorOptions,
        *,
        token_url: str,
        client_id: str,
        scope: str,
        outbound: Outbound,
        clock: Clock,
    ) -> None:
        self._channel = _Channel(options, outbound)
        self._options = options
        self._token_url = token_url
        self._client_id = client_id
        self._scope = scope
        self._clock = clock
        self._token: tuple[str, float] | None = None

    def validate(self, request: ChallengeRequest) -> None:
        """Implement `ChallengeValidator.validate`. The challenge is in the CSR, where only Intune can read it.

        Raises Unauthenticated if the service refuses; OutboundFailed if there is no decision.
        """
        content = {
            "transactionId": request.transaction_id,
            "certificateRequest": base64.b64encode(request.csr_der).decode(),
            "callerInfo": _CALLER,
        }
        with self._channel.acquire(request.network):
            headers = {
                "Authorization": f"Bearer {self._get_token()}",
                "Content-Type": "application/json",
                "api-version": _INTUNE_API,
                "client-request-id": request.request_id,
            }
            url = f"{self._options.url.rstrip('/')}/ScepActions/validateRequest"
            answer = self._channel.post(url, headers, json.dumps({"request": content}).encode())
        code = answer.get("code")
        if not isinstance(code, str):
            raise self._channel.fail("returned no `code`")
        if code.lower() != "success":
            raise Unauthenticated(_REFUSED)

    def _get_token(self) -> str:
        """Return an access token of the application. One token is used until shortly before it expires."""
        now, held = self._clock.monotonic(), self._token
        if held is not None and now < held[1]:
            return held[0]
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_secret": self._options.secret(),
            "scope": self._scope,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self._channel.post(self._token_url, headers, urlencode(form).encode())
        token, seconds = answer.get("access_token"), answer.get("expires_in")
        is_text = isinstance(token, str) and token.isascii() and token.isprintable()
        if not is_text or not isinstance(seconds, int):
            raise self._channel.fail("returned no access token")
        self._token = (str(token), now + seconds - _TOKEN_MARGIN)
        return str(token)


class _Channel:
    """The requests of one validator, of which only as many run at the same time as LIMITS permits."""

    def __init__(self, options: ValidatorOptions, outbound: Outbound) -> None:
        self._options = options
        self._outbound = outbound
        self._slots = FairSlots(LIMITS)

    @contextmanager
    def acquire(self, network: str) -> Iterator[None]:
        """Run one validation for a network once it is its turn. Raises OutboundFailed if that takes too long."""
        with ExitStack() as held:
            try:
                held.enter_context(self._slots.acquire(network))
            except NoSlot:
                raise self.fail("is validating too many requests") from None
            yield

    def post(self, url: str, headers: Mapping[str, str], content: bytes) -> Mapping[str, object]:
        """Return the JSON object of a response. Raises OutboundFailed if there is none."""
        call = OutboundCall(
            url=url,
            reach=self._options.reach,
            method="POST",
            headers=headers,
            content=content,
            seconds=self._options.seconds,
            max_octets=_MAX_OCTETS,
        )
        try:
            answer = self._outbound.send(call)
        except (OutboundFailed, OutboundRefused) as error:
            raise self.fail(error.detail) from error
        if answer.status != _OK:
            raise self.fail(f"returned HTTP {answer.status}")
        try:
            found = json.loads(answer.content)
        except (ValueError, RecursionError):
            raise self.fail("returned no JSON") from None
        if not isinstance(found, dict):
            raise self.fail("returned no JSON object")
        return found

    def fail(self, reason: str) -> OutboundFailed:
        """Return the error for the device, which learns nothing about the service. The reason is in the log."""
        _log.warning("challenge validator unavailable", extra={"validator": self._options.name, "reason": reason})
        return OutboundFailed("The challenge cannot be validated now. Retry later.", retry_after=_RETRY_AFTER)
