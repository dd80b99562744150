"""`pkim` as tests run it."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from typer.testing import CliRunner, Result

from pki_manager.cli.main import build


@dataclass(frozen=True)
class Pkim:
    """`pkim ARGUMENTS` in this process; `extra` goes to every command."""

    extra: tuple[str, ...]

    def run(self, *arguments: str, expect: int = 0, stdin: str | bytes | None = None) -> Result:
        program = build(arguments)
        result = CliRunner().invoke(program, [*arguments, *self.extra], input=stdin)
        assert result.exit_code == expect, f"{result.exit_code}: {result.stdout} {result.stderr}"
        return result

    def json(self, *arguments: str, stdin: str | bytes | None = None) -> Any:
        return json.loads(self.run(*arguments, "--output", "json", stdin=stdin).stdout)

    def failure(self, *arguments: str, expect: int) -> Any:
        return json.loads(self.run(*arguments, "--output", "json", expect=expect).stderr)


def issue(pkim: Pkim, csr: Path, *more: str) -> Any:
    return pkim.json("cert", "issue", "--ca", "Issuing CA", "--profile", "tls-server", "--csr", str(csr), *more)


@contextmanager
def serving(app: Starlette) -> Iterator[str]:
    """Serve the application on a free port of the loopback address; its base URL."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
