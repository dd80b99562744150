"""The TypeScript client as a package: packed, installed in an empty folder, and run by Node against a real server."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.services.installation import Installation, Server, administrator_token
from tests.support.csrs import make_csr

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "clients" / "typescript"
_TSC = ROOT / "web" / "node_modules" / ".bin" / "tsc"

_PROGRAM = """
import { ApiError, connect, issueCertificate, iterate, listCas } from "pki-manager-client";
const client = connect({ url: process.env.PKIM_URL, token: process.env.PKIM_TOKEN });
const body = { ca: "Issuing CA", profile: "tls-server", csr: process.env.CSR };
const headers = { "Idempotency-Key": "once" };
const first = await issueCertificate({ client, body, headers });
const again = await issueCertificate({ client, body, headers });
const names = [];
for await (const ca of iterate((query) => listCas({ client, query }))) names.push(ca.name);
const refused = await issueCertificate({ client, body: { ...body, csr: "no CSR" } }).catch((error) => error);
console.log(JSON.stringify({
  same: first.data.id === again.data.id,
  sans: first.data.sans,
  names,
  isApiError: refused instanceof ApiError,
  field: refused.errors[0].field,
}));
"""


def npm(folder: Path, *words: str, **environment: str) -> str:
    """Run npm in a folder, with the project's Node. Return its standard output."""
    done = subprocess.run(
        [ROOT / "tools" / "npm.sh", *words],
        env={**os.environ, "NPM_FOLDER": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty folder with the packed client installed."""
    made = tmp_path_factory.mktemp("typescript")
    npm(PACKAGE, "pack", "--pack-destination", str(made), "--loglevel=error")
    [tarball] = made.glob("*.tgz")
    (made / "package.json").write_text('{"private": true, "type": "module"}')
    npm(made, "install", "--offline", "--no-audit", "--no-fund", "--loglevel=error", f"./{tarball.name}")
    return made


def test_an_installed_package_issues_a_certificate(installation: Installation, server: Server, folder: Path) -> None:
    (folder / "issue.mjs").write_text(_PROGRAM)
    printed = npm(
        folder, "exec", "--offline", "--call", "node issue.mjs",
        PKIM_URL=server.management, PKIM_TOKEN=administrator_token(installation), CSR=make_csr("ts.example.com"),
    )  # fmt: skip
    assert '"same":true' in printed
    assert '"sans":["DNS:ts.example.com"]' in printed
    assert "Issuing CA" in printed
    assert '"isApiError":true,"field":"csr"' in printed


def test_the_example_of_the_readme_has_the_right_types(folder: Path) -> None:
    [example] = re.findall(r"^```ts\n(.*?)^```$", (PACKAGE / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    (folder / "example.ts").write_text("declare const process: { env: Record<string, string> };\n" + example)
    options = ["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--lib", "es2023,dom"]
    npm(folder, "exec", "--offline", "--call", " ".join([str(_TSC), *options, "example.ts"]))
    wrong = example.replace('profile: "tls-server"', "profil: 1")
    (folder / "wrong.ts").write_text("declare const process: { env: Record<string, string> };\n" + wrong)
    with pytest.raises(AssertionError, match="profil"):
        npm(folder, "exec", "--offline", "--call", " ".join([str(_TSC), *options, "wrong.ts"]))
