"""The REST door as a client sees it: real ASGI calls into the real application on a real authority."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from fastapi import FastAPI

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.rights import tokens
from pki_manager.cli.asgi import AsgiResponse, send_request
from pki_manager.domain.duration import Duration
from pki_manager.domain.rights.actor import Actor, Role
from pki_manager.protocols.rest.app import create_rest
from pki_manager.protocols.rest.operation import INJECTED_ACTOR
from pki_manager.storage.engine.engines import open_sqlcipher
from pki_manager.storage.storage import SqlStorage
from tests.fakes.clock import FrozenClock
from tests.fakes.entropy import SeededEntropy
from tests.services.forger import Forger
from tests.support.factories import ADMIN, as_role, initialized, make_authority


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def fields(self) -> set[str]:
        return {error["field"] for error in self.json["errors"]}


@dataclass(frozen=True)
class Door:
    """`actor` is injected as the in-process command line does; `token` goes on the wire."""

    app: Any
    actor: Actor | None = None
    token: str | None = None

    def as_role(self, role: Role | None) -> Door:
        return replace(self, actor=as_role(role), token=None)

    def with_token(self, token: str | None) -> Door:
        return replace(self, actor=None, token=token)

    def get(self, target: str, headers: Sequence[tuple[str, str]] = ()) -> Reply:
        return self.send("GET", target, headers=headers)

    def post(self, target: str, body: object = None, headers: Sequence[tuple[str, str]] = ()) -> Reply:
        content = b"" if body is None else json.dumps(body).encode()
        kind = [] if body is None else [("Content-Type", "application/json")]
        return self.send("POST", target, content, headers=[*kind, *headers])

    def send(self, method: str, target: str, body: bytes = b"", headers: Sequence[tuple[str, str]] = ()) -> Reply:
        own = [("Authorization", f"Bearer {self.token}")] if self.token else []
        extensions = {INJECTED_ACTOR: self.actor} if self.actor else {}
        answer: AsgiResponse = send_request(
            self.app, method, target, headers=[*own, *headers], body=body, extensions=extensions
        )
        return Reply(answer.status, answer.headers, answer.body)


@dataclass(frozen=True)
class House:
    """An initialized authority and its door; `secrets` has one token's for each role, `provider` vouches for people."""

    ctx: Context
    clock: FrozenClock
    door: Door
    secrets: Mapping[Role, str] = field(default_factory=dict)
    provider: Forger | None = None


def make_house(folder: Path, database: Path, key: bytes, mac_key: bytes) -> House:
    """On a SQLCipher file with our schema."""
    return furnish(folder, open_sqlcipher(database, key), mac_key, folder / "pki.lock")


def furnish(folder: Path, engine: sa.Engine, mac_key: bytes, lock: Path | None) -> House:
    """On a database with our schema; `lock` as for `SqlStorage`."""
    clock = FrozenClock()
    storage = SqlStorage(
        engine,
        chain="host/worker-1",
        mac_key=mac_key,
        clock=clock,
        entropy=SeededEntropy("rest"),
        lock_path=lock,
    )
    ctx = initialized(make_authority(folder, storage, clock))
    secrets = {}
    for role in Role:
        new, _ = tokens.create_token(ctx, ADMIN, f"{role} token", role, Duration.parse("P30D"))
        secrets[role] = new.secret or ""
    return House(ctx, clock, Door(open_rest(lambda: ctx), ADMIN), secrets)


def open_rest(authority_of: Callable[[], Context]) -> FastAPI:
    """Return the REST application: without its fast path where TEST_FAST_PATH is `off`, as `make test-long` runs it."""
    return create_rest(authority_of, fast_path=os.environ.get("TEST_FAST_PATH") != "off")


def expired_token(house: House) -> str:
    """A token whose hour is over: the clock was set back while it was made."""
    now = house.clock.now()
    house.clock.set(now - timedelta(hours=3))
    try:
        new, _ = tokens.create_token(house.ctx, ADMIN, "short", Role.ADMINISTRATOR, Duration.parse("PT1H"))
    finally:
        house.clock.set(now)
    return new.secret or ""


def unique(prefix: str) -> str:
    """A name that no other test uses: the house is shared."""
    return f"{prefix}-{uuid4().hex[:8]}"
