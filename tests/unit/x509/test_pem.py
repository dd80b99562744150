"""PEM in and out."""

from __future__ import annotations

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pki_manager.domain.errors import InvalidInput, Malformed, TooLarge
from pki_manager.x509 import pem

LABEL = "CERTIFICATE REQUEST"
BLOCK = pem.write(LABEL, b"\x30\x03\x02\x01\x05")


def rule_of(call: object, kind: type[InvalidInput] = Malformed) -> str:
    with pytest.raises(kind) as caught:
        call()
    (error,) = caught.value.errors
    assert error.field == "csr"
    return error.rule


@given(st.binary(min_size=1, max_size=500))
def test_pem_round_trips(der: bytes) -> None:
    text = pem.write(LABEL, der)
    assert all(len(line) <= 64 for line in text.splitlines())
    assert pem.read_one(text, [LABEL], "csr") == der
    assert pem.read_one(text.encode().replace(b"\n", b"\r\n"), [LABEL], "csr") == der
    assert pem.read_many(text * 3, LABEL, "csr") == (der,) * 3


def test_der_pem_and_base64_are_told_apart() -> None:
    der = b"\x30\x03\x02\x01\x05"
    bare = base64.b64encode(der)
    for data in (der, BLOCK, BLOCK.encode(), bare, bare.decode(), bare[:3] + b"\n" + bare[3:]):
        assert pem.read(data, [LABEL], "csr") == der


def test_the_old_label_of_a_request_is_read() -> None:
    assert pem.read(pem.write("NEW CERTIFICATE REQUEST", b"x"), pem.CSR_LABELS, "csr") == b"x"


def test_explanatory_text_may_stand_before_the_block() -> None:
    text = "Certificate Request:\n    Subject: CN = Éric\n" + BLOCK + "\n \n"
    assert pem.read_one(text.encode(), [LABEL], "csr") == b"\x30\x03\x02\x01\x05"


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("pem.block", ""),
        ("pem.block", "-----BEGIN CERTIFICATE REQUEST-----\nMAMC\n-----END CERTIFICATE-----\n"),
        ("pem.block", BLOCK.replace("-----END", "----END")),
        ("pem.label", BLOCK.replace(LABEL, "PRIVATE KEY")),
        ("pem.label", BLOCK.replace(LABEL, "CERTIFICATE")),
        ("pem.single", BLOCK + BLOCK),  # KEY-14
        ("pem.single", BLOCK + "trailing"),
        ("pem.single", "-----BEGIN X-----\n" + BLOCK),
        ("pem.base64", "-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----"),
        ("pem.base64", BLOCK.replace("MAMC", "MA*C")),
        ("pem.base64", BLOCK.replace("MAMC", "MAM")),
        ("pem.base64", BLOCK.replace("MAMC", "MAMC=")),
    ],
)
def test_key_14_anything_but_exactly_one_block_is_refused_by_name(rule: str, text: str) -> None:
    assert rule_of(lambda: pem.read_one(text, [LABEL], "csr")) == rule
    assert rule_of(lambda: pem.read_one(text.encode(), [LABEL], "csr")) == rule


@pytest.mark.parametrize("data", [b"", "", b"\xff\xfe\x00", "not base64!", "Zürich", b"\0" * 100, "  \n"])
def test_what_is_neither_der_nor_text_is_refused(data: bytes | str) -> None:
    assert rule_of(lambda: pem.read(data, [LABEL], "csr")).startswith("pem.")


def test_size_is_looked_at_first() -> None:
    for call in (
        lambda: pem.read(b"\x30" * (pem.MAX_SIZE + 1), [LABEL], "csr"),
        lambda: pem.read_one("x" * (pem.MAX_SIZE + 1), [LABEL], "csr"),
        lambda: pem.read_many("x" * 101, LABEL, "csr", max_size=100),
    ):
        assert rule_of(call, TooLarge) == "size"


def test_a_chain_has_one_label_and_a_bounded_length() -> None:
    other = pem.write("PRIVATE KEY", b"x")
    assert pem.read_many(f"# leaf\n{BLOCK}# root\n{BLOCK}", LABEL, "csr") == (b"\x30\x03\x02\x01\x05",) * 2
    assert rule_of(lambda: pem.read_many(BLOCK + other, LABEL, "csr")) == "pem.label"
    assert rule_of(lambda: pem.read_many("no block", LABEL, "csr")) == "pem.block"
    assert rule_of(lambda: pem.read_many(BLOCK + "-----BEGIN X-----", LABEL, "csr")) == "pem.block"
    assert rule_of(lambda: pem.read_many(BLOCK * 33, LABEL, "csr"), TooLarge) == "pem.blocks"


@pytest.mark.parametrize("text", ["-----BEGIN A-----" * 60_000, "-----BEGIN " * 90_000, "-" * 1_000_000])
def test_hostile_text_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="csr: has no PEM block"):
        pem.read_one(text, [LABEL], "csr", max_size=1 << 21)
    with pytest.raises(Malformed, match="csr: is not a series of PEM blocks"):
        pem.read_many(text, LABEL, "csr", max_size=1 << 21)


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_random_input_raises_nothing_but_our_errors(data: str | bytes) -> None:
    with contextlib.suppress(InvalidInput):
        pem.read(data, [LABEL], "csr")
