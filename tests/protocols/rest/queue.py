"""People around a queue: a requester, approvers and administrators, each a person of their own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pki_manager.domain.rights.actor import Role, build_system_actor
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.worker.outbox import run_outbox
from tests.architecture.audit_requests import somebody
from tests.conftest import MAC_KEY, lock_path, open_engine
from tests.protocols.rest.door import Door, House, Reply, furnish, unique
from tests.support.csrs import make_csr


@dataclass(frozen=True)
class Queue:
    house: House
    requester: Door
    approvers: tuple[Door, Door, Door]
    administrator: Door
    other_administrator: Door
    auditor: Door

    def another_requester(self) -> Door:
        return somebody(self.house, self.house.door, Role.REQUESTER)

    def work(self) -> None:
        """What the worker does."""
        run_outbox(self.house.ctx, build_system_actor("worker"))

    def submit(self, door: Door | None = None, **members: Any) -> Any:
        """A request that was accepted, as answered."""
        body = {"ca": "Issuing CA", "profile": "tls-server", **members}
        if not members.keys() & {"csr", "key_type", "renews"}:
            body["csr"] = make_csr(f"{unique('queue')}.example.com")
        reply = (door or self.requester).post("/requests", body)
        assert reply.status == 201, reply.body
        return reply.json

    def show(self, request: Any) -> Any:
        return self.requester.get(f"/requests/{request['id']}").json

    def approve(self, door: Door, request: Any) -> Reply:
        body = {"plan_sha256": request["plan_sha256"]}
        return door.post(f"/requests/{request['id']}/approve", body)

    def demand(self, *rules: dict[str, Any]) -> None:
        """Rules, from now on: with a second administrator's consent where there were some before."""
        version = self.administrator.get("/approvals/rules").json["version"]
        body = {"version": version, "rules": list(rules)}
        reply = self.put_rules(body)
        if reply.status == 202:
            approval = reply.json["approval"]
            given = self.other_administrator.post(
                f"/approvals/{approval['id']}/approve", {"sha256": approval["sha256"]}
            )
            assert given.status == 200, given.body
            reply = self.put_rules(body)
        assert reply.status == 200, reply.body

    def put_rules(self, body: Any, door: Door | None = None) -> Reply:
        import json

        content = json.dumps(body).encode()
        kind = [("Content-Type", "application/json")]
        return (door or self.administrator).send("PUT", "/approvals/rules", content, kind)

    def events(self, **where: Any) -> list[dict[str, Any]]:
        """Oldest first."""
        import json

        with self.house.ctx.ports.storage.read() as reader:
            page = reader.audit.page(AuditFilter(**where), None, 200)
        return [json.loads(event.body) for event in reversed(page.items)]


def furnish_queue(folder: Path, url: str) -> Queue:
    house = furnish(folder, open_engine(url), MAC_KEY, lock_path(url))

    def person(role: Role) -> Door:
        return somebody(house, house.door, role)

    return Queue(
        house=house,
        requester=person(Role.REQUESTER),
        approvers=(
            person(Role.REGISTRATION_AUTHORITY),
            person(Role.REGISTRATION_AUTHORITY),
            person(Role.REGISTRATION_AUTHORITY),
        ),
        administrator=person(Role.ADMINISTRATOR),
        other_administrator=person(Role.ADMINISTRATOR),
        auditor=person(Role.AUDITOR),
    )
