from __future__ import annotations

from pathlib import Path

import pytest

from pki_manager.domain.errors import ConfigurationInvalid
from pki_manager.domain.setting import Source
from pki_manager.settings import FILE_NAME, Settings, explain, find_home, load, parse_bind
from pki_manager.signers.options import CosmianOptions

EMBEDDED = '[[key_backends]]\nname = "embedded"\nkind = "embedded"\n'
TOKEN = """
[[key_backends]]
name = "hsm"
kind = "pkcs11"
module = "/m.so"
token_label = "pki"
pin_file = "/pin"
"""


def write(home: Path, text: str) -> None:
    (home / FILE_NAME).write_text(text, encoding="utf-8")


def faults(home: Path, environ: dict[str, str]) -> set[str]:
    with pytest.raises(ConfigurationInvalid) as caught:
        load(home, environ)
    return {fault.field for fault in caught.value.errors}


def test_an_empty_home_has_the_contracts_defaults(tmp_path: Path) -> None:
    settings = load(tmp_path, {})
    assert (settings.management_bind, settings.tls_bind, settings.status_bind) == (
        "127.0.0.1:8080",
        "127.0.0.1:8443",
        "127.0.0.1:8081",
    )
    assert (settings.workers, settings.default_key_backend, settings.local_actor_role) == (
        1,
        "embedded",
        "administrator",
    )
    assert [(backend.name, backend.kind) for backend in settings.key_backends] == [("embedded", "embedded")]
    assert settings.trusted_proxies == ()


@pytest.mark.parametrize(
    ("given", "environ", "found"),
    [
        ("/given", {"PKIM_HOME": "/env"}, "/given"),
        (None, {"PKIM_HOME": "/env", "XDG_DATA_HOME": "/data"}, "/env"),
        (None, {"XDG_DATA_HOME": "/data", "HOME": "/home/a"}, "/data/pki-manager"),
        (None, {"HOME": "/home/a"}, "/home/a/.local/share/pki-manager"),
    ],
)
def test_the_home_is_found_by_argument_then_environment_then_xdg(
    given: str | None, environ: dict[str, str], found: str
) -> None:
    assert find_home(Path(given) if given else None, environ) == Path(found)


def test_the_environment_beats_the_file_and_both_beat_the_default(tmp_path: Path) -> None:
    write(tmp_path, 'workers = 2\nlog_level = "debug"\n')
    settings = load(tmp_path, {"PKIM_WORKERS": "3"})
    assert (settings.workers, settings.source("workers")) == (3, Source.ENVIRONMENT)
    assert (settings.log_level, settings.source("log_level")) == ("debug", Source.FILE)
    assert settings.source("tls_bind") is Source.DEFAULT


def test_an_empty_variable_is_no_value(tmp_path: Path) -> None:
    assert load(tmp_path, {"PKIM_WORKERS": "", "PKIM_PUBLIC_URL": ""}).workers == 1


def test_every_fault_is_told_at_once_by_its_field(tmp_path: Path) -> None:
    write(tmp_path, 'wrokers = 2\nstatus_bind = "8081"\n[[key_backends]]\nname = "embedded"\n')
    environ = {
        "PKIM_WORKERS": "none",
        "PKIM_TSL_BIND": "x",
        "PKIM_DATABASE_URL": "sqlite:///x",
        "PKIM_MANAGEMENT_BIND": "0.0.0.0:80",
        "PKIM_CRL_INTERVAL": "P8D",
        "PKIM_MASTER_KEY_FILE": "/a",
        "PKIM_MASTER_PASSPHRASE_FILE": "/b",
    }
    assert faults(tmp_path, environ) == {
        "wrokers",
        "status_bind",
        "key_backends.0.kind",
        "workers",
        "PKIM_TSL_BIND",
        "database_url",
        "management_bind",
        "crl_interval",
        "master_passphrase_file",
    }


@pytest.mark.parametrize("address", ["0.0.0.0:80", "10.1.2.3:8080", "[::]:8080"])
def test_plain_http_beyond_this_machine_needs_a_trusted_proxy(tmp_path: Path, address: str) -> None:
    assert faults(tmp_path, {"PKIM_MANAGEMENT_BIND": address}) == {"management_bind"}
    proxied = load(tmp_path, {"PKIM_MANAGEMENT_BIND": address, "PKIM_TRUSTED_PROXIES": "10.0.0.1, 10.2.0.0/16"})
    assert proxied.trusted_proxies == ("10.0.0.1/32", "10.2.0.0/16")


