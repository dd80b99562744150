"""What decoding says of objects that are known, and what it does not say of keys."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from pki_manager.domain.errors import InvalidInput, Malformed, TooLarge
from pki_manager.x509 import confined
from pki_manager.x509.asn1 import der
from pki_manager.x509.asn1 import tlv as reader
from pki_manager.x509.decode import Decoded, ObjectKind, bundle, decode_objects
from pki_manager.x509.decode.pkcs12_form import Derivation, list_derivations
from tests.support.odd_objects import ROOT

KEY = ec.generate_private_key(ec.SECP256R1())


def custom(name: str) -> Decoded:
    (found,) = decode_objects((ROOT / "x509/custom" / name).read_bytes())
    return found


def certificate(common_name: str = "www.example.com", *sans: x509.GeneralName) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    builder = (
        x509.CertificateBuilder(name, name, KEY.public_key(), 0xABC)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
    )
    if sans:
        builder = builder.add_extension(x509.SubjectAlternativeName(sans), critical=False)
    return builder.sign(KEY, hashes.SHA256())


def test_a_certificate_says_who_when_and_how() -> None:
    made = certificate("www.example.com", x509.DNSName("www.example.com"), x509.DNSName("*.example.com"))
    (found,) = decode_objects(made.public_bytes(Encoding.PEM))
    assert (found.kind, found.label, found.version) == (ObjectKind.CERTIFICATE, "CERTIFICATE", 3)
    assert (found.subject, found.serial_number) == ("CN=www.example.com", "0abc")
    assert found.sans == ("DNS:www.example.com", "DNS:*.example.com")
    assert found.not_after == datetime(2027, 1, 1, tzinfo=UTC)
    assert found.signature_algorithm == "ECDSA-SHA256"
    assert found.key is not None
    assert (found.key.type, found.key.size) == ("ECDSA-P256", 256)
    assert found.fingerprint_sha256 == made.fingerprint(hashes.SHA256()).hex()
    assert found.warnings == ()


@pytest.mark.parametrize("form", ["der", "base64", "pem", "pem with words"])
def test_der_base64_and_pem_are_the_same_object(form: str) -> None:
    made = certificate()
    raw, pem = made.public_bytes(Encoding.DER), made.public_bytes(Encoding.PEM)
    data = {"der": raw, "base64": base64.encodebytes(raw), "pem": pem, "pem with words": b"Subject: x\n" + pem + b"end"}
    (found,) = decode_objects(data[form])
    assert found.fingerprint_sha256 == made.fingerprint(hashes.SHA256()).hex()


def test_a_bundle_is_several_objects_in_their_order() -> None:
    key = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    found = decode_objects(certificate().public_bytes(Encoding.PEM) + key + certificate("b").public_bytes(Encoding.PEM))
    assert [one.kind for one in found] == ["certificate", "private-key", "certificate"]


def test_a_label_that_lies_is_warned_of() -> None:
    pem = certificate().public_bytes(Encoding.PEM).replace(b"CERTIFICATE", b"X509 CRL")
    (found,) = decode_objects(pem)
    assert found.kind is ObjectKind.CERTIFICATE
    assert any("label says X509 CRL" in warning for warning in found.warnings)


@pytest.mark.parametrize("char", ["\u202e", "\u200b", "\x1b", "\u2066", "\x00", "\x85", "\ufeff", "\U000e0041"])
def test_nam_02_characters_that_nobody_sees_are_shown_as_escapes(char: str) -> None:
    (found,) = decode_objects(certificate(f"a{char}b").public_bytes(Encoding.DER))
    assert found.subject is not None
    assert found.subject.isprintable()
    assert found.subject.isascii()
    assert found.subject != "CN=ab"


def test_nam_02_in_alternative_names_too() -> None:
    names = [x509.UniformResourceIdentifier._init_without_validation("http://a\u202eb")]
    (found,) = decode_objects(certificate("a", *names).public_bytes(Encoding.DER))
    assert all(san.isprintable() for san in found.sans)


@pytest.mark.parametrize(
    ("file", "extension", "value"),
    [
        ("bc_path_length_zero.pem", "basicConstraints", {"ca": True, "path_length": 0}),
        ("extended_key_usage.pem", "extKeyUsage", None),
        ("inhibit_any_policy_5.pem", "inhibitAnyPolicy", "05"),
        ("pc_inhibit_require.pem", "policyConstraints", None),
        ("nc_permitted_excluded_2.pem", "nameConstraints", None),
        ("cdp_fullname_reasons_crl_issuer.pem", "cRLDistributionPoints", None),
        ("cp_user_notice_with_notice_reference.pem", "certificatePolicies", None),
        ("aia_ocsp_ca_issuers.pem", "authorityInfoAccess", None),
        ("authority_key_identifier.pem", "authorityKeyIdentifier", None),
        ("san_email_dns_ip_dirname_uri.pem", "subjectAltName", None),
        ("ocsp_nocheck.pem", "ocspNoCheck", True),
    ],
)
def test_extensions_are_read_by_their_syntax(file: str, extension: str, value: object) -> None:
    found = next(one for one in custom(file).extensions if one.name == extension)
    assert not isinstance(found.value, str) or extension == "inhibitAnyPolicy"
    if value is not None:
        assert found.value == value


@pytest.mark.parametrize(
    ("file", "warning"),
    [
        ("negative_serial.pem", "serial number is not positive"),
        ("two_basic_constraints.pem", "occurs twice"),
        ("empty-eku.pem", "extKeyUsage is empty"),
        ("unsupported_extension_critical.pem", "is critical and not supported"),
        ("mismatch_inner_outer_sig_algorithm.der", "two signature algorithms"),
        ("nc_ip_invalid_length.pem", "an IP address has"),
    ],
)
def test_what_is_odd_is_said(file: str, warning: str) -> None:
    assert any(warning in one for one in custom(file).warnings)


def test_a_crl_lists_its_entries_with_their_reasons() -> None:
    found = custom("crl_all_reasons.pem")
    revoked = found.details["revoked"]
    assert isinstance(revoked, list)
    assert found.details["entries"] == len(revoked)
    reasons = {entry.get("reasonCode") for entry in revoked if isinstance(entry, dict)}
    assert {"keyCompromise", "certificateHold", "removeFromCRL", "aACompromise"} <= reasons


def test_a_long_crl_is_counted_and_listed_in_part() -> None:
    found = custom("crl_almost_10k.pem")
    assert isinstance(found.details["entries"], int)
    assert found.details["entries"] > 9000
    assert len(found.details["revoked"]) == 1000


def test_an_ocsp_response_says_status_and_brings_its_certificates() -> None:
    (found,) = decode_objects((ROOT / "x509/ocsp/resp-revoked-reason.der").read_bytes())
    (single,) = found.details["responses"]
    assert found.details["status"] == "successful"
    assert (single["status"], single["reason"]) == ("revoked", "superseded")
    (found,) = decode_objects((ROOT / "x509/ocsp/resp-unauthorized.der").read_bytes())
    assert found.details["status"] == "unknown (6)" or found.details["status"] == "unauthorized"


def test_an_ocsp_request_says_what_it_asks_about() -> None:
    (found,) = decode_objects((ROOT / "x509/ocsp/req-sha1.der").read_bytes())
    (asked,) = found.details["certificates"]
    assert asked["hash"] == "SHA-1"


def test_a_request_tells_its_wishes_and_not_its_challenge_password() -> None:
    (found,) = decode_objects((ROOT / "x509/requests/challenge.pem").read_bytes())
    assert found.kind is ObjectKind.REQUEST
    assert "1.2.840.113549.1.9.7" in found.details["other_attributes"]
    assert "challenge me!" not in repr(found)
    (found,) = decode_objects((ROOT / "x509/requests/san_rsa_sha1.pem").read_bytes())
    assert found.sans


@pytest.mark.parametrize("encoding", [Encoding.DER, Encoding.PEM])
def test_pkcs7_brings_its_certificates(encoding: Encoding) -> None:
    (found,) = decode_objects(pkcs7.serialize_certificates([certificate("a"), certificate("b")], encoding))
    assert found.kind is ObjectKind.PKCS7
    assert {one.subject for one in found.contents} == {"CN=a", "CN=b"}


def pfx(password: bytes | None, **changes: object) -> bytes:
    protection = BestAvailableEncryption(password) if password else NoEncryption()
    return pkcs12.serialize_key_and_certificates(b"mine", KEY, certificate(), [certificate("ca")], protection)


def test_pkcs12_is_opened_with_its_password_and_the_key_stays_inside() -> None:
    (found,) = decode_objects(pfx(b"secret"), "secret")
    assert found.details["opened"] is True
    assert [one.kind for one in found.contents] == ["private-key", "certificate", "certificate"]
    assert found.contents[1].details["friendly_name"] == "mine"
    assert found.contents[0].key is not None
    assert found.contents[0].key.type == "ECDSA-P256"
    assert f"{KEY.private_numbers().private_value:x}" not in repr(found)


@pytest.mark.parametrize(("password", "said"), [(None, "needs its password"), ("wrong", "password is wrong")])
def test_pkcs12_without_the_right_password_says_so(password: str | None, said: str) -> None:
    (found,) = decode_objects(pfx(b"secret"), password)
    assert found.details["opened"] is False
    assert found.contents == ()
    assert said in found.warnings[0]


def test_pkcs12_without_a_password_needs_none() -> None:
    (found,) = decode_objects(pfx(None))
    assert len(found.contents) == 3


def _with_integer(data: bytes, old: int, new: int) -> bytes:
    """PKCS#12 is DER in DER: the same file with one number changed, lengths mended at every level."""
    if data[0] == der.INTEGER and int.from_bytes(der.read_content(data), "big") == old:
        return der.integer(new)
    if data[0] & 0x20:
        return der.encode(data[0], *(_with_integer(child, old, new) for child in der.read_children(data)))
    if data[0] == der.OCTET_STRING and der.read_content(data)[:1] == b"\x30":
        try:
            der.require_der(der.read_content(data), "x")
        except Malformed:
            return data
        return der.encode(der.OCTET_STRING, _with_integer(der.read_content(data), old, new))
    return data


