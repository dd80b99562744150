"""Validators of SCEP challenges against a local service: what they send, and that every doubt refuses."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from pki_manager.domain.errors import OutboundFailed, Unauthenticated
from pki_manager.outbound import challenges
from pki_manager.outbound.challenges import LIMITS, MAX_IN_PROGRESS, IntuneValidator, ValidatorOptions, WebhookValidator
from pki_manager.outbound.http import HttpOutbound
from pki_manager.ports.challenges import ChallengeRequest
from pki_manager.ports.outbound import NetworkReach, OutboundCall, OutboundResponse
from tests.fakes.clock import FrozenClock
from tests.services.challenges import ChallengeService, challenge_service
from tests.services.tls import TestPki

SECRET = "key-of-the-webhook"
REQUEST = ChallengeRequest(
    request_id="r-1", transaction_id="t-1", ca="ca-1", profile="tls-server", credential="c-1", challenge="from the MDM",
    csr_der=b"csr", peer="192.0.2.7", network="192.0.2.7",
)  # fmt: skip
NO_DECISIONS = {
    "server error": (500, b'{"allow": true}'),
    "redirect": (307, b'{"allow": true}'),
    "created": (201, b'{"allow": true}'),
    "no JSON": (200, b"yes"),
    "no object": (200, b"[true]"),
    "no allow": (200, b"{}"),
    "text": (200, b'{"allow": "true"}'),
    "number": (200, b'{"allow": 1}'),
    "too large": (200, b'{"allow": true, "x": "' + b"x" * 17_000 + b'"}'),
    "too deep": (200, b"[" * 10_000),
}


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> TestPki:
    return TestPki(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def service(pki: TestPki) -> Iterator[ChallengeService]:
    with challenge_service(pki) as running:
        yield running


def options(service: ChallengeService, ca_file: Path, path: str = "/hook") -> ValidatorOptions:
    reach = NetworkReach(networks=(ip_network("127.0.0.0/8"), ip_network("::1/128")), ca_file=ca_file)
    return ValidatorOptions(name="mdm", url=service.url + path, secret=lambda: SECRET, reach=reach, seconds=20)


def webhook(chosen: ValidatorOptions) -> WebhookValidator:
    clock = FrozenClock()
    return WebhookValidator(chosen, outbound=HttpOutbound(clock=clock), clock=clock)


def intune(service: ChallengeService, pki: TestPki, clock: FrozenClock) -> IntuneValidator:
    return IntuneValidator(
        options(service, pki.ca, "/service/"), token_url=f"{service.url}/token", client_id="app", scope="intune",
        outbound=HttpOutbound(clock=clock), clock=clock,
    )  # fmt: skip


def test_a_webhook_gets_the_whole_request_with_a_signature(service: ChallengeService, pki: TestPki) -> None:
    service.accept("/hook", {"allow": True})
    webhook(options(service, pki.ca)).validate(REQUEST)
    ((_, headers, body),) = service.received
    assert headers["x-pkim-signature"] == "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    sent = json.loads(body)
    assert sent.pop("time").endswith("Z")
    assert sent == {
        "version": 1, "request_id": "r-1", "transaction_id": "t-1", "ca": "ca-1", "profile": "tls-server",
        "credential": "c-1", "challenge": "from the MDM", "csr": base64.b64encode(b"csr").decode(),
        "peer": "192.0.2.7",
    }  # fmt: skip


def test_a_webhook_refuses(service: ChallengeService, pki: TestPki) -> None:
    service.accept("/hook", {"allow": False, "reason": "unknown device"})
    with pytest.raises(Unauthenticated, match="refused"):
        webhook(options(service, pki.ca)).validate(REQUEST)


@pytest.mark.parametrize("answer", NO_DECISIONS.values(), ids=NO_DECISIONS)
def test_a_response_that_is_no_decision_refuses(
    service: ChallengeService, pki: TestPki, answer: tuple[int, bytes]
) -> None:
    service.answers["/hook"] = answer
    with pytest.raises(OutboundFailed, match="cannot be validated now") as refused:
        webhook(options(service, pki.ca)).validate(REQUEST)
    assert refused.value.retry_after
    assert len(service.received) == 1


def test_a_service_that_does_not_respond_in_time_refuses(service: ChallengeService, pki: TestPki) -> None:
    with pytest.raises(OutboundFailed, match="cannot be validated now"):
        webhook(replace(options(service, pki.ca, "/never"), seconds=0.5)).validate(REQUEST)


def test_no_request_goes_to_a_network_that_is_not_listed(service: ChallengeService, pki: TestPki) -> None:
    service.accept("/hook", {"allow": True})
    chosen = replace(options(service, pki.ca), reach=NetworkReach(ca_file=pki.ca))
    with pytest.raises(OutboundFailed, match="cannot be validated now"):
        webhook(chosen).validate(REQUEST)
    assert service.received == []


def test_no_request_goes_to_a_service_with_another_certificate(
    service: ChallengeService, pki: TestPki, tmp_path: Path
) -> None:
    service.accept("/hook", {"allow": True})
    with pytest.raises(OutboundFailed, match="cannot be validated now"):
        webhook(options(service, TestPki(tmp_path / "other").ca)).validate(REQUEST)
    assert service.received == []


class Stuck:
    """An outbound client whose requests wait until they are released."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.released = threading.Event()

    def send(self, _call: OutboundCall) -> OutboundResponse:
        self.begun.release()
        self.released.wait(60)
        return OutboundResponse(200, {}, b'{"allow": true}')


