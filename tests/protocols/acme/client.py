"""An ACME client that says exactly what a test wants it to say, against the door in process."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from pki_manager.authority.acme.keys import EabKey, NewEabKey, create_eab_key
from pki_manager.authority.acme.orders import get_order
from pki_manager.authority.kernel.context import Context
from pki_manager.cli.asgi import send_request
from pki_manager.domain.duration import Duration
from pki_manager.protocols.acme.jws import MEDIA_TYPE
from pki_manager.protocols.acme.routes import create_acme
from pki_manager.protocols.acme.urls import Bases
from tests.protocols.acme.signing import Signer, bind, new_signer
from tests.protocols.rest.door import Reply
from tests.support.acme_accounts import look_up
from tests.support.acme_clients import Client
from tests.support.factories import ADMIN

BASE = "https://pki.example:8443"
PUBLIC = "http://public.example"
_NUMBERS = count(1)
KEEP: Any = object()
"""What is left as it is."""


class Door:
    """The application as it is mounted, without a server."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self._app = create_acme(ctx, Bases((BASE, PUBLIC)))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        inner = {**scope, "root_path": "/acme", "path": scope["path"]}
        await self._app(inner, receive, send)

    def get(self, path: str, *, method: str = "GET", **headers: str) -> Reply:
        answer = send_request(self, method, path, headers=[*headers.items()])
        return Reply(answer.status, answer.headers, answer.body)

    def post(self, url: str, body: bytes, *, media_type: str = MEDIA_TYPE, host: str = "pki.example:8443") -> Reply:
        target = urlsplit(url)
        path = f"{target.path}?{target.query}" if target.query else target.path
        answer = send_request(self, "POST", path, headers=[("Content-Type", media_type), ("Host", host)], body=body)
        return Reply(answer.status, answer.headers, answer.body)

    def nonce(self) -> str:
        return self.get("/acme/new-nonce", method="HEAD").headers["replay-nonce"]


@dataclass
class AcmeClient:
    """`kid` is the account's URL once it has one."""

    door: Door
    signer: Signer
    binding: EabKey
    kid: str = ""
    header: dict[str, Any] = field(default_factory=dict)

    def url(self, path: str) -> str:
        return f"{BASE}/acme{path}"

    def signed(self, url: str, payload: object = None, /, *, signer: Signer | None = None, **header: Any) -> bytes:
        """`header` adds to, or replaces in, what is right; KEEP for a member leaves it out."""
        by = {"jwk": self.signer.jwk} if not self.kid else {"kid": self.kid}
        whole = {"nonce": self.door.nonce(), "url": url, **by, **header}
        told = {name: value for name, value in whole.items() if value is not KEEP}
        return json.dumps((signer or self.signer).jws(told, payload)).encode()

    def post(self, url: str, payload: object = None, /, **header: Any) -> Reply:
        return self.door.post(url, self.signed(url, payload, **header))

    def by_key(self, url: str, payload: object, signer: Signer | None = None) -> Reply:
        """Signed with a key that is told, whatever account there is."""
        shown = signer or self.signer
        return self.post(url, payload, signer=shown, jwk=shown.jwk, kid=KEEP)

    def bound(self, jwk: Any = None, **header: Any) -> dict[str, str]:
        secret = self.binding.secret or b""
        key_id, url = str(self.binding.token.id), self.url("/new-account")
        told = {"key_id": key_id, "url": url, **header}
        return bind(secret, told.pop("key_id"), told.pop("url"), jwk or self.signer.jwk, **told)

    def register(self, **payload: Any) -> Reply:
        url = self.url("/new-account")
        reply = self.by_key(url, {"externalAccountBinding": self.bound(), **payload})
        if reply.status in (200, 201):
            self.kid = reply.headers["location"]
        return reply

    @property
    def account_id(self) -> UUID:
        return UUID(self.kid.rpartition("/")[2])

    def order(self, *names: str, ca: str = "Issuing%20CA", profile: str = "tls-server", **more: Any) -> Reply:
        identifiers = [{"type": "dns", "value": name} for name in names]
        return self.post(self.url(f"/{ca}/{profile}/new-order"), {"identifiers": identifiers, **more})

    def prove(self, reply: Reply) -> None:
        """Whatever the order in that answer wants proved, as a validation leaves it."""
        ctx = self.door.ctx
        account = look_up(ctx, self.account_id).account
        view = get_order(ctx, account, UUID(reply.headers["location"].rpartition("/")[2]))
        Client(ctx, account, self.binding.token).prove(view)


def new_binding(ctx: Context, **wish: Any) -> EabKey:
    number = next(_NUMBERS)
    wanted = {"name": f"acme {number}", "lifetime": Duration.parse("P1Y"), **wish}
    made, _ = create_eab_key(ctx, ADMIN, NewEabKey(**wanted))
    return made


def new_client(door: Door, signer: Signer | None = None, *, registered: bool = True, **wish: Any) -> AcmeClient:
    made = AcmeClient(door, signer or new_signer(), new_binding(door.ctx, **wish))
    if registered:
        reply = made.register()
        assert reply.status == 201, reply.body
    return made


def kind(reply: Reply) -> str:
    """The last part of the error's URN."""
    assert reply.headers["content-type"] == "application/problem+json"
    told: str = reply.json["type"]
    assert reply.json["status"] == reply.status
    return told.removeprefix("urn:ietf:params:acme:error:")
