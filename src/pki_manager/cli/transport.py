"""The connection of commands to the REST API, in this process or over HTTP, with the same operations."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from pki_manager.cli import contexts
from pki_manager.cli.asgi import AsgiResponse, send_request
from pki_manager.cli.owner import OwnerFiles, add_owner
from pki_manager.domain.errors import Forbidden, InvalidInput, NotFound, PartUnavailable, Unauthenticated
from pki_manager.domain.rights.actor import Actor, ActorKind, Role, build_system_actor

if TYPE_CHECKING:
    from pki_manager.bootstrap import Installation
    from pki_manager.settings import Settings

_PREFIX = "/api/v1"
_TIMEOUT = 60.0
_UNAUTHENTICATED = 401
_TURN = 1.0
_AS_OWNER = "Run pkim as the user that runs the server, or with --url and --token-file"
SLOT = "cli"
"""The writer slot whose audit chain local commands append to."""


@dataclass(frozen=True, slots=True)
class RemoteConnection:
    """The target of commands: the server at `url`, or without a URL the installation in `home`.

    `token_file` has the API token for a server. On an installation, `owner` are the key owner's credentials for a key
    backend. A context sets `token` and `ca_pem` in place of files. An empty `token` means no authentication.
    """

    home: Path | None = None
    url: str | None = None
    token_file: Path | None = None
    ca_file: Path | None = None
    owner: OwnerFiles | None = None
    token: str | None = field(default=None, repr=False)
    ca_pem: str | None = field(default=None, repr=False)


class Transport(Protocol):
    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> AsgiResponse:
        """Send a request and return the response. `target` is path and query below `/api/v1`."""
        ...

    def work(self) -> bool:
        """Run background jobs if no other process leads. Return whether there were any."""
        ...


class Local:
    """The REST application, called in process as the local operator."""

    def __init__(self, installation: Installation, actor: Actor) -> None:
        from pki_manager.protocols.rest.app import create_rest

        self._app = create_rest(lambda: installation.ctx)
        self._installation = installation
        self._actor = actor

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> AsgiResponse:
        from pki_manager.authority.audit.audit_log import require_complete
        from pki_manager.protocols.rest.app import is_change
        from pki_manager.protocols.rest.operation import INJECTED_ACTOR

        if is_change(method, urlsplit(target).path):
            require_complete(self._installation.ctx)
        extensions = {INJECTED_ACTOR: self._actor}
        return send_request(self._app, method, target, headers=list(headers.items()), body=body, extensions=extensions)

    def work(self) -> bool:
        from pki_manager.worker.outbox import run_outbox

        if not self._installation.scheduler.try_lead():
            return False
        ctx = self._installation.ctx
        until = ctx.ports.clock.monotonic() + _TURN
        return run_outbox(ctx, build_system_actor("worker"), lambda: ctx.ports.clock.monotonic() >= until) > 0


class Remote:
    """The REST API of a server, with a bearer token."""

    def __init__(self, connection: RemoteConnection) -> None:
        import ssl

        import httpx2

        verify = ssl.create_default_context(cafile=connection.ca_file, cadata=connection.ca_pem)
        self._client = httpx2.Client(verify=verify, timeout=_TIMEOUT, follow_redirects=False, trust_env=False)
        self._base = f"{_base_url(connection.url or '')}{_PREFIX}"
        self._token = read_token(connection.token_file) or connection.token

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> AsgiResponse:
        import httpx2

        sent = {**headers, **({"Authorization": f"Bearer {self._token}"} if self._token else {})}
        try:
            response = self._client.request(method, self._base + target, headers=sent, content=body)
        except httpx2.HTTPError as error:
            hint = ". Pass its trust anchors with --ca-file" if "CERTIFICATE_VERIFY_FAILED" in str(error) else ""
            raise PartUnavailable(f"The request to {self._base} failed: {error}{hint}.") from None
        if response.status_code == _UNAUTHENTICATED and self._token is None:
            raise Unauthenticated("The server requires an API token. Pass it with --token-file or PKIM_TOKEN_FILE.")
        return AsgiResponse(response.status_code, {k.lower(): v for k, v in response.headers.items()}, response.content)

    def work(self) -> bool:
        return False

    def close(self) -> None:
        self._client.close()


def _base_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise InvalidInput.of("--url", "url.base", f"must be a base URL such as https://pki.example.com, not {url!r}")
    return url.rstrip("/").removesuffix(_PREFIX)


def read_token(path: Path | None) -> str | None:
    """Return the token in a file, or None without a file. Raises InvalidInput if the file has no usable token."""
    if path is None:
        return None
    try:
        token = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        raise InvalidInput.of("--token-file", "file.read", f"cannot be read from {str(path)!r}") from None
    if not token or not token.isprintable():
        raise InvalidInput.of("--token-file", "token.form", f"must contain exactly one token; {str(path)!r} does not")
    return token


def _with_environment(connection: RemoteConnection) -> RemoteConnection:
    """Return the connection completed from PKIM_URL, PKIM_TOKEN_FILE, and PKIM_CA_FILE. Options take precedence.

    If neither options, PKIM_URL, nor PKIM_HOME name a target, it is the server of the current context.
    """
    environ = os.environ  # noqa: TID251 - the edge
    url = connection.url or (environ.get("PKIM_URL") if connection.home is None else None)
    if not url:
        return connection if connection.home or environ.get("PKIM_HOME") else _with_context(connection, environ)
    token_file, ca_file = (environ.get(name) for name in ("PKIM_TOKEN_FILE", "PKIM_CA_FILE"))
    return replace(
        connection,
        url=url,
        token_file=connection.token_file or (Path(token_file) if token_file and connection.token is None else None),
        ca_file=connection.ca_file or (Path(ca_file) if ca_file else None),
    )


def _with_context(connection: RemoteConnection, environ: Mapping[str, str]) -> RemoteConnection:
    found = contexts.read(contexts.find_file(environ))
    if found.current is None:
        return connection
    server = found.get(found.current)
    return replace(connection, url=server.url, token=server.token, ca_pem=server.ca_pem)


def is_remote(connection: RemoteConnection) -> bool:
    """Return whether commands go to a server's URL instead of the installation on this machine."""
    return _with_environment(connection).url is not None