@pytest.mark.parametrize("iterations", [2**31, 1_000_001, 2**80])
def test_dos_07_absurd_iterations_are_refused_before_any_key_is_derived(
    iterations: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confined, "PKCS12_CHILD", "there.is.no.such.module")
    data = pfx(b"secret")
    protection = max(one.iterations for one in _derivations(data))
    with pytest.raises(InvalidInput, match="iterations") as refused:
        decode_objects(_with_integer(data, protection, iterations), "secret")
    assert refused.value.errors[0].rule == "pkcs12.cost"


def _derivations(data: bytes) -> list[Derivation]:
    return list_derivations(reader.read_whole(data, reader.SEQUENCE))


def test_dos_07_a_pbmac1_key_of_absurd_length_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """CVE-2025-11187: a MAC key longer than any digest."""
    monkeypatch.setattr(confined, "PKCS12_CHILD", "there.is.no.such.module")
    kdf = der.encode_sequence(
        der.oid("1.2.840.113549.1.5.12"),
        der.encode_sequence(der.encode(der.OCTET_STRING, bytes(8)), der.integer(2048), der.integer(2**30)),
    )
    scheme = der.encode_sequence(
        der.oid("1.2.840.113549.1.5.14"), der.encode_sequence(kdf, der.encode_sequence(der.oid("1.2.840.113549.2.9")))
    )
    digest = der.encode_sequence(scheme, der.encode(der.OCTET_STRING, bytes(32)))
    mac = der.encode_sequence(digest, der.encode(der.OCTET_STRING, b"NOT USED"), der.integer(1))
    safe = der.encode_sequence(der.oid("1.2.840.113549.1.7.1"), der.encode(0xA0, der.encode(der.OCTET_STRING, b"")))
    with pytest.raises(InvalidInput, match="above the limit"):
        decode_objects(der.encode_sequence(der.integer(3), safe, mac), "secret")


