"""Every list command prints a table that fits a terminal, and all of it with `--wide`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import click
import pytest
import typer
from typer.testing import CliRunner

from pki_manager.bootstrap import backup_targets
from pki_manager.bootstrap.backup_stores import StoredBackup
from pki_manager.cli import command
from pki_manager.cli.commands import backup
from pki_manager.cli.nouns import NOUNS
from pki_manager.cli.session import CommandSession
from pki_manager.cli.table import WIDTH, Layout, format_table

ID = "0197a5b2-6c1f-7d3e-8a4b-123456789abc"
TIME = "2027-03-14T15:09:26.535897Z"
LONG = "Production issuing CA for the web servers of the European data centers"
ROW: Mapping[str, Any] = {
    "id": ID,
    "ca": ID,
    "key": ID,
    "user": ID,
    "team": ID,
    "object": {"kind": "certificate_authority", "id": ID},
    "actor": {"kind": "service_account", "id": ID, "name": "deployment.pipeline@example.com", "via": "rest"},
    "certificate": ID,
    "parent": None,
    "login": "maximiliana.featherstonehaugh@example.com",
    "display_name": "Maximiliana Featherstonehaugh (Platform Security)",
    "requester_name": "Maximiliana Featherstonehaugh (Platform Security)",
    "requested_by": ID,
    "name": LONG,
    "ca_name": LONG,
    "token_name": LONG,
    "title": LONG,
    "description": LONG,
    "role": "registration-authority",
    "permissions": ["certificate.read", "certificate.issue", "certificate.revoke", "request.approve"],
    "state": "awaiting_approval",
    "outcome": "refused",
    "operation": "cross_certificate.create",
    "action": "certificate_authority.key_rotation_scheduled",
    "reason": "affiliationChanged",
    "kind": "bulk_certificates",
    "protocol": "acme",
    "profile": "tls-server-with-client-authentication",
    "reach": "all",
    "validity": {"default": "P397D", "maximum": "P825D"},
    "version": 12,
    "number": 1234567,
    "shard": 12,
    "entries": 1234567,
    "octets": 123456789,
    "key_type": "RSA-4096",
    "serial_number": "7f" * 20,
    "spki_sha256": "ab" * 32,
    "subject": "CN=payments.internal.example.com,OU=Platform,O=Example Corporation GmbH,C=DE",
    "sans": ["DNS:payments.internal.example.com", "DNS:payments.example.com", "IP:2001:db8::1"],
    "contacts": ["mailto:platform-security@example.com"],
    "method": "password",
    "peer": "2001:0db8:85a3:1234:5678:8a2e:0370:7334",
    "reference": "payments.internal.example.com",
    "code": "invalid_input",
    "detail": "sans.0: the name is outside of the permitted names of the CA [name_constraints]",
    "last_error": "The key backend kms is not reachable: connection refused after 3 attempts",
    "warnings": ["The certificate of the client expires in 12 days"],
    **dict.fromkeys(
        (
            "time", "created_at", "last_used_at", "last_seen_at", "last_sign_in_at", "expires", "revoked_at", "run_at",
            "not_after", "this_update", "next_update", "rotation_due", "token_expires", "blocked_at",
        ),
        TIME,
    ),
}  # fmt: skip


class LongAnswers(CommandSession):
    """Answers every request with rows of long values."""

    def get(self, *path: str, query: Mapping[str, object] | None = None) -> dict[str, Any]:
        return {**ROW, "items": [ROW, ROW]}

    def post(self, *path: str, body: Mapping[str, object] | None = None) -> dict[str, Any]:
        return dict(ROW)

    def pages(self, *path: str, query: Mapping[str, object], cursor: str | None, limit: int | None) -> dict[str, Any]:
        return {"items": [ROW, ROW], "next_cursor": None}


def commands(group: click.Group, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, one in group.commands.items():
        if isinstance(one, click.Group):
            yield from commands(one, (*path, name))
        else:
            yield (*path, name), one


def every_command() -> dict[tuple[str, ...], click.Command]:
    found: dict[tuple[str, ...], click.Command] = {}
    for noun in NOUNS:
        module = import_module(f"pki_manager.cli.commands.{noun.replace('-', '_')}")
        group: Any = typer.main.get_group(module.app)
        found |= dict(commands(group, (noun,)))
    return found


COMMANDS = every_command()
LISTS = {path: one for path, one in COMMANDS.items() if any(parameter.name == "wide" for parameter in one.params)}


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "CommandSession", LongAnswers)
    stored = StoredBackup(
        target="nas-of-the-european-data-center",
        name="pki-20270314T150926Z.age",
        place="/mnt/nas/backups/pki-manager/production/pki-20270314T150926Z.age",
        octets=123456789,
        created_at=datetime(2027, 3, 14, 15, 9, 26, 535897, UTC),
    )
    monkeypatch.setattr(backup, "load_settings", lambda _: SimpleNamespace(backup_targets=[None]))
    monkeypatch.setattr(backup, "build_local_actor", lambda _: None)
    monkeypatch.setattr(backup, "open_local", nullcontext)
    monkeypatch.setattr(backup_targets, "list_stored", lambda *_: [stored])
    monkeypatch.setattr(backup_targets, "prune_target", lambda *_: [stored])


def printed(path: tuple[str, ...], *options: str) -> list[str]:
    needed = ["x" for one in LISTS[path].params if one.required and one.param_type_name == "argument"]
    module = import_module(f"pki_manager.cli.commands.{path[0].replace('-', '_')}")
    program = typer.Typer()
    program.add_typer(module.app, name=path[0])
    result = CliRunner().invoke(program, [*path, *needed, *options])
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def test_every_list_command_has_wide() -> None:
    assert {path for path in COMMANDS if path[-1] == "list"} <= LISTS.keys()


@pytest.mark.usefixtures("answers")
@pytest.mark.parametrize("path", LISTS, ids=" ".join)
def test_a_list_of_long_values_fits_a_terminal_and_wide_shows_them_in_full(path: tuple[str, ...]) -> None:
    short, wide = printed(path), printed(path, "--wide")
    assert [line for line in short if len(line) > WIDTH] == []
    assert len(short) >= 2
    assert ".535897" not in "".join(short)
    assert "…" not in "".join(wide)
    assert len(wide[0].split()) >= len(short[0].split())


@pytest.mark.usefixtures("answers")
def test_a_list_names_users_and_shows_times_without_seconds() -> None:
    head, row, _ = printed(("session", "list"))
    assert head.split() == ["ID", "USER", "METHOD", "PEER", "LAST_SEEN_AT"]
    assert row.startswith(f"{ID}  maxim")
    assert row.endswith("2027-03-14T15:09Z")


def test_identifiers_and_hashes_are_never_shortened() -> None:
    row = {"id": ID, "hash": "ab" * 32, "name": "n" * 300}
    line = format_table([row], ["id", "hash", "name"], Layout.SHORT)[1]
    assert line == f"{ID}  {'ab' * 32}  nnn…"


def test_a_shortened_path_keeps_its_end() -> None:
    line = format_table([{"file": f"/{'x' * 200}/pki.age"}], ["file"], Layout.SHORT)[1]
    assert (line[0], line[-8:], len(line)) == ("…", "/pki.age", WIDTH)


def test_a_column_of_two_members_has_the_first_that_is_not_empty() -> None:
    rows = [{"sans": "DNS:a", "subject": "CN=a"}, {"sans": "", "subject": "CN=b"}]
    assert format_table(rows, ["sans/subject"], Layout.SHORT) == ["SANS/SUBJECT", "DNS:a", "CN=b"]
