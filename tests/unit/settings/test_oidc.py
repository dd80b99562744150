"""Tables `[[oidc_providers]]`: what they can say, what is refused at the start, and the secret that they name."""

from __future__ import annotations

import json
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from pki_manager.bootstrap import providers
from pki_manager.domain.errors import ConfigurationInvalid, ProviderUnavailable
from pki_manager.domain.people.identity import UnknownUsers
from pki_manager.domain.rights.actor import Role
from pki_manager.settings import Settings, explain, load
from pki_manager.settings.oidc import OidcProvider

LEAST = {"name": "corp", "issuer": "https://login.example.com/", "client_id": "pki-manager"}
RULE = {"value": "staff", "role": "requester"}


def settings(home: Path, *tables: dict[str, Any]) -> Settings:
    return load(home, {"PKIM_OIDC_PROVIDERS": json.dumps(tables)})


def faults(home: Path, *tables: dict[str, Any]) -> set[str]:
    with pytest.raises(ConfigurationInvalid) as refused:
        settings(home, *tables)
    return {error.field for error in refused.value.errors}


def test_the_least_that_is_needed_lets_nobody_new_in(tmp_path: Path) -> None:
    (one,) = settings(tmp_path, LEAST).oidc_providers
    assert (one.unknown_users, one.rules, one.reachable, one.sign_out) == (UnknownUsers.REFUSE, (), (), True)
    options = providers._options(one)
    assert (options.secret, options.reach.plain_http) == (None, False)
    assert options.about.issuer == "https://login.example.com/"


def test_the_file_has_tables_in_tables(tmp_path: Path) -> None:
    (tmp_path / "pki-manager.toml").write_text(
        '[[oidc_providers]]\nname = "corp"\nissuer = "https://a.example"\nclient_id = "x"\nunknown_users = "create"\n'
        'networks = ["10.0.0.0/8"]\n[[oidc_providers.rules]]\nvalue = "a"\nrole = "auditor"\nteams = ["Web"]\n'
    )
    (one,) = load(tmp_path, {}).oidc_providers
    options = providers._options(one)
    (rule,) = options.about.rules
    assert (rule.claim, rule.value, rule.role, rule.teams) == ("groups", "a", Role.AUDITOR, ("Web",))
    assert options.reach.networks == (ip_network("10.0.0.0/8"),)


def test_a_provider_on_this_machine_may_speak_plain_http(tmp_path: Path) -> None:
    (one,) = settings(tmp_path, LEAST | {"issuer": "http://localhost:9000"}).oidc_providers
    assert providers._options(one).reach.plain_http
    assert set(one.reachable) == {"127.0.0.0/8", "::1/128"}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"issuer": "http://login.example.com"}, "oidc_providers.0.issuer"),
        ({"issuer": "https://login.example.com?x=1"}, "oidc_providers.0.issuer"),
        ({"issuer": "https://user@login.example.com"}, "oidc_providers.0.issuer"),
        ({"issuer": "login.example.com"}, "oidc_providers.0.issuer"),
        ({"name": "Corp Login"}, "oidc_providers.0.name"),
        ({"name": "../x"}, "oidc_providers.0.name"),
        ({"client_secret": "never in the settings"}, "oidc_providers.0.client_secret"),
        ({"client_secret_file": "corp.secret"}, "oidc_providers.0.client_secret_file"),
        ({"client_secret_file": "/a", "client_secret_credential": "/b"}, "oidc_providers.0"),
        ({"scopes": ["profile"]}, "oidc_providers.0"),
        ({"scopes": ["openid", "two words"]}, "oidc_providers.0.scopes.1"),
        ({"unknown_users": "create"}, "oidc_providers.0"),
        ({"unknown_users": "everybody"}, "oidc_providers.0.unknown_users"),
        ({"rules": [{"value": "x", "role": "root"}]}, "oidc_providers.0.rules.0.role"),
        ({"rules": [{"value": ""}]}, "oidc_providers.0.rules.0.value"),
        ({"networks": ["everywhere"]}, "oidc_providers.0.networks.0"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_what_cannot_work_stops_the_start_by_its_field(tmp_path: Path, changed: dict[str, Any], field: str) -> None:
    assert faults(tmp_path, LEAST | changed) == {field}


def test_the_former_name_of_an_option_is_refused_with_the_current_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match="newcomers: is the former name of `unknown_users`; use that name"):
        settings(tmp_path, LEAST | {"newcomers": "create"})


def test_two_of_a_name_or_an_issuer_are_refused(tmp_path: Path) -> None:
    assert faults(tmp_path, LEAST, LEAST | {"name": "other"}) == {"oidc_providers"}
    assert faults(tmp_path, LEAST, LEAST | {"issuer": "https://other.example"}) == {"oidc_providers"}


def test_what_is_explained_names_the_provider_and_no_more(tmp_path: Path) -> None:
    table = LEAST | {"client_secret_file": "/etc/somewhere/secret", "unknown_users": "create", "rules": [RULE]}
    (row,) = (row for row in explain(settings(tmp_path, table)) if row.name == "oidc_providers")
    assert row.value == "corp (https://login.example.com/)"


def test_the_secret_is_read_at_each_use_and_from_a_file_of_ours_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    read = providers._secret(OidcProvider(**LEAST, client_secret_file=path))
    assert read is not None
    with pytest.raises(ProviderUnavailable, match="identity provider cannot be read"):
        read()
    path.touch(mode=0o600)
    with pytest.raises(ProviderUnavailable, match="The client secret for the identity provider is empty"):
        read()
    for secret in ("first", "second"):
        path.write_text(f"{secret}\n")
        assert read() == secret
    path.chmod(0o644)
    with pytest.raises(ProviderUnavailable) as refused:
        read()
    assert "second" not in refused.value.detail