@pytest.mark.parametrize("address", ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1"])
def test_loopback_needs_none(tmp_path: Path, address: str) -> None:
    assert load(tmp_path, {"PKIM_MANAGEMENT_BIND": address}).bind("management").is_loopback


@pytest.mark.parametrize(
    "text", ["", "8080", ":8080", "127.0.0.1", "127.0.0.1:65536", "127.0.0.1:-1", "::1:80", "[127.0.0.1]:80", "a:80"]
)
def test_a_bind_is_an_address_and_a_port(text: str) -> None:
    with pytest.raises(ValueError, match="must "):
        parse_bind(text)


@pytest.mark.parametrize(
    ("bind", "url"),
    [
        ("127.0.0.1:99", "http://localhost:99"),
        ("0.0.0.0:99", "http://localhost:99"),
        ("[::1]:99", "http://localhost:99"),
        ("10.0.0.7:99", "http://10.0.0.7:99"),
        ("[fd00::7]:99", "http://[fd00::7]:99"),
    ],
)
def test_public_urls_are_derived_with_the_name_localhost(tmp_path: Path, bind: str, url: str) -> None:
    assert load(tmp_path, {"PKIM_STATUS_BIND": bind}).status_url == url


def test_a_given_public_url_is_kept_without_its_slash(tmp_path: Path) -> None:
    assert load(tmp_path, {"PKIM_PUBLIC_STATUS_URL": "http://pki.example/"}).status_url == "http://pki.example"


@pytest.mark.parametrize("url", ["https://pki.example", "http://", "http://a/?q", "ftp://a", "http://u@a"])
def test_the_status_url_is_plain_http_and_a_base(tmp_path: Path, url: str) -> None:
    assert faults(tmp_path, {"PKIM_PUBLIC_STATUS_URL": url}) == {"public_status_url"}


def test_two_listeners_at_one_address_are_refused_unless_the_port_is_free_to_choose(tmp_path: Path) -> None:
    one = {"PKIM_MANAGEMENT_BIND": "127.0.0.1:1", "PKIM_TLS_BIND": "127.0.0.1:1"}
    assert faults(tmp_path, one) == {"tls_bind"}
    assert load(tmp_path, dict.fromkeys(one, "127.0.0.1:0")).bind("tls").port == 0


def test_the_home_is_not_set_by_its_own_file(tmp_path: Path) -> None:
    write(tmp_path, 'home = "/elsewhere"\n')
    assert faults(tmp_path, {}) == {"home"}


@pytest.mark.parametrize("content", ["workers = ", "\udcff"])
def test_a_file_that_is_no_toml_is_our_error(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE_NAME).write_bytes(content.encode("utf-8", "surrogateescape"))
    assert faults(tmp_path, {}) == {FILE_NAME}


@pytest.mark.parametrize(
    ("backends", "field"),
    [
        (EMBEDDED + EMBEDDED, "key_backends"),
        ('default_key_backend = "hsm"\n' + EMBEDDED, "default_key_backend"),
        ('[[key_backends]]\nname = "embedded"\nkind = "cosmian"\nurl = "https://kms"\n', "key_backends"),
        (EMBEDDED.replace('kind = "embedded"', 'kind = "fortune-teller"'), "key_backends.0.kind"),
        (EMBEDDED + TOKEN + TOKEN.replace('"hsm"', '"hsm2"'), "key_backends"),
        (EMBEDDED + TOKEN.replace("pin_file", "pin"), "key_backends.1.pin"),
        (EMBEDDED + TOKEN.replace('"/m.so"', '"m.so"'), "key_backends.1.module"),
    ],
)
def test_key_backends_must_go_together(tmp_path: Path, backends: str, field: str) -> None:
    write(tmp_path, backends)
    assert field in faults(tmp_path, {})


def test_the_embedded_key_backend_need_not_be_listed(tmp_path: Path) -> None:
    write(
        tmp_path, 'default_key_backend = "kms"\n[[key_backends]]\nname = "kms"\nkind = "cosmian"\nurl = "https://kms"\n'
    )
    settings = load(tmp_path, {})
    assert [(one.name, one.kind) for one in settings.key_backends] == [("kms", "cosmian"), ("embedded", "embedded")]


def test_where_the_command_line_goes_is_no_setting(tmp_path: Path) -> None:
    load(tmp_path, {"PKIM_URL": "https://pki", "PKIM_TOKEN_FILE": "/token", "PKIM_CA_FILE": "/ca"})


def test_a_key_backend_keeps_the_options_of_its_kind(tmp_path: Path) -> None:
    write(tmp_path, EMBEDDED + '[[key_backends]]\nname = "kms"\nkind = "cosmian"\nurl = "https://kms"\n')
    kms = load(tmp_path, {}).key_backends[1]
    assert isinstance(kms, CosmianOptions)
    assert (kms.url, kms.given()) == ("https://kms", ("url",))


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ("", "url"),
        ('url = "https://kms"\nurl2 = "https://kms"', "url2"),
        ('url = "http://kms.example.com:9998"', "url"),
        ('url = "ftp://127.0.0.1"', "url"),
        ('url = "https://kms"\nclient_key_file = "/k"', ""),
        ('url = "https://kms"\nowner_client_certificate_file = "/k"', ""),
        ('url = "https://kms"\nclient_key_file = "/k"\nclient_certificate_file = "/c"\ntoken_file = "/t"', ""),
        ('url = "https://kms"\ntimeout = "PT0S"', "timeout"),
    ],
)
def test_a_kms_that_cannot_be_meant_is_told_by_the_name_of_its_option(tmp_path: Path, options: str, field: str) -> None:
    write(tmp_path, EMBEDDED + f'[[key_backends]]\nname = "kms"\nkind = "cosmian"\n{options}\n')
    assert faults(tmp_path, {}) == {f"key_backends.1.{field}".rstrip(".")}


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"])
def test_kms_12_plain_http_is_for_a_kms_on_this_machine_only(tmp_path: Path, host: str) -> None:
    write(tmp_path, EMBEDDED + f'[[key_backends]]\nname = "kms"\nkind = "cosmian"\nurl = "http://{host}:9998"\n')
    assert load(tmp_path, {}).key_backends[1].name == "kms"


