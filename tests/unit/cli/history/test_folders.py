"""Folders of a CA as rows: each certificate once, nothing but certificates, faults by file and line."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pki_manager.cli.history.folders import History, read_history
from pki_manager.domain.errors import InvalidInput
from tests.support.foreign_ca import ForeignCa


def read(folder: Path, ca: ForeignCa, index: str | None = None, next_serial: int | None = None) -> History:
    path = folder / "index.txt"
    if index is not None:
        path.write_text(index)
    issuer = ca.name.public_bytes()
    return read_history(str(path) if index is not None else None, [str(folder)], issuer, "tls-server", next_serial)


def put(path: Path, certificate: x509.Certificate, encoding: Encoding = Encoding.PEM) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(certificate.public_bytes(encoding))
    return path


def index_line(serial: int, state: str = "V", revoked: str = "") -> str:
    return f"{state}\t301231235959Z\t{revoked}\t{serial:02X}\tunknown\t/CN=x\n"


def test_the_same_certificate_in_two_folders_is_one_row(tmp_path: Path) -> None:
    """As EasyRSA keeps them: by name in `issued`, by serial number in `certs_by_serial`."""
    ca = ForeignCa()
    leaf = ca.issue("a.example.com")
    put(tmp_path / "pki" / "issued" / "a.crt", leaf)
    put(tmp_path / "pki" / "certs_by_serial" / "02.pem", leaf)
    put(tmp_path / "pki" / "der" / "b.der", ca.issue("b.example.com"), Encoding.DER)
    (tmp_path / "pki" / "private").mkdir()
    (tmp_path / "pki" / "private" / "ca.pem").write_text(ca.pkcs8())
    found = read(tmp_path, ca)
    assert (len(found.rows), found.faults) == (2, [])
    assert {one["serial_number"] for one in found.rows} == {"02", "03"}
    assert all(one["profile"] == "tls-server" for one in found.rows)
    assert "PRIVATE" not in str(found.rows)


def test_an_index_says_what_has_become_of_each(tmp_path: Path) -> None:
    ca = ForeignCa()
    valid, gone = put(tmp_path / "a.pem", ca.issue("a.example.com")), ca.issue("b.example.com")
    put(tmp_path / "b.pem", gone)
    index = index_line(2) + index_line(3, "R", "260101000000Z,superseded") + index_line(4, "E")
    index += index_line(5, "R", "260101000000Z")
    found = read(tmp_path, ca, index)
    assert found.faults == []
    assert found.gone == 1
    first, second, third = found.rows
    assert (
        first["certificate"]
        == base64.b64encode(x509.load_pem_x509_certificate(valid.read_bytes()).public_bytes(Encoding.DER)).decode()
    )
    assert (second["reason"], second["revoked_at"], "certificate" in second) == (
        "superseded",
        "2026-01-01T00:00:00Z",
        True,
    )
    assert (third["serial_number"], third["expires_at"], "certificate" in third) == (
        "05",
        "2030-12-31T23:59:59Z",
        False,
    )
    assert third["reference"] == "index.txt, line 4"


def test_faults_are_told_by_file_and_line(tmp_path: Path) -> None:
    ca, other = ForeignCa(), ForeignCa("Other")
    put(tmp_path / "strange.pem", other.issue("a.example.com"))
    put(tmp_path / "one.pem", ca.issue("one.example.com", serial=9))
    put(tmp_path / "two.pem", ca.issue("two.example.com", serial=9))
    (tmp_path / "torn.der").write_bytes(b"\x30\x82\x01")
    (tmp_path / "bad.pem").write_text("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n")
    found = read(tmp_path, ca, index_line(9) + index_line(9) + index_line(8) + "junk\n", next_serial=9)
    assert {(Path(one.source).name, one.rule) for one in found.faults} == {
        ("strange.pem", "import.issuer"),
        ("two.pem", "import.repeated"),
        ("torn.der", "der.length"),
        ("bad.pem", "pem.base64"),
        ("index.txt, line 2", "import.repeated"),
        ("index.txt, line 3", "import.certificate"),
        ("index.txt, line 4", "index.fields"),
        ("--serial", "import.next_serial"),
    }
    assert len(found.rows) == 1


def test_files_with_the_chain_as_certbot_and_step_write_them_are_no_fault(tmp_path: Path) -> None:
    """The CA's own certificate, the one above it and the root count as nothing, in whatever file they are."""
    root = ForeignCa("Chain Root CA")
    upper = ForeignCa("Chain Upper CA", parent=root)
    own = ForeignCa("Chain Own CA", parent=upper)
    bundle = [own.issue("www.example.com"), own.certificate, upper.certificate, root.certificate]
    (tmp_path / "fullchain.pem").write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in bundle))
    put(tmp_path / "intermediate.pem", own.certificate)
    found = read(tmp_path, own)
    assert [row["reference"] for row in found.rows] == [str(tmp_path / "fullchain.pem")]
    assert found.faults == []
    stranger = [root.issue("stranger.example.com"), root.certificate]
    (tmp_path / "stranger.pem").write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in stranger))
    assert [(fault.source, fault.rule) for fault in read(tmp_path, own).faults] == [
        (str(tmp_path / "stranger.pem"), "import.issuer"),
        (f"{tmp_path / 'stranger.pem'}, certificate 2", "import.issuer"),
    ]


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="--certificates: is not a directory"):
        read_history(None, [str(tmp_path / "none")], b"", None, None)
