"""Contexts: `pkim login`, `logout`, and `context`."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from pki_manager.cli.contexts import Contexts, ServerContext, find_file, read, write
from pki_manager.domain.errors import ConfigurationInvalid, Forbidden
from tests.installation.cli.program import Pkim

ANYWHERE = Pkim(())


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("PKIM_HOME", "PKIM_URL", "PKIM_TOKEN_FILE", "PKIM_CA_FILE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "config" / "pki-manager" / "contexts.json"


def test_after_sign_in_commands_go_to_the_server(server_url: str, token_file: Path, file: Path) -> None:
    signed_in = ANYWHERE.json("login", server_url, "--name", "work", stdin=token_file.read_text())
    assert (signed_in["context"], signed_in["url"]) == ("work", server_url)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert {ca["name"] for ca in ANYWHERE.json("ca", "list")["items"]} >= {"Root CA", "Issuing CA"}


def test_the_token_is_read_from_a_file_and_never_shown(server_url: str, token_file: Path) -> None:
    token = token_file.read_text().strip()
    printed = [
        ANYWHERE.run("login", server_url, "--token-file", str(token_file)).stdout,
        ANYWHERE.run("context", "list").stdout,
        ANYWHERE.run("context", "show").stdout,
    ]
    assert not any(token in text for text in printed)
    assert "127.0.0.1" in printed[1]


def test_a_token_that_the_server_refuses_is_not_stored(server_url: str, file: Path) -> None:
    ANYWHERE.failure("login", server_url, expect=2)
    wrong = ANYWHERE.run("login", server_url, stdin="pkim_wrong\n", expect=5)
    assert "wrong" not in wrong.stdout + wrong.stderr.replace("pkim", "")
    assert not file.exists()


def test_contexts_are_listed_selected_and_removed(server_url: str, token_file: Path) -> None:
    for name in ("one", "two"):
        ANYWHERE.run("login", server_url, "--name", name, "--token-file", str(token_file))
    assert [(row["name"], row["current"]) for row in ANYWHERE.json("context", "list")["items"]] == [
        ("local", False),
        ("one", False),
        ("two", True),
    ]
    assert ANYWHERE.json("context", "use", "one")["current"] is True
    assert ANYWHERE.json("context", "show")["name"] == "one"
    assert ANYWHERE.json("logout") == {"removed": "one", "context": "local"}
    assert ANYWHERE.failure("context", "use", "one", expect=4)["detail"].endswith("Available: local, two.")
    assert ANYWHERE.json("context", "use", "local")["url"] is None
    assert ANYWHERE.failure("logout", expect=2)


def test_options_and_the_environment_take_precedence(
    server_url: str, token_file: Path, home: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(file, Contexts("away", {"away": ServerContext("http://127.0.0.1:1", "token")}))
    assert ANYWHERE.run("ca", "list", expect=7)
    assert ANYWHERE.json("ca", "list", "--home", str(home))["items"]
    assert ANYWHERE.json("ca", "list", "--url", server_url, "--token-file", str(token_file))["items"]
    monkeypatch.setenv("PKIM_HOME", str(home))
    assert ANYWHERE.json("ca", "list")["items"]
    monkeypatch.delenv("PKIM_HOME")
    monkeypatch.setenv("PKIM_URL", server_url)
    monkeypatch.setenv("PKIM_TOKEN_FILE", str(token_file))
    assert ANYWHERE.json("ca", "list")["items"]


def test_a_token_is_never_sent_to_a_server_that_an_option_names(server_url: str, file: Path) -> None:
    write(file, Contexts("away", {"away": ServerContext("http://127.0.0.1:1", "secret")}))
    assert ANYWHERE.failure("ca", "list", "--url", server_url, expect=5)["code"] == "unauthenticated"


def test_a_file_that_others_can_read_is_refused(file: Path) -> None:
    write(file, Contexts("one", {"one": ServerContext("https://pki.example.com", "token")}))
    file.chmod(0o644)
    with pytest.raises(Forbidden, match="chmod 600"):
        read(file)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"current": null, "contexts": {"a": {}}}'])
def test_another_file_is_refused(file: Path, content: str) -> None:
    file.parent.mkdir(parents=True)
    file.write_text(content)
    file.chmod(0o600)
    with pytest.raises(ConfigurationInvalid, match="pkim login"):
        read(file)


def test_what_is_written_is_read(file: Path) -> None:
    kept = Contexts("a", {"a": ServerContext("https://a.example", "token", "PEM"), "b": ServerContext("http://b", "x")})
    write(file, kept)
    assert read(file) == kept
    assert [one.name for one in file.parent.iterdir()] == ["contexts.json"]


def test_local_is_no_name_of_a_server(server_url: str, token_file: Path) -> None:
    refused = ANYWHERE.failure("login", server_url, "--name", "local", "--token-file", str(token_file), expect=2)
    assert refused["errors"][0]["rule"] == "context.name"


def test_the_file_is_in_the_configuration_folder_of_the_user(tmp_path: Path) -> None:
    assert find_file({"HOME": str(tmp_path)}) == tmp_path / ".config" / "pki-manager" / "contexts.json"


def test_lists_are_printed_as_yaml_and_as_names(pkim: Pkim) -> None:
    listed = pkim.json("ca", "list")["items"]
    names = pkim.run("ca", "list", "--output", "name").stdout.split()
    assert names == [ca["id"] for ca in listed]
    assert pkim.run("profile", "list", "--output", "name").stdout.splitlines()[0]
    import yaml

    assert yaml.safe_load(pkim.run("ca", "list", "--output", "yaml").stdout)["items"] == listed
    shown = yaml.safe_load(pkim.run("ca", "show", "Root CA", "--output", "yaml").stdout)
    assert shown == json.loads(pkim.run("ca", "show", "Root CA", "--output", "json").stdout)


@pytest.mark.parametrize(("typed", "meant"), [(("ca", "lst"), "list"), (("crt",), "cert"), (("contxt",), "context")])
def test_a_typing_error_is_answered_with_the_command_that_was_meant(typed: tuple[str, ...], meant: str) -> None:
    assert f"Did you mean '{meant}'" in ANYWHERE.run(*typed, expect=2).stderr
