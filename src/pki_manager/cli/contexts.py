"""Contexts: servers that this user has signed in to from the command line, in one file that only they can read."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pki_manager.domain.errors import ConfigurationInvalid, Forbidden, InvalidInput, NotFound

LOCAL = "local"
"""Name of the installation on this machine, which needs no sign-in."""

_OWNER_ONLY = 0o600
_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class ServerContext:
    """A server and an API token for it. `ca_pem` are its trust anchors; None means those of the system."""

    url: str
    token: str = field(repr=False)
    ca_pem: str | None = None


@dataclass(frozen=True, slots=True)
class Contexts:
    """All contexts by name, and the `current` one, which commands use. None is the installation on this machine."""

    current: str | None = None
    servers: Mapping[str, ServerContext] = field(default_factory=dict)

    def get(self, name: str) -> ServerContext:
        """Return the context with that name. Raises NotFound, with the available names, if there is none."""
        if name not in self.servers:
            raise NotFound(f"Context {name!r} not found. Available: {', '.join((LOCAL, *self.servers))}.")
        return self.servers[name]

    def use(self, name: str) -> Contexts:
        """Return the contexts with that one as the current one. Raises NotFound if it does not exist."""
        if name == LOCAL:
            return Contexts(None, self.servers)
        self.get(name)
        return Contexts(name, self.servers)

    def put(self, name: str, server: ServerContext) -> Contexts:
        """Return the contexts with this one added as the current one. Raises InvalidInput if the name is unusable."""
        if name == LOCAL or not name or not name.isprintable():
            message = f"must have printable characters and must not be {LOCAL!r}"
            raise InvalidInput.of("--name", "context.name", message)
        return Contexts(name, {**self.servers, name: server})

    def drop(self, name: str) -> Contexts:
        """Return the contexts without that one. Raises NotFound if it does not exist."""
        self.get(name)
        kept = {key: server for key, server in self.servers.items() if key != name}
        return Contexts(None if self.current == name else self.current, kept)


def find_file(environ: Mapping[str, str]) -> Path:
    """Return the file of the contexts: `pki-manager/contexts.json` in the user's configuration folder."""
    configured = environ.get("XDG_CONFIG_HOME")
    home = Path(environ.get("HOME") or "~").expanduser()
    return (Path(configured) if configured else home / ".config") / "pki-manager" / "contexts.json"


def read(path: Path) -> Contexts:
    """Return the contexts in a file, or no contexts if the file does not exist.

    Raises Forbidden if other users can read the file, and ConfigurationInvalid if it has another format.
    """
    try:
        with path.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read()
    except (FileNotFoundError, NotADirectoryError):
        return Contexts()
    if mode & _OTHERS:
        raise Forbidden(f"Other users can read {str(path)!r}, which has API tokens. Run: chmod 600 {path}")
    try:
        document: dict[str, Any] = json.loads(content)
        servers = {name: ServerContext(**server) for name, server in document["contexts"].items()}
        return Contexts(document["current"], servers)
    except (ValueError, TypeError, KeyError, AttributeError):
        message = f"{str(path)!r} is not a file of contexts. Delete it, and sign in again with `pkim login`."
        raise ConfigurationInvalid(message) from None


def write(path: Path, contexts: Contexts) -> None:
    """Replace the file atomically. Only its owner can read it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    document = {
        "current": contexts.current,
        "contexts": {name: asdict(server) for name, server in contexts.servers.items()},
    }
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=2)
        file.write("\n")
    draft.replace(path)
