"""Which installation or server a command goes to, and what it says when it may not."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pki_manager import __version__
from pki_manager.cli.main import build
from pki_manager.cli.output import Output, show
from tests.installation.cli.program import Pkim
from tests.services.installation import PKIM

HERE = Pkim(())


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, server_url: str, token_file: Path) -> pytest.MonkeyPatch:
    monkeypatch.setenv("PKIM_URL", server_url)
    monkeypatch.setenv("PKIM_TOKEN_FILE", str(token_file))
    return monkeypatch


def test_the_environment_names_the_server_and_its_token(environment: pytest.MonkeyPatch) -> None:
    assert {ca["name"] for ca in HERE.json("ca", "list")["items"]} >= {"Root CA", "Issuing CA"}
    environment.delenv("PKIM_TOKEN_FILE")
    refused = HERE.failure("ca", "list", expect=5)
    assert "--token-file" in refused["detail"]


def test_an_option_wins_over_the_environment(
    environment: pytest.MonkeyPatch, home: Path, tmp_path: Path, token_file: Path
) -> None:
    environment.setenv("PKIM_URL", "http://127.0.0.1:1")
    assert Pkim(("--home", str(home))).json("ca", "list")["items"]
    assert HERE.failure("ca", "list", expect=7)["code"] == "unavailable"
    environment.setenv("PKIM_TOKEN_FILE", str(tmp_path / "missing"))
    assert HERE.failure("ca", "list", expect=2)["errors"][0]["field"] == "--token-file"
    assert HERE.failure("ca", "list", "--token-file", str(token_file), expect=7)


def test_commands_of_the_machine_itself_do_not_ask_the_server_of_the_environment(
    environment: pytest.MonkeyPatch, home: Path
) -> None:
    environment.setenv("PKIM_HOME", str(home))
    assert HERE.json("config", "check")["valid"]


@pytest.mark.parametrize("arguments", [["--version"], ["version"]])
def test_the_version_is_shown(arguments: list[str]) -> None:
    assert CliRunner().invoke(build(arguments), arguments).stdout.strip() == __version__


def test_a_reader_that_has_enough_is_no_error(home: Path) -> None:
    """`pkim … | head`: the other end of the pipe is closed before anything is written."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [PKIM, "profile", "list", "--home", str(home)]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    os.close(writer)
    assert done.stderr == ""


def test_a_secret_that_was_just_handed_out_is_not_called_undelivered(capsys: pytest.CaptureFixture[str]) -> None:
    show({"id": "1", "secret_delivered": False}, Output.TABLE)
    show({"id": "2", "secret_delivered": True}, Output.TABLE)
    assert capsys.readouterr().out.count("secret_delivered") == 1


@pytest.mark.parametrize("arguments", [["-h"], ["ca", "-h"], ["ca", "create", "-h"]])
def test_help_is_shown_for_h(arguments: list[str]) -> None:
    done = CliRunner().invoke(build(arguments), arguments)
    assert (done.exit_code, "Usage:" in done.stdout) == (0, True)


@pytest.mark.parametrize("arguments", [("status",), ("ca", "list"), ("config", "check"), ("init",), ("db", "check")])
def test_a_home_below_a_folder_that_is_closed_to_the_user_is_another_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    """Root may look everywhere, so the refusal of the system is played."""
    closed, real = tmp_path / "closed" / "home", Path.stat

    def stat(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if path == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", stat)
    refused = Pkim(("--home", str(closed))).failure(*arguments, expect=5)
    assert "Run pkim as the user that runs the server" in refused["detail"]


def test_a_file_of_another_user_anywhere_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    from pki_manager.bootstrap import home as home_module

    def require_own(path: Path, *, private: bool = True) -> None:
        raise PermissionError(13, "Permission denied", str(path / "keystore.db"))

    monkeypatch.setattr(home_module, "require_own", require_own)
    refused = Pkim(("--home", str(home))).failure("ca", "list", expect=5)
    assert "keystore.db" in refused["detail"]