def test_key_backends_come_from_the_environment_as_json(tmp_path: Path) -> None:
    environ = {"PKIM_KEY_BACKENDS": '[{"name": "soft", "kind": "embedded"}]', "PKIM_DEFAULT_KEY_BACKEND": "soft"}
    assert load(tmp_path, environ).key_backends[0].name == "soft"
    assert faults(tmp_path, {"PKIM_KEY_BACKENDS": "[soft"}) == {"key_backends"}


def test_explain_tells_every_setting_with_its_meaning_and_no_password(tmp_path: Path) -> None:
    write(tmp_path, "workers = 2\n")
    url = "postgresql+psycopg://pki:s3cret@db/pki?password=s3cret"
    rows = {row.name: row for row in explain(load(tmp_path, {"PKIM_DATABASE_URL": url}))}
    assert list(rows) == list(Settings.model_fields)
    assert all(row.meaning for row in rows.values())
    assert (rows["workers"].value, rows["workers"].source, rows["workers"].default) == ("2", Source.FILE, "1")
    assert rows["database_url"].value == "postgresql+psycopg://pki@db/pki?…"
    assert rows["crl_validity"].default == "P7D"
    assert rows["public_status_url"].value == "http://localhost:8081"
    assert "s3cret" not in repr(rows)


def test_a_node_is_named_by_its_setting_or_else_by_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "machine-7")
    for environ, name in ({}, "machine-7"), ({"PKIM_NODE_NAME": "pki-a"}, "pki-a"):
        settings = load(tmp_path, environ)
        assert settings.node == name
        assert {row.name: row.value for row in explain(settings)}["node_name"] == name


@pytest.mark.parametrize("name", ["a/b", "-a", "a.", "two words", "a" * 65, "näme", "a\n"])
def test_a_node_name_cannot_be_mistaken_for_a_process_or_a_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"node_name: must be 1 to 64 letters, digits"):
        load(tmp_path, {"PKIM_NODE_NAME": name})


def test_a_read_replica_needs_a_server_to_replicate(tmp_path: Path) -> None:
    replica = "postgresql+psycopg://pki:s3cret@replica/pki"
    with pytest.raises(ConfigurationInvalid, match="read_database_url: needs database_url"):
        load(tmp_path, {"PKIM_READ_DATABASE_URL": replica})
    with pytest.raises(ConfigurationInvalid, match=r"read_database_url: must begin with postgresql\+psycopg://"):
        load(tmp_path, {"PKIM_READ_DATABASE_URL": "sqlite:///pki.db"})
    settings = load(
        tmp_path, {"PKIM_READ_DATABASE_URL": replica, "PKIM_DATABASE_URL": "postgresql+psycopg://pki@db/pki"}
    )
    shown = {row.name: row.value for row in explain(settings)}["read_database_url"]
    assert shown == "postgresql+psycopg://pki@replica/pki"
    assert "s3cret" not in repr(settings)


def test_a_password_is_not_in_the_settings_text(tmp_path: Path) -> None:
    settings = load(tmp_path, {"PKIM_DATABASE_URL": "postgresql+psycopg://pki:s3cret@db/pki"})
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize(
    "text", ['["10.0.0.1/32", "10.2.0.0/16"]', ' [ "10.0.0.1/32","10.2.0.0/16" ] ', "10.0.0.1/32,10.2.0.0/16"]
)
def test_a_list_in_the_environment_is_json_or_separated_by_commas(tmp_path: Path, text: str) -> None:
    settings = load(tmp_path, {"PKIM_TRUSTED_PROXIES": text})
    assert settings.trusted_proxies == ("10.0.0.1/32", "10.2.0.0/16")


def test_a_list_that_is_damaged_json_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid) as refusal:
        load(tmp_path, {"PKIM_DNS_SERVERS": '["192.0.2.53"'})
    assert [(fault.field, fault.rule) for fault in refusal.value.errors] == [("dns_servers", "settings.json")]
