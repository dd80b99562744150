"""The users, teams, CAs, and certificates of a demo. Names are roles and reserved domains, never people."""

from __future__ import annotations

from dataclasses import dataclass

from pki_manager.domain.rights.actor import Role

ORGANIZATION = "Demo - do not trust"
ROOT, WEB, DEVICES, PILOT = "DEMO Root CA", "DEMO Web CA", "DEMO Device CA", "DEMO Pilot CA"
REGISTRAR, OPERATOR, REQUESTER = "registrar", "operator", "requester-web"


@dataclass(frozen=True, slots=True)
class DemoUser:
    """A user that the administrator invites. `team` is the team that the user joins."""

    login: str
    display_name: str
    role: Role
    team: str | None = None


USERS = (
    DemoUser(OPERATOR, "CA operator", Role.CA_OPERATOR),
    DemoUser(REGISTRAR, "Registration authority", Role.REGISTRATION_AUTHORITY),
    DemoUser("auditor", "Auditor", Role.AUDITOR),
    DemoUser(REQUESTER, "Requester of the web team", Role.REQUESTER, "web"),
    DemoUser("requester-devices", "Requester of the device team", Role.REQUESTER, "devices"),
)
TEAMS = ("web", "devices")


@dataclass(frozen=True, slots=True)
class DemoService:
    """A server that has a certificate from `first_day` on. Most are renewed before they expire."""

    name: str
    first_day: int
    is_renewed: bool = True


SERVICES = tuple(
    DemoService(f"{host}.example.com", 3 + 4 * number, is_renewed=number % 6 != 5)
    for number, host in enumerate(
        (
            *("www", "shop", "api", "mail", "vpn", "beta", "wiki", "git", "ci", "registry", "chat", "old-shop"),
            *("ldap", "sso", "files", "backup", "monitor", "legacy", "search", "queue", "proxy", "login", "status"),
            *("campaign", "docs", "forum", "media", "cdn", "build", "trial"),
        )
    )
)

DEVICE_NAMES = tuple(
    f"{kind}-{number:02}.devices.internal"
    for kind, count in (("printer", 4), ("sensor", 10), ("gateway", 4), ("camera", 6))
    for number in range(1, count + 1)
)
