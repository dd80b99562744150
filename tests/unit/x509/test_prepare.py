"""Statements that are signed by themselves."""

from __future__ import annotations

import pytest

from pki_manager.domain.algorithms import SIGNATURES
from pki_manager.domain.errors import LintRefused
from pki_manager.x509.prepare import prepare_statement

ECDSA = SIGNATURES["ECDSA-SHA256"]


def test_a_statement_is_no_x509_object() -> None:
    assert prepare_statement(b"{}", ECDSA, b"key").take(b"key") == b"{}"
    with pytest.raises(LintRefused, match="DER SEQUENCE"):
        prepare_statement(b"\x30\x00", ECDSA, b"key")
