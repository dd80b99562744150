"""The house of the REST tests with an identity provider beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pki_manager.authority.kernel.context import Context
from pki_manager.ports.audit_trail import AuditFilter
from tests.fakes.clock import FrozenClock
from tests.protocols.rest.door import Door, Reply, open_rest, unique
from tests.services.forger import Forger
from tests.support.factories import with_ports
from tests.support.people import Browser
from tests.support.providers import corp


@dataclass
class Corp:
    """The house with a provider, whose people have a subject of their own in each test."""

    ctx: Context
    clock: FrozenClock
    provider: Forger
    admin: Door

    def offer(self, name: str = "corp", **changed: Any) -> None:
        """As the operator changes the settings."""
        offered = corp(self.provider, self.clock, name, **changed)
        self.ctx = with_ports(self.ctx, providers={**self.ctx.ports.providers, name: offered})

    @property
    def door(self) -> Door:
        return Door(open_rest(lambda: self.ctx))

    def browser(self) -> Browser:
        return Browser(self.door)

    def is_somebody(self, *groups: str, **claims: Any) -> str:
        """The provider's next visitor, new to us; the login that he asks for."""
        login = unique("ada")
        self.provider.subject = f"subject of {login}"
        self.provider.claims = {"preferred_username": login, "name": "Ada", "groups": list(groups), **claims}
        return login

    def events(self, reply: Reply) -> list[tuple[str, str | None]]:
        """Action and reason of what a request left in the trail."""
        return [(one["action"], one["reason"]) for one in self.told(reply)]

    def told(self, reply: Reply) -> list[dict[str, Any]]:
        """What a request left in the trail, oldest first."""
        with self.ctx.ports.storage.read() as reader:
            page = reader.audit.page(AuditFilter(), None, 200)
        told = [json.loads(event.body) for event in reversed(page.items)]
        return [one for one in told if one["request_id"] == reply.headers["x-request-id"]]

    def user(self, login: str) -> dict[str, Any]:
        found: dict[str, Any] = self.admin.get(f"/users/{login}").json
        return found
