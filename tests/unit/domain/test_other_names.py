"""otherNames as text and as DER."""

from __future__ import annotations

import pytest

from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.names import AlternativeName
from pki_manager.domain.other_names import UPN, OtherName, ValueForm


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("upn:a@b.example", f"otherName:{UPN};UTF8:a@b.example"),
        (f"OTHERNAME:{UPN};utf8:a@b.example", f"otherName:{UPN};UTF8:a@b.example"),
        (f"otherName:{UPN};DER:0C0161", f"otherName:{UPN};UTF8:a"),
        (f"otherName:{UPN};DER:160161", f"otherName:{UPN};IA5:a"),
        (f"otherName:{UPN};DER:16017f", f"otherName:{UPN};IA5:\x7f"),
        (f"otherName:{UPN};DER:0c02c328", f"otherName:{UPN};DER:0c02c328"),
        (f"otherName:{UPN};DER:0c05c3", f"otherName:{UPN};DER:0c05c3"),
        (f"otherName:{UPN};DER:0c00", f"otherName:{UPN};DER:0c00"),
        (f"otherName:{UPN};DER:3000", f"otherName:{UPN};DER:3000"),
        (f"otherName:{UPN};DER:0c8180{'61' * 128}", f"otherName:{UPN};UTF8:{'a' * 128}"),
    ],
)
def test_there_is_one_spelling(text: str, same: str) -> None:
    name = AlternativeName.parse(text)
    assert str(name) == same
    assert AlternativeName.of(name.kind, name.value) == name


@pytest.mark.parametrize(
    "text",
    [
        "otherName:a",
        "otherName:1.2.3;a",
        "otherName:1.2.3;UTF8:",
        "otherName:1.2.3;BMP:a",
        "otherName:9.2;UTF8:a",
        "otherName:1.2.3;DER:zz",
        "otherName:1.2.3;DER:abc",
        "otherName:1.2.3;IA5:ü",
        "otherName:1.02;UTF8:a",
        "UPN:",
    ],
)
def test_anything_else_is_no_other_name(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        AlternativeName.parse(text)
    assert {error.field for error in caught.value.errors} == {"sans"}


def test_a_value_that_is_no_element_stays_as_it_is() -> None:
    assert OtherName.of_der(UPN, b"").form is ValueForm.DER
    assert OtherName.of_der(UPN, b"\x0c").text == "0c"