@contextmanager
def open_transport(connection: RemoteConnection) -> Iterator[Transport]:
    """Open the connection to the REST API, and close it at the end.

    Raises Forbidden, before anything is opened, if another user owns the data directory, and InvalidInput if the URL or
    the token file is unusable.
    """
    connection = _with_environment(connection)
    if connection.url is not None:
        if connection.owner is not None:
            message = "cannot be used with a remote server; the key owner's credentials stay on this host"
            raise InvalidInput.of("--url", "cli.local", message)
        remote = Remote(connection)
        try:
            yield remote
        finally:
            remote.close()
    else:
        settings = load_settings(connection)
        if connection.owner is not None:
            settings = add_owner(settings, connection.owner)
        # Whether the database is complete is asked before each change: reading works without that.
        with open_local(settings, only_reads=True) as installation:
            yield Local(installation, build_local_actor(settings))


@contextmanager
def open_local(settings: Settings, *, only_reads: bool = False) -> Iterator[Installation]:
    """Open the installation. Settings that this process does not set are those of the running server.

    `only_reads` as for `open_installation`.
    """
    from pki_manager.bootstrap import in_force, open_installation

    agreed, differences = in_force.adopt(settings)
    installation = open_installation(agreed, slot=SLOT, differences=differences, only_reads=only_reads)
    try:
        yield installation
    finally:
        installation.close()


def load_settings(connection: RemoteConnection, *, may_be_missing: bool = False) -> Settings:
    """Load the settings of the data directory.

    Raises Forbidden if another user owns it, also for root: the owner could not open files that root creates there.
    Raises NotFound if it does not exist, unless `may_be_missing`.
    """
    from pki_manager.settings import find_home, load

    require_local(connection)
    environ = os.environ  # noqa: TID251 - the edge: settings are read from what is passed here
    home = find_home(connection.home, environ)
    try:
        owner = home.stat().st_uid
    except (FileNotFoundError, NotADirectoryError):
        if not may_be_missing:
            raise NotFound(f"No installation found in {str(home)!r}. Create one with `pkim init`.") from None
    except OSError as error:
        # A folder above that is closed to this user hides whose home it is; it is another user's either way.
        raise Forbidden(f"{str(home)!r} cannot be opened ({error.strerror}). {_AS_OWNER}.") from None
    else:
        if owner != os.geteuid():
            raise Forbidden(f"{str(home)!r} belongs to another user. {_AS_OWNER}.")
    return load(connection.home, environ)


def get_environment() -> Mapping[str, str]:
    """Return the environment of this process, to read settings from before an installation exists."""
    return os.environ  # noqa: TID251 - the edge


def require_local(connection: RemoteConnection) -> None:
    """Raise InvalidInput if the options of a command name a server."""
    if connection.url is not None or connection.token_file is not None:
        raise InvalidInput.of("--url", "cli.local", "cannot be used: this command works only on the host of the server")


def restore_home(connection: RemoteConnection) -> Path:
    """Return the data directory that a backup is restored into. It need not exist."""
    from pki_manager.settings import find_home

    require_local(connection)
    return find_home(connection.home, get_environment())


def build_local_actor(settings: Settings | None) -> Actor:
    """Return the user who runs this process, by the system's user database instead of environment variables."""
    from pki_manager.authority.kernel.access import list_builtin_grants

    try:
        user = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        user = str(os.geteuid())
    grants = list_builtin_grants(Role.ADMINISTRATOR if settings is None else settings.local_actor_role)
    return Actor(kind=ActorKind.LOCAL, id=f"local:{user}", name=user, via="cli", grants=grants)
