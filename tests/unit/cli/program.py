"""`pkim` as tests run it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
