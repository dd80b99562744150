"""Users and their browsers: a browser keeps its cookie and sends its CSRF token like the web UI."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field, replace
from http.cookies import SimpleCookie
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.people import invitations, sessions, users
from pki_manager.authority.people.sessions import SignedIn
from pki_manager.authority.people.users import Person
from pki_manager.domain.people.user import User, UserState
from pki_manager.domain.rights.actor import ANONYMOUS, Actor, Role
from tests.fakes.clock import FrozenClock
from tests.protocols.rest.door import Door, Reply, unique
from tests.support.factories import ADMIN

PASSWORD = "correct horse battery staple"
PEER = "192.0.2.7"
VISITOR = replace(ANONYMOUS, peer=PEER, request_id="request")


def secret_of(url: str | None) -> str:
    assert url is not None
    return url.partition("#")[2]


def make_user(ctx: Context, role: Role = Role.ADMINISTRATOR, login: str | None = None) -> User:
    """Return a user who followed the invitation link and chose PASSWORD."""
    name = login or unique("user")
    (_, link), _ = users.create_user(ctx, ADMIN, name, Person(display_name=name, email=None, role=role))
    return invitations.accept(ctx, VISITOR, secret_of(link.url), PASSWORD, "browser").user


def new_user(ctx: Context, login: str, role: Role = Role.REQUESTER) -> User:
    """Return a user who can sign in and has no password: its hash takes a while."""
    (user, _), _ = users.create_user(ctx, ADMIN, login, Person(display_name=login, email=None, role=role))
    with ctx.ports.storage.housekeep() as uow:
        uow.users.set_state(user.id, UserState.ACTIVE)
    return replace(user, state=UserState.ACTIVE)


def acting(ctx: Context, signed_in: SignedIn) -> Actor:
    return sessions.build_session_actor(ctx, signed_in, VISITOR)


def shown(secret: str, clock: FrozenClock, steps: int = 0) -> str:
    """Return the code of an authenticator app with that secret (base32) now, or so many steps later."""
    moment = int(clock.now().timestamp()) + 30 * steps
    return TOTP(base64.b32decode(secret), 6, SHA1(), 30).generate(moment).decode()


@dataclass
class Browser:
    """A client that sends requests like a browser with the web UI."""

    door: Door
    origin: str = "http://localhost:8080"
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str | None = None

    def send(self, method: str, target: str, body: object = None, **headers: str) -> Reply:
        """Send a request. `headers` (with _ for -) add to the usual ones or replace them; an empty one is omitted."""
        sent = {"host": "localhost:8080", "user-agent": "Browser/1", "sec-fetch-site": "same-origin"}
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if method != "GET":
            sent |= {"origin": self.origin, "x-csrf-token": self.csrf or ""}
        if body is not None:
            sent["content-type"] = "application/json"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        content = b"" if body is None else json.dumps(body).encode()
        plain = Door(self.door.app)
        reply = plain.send(method, target, content, [(name, value) for name, value in sent.items() if value])
        for name, morsel in SimpleCookie(reply.headers.get("set-cookie", "")).items():
            self.cookies[name] = morsel.value
            if morsel["max-age"] == "0":
                del self.cookies[name]
        if reply.status < 300 and reply.body:
            self.csrf = find_csrf(reply.json) or self.csrf
        return reply

    def get(self, target: str) -> Reply:
        return self.send("GET", target)

    def post(self, target: str, body: object = None) -> Reply:
        return self.send("POST", target, body)

    def sign_in(self, login: str, password: str = PASSWORD) -> Reply:
        return self.post("/sessions", {"login": login, "password": password})


def find_csrf(document: Any) -> str | None:
    token: str | None = document.get("csrf_token") or (document.get("session") or {}).get("csrf_token")
    return token


def signed_in(door: Door, user: User) -> Browser:
    browser = Browser(door)
    reply = browser.sign_in(user.login)
    assert reply.status == 201, reply.body
    return browser