def test_a_service_that_hangs_occupies_few_threads_and_leaves_a_slot_to_other_networks(
    service: ChallengeService, pki: TestPki, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(challenges, "LIMITS", replace(LIMITS, seconds=0))
    stuck = Stuck()
    validator = WebhookValidator(options(service, pki.ca), outbound=stuck, clock=FrozenClock())
    other = replace(REQUEST, network="198.51.100.0")
    with ThreadPoolExecutor(MAX_IN_PROGRESS) as pool:
        waiting = [pool.submit(validator.validate, REQUEST) for _ in range(LIMITS.running_of_one)]
        try:
            begun = [stuck.begun.acquire(timeout=60) for _ in waiting]
            assert all(begun)
            with pytest.raises(OutboundFailed, match="cannot be validated now"):
                validator.validate(REQUEST)
            waiting.append(pool.submit(validator.validate, other))
            assert stuck.begun.acquire(timeout=60)
            with pytest.raises(OutboundFailed, match="cannot be validated now"):
                validator.validate(replace(REQUEST, network="203.0.113.0"))
        finally:
            stuck.released.set()
        assert [one.result(timeout=60) for one in waiting] == [None] * MAX_IN_PROGRESS
    validator.validate(REQUEST)


def test_intune_is_asked_with_a_token_of_the_application(service: ChallengeService, pki: TestPki) -> None:
    clock = FrozenClock()
    service.accept("/token", {"access_token": "t0", "expires_in": 3600})
    service.accept("/service/ScepActions/validateRequest", {"code": "Success", "errorDescription": ""})
    validator = intune(service, pki, clock)
    validator.validate(REQUEST)
    validator.validate(REQUEST)
    (_, _, form), (_, headers, body), again = service.received
    assert parse_qs(form.decode()) == {
        "grant_type": ["client_credentials"], "client_id": ["app"], "client_secret": [SECRET], "scope": ["intune"],
    }  # fmt: skip
    assert (headers["authorization"], headers["api-version"]) == ("Bearer t0", "2018-02-20")
    assert headers["client-request-id"] == "r-1"
    sent = {"transactionId": "t-1", "certificateRequest": "Y3Ny", "callerInfo": "PKI Manager"}
    assert json.loads(body) == json.loads(again[2]) == {"request": sent}
    clock.advance(timedelta(hours=1))
    validator.validate(REQUEST)
    assert [path for path, _, _ in service.received].count("/token") == 2


@pytest.mark.parametrize("code", ["ChallengeDecryptionError", "SubjectNameMismatch", ""])
def test_intune_refuses_by_every_other_code(service: ChallengeService, pki: TestPki, code: str) -> None:
    service.accept("/token", {"access_token": "t0", "expires_in": 3600})
    service.accept("/service/ScepActions/validateRequest", {"code": code})
    with pytest.raises(Unauthenticated, match="refused"):
        intune(service, pki, FrozenClock()).validate(REQUEST)


@pytest.mark.parametrize("token", [{}, {"access_token": "a\r\nb", "expires_in": 1}, {"access_token": "a"}])
def test_without_a_token_or_a_code_intune_cannot_validate(
    service: ChallengeService, pki: TestPki, token: dict[str, object]
) -> None:
    service.accept("/token", token)
    with pytest.raises(OutboundFailed, match="cannot be validated now"):
        intune(service, pki, FrozenClock()).validate(REQUEST)
    service.accept("/token", {"access_token": "t0", "expires_in": 3600})
    service.accept("/service/ScepActions/validateRequest", {"allow": True})
    with pytest.raises(OutboundFailed, match="cannot be validated now"):
        intune(service, pki, FrozenClock()).validate(REQUEST)
