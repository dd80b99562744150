"""The certificate of tls-alpn-01: nothing that could be read in two ways is a proof."""

from __future__ import annotations

import pytest

from pki_manager.domain.errors import Malformed, PkiError, TooLarge
from pki_manager.domain.names import AlternativeName
from pki_manager.x509 import acme_certificate, pem
from tests.support.alpn_certificates import Alpn

DIGEST = bytes(range(32))
VALUE = b"\x04\x20" + DIGEST


@pytest.mark.parametrize(
    ("name", "told"),
    [("www.example.com", "DNS:www.example.com"), ("192.0.2.1", "IP:192.0.2.1"), ("2001:db8::1", "IP:2001:db8::1")],
)
def test_a_right_one_tells_its_name_and_its_digest(name: str, told: str) -> None:
    certificate, _ = Alpn(names=(name,), value=VALUE).make()
    found = acme_certificate.read(certificate)
    assert (found.names, found.key_authorization_sha256) == ((AlternativeName.parse(told),), DIGEST)


def test_how_many_names_there_are_is_for_policy() -> None:
    assert acme_certificate.read(Alpn(names=()).make()[0]).names == ()
    assert len(acme_certificate.read(Alpn(names=("a.example", "b.example")).make()[0]).names) == 2


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        (Alpn(oid="1.3.6.1.5.5.7.1.30.1"), "acme.alpn_identifier"),
        (Alpn(oid="1.3.6.1.5.5.7.1.30"), "acme.alpn_identifier"),
        (Alpn(critical=False), "acme.alpn_identifier"),
        (Alpn(other_value=VALUE), "extension.repeated"),
        (Alpn(value=DIGEST), "acme.alpn_identifier"),
        (Alpn(value=b"\x04\x1f" + DIGEST[:31]), "acme.alpn_identifier"),
        (Alpn(value=b"\x04\x21" + DIGEST + b"\0"), "acme.alpn_identifier"),
        (Alpn(value=VALUE + b"\0"), "acme.alpn_identifier"),
        (Alpn(value=b"\x03\x20" + DIGEST), "acme.alpn_identifier"),
        (Alpn(value=b"\x04\x81\x20" + DIGEST), "acme.alpn_identifier"),
        (Alpn(value=b""), "acme.alpn_identifier"),
    ],
)
def test_acm_06_a_wrong_one_is_refused(wrong: Alpn, rule: str) -> None:
    with pytest.raises(Malformed) as caught:
        acme_certificate.read(wrong.make()[0])
    assert [one.rule for one in caught.value.errors] == [rule]


def test_acm_06_what_is_no_certificate() -> None:
    good, _ = Alpn(value=VALUE).make()
    for data in (b"", b"\x30\x00", good[:-1], good + b"\0", good[:4]):
        with pytest.raises(
            Malformed, match=r"ends within an element|a length beyond the end|bytes after the end|is not a version 3"
        ):
            acme_certificate.read(data)
    with pytest.raises(TooLarge, match="must have at most 65536 bytes"):
        acme_certificate.read(bytes(pem.MAX_SIZE + 1))


def test_acm_06_no_change_of_an_octet_is_more_than_an_error_of_ours() -> None:
    good, _ = Alpn(value=VALUE).make()
    for place in range(len(good)):
        changed = bytearray(good)
        changed[place] ^= 0xFF
        try:
            acme_certificate.read(bytes(changed))
        except PkiError:
            continue
