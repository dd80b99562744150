"""UUIDv7 identifiers."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.ids import RisingIds, create_uuid7, parse_uuid


def test_the_example_of_rfc_9562_appendix_a_6():
    random = (0xCC3).to_bytes(2, "big") + (0x18C4DC0C0C07398F).to_bytes(8, "big")
    assert create_uuid7(0x017F22E279B0, random) == UUID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")


@given(st.integers(0, (1 << 48) - 1), st.binary(min_size=10, max_size=10))
def test_version_variant_and_time(milliseconds, random):
    value = create_uuid7(milliseconds, random)
    assert (value.version, value.variant) == (7, "specified in RFC 4122")
    assert value.int >> 80 == milliseconds


@given(st.integers(0, (1 << 48) - 2), st.binary(min_size=10, max_size=10), st.binary(min_size=10, max_size=10))
def test_later_ids_sort_later(milliseconds, one, other):
    assert create_uuid7(milliseconds, one) < create_uuid7(milliseconds + 1, other)


@given(st.integers(0, (1 << 48) - 1), st.lists(st.binary(min_size=10, max_size=10), min_size=2))
def test_inside_one_millisecond_they_rise(milliseconds, drawn):
    ids = RisingIds()
    made = [ids.next(milliseconds, random) for random in drawn]
    assert made == sorted(set(made))
    assert {(value.version, value.variant, value.int >> 80) for value in made} == {
        (7, "specified in RFC 4122", milliseconds)
    }


def test_a_clock_that_went_back_takes_them_back_with_it():
    ids = RisingIds()
    assert [ids.next(moment, bytes(10)).int >> 80 for moment in (7, 8, 7)] == [7, 8, 7]


def test_the_highest_that_can_be_drawn_leaves_room():
    ids = RisingIds()
    made = [ids.next(1, b"\xff" * 10) for _ in range(1000)]
    assert made == sorted(set(made))


@pytest.mark.parametrize("size", [0, 9, 11])
def test_exactly_ten_random_bytes_are_needed(size):
    with pytest.raises(ValueError, match="10 random bytes"):
        create_uuid7(0, bytes(size))


@pytest.mark.parametrize("text", ["017f22e2-79b0-7cc3-98c4-dc0c0c07398f", "017F22E2-79B0-7CC3-98C4-DC0C0C07398F"])
def test_the_canonical_text_is_read(text):
    assert parse_uuid(text, "id") == UUID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "017f22e279b07cc398c4dc0c0c07398f",
        "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}",
        "urn:uuid:017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
        " 017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
    ],
)
def test_no_other_form_is(text):
    with pytest.raises(InvalidInput) as caught:
        parse_uuid(text, "ca")
    assert [(e.field, e.rule) for e in caught.value.errors] == [("ca", "id.uuid")]
