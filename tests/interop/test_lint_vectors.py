"""Some hundred certificates, CRLs and OCSP responses by others: no judge falls over, and ours sees what theirs see."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

import cryptography_vectors
import pytest

from pki_manager.x509 import lint
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.asn1.tlv import DerError
from pki_manager.x509.lint import Finding, Severity, pkilint_bridge
from pki_manager.x509.lint.registry import load_certificate_rules
from pki_manager.x509.lint.rule import judge
from tests.judges.services import require, run

ROOT = Path(cryptography_vectors.__file__).parent / "x509"
SOURCES = "RFC5280,RFC5480,RFC8813,RFC5891,RFC6962,RFC3279,Community"
"""ZLint's lints of standards that ours cite too."""

EXCUSED = {
    "e_ext_authority_key_identifier_no_key_identifier": "ZLint verifies the signature to know what is self-signed. "
    "What we judge carries a throwaway one: a self-issued certificate without its issuer's counts as self-signed.",
}
"""Errors of ZLint that no own rule need answer, and why."""

RULES = tuple(replace(rule, since=date.min) for rule in load_certificate_rules())
"""Most vectors are older than the rules."""


@dataclass(frozen=True)
class Vector:
    name: str
    der: bytes


@lru_cache(maxsize=1)
def certificates() -> tuple[Vector, ...]:
    """Every certificate of the vectors, each once."""
    found: dict[bytes, str] = {}
    for path in sorted(ROOT.rglob("*")):
        if path.is_file():
            for der in blocks(path, b"CERTIFICATE", (".der", ".crt", ".cer")):
                found.setdefault(der, str(path.relative_to(ROOT)))
    return tuple(Vector(name, der) for der, name in found.items())


def blocks(path: Path, label: bytes, endings: tuple[str, ...]) -> Iterator[bytes]:
    """The DER in a file: its PEM blocks of that label, or all of it where its name ends so."""
    content = path.read_bytes()
    found = re.findall(rb"-----BEGIN %b-----(.*?)-----END %b-----" % (label, label), content, re.DOTALL)
    for text in found:
        yield base64.b64decode(text)
    if not found and path.suffix in endings and content[:1] == b"\x30":
        yield content


def own(der: bytes) -> list[Finding]:
    try:
        return list(judge(RULES, CertificateView.read(der)))
    except DerError as error:
        return [Finding("certificate.encoding", Severity.ERROR, "", str(error), "")]


def has_error(findings: list[Finding] | tuple[Finding, ...]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)


def zlint_errors(folder: Path) -> list[set[str]]:
    """ZLint's errors for each of `certificates`; `unreadable` where it reads nothing.

    It stops at the first file that it cannot read, so each run goes on behind the one that stopped the last.
    """
    command = [require("zlint"), "-format", "der", "-includeSources", SOURCES]
    paths = []
    for number, vector in enumerate(certificates()):
        paths.append(folder / f"{number:04}.der")
        paths[-1].write_bytes(vector.der)
    answers: list[set[str]] = []
    while len(answers) < len(paths):
        done = run([*command, *paths[len(answers) :]])
        for line in done.stdout.splitlines():
            said = json.loads(line)
            answers.append({name for name, answer in said.items() if answer["result"] in ("error", "fatal")})
        if len(answers) < len(paths):
            answers.append({"unreadable"})
    return answers


def test_there_are_vectors() -> None:
    assert len(certificates()) > 500


def test_no_certificate_makes_a_judge_raise() -> None:
    for vector in certificates():
        for finding in lint.lint_certificate(vector.der, None, full=True, public_tls=True):
            assert finding.rule
            assert finding.message


def test_an_issuer_of_any_kind_makes_no_judge_raise() -> None:
    for issuer in certificates()[::7]:
        lint.lint_certificate(certificates()[0].der, issuer.der, full=True)
        lint.lint_crl(b"\x30\x00", issuer.der, full=False)


@pytest.mark.parametrize("kind", ["crl", "ocsp"])
def test_no_crl_and_no_ocsp_response_makes_a_judge_raise(kind: str) -> None:
    judged = 0
    for path in sorted(ROOT.rglob("*")):
        if path.is_file():
            label, endings = (b"X509 CRL", (".crl",)) if kind == "crl" else (b"OCSP RESPONSE", (".der",))
            for der in blocks(path, label, endings):
                found = lint.lint_crl(der, None, full=True) if kind == "crl" else lint.lint_ocsp(der, full=True)
                assert all(finding.message for finding in found)
                judged += 1
    assert judged > 50


def test_where_zlint_finds_an_error_own_rules_find_one(tmp_path: Path) -> None:
    silent = {
        (vector.name, said)
        for vector, errors in zip(certificates(), zlint_errors(tmp_path), strict=True)
        for said in errors - EXCUSED.keys()
        if not has_error(own(vector.der))
    }
    assert silent == set()


def test_where_pkilint_finds_an_error_own_rules_find_one() -> None:
    silent = {
        (vector.name, finding.rule)
        for vector in certificates()
        for finding in pkilint_bridge.lint_certificate(vector.der)
        if finding.severity is Severity.ERROR and not has_error(own(vector.der))
    }
    assert silent == set()
