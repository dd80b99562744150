"""The installation that a demo is built in: its users act through the REST API, its worker runs in between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from pki_manager.cli.asgi import AsgiResponse, send_request
from pki_manager.cli.session import CommandSession
from pki_manager.cli.transport import RemoteConnection
from pki_manager.domain.names import AlternativeName, NameKind
from pki_manager.domain.rights.actor import ANONYMOUS, Actor, build_system_actor

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from pki_manager.bootstrap import Installation
    from pki_manager.cli.demo.past_clock import PastClock

ADMIN = "admin"
_AGENT = "pkim demo"
_KEY_TYPE = "ECDSA-P256"


class _UserTransport:
    """The REST API, called in process as one user (`cli.transport.Transport`)."""

    def __init__(self, app: ASGIApp, actor: Actor) -> None:
        self._app = app
        self._actor = actor

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> AsgiResponse:
        from pki_manager.protocols.rest.operation import INJECTED_ACTOR

        extensions = {INJECTED_ACTOR: self._actor}
        return send_request(self._app, method, target, headers=list(headers.items()), body=body, extensions=extensions)

    def work(self) -> bool:
        return False


class DemoInstallation:
    """An open installation whose clock is in the past. `password` is the password of every user."""

    def __init__(self, installation: Installation, clock: PastClock, password: str) -> None:
        from pki_manager.protocols.rest.app import create_rest

        self.clock = clock
        self._installation = installation
        self._ctx = installation.ctx
        self._app = create_rest(lambda: self._ctx)
        self._password = password
        self._user_ids: dict[str, str] = {}

    def welcome(self, login: str, sign_in_url: str) -> None:
        """Set the password of a user with their invitation link."""
        from pki_manager.authority.people.invitations import accept

        signed_in = accept(self._ctx, ANONYMOUS, sign_in_url.partition("#")[2], self._password, _AGENT)
        self._user_ids[login] = signed_in.user.actor_id

    def as_user(self, login: str) -> CommandSession:
        """Return a session that calls the REST API as that user, with the user's present permissions."""
        from pki_manager.authority.kernel.current_actor import resolve_actor

        with self._ctx.ports.storage.read() as reader:
            actor = resolve_actor(self._ctx, reader, self._user_ids[login], login, "rest")
        if actor is None:
            raise AssertionError(f"{login} cannot sign in")
        return CommandSession(RemoteConnection(), transport=_UserTransport(self._app, actor))

    def skip_to(self, moment: datetime) -> None:
        """Run the worker for everything that is due, then move the clock forward to that time."""
        self.work()
        self.clock.skip_to(moment)

    def work(self) -> None:
        """Run the jobs and the scheduled tasks of the worker once."""
        from pki_manager.worker.outbox import run_outbox
        from pki_manager.worker.schedule import build_host_duties, build_leader_duties

        worker = build_system_actor("worker")
        run_outbox(self._ctx, worker)
        for duty in (*build_leader_duties(self._installation, worker), *build_host_duties(self._installation)):
            duty.run()
        run_outbox(self._ctx, worker)

    def build_csr(self, names: Sequence[str]) -> str:
        """Return a CSR (PEM) with DNS names and a new key. The key is not kept."""
        from pki_manager.x509.csr import make_csr

        sans = [AlternativeName(NameKind.DNS, name) for name in names]
        return make_csr(_KEY_TYPE, sans, self._password.encode())[1].decode("ascii")
