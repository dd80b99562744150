"""Subtrees of name constraints as people write them."""

from __future__ import annotations

import pytest

from pki_manager.domain.errors import InvalidInput
from pki_manager.x509.general_names import parse_constraints


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("DNS:example.com", "DNS:EXAMPLE.com"),
        ("IP:10.0.0.0/8", "IP:10.0.0.0/8"),
        ("dirName:O=Example", "dirName:O=Example"),
    ],
    ids=["dns", "ip", "directory"],
)
def test_a_subtree_that_is_given_twice_is_refused(first: str, second: str) -> None:
    for field, given in (("permitted", ((first, second), ())), ("excluded", ((), (first, second)))):
        with pytest.raises(InvalidInput, match="twice") as refused:
            parse_constraints(*given)
        assert refused.value.errors[0].field == f"name_constraints.{field}"
    both = parse_constraints((first,), (second,))
    assert not both.is_empty()
