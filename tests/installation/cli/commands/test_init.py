"""`pkim init`: the first run by options, and what it refuses or warns of."""

from __future__ import annotations

import json
import re
import socket
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from pki_manager.authority.cas.create_ca import create_ca
from pki_manager.authority.installation.initialize import FirstHierarchy
from pki_manager.bootstrap import initialize
from pki_manager.cli import first_run, machine
from pki_manager.cli.commands import init as command
from pki_manager.settings import load
from tests.installation.cli.program import Pkim
from tests.services.installation import free_port

HOST = "pki.example.test"


@pytest.fixture(autouse=True)
def resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with one address, whose resolver knows one name."""
    monkeypatch.setattr(first_run, "list_addresses", lambda: ["10.77.0.1"])
    monkeypatch.setattr(command, "list_addresses", lambda: ["10.77.0.1"])
    monkeypatch.setattr(command, "find_host_name", lambda: None)
    monkeypatch.setattr(first_run, "resolve", lambda name: ["10.77.0.1"] if name in (HOST, "10.77.0.1") else [])
    for name in ("MANAGEMENT", "TLS", "STATUS"):
        monkeypatch.setenv(f"PKIM_{name}_BIND", f"127.0.0.1:{free_port()}")


@pytest.fixture
def pkim(tmp_path: Path) -> Pkim:
    return Pkim(("--home", str(tmp_path / "home")))


def settings_of(tmp_path: Path) -> dict[str, object]:
    return tomllib.loads((tmp_path / "home" / "pki-manager.toml").read_text())


def test_options_name_the_cas_and_the_hosts_that_clients_use(
    pkim: Pkim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls, status = free_port(), free_port()
    monkeypatch.setenv("PKIM_TLS_BIND", f"0.0.0.0:{tls}")
    monkeypatch.setenv("PKIM_STATUS_BIND", f"0.0.0.0:{status}")
    wanted = ("--organization", "Example, GmbH", "--issuing-name", "TLS CA", "--key-type", "ECDSA-P256")
    made = pkim.json("init", *wanted, "--network", "--host", f"{HOST},10.77.0.1", "--yes")
    issuing = pkim.json("ca", "show", "TLS CA")
    assert issuing["subject"] == "CN=TLS CA,O=Example\\, GmbH"
    assert issuing["keys"][0]["urls"]["ocsp"] == f"http://{HOST}:{status}/ocsp"
    assert pkim.json("ca", "show", "Example, GmbH Root CA")["key_type"] == "ECDSA-P256"
    assert made["urls"]["tls"] == f"https://{HOST}:{tls}"
    assert made["urls"]["status"] == f"http://{HOST}:{status}"
    assert made["urls"]["acme"] == f"https://{HOST}:{tls}/acme/TLS%20CA/tls-server/directory"
    assert made["sign_in_url"].startswith(f"https://{HOST}:{tls}/welcome#")
    written = settings_of(tmp_path)
    assert written["public_status_url"] == f"http://{HOST}:{status}"
    assert written["allowed_hosts"] == ["10.77.0.1"]
    certificate = x509.load_pem_x509_certificate((tmp_path / "home" / "tls" / "server.pem").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert HOST in names.get_values_for_type(x509.DNSName)
    assert "10.77.0.1" in [str(address) for address in names.get_values_for_type(x509.IPAddress)]
    assert pkim.json("config", "check")["warnings"] == []


def test_defaults_are_a_local_trial_that_says_how_to_open_it(pkim: Pkim, tmp_path: Path) -> None:
    made = pkim.run("init", "--yes", "--key-type", "ECDSA-P256")
    assert "Next: pkim serve" in made.stdout
    assert settings_of(tmp_path) == {}
    assert "pkim init --network --host HOSTNAME" in (tmp_path / "home" / "pki-manager.toml").read_text()
    [warning] = pkim.json("config", "check")["warnings"]
    assert "This is a local trial" in warning
    assert "Run: pkim init --network --host HOSTNAME" in warning


def test_the_command_of_the_local_trial_opens_it_and_names_the_rotations(pkim: Pkim, tmp_path: Path) -> None:
    pkim.run("init", "--yes", "--key-type", "ECDSA-P256")
    opened = pkim.run("init", "--network", "--host", HOST)
    assert "pkim status" in opened.stdout
    assert settings_of(tmp_path)["public_url"].startswith(f"https://{HOST}:")  # type: ignore[attr-defined]
    assert "local trial" not in (tmp_path / "home" / "pki-manager.toml").read_text()
    warnings = pkim.json("config", "check")["warnings"]
    assert [line.rpartition("Run: ")[2] for line in warnings] == [
        "pkim ca rotate 'Root CA' --cross-certify",
        "pkim ca rotate 'Issuing CA'",
    ]


def test_settings_that_exist_are_kept_and_another_value_is_refused(pkim: Pkim, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "pki-manager.toml").write_text(
        'log_level = "warning"\n[[key_backends]]\nname = "embedded"\nkind = "embedded"\n'
    )
    pkim.run("init", "--no-hierarchy", "--network", "--host", HOST)
    assert settings_of(tmp_path)["log_level"] == "warning"
    before = (home / "pki-manager.toml").read_text()
    pkim.run("init", "--network", "--host", HOST)
    refused = pkim.failure("init", "--network", "--host", "10.77.0.1", expect=6)
    assert {error["field"] for error in refused["errors"]} == {"public_url", "public_status_url"}
    assert (home / "pki-manager.toml").read_text() == before


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("localhost", "leads to the machine that uses it"),
        ("127.0.0.1", "or use an address of this machine: 10.77.0.1"),
        ("pki.example.test:8443", "must be a host name or an IP address without a port"),
        ("", "must be a host name"),
    ],
)
def test_a_host_that_others_cannot_use_is_refused_before_anything_exists(
    pkim: Pkim, tmp_path: Path, host: str, said: str
) -> None:
    refused = pkim.failure("init", "--network", "--host", host, expect=2)
    assert said in refused["errors"][0]["message"]
    assert not (tmp_path / "home").exists()


def test_a_host_name_that_does_not_resolve_is_a_warning_that_says_what_to_do(pkim: Pkim) -> None:
    made = pkim.run("init", "--no-hierarchy", "--network", "--host", "typo.example.test")
    assert "'typo.example.test' does not resolve" in made.stderr
    assert "add it to DNS, or use an address of this machine: 10.77.0.1" in made.stderr


def test_scripts_get_warnings_in_the_document_alone(pkim: Pkim) -> None:
    made = pkim.run("init", "--no-hierarchy", "--network", "--host", "typo.example.test", "--output", "json")
    assert made.stderr == ""
    assert "'typo.example.test' does not resolve" in json.loads(made.stdout)["warnings"][0]


def test_a_taken_port_is_refused_with_the_setting_that_changes_it(
    pkim: Pkim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("PKIM_TLS_BIND", f"127.0.0.1:{taken.getsockname()[1]}")
        refused = pkim.failure("init", "--yes", expect=2)
    [error] = refused["errors"]
    assert error["field"] == "tls_bind"
    assert "Address already in use" in error["message"]
    assert "PKIM_TLS_BIND=127.0.0.1:PORT" in error["message"]
    assert not (tmp_path / "home").exists()


def test_the_next_steps_start_the_server_and_trust_the_root_on_clients(pkim: Pkim) -> None:
    made = pkim.run("init", "--network", "--host", HOST, "--key-type", "ECDSA-P256").stdout
    shown = pkim.json("ca", "show", "Root CA")["keys"][0]["certificates"][0]["pem"]
    fingerprint = x509.load_pem_x509_certificate(shown.encode()).fingerprint(hashes.SHA256()).hex()
    assert "Next: pkim serve\n" in made
    assert re.search(rf"pkim trust install --url http://{HOST}:\d+ --fingerprint {fingerprint}\n", made)


def test_a_local_trial_names_no_clients(pkim: Pkim) -> None:
    assert "trust install" not in pkim.run("init", "--yes", "--key-type", "ECDSA-P256").stdout


def test_the_data_directory_of_the_service_is_started_by_its_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit = tmp_path / "pki-manager.service"
    monkeypatch.setattr(first_run, "SERVICE_UNIT", unit)
    assert first_run.find_start_command(Path("/srv/pki")) == "pkim serve"
    unit.write_text("[Service]\nUser=pki-manager\nEnvironment=PKIM_HOME=/srv/pki\n")
    assert first_run.find_start_command(Path("/srv/pki")) == "systemctl start pki-manager"
    assert first_run.find_start_command(Path("/srv")) == "pkim serve"


def test_a_clock_that_cannot_be_right_is_refused_before_anything_exists(
    pkim: Pkim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_run, "EARLIEST", datetime.max.replace(tzinfo=UTC))
    detail = pkim.failure("init", "--yes", expect=7)["detail"]
    assert "set the clock, then run `pkim init` again" in detail
    assert not (tmp_path / "home").exists()


def test_a_file_in_place_of_the_data_directory_is_named_with_what_to_do(pkim: Pkim, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("not a directory")
    [error] = pkim.failure("init", "--yes", expect=2)["errors"]
    assert error["message"] == f"{tmp_path / 'home'} is not a directory. Choose another with --home or PKIM_HOME"


def test_a_lost_master_key_is_named_with_what_to_do(pkim: Pkim, tmp_path: Path) -> None:
    pkim.run("init", "--yes", "--key-type", "ECDSA-P256")
    (tmp_path / "home" / "master.key").unlink()
    assert "Restore it from a backup" in pkim.failure("ca", "list", expect=5)["detail"]


def test_contradictory_and_impossible_options_are_refused_before_anything_exists(pkim: Pkim, tmp_path: Path) -> None:
    for options in (
        ("--local", "--host", HOST),
        ("--root-name", "One", "--issuing-name", "One"),
        ("--key-type", "ML-KEM-768"),
        ("--issuing-key-type", "P256"),
    ):
        pkim.failure("init", *options, expect=2)
    assert not (tmp_path / "home").exists()


def test_a_machine_without_ipv4_listens_on_ipv6(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("MANAGEMENT", "TLS", "STATUS"):
        monkeypatch.delenv(f"PKIM_{name}_BIND")
    monkeypatch.setattr(first_run, "has_ipv4", lambda: False)
    values = first_run.build_network_settings(load(tmp_path, {}), ("fd00::1", HOST))
    assert (values["tls_bind"], values["status_bind"]) == ("[::]:8443", "[::]:8081")
    assert values["public_url"] == "https://[fd00::1]:8443"
    assert values["allowed_hosts"] == [HOST]


def test_the_addresses_of_this_machine_are_those_that_others_can_use() -> None:
    assert machine.has_ipv4()
    assert not any(
        address.startswith(("127.", "169.254.", "fe80:")) or address == "::1" for address in machine.list_addresses()
    )
    assert "127.0.0.1" in machine.resolve("localhost")


def test_names_that_differ_from_those_of_the_installation_are_refused(pkim: Pkim) -> None:
    pkim.run("init", "--organization", "One", "--key-type", "ECDSA-P256")
    pkim.run("init", "--organization", "One", "--key-type", "ECDSA-P256")
    assert "pkim ca create" in pkim.failure("init", "--organization", "Two", expect=6)["detail"]


def test_an_interrupted_first_run_continues_with_the_names_that_it_began_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pki_manager.authority.installation import initialize as module

    settings, wanted = load(tmp_path / "home", {}), FirstHierarchy(organization="One", root_name="One Root")
    created: list[object] = []

    def interrupted(*arguments: object) -> object:
        if created:
            raise KeyboardInterrupt
        created.append(arguments)
        return create_ca(*arguments)

    monkeypatch.setattr(module, "create_ca", interrupted)
    with pytest.raises(KeyboardInterrupt):
        initialize(settings, wanted)
    monkeypatch.setattr(module, "create_ca", create_ca)
    pkim = Pkim(("--home", str(tmp_path / "home")))
    assert "'One Root'" in pkim.failure("init", "--root-name", "Two Root", expect=6)["detail"]
    summary = initialize(settings)
    assert summary.root is not None
    assert summary.root.name == "One Root"
    assert {ca["name"] for ca in pkim.json("ca", "list")["items"]} == {"One Root", "Issuing CA"}


def test_open_ports_are_fixed_so_that_the_sign_in_link_works(pkim: Pkim, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MANAGEMENT", "TLS", "STATUS"):
        monkeypatch.setenv(f"PKIM_{name}_BIND", "127.0.0.1:0")
    made = pkim.run("init", "--key-type", "ECDSA-P256").stdout
    assert "localhost:0" not in made
    assert "pkim user invite admin" in made
    invited = pkim.run("user", "invite", "admin").stdout
    link = made.partition("hour: ")[2].partition("#")[0]
    assert link.endswith("/welcome")
    assert link in invited
