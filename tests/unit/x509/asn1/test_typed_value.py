"""The DER of typed values. Vectors of Windows extensions come from certificates that AD CS issued."""

from __future__ import annotations

import pytest

from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.profiles.extensions import CustomExtension, ExtensionType, FieldValue, RequestField
from pki_manager.x509.asn1.typed_value import encode_value, read_field_values
from tests.unit.x509.lint.objects import LEAF, extension

AD_CS_SID = (
    "303fa03d060a2b060104018237190201a02f042d"
    "532d312d352d32312d313630383130343635372d3633303738333830352d313437333338373132312d31303030"
)
"""The value of szOID_NTDS_CA_SECURITY_EXT in a certificate that an AD CS enterprise CA issued.

Published in the test file of NeySlim/ultimate-ca-manager on GitHub, for
S-1-5-21-1608104657-630783805-1473387121-1000.
"""


@pytest.mark.parametrize(
    ("kind", "text", "der"),
    [
        ("DER", "0C0161", "0c0161"),
        ("BOOLEAN", "true", "0101ff"),
        ("BOOLEAN", "false", "010100"),
        ("INTEGER", "0", "020100"),
        ("INTEGER", "128", "02020080"),
        ("INTEGER", "-129", "0202ff7f"),
        ("OID", "1.2.840.113549", "06062a864886f70d"),
        ("OCTET STRING", "00FF", "040200ff"),
        ("UTF8String", "ä", "0c02c3a4"),
        ("IA5String", "a b", "1603612062"),
        ("BMPString", "aä", "1e04006100e4"),
        ("CertificateTemplate", "1.2.3:100:5", "300a06022a03020164020105"),
        ("CertificateTemplate", "1.2.3:4294967295", "300b06022a03020500ffffffff"),
        ("SID", "S-1-5-21-1608104657-630783805-1473387121-1000", AD_CS_SID),
    ],
)
def test_a_value_is_encoded_as_its_type_says(kind: str, text: str, der: str) -> None:
    assert encode_value(ExtensionType(kind), text, "value").hex() == der


FIELDS = [
    CustomExtension(f"1.3.6.1.4.1.32473.{number}", kind, field=RequestField(f"f{number}"))
    for number, kind in enumerate(ExtensionType)
    if kind is not ExtensionType.DER
]
TEXTS = {
    "BOOLEAN": "false",
    "INTEGER": "-129",
    "OID": "2.25.1",
    "OCTET STRING": "00ff",
    "UTF8String": "ä",
    "IA5String": "a b",
    "BMPString": "aä",
    "SID": "S-1-5-21-1-2-3-4",
    "CertificateTemplate": "1.2.3:100",
}


def test_the_values_of_fields_are_read_from_a_certificate_and_other_values_are_left_out() -> None:
    values = {one.oid: encode_value(one.type, TEXTS[one.type], "value") for one in FIELDS}
    certificate = LEAF.but(**{oid: extension(oid, value) for oid, value in values.items()})
    expected = tuple(FieldValue(one.field.name, TEXTS[one.type]) for one in FIELDS if one.field)
    assert read_field_values(certificate.der(), FIELDS) == expected
    wrong = LEAF.but(**{oid: extension(oid, b"\x05\x00") for oid in values})
    assert read_field_values(wrong.der(), FIELDS) == ()
    assert read_field_values(LEAF.der(), FIELDS) == ()


@pytest.mark.parametrize("value", ["00", "0c0561", "30800000", "0c01610c0161", "0281010a", "3003020101ff"])
def test_a_value_that_is_not_one_der_element_is_refused(value: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        encode_value(ExtensionType.DER, value, "extensions.0.value")
    assert {error.field for error in caught.value.errors} == {"extensions.0.value"}


def test_a_text_of_another_form_is_refused_before_it_is_encoded() -> None:
    with pytest.raises(InvalidInput, match="must be true or false"):
        encode_value(ExtensionType.BOOLEAN, "yes", "extensions.0.value")
