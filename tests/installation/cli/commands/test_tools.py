"""`pkim tools` and the verbs of `pkim cert` that use them, on a real installation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pki_manager.authority.installation.initialize import FirstHierarchy
from pki_manager.bootstrap import initialize
from pki_manager.cli.main import build
from pki_manager.settings import load
from tests.support.csrs import make_csr
from tests.support.odd_objects import ROOT


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tools") / "home"
    initialize(load(path, {}), FirstHierarchy(root_key_type="ECDSA-P256"))
    return path


def pkim(home: Path, *arguments: str, expect: int = 0) -> Any:
    result = CliRunner().invoke(build(arguments), [*arguments, "--home", str(home), "--output", "json"])
    assert result.exit_code == expect, f"{result.exit_code}: {result.stdout} {result.stderr}"
    return json.loads(result.stdout or result.stderr)


@pytest.fixture(scope="module")
def certificate(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    csr = tmp_path_factory.mktemp("csr") / "www.csr"
    csr.write_text(make_csr("www.example.com"))
    return pkim(home, "cert", "issue", "--ca", "Issuing CA", "--profile", "tls-server", "--csr", str(csr))


def test_a_file_is_decoded_pem_or_der(home: Path) -> None:
    for name in ("x509/custom/all_key_usages.pem", "pkcs7/amazon-roots.der"):
        assert pkim(home, "tools", "decode", "--in", str(ROOT / name))["objects"]


def test_a_password_comes_from_a_file(home: Path, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("cryptography\n")
    source = str(ROOT / "pkcs12/cert-key-aes256cbc.p12")
    (closed,) = pkim(home, "tools", "decode", "--in", source)["objects"]
    (opened,) = pkim(home, "tools", "decode", "--in", source, "--password-file", str(tmp_path / "password"))["objects"]
    assert (closed["contents"], len(opened["contents"])) == ([], 2)


def test_lint_exits_3_where_a_rule_is_broken(home: Path, certificate: Any) -> None:
    pkim(home, "tools", "lint", "--in", str(ROOT / "x509/custom/negative_serial.pem"), expect=3)
    (report,) = pkim(home, "cert", "lint", certificate["id"])["objects"]
    assert report["findings"] == []


def test_verify_exits_3_where_there_is_no_path(home: Path, certificate: Any, tmp_path: Path) -> None:
    assert pkim(home, "cert", "verify", certificate["id"], "--name", "DNS:www.example.com")["valid"] is True
    (tmp_path / "leaf.pem").write_text(certificate["pem"])
    leaf = ("tools", "verify", "--in", str(tmp_path / "leaf.pem"))
    assert pkim(home, *leaf)["valid"] is True
    stranger = str(ROOT / "x509/ecdsa_root.pem")
    assert pkim(home, *leaf, "--trust-anchor", stranger, expect=3)["reasons"][0]["code"] == "no_path"
    assert pkim(home, *leaf, "--usage", "emailProtection", expect=3)["valid"] is False


def test_what_is_no_object_is_bad_input(home: Path, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\x00\x01")
    assert pkim(home, "tools", "decode", "--in", str(tmp_path / "x"), expect=2)["code"] == "invalid_input"
    (tmp_path / "x").write_bytes(b"hello")
    assert pkim(home, "tools", "decode", "--in", str(tmp_path / "x"), expect=2)["code"] == "malformed"
