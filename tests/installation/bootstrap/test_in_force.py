"""The settings that a server runs with reach the local command line; secrets do not."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from pki_manager.authority.installation.initialize import FirstHierarchy
from pki_manager.bootstrap import in_force, initialize
from pki_manager.domain.errors import ConfigurationInvalid
from pki_manager.settings import Settings, load
from tests.installation.cli.program import Pkim

UNIT = {
    "PKIM_TLS_BIND": "0.0.0.0:8443",
    "PKIM_STATUS_BIND": "0.0.0.0:8081",
    "PKIM_PUBLIC_URL": "https://pki.example.com",
    "PKIM_PUBLIC_STATUS_URL": "http://status.example.com",
}
"""`Environment=` of a unit, which a local command does not have."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / "home"
    path.mkdir(mode=0o700)
    return path


def as_server(home: Path, **more: str) -> Settings:
    settings = load(home, {**UNIT, **more})
    in_force.record(settings)
    return settings


def test_a_local_command_has_the_urls_of_the_server(home: Path) -> None:
    server = as_server(home)
    settings, differences = in_force.adopt(load(home, {}))
    assert differences == {}
    assert (settings.url, settings.status_url, settings.acme_urls) == (server.url, server.status_url, server.acme_urls)
    assert settings.is_public


def test_without_a_record_or_with_one_that_is_damaged_settings_are_as_they_were(home: Path) -> None:
    assert in_force.adopt(load(home, {})) == (load(home, {}), {})
    for damaged in (b"{", b"[]", b"\xff"):
        (home / in_force.FILE).write_bytes(damaged)
        assert in_force.adopt(load(home, {})) == (load(home, {}), {})


@pytest.mark.parametrize("name", ["public_url", "public_status_url"])
def test_another_url_than_the_servers_is_a_difference(home: Path, name: str) -> None:
    as_server(home)
    (home / "pki-manager.toml").write_text(f'{name} = "http://other.example.com"\n')
    settings, differences = in_force.adopt(load(home, {}))
    assert list(differences) == [name]
    assert "http://other.example.com" in differences[name]
    assert "restart the server" in differences[name]
    assert settings.source(name).value == "file"


def test_the_same_url_in_another_spelling_is_no_difference(home: Path) -> None:
    as_server(home)
    assert in_force.adopt(load(home, {"PKIM_PUBLIC_STATUS_URL": "http://STATUS.example.com:80/"}))[1] == {}


def test_the_record_is_private_and_holds_no_password(home: Path) -> None:
    words = {"PKIM_DATABASE_URL": "postgresql+psycopg://pki:hunter2@db/pki?password=hunter3"}
    server = as_server(home, **words)
    path = home / in_force.FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "hunter" not in path.read_text()
    assert json.loads(path.read_text())["database_url"].startswith("postgresql+psycopg://pki@db/pki")
    assert list(in_force.find_differences(load(home, {}))) == ["database_url"]
    assert in_force.find_differences(server) == {}


@pytest.fixture
def trial(tmp_path: Path) -> Path:
    home = tmp_path / "trial"
    initialize(load(home, {}), FirstHierarchy(root_key_type="ECDSA-P256"))
    return home


def test_commands_use_the_status_url_of_the_server_and_config_check_warns(trial: Path) -> None:
    as_server(trial, PKIM_MANAGEMENT_BIND="127.0.0.1:1")
    pkim = Pkim(("--home", str(trial)))
    made = pkim.json("ca", "create", "--name", "New Root", "--subject", "CN=New Root", "--key-type", "ECDSA-P256")
    assert made["keys"][0]["urls"]["crl"].startswith("http://status.example.com/crl/")
    refused = pkim.failure("ca", "create", "--name", "Sub", "--subject", "CN=Sub", "--parent", "Root CA", expect=6)
    assert "pkim ca rotate 'Root CA' --cross-certify" in refused["detail"]
    checked = pkim.json("config", "check")
    assert checked["valid"]
    assert ["Root CA" in line for line in checked["warnings"]] == [True, False]
    told = pkim.run("status", expect=7)
    assert "Warning: New certificates of CA 'Root CA' point to http://localhost:8081" in told.stderr
    assert [
        notice["ca"] for notice in json.loads(pkim.run("status", "--output", "json", expect=7).stdout)["notices"]
    ] == ["Root CA", "Issuing CA"]
    assert (
        "https://pki.example.com/welcome#" in pkim.run("user", "create", "--login", "mia", "--role", "requester").stdout
    )


def test_commands_with_another_status_url_than_the_server_are_refused(trial: Path) -> None:
    as_server(trial)
    (trial / "pki-manager.toml").write_text('public_status_url = "http://other.example.com"\n')
    pkim = Pkim(("--home", str(trial)))
    refused = pkim.failure("ca", "rotate", "Root CA", expect=6)
    assert refused["errors"][0]["rule"] == "settings.differ"
    assert any("other.example.com" in line for line in pkim.json("config", "check")["warnings"])


@pytest.mark.parametrize(
    "environ",
    [
        {"PKIM_TLS_BIND": "0.0.0.0:8443"},
        {"PKIM_TLS_BIND": "[::]:8443", "PKIM_PUBLIC_STATUS_URL": "http://LOCALHOST.:8081"},
        {"PKIM_STATUS_BIND": "10.1.2.3:8081", "PKIM_PUBLIC_STATUS_URL": "http://127.1:8081"},
        {"PKIM_PUBLIC_URL": "https://pki.example.com"},
    ],
)
def test_the_first_hierarchy_is_not_created_with_status_urls_that_nobody_can_reach(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    home = tmp_path / "home"
    with pytest.raises(ConfigurationInvalid) as caught:
        initialize(load(home, environ))
    assert caught.value.errors[0].field == "public_status_url"
    assert not home.exists()
    assert caught.value.detail.count("http") >= 2
