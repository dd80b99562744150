from __future__ import annotations

from pathlib import Path

import pytest

from pki_manager.domain.errors import BackendUnavailable, ConfigurationInvalid, NotFound
from pki_manager.ports.signer import BackendState, Signer
from pki_manager.signers.registry import FACTORIES, Backends, BackendSettings, Collaborators
from tests.fakes.signer import FakeSigner
from tests.unit.signers.keystores import HandClock, keystore


@pytest.fixture
def given(tmp_path: Path) -> Collaborators:
    return Collaborators(keystore=keystore(tmp_path), clock=HandClock())


def fake(settings: BackendSettings, given: Collaborators) -> Signer:
    return FakeSigner(settings.name)


def away(settings: BackendSettings, given: Collaborators) -> Signer:
    raise BackendUnavailable("the token is not in its slot")


def test_backends_are_found_by_their_configured_names(given: Collaborators):
    configured = [BackendSettings("embedded", "embedded"), BackendSettings("hsm", "fake")]
    backends = Backends(configured, given, FACTORIES | {"fake": fake})
    assert [backends.get(name).name for name in ("embedded", "hsm")] == ["embedded", "hsm"]
    assert [(row.name, row.kind) for row in backends.describe()] == [("embedded", "embedded"), ("hsm", "fake")]
    with pytest.raises(NotFound):
        backends.get("fake")


def test_a_backend_that_does_not_load_is_kept_with_its_reason_and_the_others_go_on(given: Collaborators):
    configured = [BackendSettings("hsm", "away"), BackendSettings("embedded", "embedded")]
    backends = Backends(configured, given, FACTORIES | {"away": away})
    assert backends.get("embedded").describe().state is BackendState.AVAILABLE
    with pytest.raises(BackendUnavailable, match="not in its slot"):
        backends.get("hsm")
    (broken,) = [row for row in backends.describe() if row.name == "hsm"]
    assert (broken.kind, broken.state, broken.key_types) == ("away", BackendState.UNAVAILABLE, ())
    assert broken.reason == "the token is not in its slot"


def test_all_faults_are_named_at_once_with_the_known_kinds(given: Collaborators):
    configured = [
        BackendSettings("a", "fortune-teller"),
        BackendSettings("b", "embedded", {"url": "x"}),
        BackendSettings("c", "embedded"),
        BackendSettings("c", "away"),
    ]
    with pytest.raises(ConfigurationInvalid, match="known are away, embedded") as invalid:
        Backends(configured, given, FACTORIES | {"away": away})
    assert [error.field for error in invalid.value.errors] == ["key_backends.a", "key_backends.b", "key_backends.c"]
