"""The history of a demo: what its users do on which day, in the order of time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from pki_manager.cli.demo.cast import (
    DEVICE_NAMES,
    DEVICES,
    OPERATOR,
    ORGANIZATION,
    PILOT,
    REGISTRAR,
    REQUESTER,
    ROOT,
    SERVICES,
    TEAMS,
    USERS,
    WEB,
)
from pki_manager.cli.demo.stage import ADMIN, DemoInstallation
from pki_manager.cli.failure import Accepted
from pki_manager.cli.session import CommandSession

DAYS = 180
_RENEW_AFTER = 80
_DAY = timedelta(days=1)
_TLS, _DEVICE = "tls-server", "device"


@dataclass(frozen=True, slots=True)
class Event:
    """An event of the history, some days after the start. `title` is shown as progress; None for a minor event."""

    day: float
    act: Callable[[], object]
    title: str | None = None


class DemoHistory:
    """Half a year of history for a new installation. Its events are in days after the start."""

    def __init__(self, stage: DemoInstallation) -> None:
        self._stage = stage
        self._certificates: dict[str, str] = {}
        self._requests: list[dict[str, Any]] = []

    def play(self, start: datetime, report: Callable[[str], None], check: Callable[[], None]) -> None:
        """Run each event at its time, then continue at the present.

        `report` is called with lines of progress, and `check` before each event; it can raise an error.
        """
        for event in sorted(self._events(), key=lambda event: event.day):
            check()
            self._stage.skip_to(start + event.day * _DAY)
            if event.title is not None:
                report(f"Day {event.day:3.0f}: {event.title}")
            event.act()
        self._stage.work()
        self._stage.clock.catch_up()
        self._stage.work()

    def _events(self) -> Iterator[Event]:
        yield Event(0, self._invite_users, "users and teams")
        yield Event(1, partial(self._create_ca, DEVICES), f"{DEVICES}, {PILOT}")
        yield Event(1.1, partial(self._create_ca, PILOT))
        yield Event(2, self._set_up_enrollment, "credentials for ACME and EST clients")
        yield from self._services()
        yield from self._devices()
        yield from self._incidents()
        yield from self._queue()

    def _services(self) -> Iterator[Event]:
        for service in SERVICES:
            yield Event(service.first_day, partial(self._issue, WEB, _TLS, service.name))
            renewals = range(service.first_day + _RENEW_AFTER, DAYS, _RENEW_AFTER) if service.is_renewed else ()
            for day in renewals:
                yield Event(day + 0.1, partial(self._renew, service.name))

    def _devices(self) -> Iterator[Event]:
        yield Event(8.5, partial(self._issue, PILOT, _TLS, "pilot.example.com"))
        for number, name in enumerate(DEVICE_NAMES):
            day = 10.3 + 7 * number
            yield Event(day, partial(self._issue, DEVICES, _DEVICE, name, subject=f"CN={name}"))

    def _incidents(self) -> Iterator[Event]:
        yield Event(45, partial(self._revoke, "vpn.example.com", "keyCompromise"), "the key of the VPN is compromised")
        yield Event(45.1, partial(self._issue, WEB, _TLS, "vpn.example.com"))
        yield Event(70, partial(self._revoke, "pilot.example.com", "cessationOfOperation"), "the pilot ends")
        yield Event(71, lambda: self._as(OPERATOR).post("cas", PILOT, "suspend"))
        yield Event(100, self._write_approval_rules, "two people for stopping a CA")
        yield Event(120, lambda: self._as(OPERATOR).post("cas", WEB, "rotate", body={}), f"a new key for {WEB}")
        yield Event(158, partial(self._revoke, "chat.example.com", "superseded"))
        yield Event(165, partial(self._revoke, "sensor-03.devices.internal", "keyCompromise"), "a sensor is stolen")
        yield Event(170, partial(self._revoke, "files.example.com", "cessationOfOperation"))
        yield Event(177, self._revoke_together, "a file of revocations")
        yield Event(178, partial(self._hold, "camera-01.devices.internal"))
        yield Event(179.2, self._ask_to_retire_pilot, "requests and an approval that wait")

    def _queue(self) -> Iterator[Event]:
        for number, day in enumerate((20, 60, 110, 140, 160), 1):
            yield Event(day, partial(self._request, REQUESTER, WEB, _TLS, f"app-{number}.example.com"))
            yield Event(day + 0.4, self._approve_newest)
        yield Event(130, partial(self._request, REQUESTER, WEB, _TLS, "www.example.org"))
        yield Event(130.2, self._reject_newest, "a request is rejected")
        yield Event(178.1, partial(self._request, REQUESTER, WEB, _TLS, "shop-next.example.com"))
        yield Event(178.9, partial(self._request, REQUESTER, WEB, _TLS, "*.preview.example.com"))
        yield Event(179.5, partial(self._request, "requester-devices", DEVICES, _DEVICE, "gateway-09.devices.internal"))

    def _as(self, login: str) -> CommandSession:
        return self._stage.as_user(login)

    def _invite_users(self) -> None:
        admin = self._as(ADMIN)
        for name in TEAMS:
            admin.post("teams", body={"name": name})
        for user in USERS:
            body = {"login": user.login, "display_name": user.display_name, "role": user.role.value}
            self._stage.welcome(user.login, admin.post("users", body=body)["sign_in_url"])
            if user.team is not None:
                admin.put("teams", user.team, "members", user.login)

    def _create_ca(self, name: str) -> None:
        body = {"name": name, "subject": f"CN={name},O={ORGANIZATION}", "key_type": "ECDSA-P256", "parent": ROOT}
        self._as(ADMIN).post("cas", body=body)

    def _set_up_enrollment(self) -> None:
        admin = self._as(ADMIN)
        admin.post("service-accounts", body={"name": "deploy-web", "role": "registration-authority", "team": "web"})
        admin.post("acme", "eab-keys", body={"name": "web servers", "expires": "P1Y", "names": ["DNS:example.com"]})
        body = {"protocol": "est", "name": "sensors", "expires": "P1Y", "ca": DEVICES, "profile": _DEVICE}
        admin.post("credentials", body=body)

    def _issue(self, ca: str, profile: str, name: str, *, subject: str | None = None) -> None:
        body = {"ca": ca, "profile": profile, "csr": self._stage.build_csr([name]), "subject": subject}
        self._certificates[name] = self._as(REGISTRAR).post("certificates", body=body)["id"]

    def _renew(self, name: str) -> None:
        renewed = self._as(REGISTRAR).post("certificates", self._certificates[name], "renew", body={})
        self._certificates[name] = renewed["id"]

    def _revoke(self, name: str, reason: str) -> None:
        self._as(REGISTRAR).post("certificates", self._certificates[name], "revoke", body={"reason": reason})

    def _hold(self, name: str) -> None:
        self._as(REGISTRAR).post("certificates", self._certificates[name], "hold")

    def _revoke_together(self) -> None:
        names = ("sensor-05.devices.internal", "sensor-06.devices.internal", "printer-02.devices.internal")
        rows = "".join(f"{self._certificates[name]},{name}\n" for name in names)
        query = {"action": "revoke", "reason": "superseded"}
        content = f"certificate,reference\n{rows}".encode()
        self._as(REGISTRAR).upload("certificates", "bulk", query=query, content=content, media_type="text/csv")

    def _request(self, login: str, ca: str, profile: str, name: str) -> None:
        subject = f"CN={name}" if profile == _DEVICE else None
        body = {"ca": ca, "profile": profile, "csr": self._stage.build_csr([name]), "subject": subject}
        self._requests.append(self._as(login).post("requests", body=body))

    def _approve_newest(self) -> None:
        request = self._requests[-1]
        body = {"plan_sha256": request["plan_sha256"]}
        self._as(REGISTRAR).post("requests", request["id"], "approve", body=body)

    def _reject_newest(self) -> None:
        body = {"reason": "This domain does not belong to the web team."}
        self._as(REGISTRAR).post("requests", self._requests[-1]["id"], "reject", body=body)

    def _write_approval_rules(self) -> None:
        rule = {"name": "two people to stop a CA", "operation": "ca.retire"}
        admin = self._as(ADMIN)
        version = admin.get("approvals", "rules")["version"]
        admin.put("approvals", "rules", body={"version": version, "rules": [rule]})

    def _ask_to_retire_pilot(self) -> None:
        with suppress(Accepted):  # the operation waits for an administrator
            self._as(OPERATOR).post("cas", PILOT, "retire")
