"""pkilint's decoder is Rust: where it panics, no `except Exception` sees it."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pki_manager.x509.lint import pkilint_bridge
from tests.support.odd_objects import ROOT


def test_a_decoder_that_panics_is_a_finding() -> None:
    data = (ROOT / "x509/custom/crl_idp_relative_user_all_reasons.pem").read_bytes()
    found = pkilint_bridge.lint_crl(x509.load_pem_x509_crl(data).public_bytes(Encoding.DER))
    assert [finding.rule for finding in found] == [pkilint_bridge.CRASH]


def test_an_interrupted_judge_stays_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pkilint_bridge, "load_validators", interrupted)
    with pytest.raises(KeyboardInterrupt):
        pkilint_bridge.lint_ocsp(b"\x30\x00")
