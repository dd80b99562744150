"""A revocation does not wait for the OCSP responses that are re-signed, with real threads and a real clock."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.refresh import CERTIFICATES, measure


@pytest.mark.long
def test_a_revocation_is_published_within_a_second_while_100_000_certificates_are_refreshed(tmp_path: Path) -> None:
    assert CERTIFICATES == 100_000
    assert max(measure(tmp_path / "home")) < 1