def test_dos_07_a_child_past_its_limits_is_ended_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "SECONDS", 0.01)
    with pytest.raises(InvalidInput, match="time and memory"):
        decode_objects(pfx(b"secret"), "secret")


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
@pytest.mark.parametrize("encoding", [Encoding.DER, Encoding.PEM])
def test_of_a_private_key_only_its_type_is_told(form: PrivateFormat, encoding: Encoding) -> None:
    (found,) = decode_objects(KEY.private_bytes(encoding, form, NoEncryption()))
    assert found.kind is ObjectKind.PRIVATE_KEY
    assert found.key is not None
    assert found.key.type == "ECDSA-P256"
    assert "private key" in found.warnings[0]
    told = repr(found)
    assert f"{KEY.private_numbers().private_value:x}" not in told
    assert found.fingerprint_sha256 is None


def test_an_encrypted_key_is_not_opened() -> None:
    secret = BestAvailableEncryption(b"secret")
    (found,) = decode_objects(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret))
    assert found.kind is ObjectKind.ENCRYPTED_PRIVATE_KEY
    assert found.details["encryption"] == "PBES2"
    (found,) = decode_objects(KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, secret))
    assert found.kind is ObjectKind.ENCRYPTED_PRIVATE_KEY
    assert found.key is not None
    assert found.key.type == "EC"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"\x30\x80" * 10_000,
        b"\x30\x80" * 10_000 + b"\0\0" * 10_000,
        b"\x24\x80" * 10_000,
        b"\x30\x03\x02\x01\x01",
        b"\x30\x82\x10\x06\x06\x82\x10\x00" + b"\x80" * 4096,
        b"-----BEGIN CERTIFICATE-----",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
        "-----BEGIN " * 50_000,
        b"-----BEGIN X-----\nMAA=\n-----END X-----",
    ],
)
def test_dos_01_dos_02_what_is_nothing_known_is_malformed(data: bytes | str) -> None:
    with pytest.raises(
        Malformed, match=r"data: (has (a PEM block|a length|an invalid DER tag)|is neither PEM|is DER, but)"
    ):
        decode_objects(data)


def test_too_much_is_too_large() -> None:
    with pytest.raises(TooLarge, match="must have at most 1048576 bytes"):
        decode_objects(b"\x30" + bytes(bundle.MAX_SIZE))
    with pytest.raises(TooLarge, match="data: must have at most 50 PEM blocks"):
        decode_objects(certificate().public_bytes(Encoding.PEM) * (bundle.MAX_OBJECTS + 1))
