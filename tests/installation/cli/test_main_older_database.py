"""On a database that is older than its checkpoints, commands that only read and repairs work, and no other one does."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from pki_manager.authority.audit.audit_log import write_checkpoint
from pki_manager.authority.installation.initialize import FirstHierarchy
from pki_manager.bootstrap import initialize, open_installation
from pki_manager.cli.main import build
from pki_manager.settings import load
from tests.installation.cli.program import Pkim
from tests.support.csrs import make_csr

SENTENCE = "The database is older than its own checkpoints"
ID = "01990000-0000-7000-8000-000000000000"

READ_WORDS = frozenset({"list", "show"})
READS = frozenset(
    {
        *("status", "version", "completion", "recipe", "config explain", "config check"),
        *("db check", "db verify"),
        *("ca chain", "ca tree", "cert lint", "cert verify", "cert export", "crl export", "job rows", "key blocked"),
        *("approval rules", "profile check", "backend check", "tools decode", "tools lint", "tools verify"),
        *("audit export", "audit verify", "backup verify", "backup download", "recover status", "user identities"),
    }
)
REPAIRS = frozenset({"audit accept-truncation", "backup restore", "db grant", "db upgrade"})
OF_THIS_MACHINE = frozenset(
    {"login", "logout", "context use", "trust fetch", "trust install", "trust status", "trust uninstall"}
)
"""Commands that open no installation: they use another server, or the truststores of this machine."""
APART = frozenset({"serve", "demo", "ca import"}) | OF_THIS_MACHINE
"""`serve` runs in a process of its own, `demo` in an empty directory. `ca import` begins with a check of its files."""

VALUES = {
    "ca": "Issuing CA",
    "--ca": "Issuing CA",
    "profile": "tls-server",
    "--profile": "tls-server",
    "--name": "New",
    "--subject": "CN=New",
    "--role": "auditor",
    "--expires": "P1D",
    "--reason": "none",
    "--backend": "embedded",
    "--login": "someone",
    "--allow": "ca:read",
    "--protocol": "est",
    "name": "new",
    "role": "new",
    "team": "new",
    "text": "text",
    "action": "revoke",
    "shell": "bash",
}
"""Of arguments and options that a command requires; of others, an ID."""


def walk(command: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    parts = getattr(command, "commands", None)
    if parts is None:
        yield name, command
    for word, part in (parts or {}).items():
        yield from walk(part, f"{name} {word}".strip())


VERBS = dict(walk(typer.main.get_command(build([], whole=True))))


@dataclass(frozen=True)
class Older:
    """An installation with an older copy of its database."""

    pkim: Pkim
    certificate: str
    user: str
    files: Path

    def more(self, verb: str) -> list[str]:
        """What a command needs beside its required arguments, so that it gets as far as its request."""
        csr, yaml, key = (str(self.files / name) for name in ("www.csr", "profile.yaml", "key.pem"))
        return {
            "cert issue": ["--csr", csr],
            "cert rekey": ["--csr", csr],
            "cert revoke": [self.certificate],
            "cert bulk": [],
            "request submit": ["--ca", "Issuing CA", "--profile", "tls-server", "--csr", csr],
            "profile create": ["--in", yaml],
            "profile update": ["--in", yaml],
            "request edit": ["--subject", "CN=a", "--plan", "0" * 64],
            "request approve": ["--plan", "0" * 64],
            "request collect": ["--key", str(self.files / "new.pem"), "--passphrase-file", key],
            "approval approve": ["--sha256", "0" * 64],
            "approval override": ["--sha256", "0" * 64],
            "key rewrap": ["--passphrase-file", key],
            "recover import": [csr],
            "backup create": ["--out", str(self.files / "backup"), "--passphrase-file", key],
        }.get(verb, [])

    def arguments(self, verb: str) -> list[str]:
        own = {
            "certificate": self.certificate,
            "user": self.user,
            "--in": str(self.files / "rows.csv"),
            "--out": str(self.files / "out"),
        }
        given: list[str] = []
        for parameter in VERBS[verb].params:
            if parameter.required:
                name = parameter.opts[0]
                if name in self.more(verb):
                    continue
                value = own.get(name) or VALUES.get(name, ID)
                given += [name, value] if name.startswith("--") else [value]
        return [*verb.split(), *given, *self.more(verb)]


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Older:
    folder = tmp_path_factory.mktemp("older")
    home, copy = folder / "home", folder / "copy.db"
    initialize(load(home, {}), FirstHierarchy(root_key_type="ECDSA-P256"))
    pkim = Pkim(("--home", str(home)))
    shutil.copy(home / "pki.db", copy)
    pkim.run("team", "create", "late")
    installation = open_installation(load(home, {}), slot="cli")
    write_checkpoint(installation.ctx)
    installation.close()
    shutil.copy(copy, home / "pki.db")
    (folder / "www.csr").write_text(make_csr("www.example.com"))
    (folder / "rows.csv").write_text("certificate\n")
    (folder / "key.pem").touch(0o600)
    (folder / "key.pem").write_text("a passphrase of several words\n")
    (folder / "rules.yaml").write_text("version: 1\nrules: []\n")
    (certificate,) = pkim.json("cert", "list", "--profile", "tls-server")["items"]
    (user,) = pkim.json("user", "list")["items"]
    (folder / "profile.yaml").write_text(pkim.run("profile", "show", "tls-server", "--out", "-").stdout)
    return Older(pkim, certificate["id"], user["id"], folder)


def reads(verb: str) -> bool:
    return verb.rsplit(maxsplit=1)[-1] in READ_WORDS or verb in READS


@pytest.mark.parametrize("verb", [verb for verb in VERBS if not (reads(verb) or verb in REPAIRS | APART)])
def test_ops_02_a_command_that_changes_something_refuses(older: Older, verb: str) -> None:
    result = older.pkim.run(*older.arguments(verb), expect=5)
    assert SENTENCE in result.stderr
    assert "pkim audit accept-truncation" in result.stderr


def test_a_command_that_reads_or_changes_by_its_options_refuses_to_change(older: Older) -> None:
    assert SENTENCE in older.pkim.run("approval", "rules", "--in", str(older.files / "rules.yaml"), expect=5).stderr


@pytest.mark.parametrize("verb", [verb for verb in VERBS if reads(verb)])
def test_a_command_that_only_reads_is_not_stopped(older: Older, verb: str) -> None:
    arguments = older.arguments(verb)
    result = CliRunner().invoke(build(arguments), [*arguments, *older.pkim.extra])
    assert SENTENCE not in result.output
    assert result.exit_code != 5, result.output


def test_a_new_checkpoint_does_not_hide_what_is_missing(older: Older) -> None:
    report = older.pkim.run("audit", "checkpoint", expect=5)
    assert SENTENCE in report.stderr
    older.pkim.run("audit", "verify", expect=1)


def test_after_an_operator_accepted_the_loss_commands_change_things_again(older: Older, tmp_path: Path) -> None:
    home = shutil.copytree(older.files / "home", tmp_path / "home")
    pkim = Pkim(("--home", str(home)))
    pkim.run("db", "upgrade")
    assert pkim.json("audit", "accept-truncation")["accepted"]
    pkim.run("team", "create", "again")
