"""Tables `[[scep_validators]]`: what they can say, what is refused at the start, and the secret that they name."""

from __future__ import annotations

import json
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from pki_manager.bootstrap import validators
from pki_manager.domain.errors import ConfigurationInvalid, OutboundFailed
from pki_manager.outbound.challenges import IntuneValidator, WebhookValidator
from pki_manager.outbound.http import HttpOutbound
from pki_manager.settings import Settings, explain, load
from tests.fakes.clock import FrozenClock

WEBHOOK = {"name": "mdm", "url": "https://mdm.example.com/scep", "secret_file": "/etc/mdm.key"}
INTUNE = {
    **WEBHOOK, "kind": "intune", "token_url": "https://login.example.com/t/oauth2/v2.0/token", "client_id": "app",
}  # fmt: skip


def settings(home: Path, *tables: dict[str, Any]) -> Settings:
    return load(home, {"PKIM_SCEP_VALIDATORS": json.dumps(tables)})


def test_a_webhook_and_intune_are_made_from_their_tables(tmp_path: Path) -> None:
    read = settings(tmp_path, WEBHOOK, {**INTUNE, "name": "intune", "networks": ["10.0.0.0/8"], "timeout": "PT5S"})
    clock = FrozenClock()
    made = validators.make_validators(read.scep_validators, outbound=HttpOutbound(clock=clock), clock=clock)
    assert isinstance(made["mdm"], WebhookValidator)
    assert isinstance(made["intune"], IntuneValidator)
    _, one = read.scep_validators
    assert (one.timeout, one.scope) == (timedelta(seconds=5), "https://api.manage.microsoft.com//.default")
    assert [ip_network(network) for network in one.networks] == [ip_network("10.0.0.0/8")]


@pytest.mark.parametrize(
    ("table", "field"),
    [
        ({**WEBHOOK, "url": "http://mdm.example.com"}, "scep_validators.0.url"),
        ({**WEBHOOK, "url": "https://user@mdm.example.com"}, "scep_validators.0.url"),
        ({**WEBHOOK, "url": "https://mdm.example.com?x=1"}, "scep_validators.0.url"),
        ({**WEBHOOK, "name": "My MDM"}, "scep_validators.0.name"),
        ({**WEBHOOK, "secret_file": "mdm.key"}, "scep_validators.0.secret_file"),
        ({**WEBHOOK, "secret": "never in the settings"}, "scep_validators.0.secret"),
        ({**WEBHOOK, "timeout": "PT2M"}, "scep_validators.0.timeout"),
        ({**WEBHOOK, "client_id": "app"}, "scep_validators.0"),
        ({**WEBHOOK, "kind": "intune"}, "scep_validators.0"),
        ({**INTUNE, "token_url": "http://login.example.com"}, "scep_validators.0.token_url"),
    ],
)
def test_an_impossible_table_is_refused_at_the_start(tmp_path: Path, table: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigurationInvalid) as refused:
        settings(tmp_path, table)
    assert {error.field for error in refused.value.errors} == {field}


def test_two_validators_cannot_have_one_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match="must not contain two tables named 'mdm'"):
        settings(tmp_path, WEBHOOK, INTUNE)


def test_the_explanation_names_a_validator_and_its_url(tmp_path: Path) -> None:
    (row,) = (row for row in explain(settings(tmp_path, WEBHOOK)) if row.name == "scep_validators")
    assert row.value == "mdm (webhook https://mdm.example.com/scep)"


def test_the_secret_is_read_at_each_use(tmp_path: Path) -> None:
    path = tmp_path / "mdm.key"
    read = validators._reader(path)
    with pytest.raises(OutboundFailed, match="cannot be read"):
        read()
    for secret in ("first", "second"):
        path.write_text(f"{secret}\n")
        path.chmod(0o600)
        assert read() == secret
    path.write_text("\n")
    with pytest.raises(OutboundFailed, match="is empty"):
        read()
    path.chmod(0o644)
    with pytest.raises(OutboundFailed, match="cannot be read"):
        read()
