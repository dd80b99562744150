"""How `pkim login` polls for the token of a sign-in by device code (RFC 8628 §3.5)."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from pki_manager.cli.asgi import AsgiResponse
from pki_manager.cli.device_login import sign_in_by_device_code
from pki_manager.cli.failure import Failure
from pki_manager.cli.session import CommandSession
from pki_manager.cli.transport import RemoteConnection
from pki_manager.domain.errors import DeviceCodeExpired, PartUnavailable

CODES = {
    "device_code": "device-secret",
    "user_code": "WDJB-MJHT",
    "verification_uri": "https://pki.example.com/device",
    "expires_in": 600,
    "interval": 3,
}


@dataclass
class Answers:
    """A server that returns these error codes to polls, one after another, and then a token. "" is no connection."""

    codes: list[str]
    bodies: list[object] = field(default_factory=list)

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> AsgiResponse:
        assert (method, headers.get("Authorization")) == ("POST", None)
        self.bodies.append(json.loads(body))
        if target == "/device/authorization":
            return self._answer(200, CODES)
        code = self.codes.pop(0) if self.codes else None
        if code == "":
            raise PartUnavailable("The connection was refused.")
        return self._answer(200, {"access_token": "pkim_x"}) if code is None else self._answer(400, {"code": code})

    def work(self) -> bool:
        return False

    def _answer(self, status: int, document: object) -> AsgiResponse:
        return AsgiResponse(status, {"content-type": "application/json"}, json.dumps(document).encode())


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []
    monkeypatch.setattr(time, "sleep", found.append)
    return found


def sign_in(answers: Answers) -> str:
    session = CommandSession(RemoteConnection(url="https://pki.example.com"), transport=answers)
    return sign_in_by_device_code(session, "requester", None)


def test_it_polls_until_the_user_confirms_and_slows_down_when_asked(
    pauses: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    answers = Answers(["authorization_pending", "slow_down", "", "storage_unavailable", "too_many_attempts"])
    assert sign_in(answers) == "pkim_x"
    assert pauses == [3, 3, 8, 8, 8, 8]
    shown = capsys.readouterr()
    assert "https://pki.example.com/device" in shown.err
    assert "WDJB-MJHT" in shown.err
    assert "device-secret" not in shown.out + shown.err
    assert isinstance(answers.bodies[0], dict)
    assert answers.bodies[0]["role"] == "requester"
    assert "expires" not in answers.bodies[0]


def test_a_denied_sign_in_ends_the_wait(pauses: list[float]) -> None:
    with pytest.raises(Failure) as denied:
        sign_in(Answers(["authorization_pending", "access_denied"]))
    assert denied.value.document["code"] == "access_denied"
    assert len(pauses) == 2


def test_the_wait_ends_with_the_code(pauses: list[float]) -> None:
    with pytest.raises(DeviceCodeExpired, match="pkim login"):
        sign_in(Answers(["authorization_pending"] * 1000))
    assert sum(pauses) == CODES["expires_in"]
