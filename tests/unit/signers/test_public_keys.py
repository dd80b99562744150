"""Which row of the algorithm table a public key is."""

from __future__ import annotations

import pytest

from pki_manager.domain.algorithms import KEY_TYPES
from pki_manager.signers.embedded import keys
from pki_manager.signers.public_keys import find_type

SIGNING = [row for row in KEY_TYPES.values() if keys.is_supported(row)]


@pytest.mark.parametrize("row", [row for row in SIGNING if row.name != "RSA-4096"], ids=lambda row: row.name)
def test_every_key_that_signs_is_told_by_its_row(row):
    assert find_type(keys.encode_spki(keys.generate(row))) == row


@pytest.mark.parametrize("spki", [b"", b"\x30\x00", b"x" * 100])
def test_what_is_no_key_has_no_type(spki: bytes) -> None:
    assert find_type(spki) is None
