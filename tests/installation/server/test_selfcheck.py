from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from pki_manager.authority.installation.queries import get_counts
from pki_manager.bootstrap import Installation
from pki_manager.domain.certificate import CertificateState
from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.server import selfcheck
from pki_manager.server.selfcheck import Report, Step, StepOutcome
from tests.services.installation import free_port


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody will publish anything here, so there is nothing to wait for."""
    monkeypatch.setattr(selfcheck, "PUBLISHED_SECONDS", 0.0)


def test_without_a_server_every_fetch_fails_by_name_and_nothing_is_raised(installation: Installation) -> None:
    dead = f"http://127.0.0.1:{free_port()}"
    report = selfcheck.run(installation, {"management": dead})
    assert not report.passed
    failed = {step.name for step in report.checks if step.outcome is StepOutcome.FAILED}
    assert f"management listener answers at {dead}" in failed
    for what in ("Issuing CA: OpenSSL accepts its chain", "Issuing CA: OCSP says good", "Root CA: CRL at"):
        assert any(name.startswith(what) for name in failed), what
    assert "certificate authorities can be read" not in failed


def test_its_certificate_is_revoked_even_when_nothing_else_works(installation: Installation) -> None:
    selfcheck.run(installation)
    found = get_counts(installation.ctx, build_system_actor("test")).certificates
    assert found[CertificateState.REVOKED] == 1


def test_without_openssl_it_says_how_to_get_it(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    report = selfcheck.run(installation)
    [step] = [step for step in report.checks if "OpenSSL's command line" in step.name]
    assert step.outcome is StepOutcome.FAILED
    assert "apt install openssl" in step.detail
    assert not any("can be issued" in other.name for other in report.checks)


def test_a_ca_whose_keys_openssl_cannot_read_is_told_and_not_failed_for_it(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An OpenSSL that knows no key, as one before 3.5 knows no ML-DSA."""
    blind = tmp_path / "openssl"
    blind.write_text("#!/bin/sh\nexit 1\n")
    blind.chmod(0o700)
    monkeypatch.setattr(shutil, "which", lambda _name: str(blind))
    report = selfcheck.run(installation)
    skipped = {step.name: step.detail for step in report.checks if step.outcome is StepOutcome.SKIPPED}
    assert set(skipped) == {f"{name}: OpenSSL can read its keys" for name in ("Root CA", "Issuing CA")}
    assert "does not support ECDSA-P" in skipped["Root CA: OpenSSL can read its keys"]
    assert not any("can be issued" in step.name for step in report.checks)


def test_status_urls_that_clients_cannot_reach_are_a_warning_with_the_repair(installation: Installation) -> None:
    config = replace(installation.ctx.config, status_url="http://status.example.com")
    moved = replace(installation, ctx=replace(installation.ctx, config=config))
    warnings = [step for step in selfcheck.run(moved).checks if step.outcome is StepOutcome.WARNING]
    assert [step.name for step in warnings] == ["Root CA: status URLs", "Issuing CA: status URLs"]
    assert "pkim ca rotate 'Root CA' --cross-certify" in warnings[0].detail
    assert Report(tuple(warnings)).passed


def test_the_report_tells_the_verdict_and_what_did_not_pass() -> None:
    good = Report((Step("one", StepOutcome.PASSED), Step("two", StepOutcome.SKIPPED, "does not apply")))
    assert good.passed
    assert list(good.lines()) == ["Self-check passed: 1 of 2 steps", "  skipped  two: does not apply"]
    bad = Report((Step("one", StepOutcome.FAILED, "is broken"),))
    assert not bad.passed
    assert next(iter(bad.lines())).startswith("Self-check FAILED")
