"""Every parser of what others send, on valid objects that were turned, cut and stretched: our own errors only."""

from __future__ import annotations

import random
from itertools import islice

import pytest
from tools.fuzz import mutations

from tests.support.fuzz.targets import TARGETS

EXAMPLES = {"private-key": 3, "decode-pkcs12": 10, "list-query": 10}
"""What starts a process or asks ten lists for each input; the others get 60."""


def attack(name: str, examples: int) -> None:
    target = TARGETS[name]
    for data in islice(mutations(random.Random(name), target.seeds(), target.tokens), examples):
        try:
            target.attempt(data)
        except BaseException as error:
            error.add_note(f"the input was {data[:2000]!r}")
            raise


@pytest.mark.parametrize("name", TARGETS)
def test_valid_input_is_taken_or_refused_in_our_own_way(name: str) -> None:
    for seed in islice(TARGETS[name].seeds(), EXAMPLES.get(name)):
        TARGETS[name].attempt(seed)


@pytest.mark.parametrize("name", TARGETS)
def test_no_parser_fails_but_by_an_error_of_ours(name: str) -> None:
    attack(name, EXAMPLES.get(name, 60))


@pytest.mark.long
@pytest.mark.parametrize("name", TARGETS)
def test_no_parser_fails_but_by_an_error_of_ours_at_length(name: str) -> None:
    attack(name, 100 * EXAMPLES.get(name, 60))
