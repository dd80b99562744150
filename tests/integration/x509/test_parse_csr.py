"""Certificate requests that OpenSSL makes are read."""

from __future__ import annotations

import subprocess
from functools import cache

import pytest

from pki_manager.x509 import parse


@cache
def openssl_request(*arguments: str, form: str = "PEM", subject: str = "/C=FR/O=Example/CN=www.example.com") -> bytes:
    command = ["openssl", "req", "-new", "-nodes", "-keyout", "/dev/null", "-subj", subject, "-outform", form]
    return subprocess.run([*command, *arguments], capture_output=True, check=True).stdout


@pytest.mark.parametrize(
    ("arguments", "name", "signature_hash"),
    [
        (("-newkey", "rsa:2048"), "RSA-2048", "sha256"),
        (("-newkey", "rsa:4096", "-sha512"), "RSA-4096", "sha512"),
        (("-newkey", "rsa:2048", "-sigopt", "rsa_padding_mode:pss"), "RSA-2048", "sha256"),
        (("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"), "ECDSA-P256", "sha256"),
        (("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-sha384"), "ECDSA-P384", "sha384"),
        (("-newkey", "ed25519"), "Ed25519", None),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_requests_of_openssl_are_read(arguments: tuple[str, ...], name: str, signature_hash: str | None) -> None:
    facts = parse.parse_csr(
        openssl_request(*arguments, "-addext", "subjectAltName=DNS:WWW.example.com,IP:192.0.2.1,email:a@Example.com")
    )
    assert facts.key.name == name
    assert facts.signature_hash == signature_hash
    assert str(facts.subject) == "CN=www.example.com,O=Example,C=FR"
    assert list(map(str, facts.sans)) == ["DNS:www.example.com", "IP:192.0.2.1", "email:a@example.com"]
    assert facts.requested_extensions == ()


def test_text_that_openssl_puts_before_the_block_is_skipped() -> None:
    assert parse.parse_csr(openssl_request("-newkey", "ed25519", "-text")).key.name == "Ed25519"
