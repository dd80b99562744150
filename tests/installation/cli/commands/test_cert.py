"""What happens to certificates, by commands: made, shown, exported, renewed, held, revoked."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, pkcs12

from tests.installation.cli.program import Pkim, issue
from tests.support.csrs import make_csr


@pytest.fixture
def passphrase_file(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase"
    path.write_text("correct horse battery\n")
    return path


MADE = ("cert", "issue", "--ca", "Issuing CA", "--profile", "tls-server", "--san", "DNS:made.example.com")


def test_a_made_key_is_written_for_its_owner_only_and_never_shown(
    pkim: Pkim, tmp_path: Path, passphrase_file: Path
) -> None:
    out = tmp_path / "made.p12"
    arguments = (*MADE, "--key-type", "ECDSA-P256", "--p12", str(out), "--passphrase-file", str(passphrase_file))
    made = pkim.json(*arguments)
    assert "private_key" not in made
    assert out.stat().st_mode & 0o777 == 0o600
    held = pkcs12.load_pkcs12(out.read_bytes(), b"correct horse battery")
    assert held.cert is not None
    assert held.cert.certificate == x509.load_pem_x509_certificate(made["pem"].encode())
    assert pkim.failure(*arguments, expect=2)["errors"][0]["field"] == "--p12"
    key = tmp_path / "rekeyed.pem"
    new = pkim.json(
        "cert",
        "rekey",
        made["id"],
        "--key-type",
        "Ed25519",
        "--key",
        str(key),
        "--passphrase-file",
        str(passphrase_file),
    )
    assert (new["renews"], new["key_type"]) == (made["id"], "Ed25519")
    assert key.read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert key.stat().st_mode & 0o777 == 0o600


def test_no_file_is_left_where_no_key_came(pkim: Pkim, tmp_path: Path, passphrase_file: Path) -> None:
    out = tmp_path / "made.p12"
    more = ("--p12", str(out), "--passphrase-file", str(passphrase_file))
    pkim.failure(*MADE, "--key-type", "ECDSA-P256", *more, "--san", "DNS:bad_name", expect=3)
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ((), "--csr"),
        (("--csr", "-", "--key-type", "ECDSA-P256"), "--csr"),
        (("--key-type", "ECDSA-P256"), "--key-type"),
        (("--key-type", "ECDSA-P256", "--p12", "made.p12"), "--key-type"),
        (("--key-type", "ECDSA-P256", "--p12", "-", "--passphrase-file", "PASSPHRASE"), "--p12"),
        (("--csr", "-", "--p12", "made.p12"), "--key-type"),
    ],
)
def test_one_key_is_named_and_has_a_place(
    local: Pkim, passphrase_file: Path, arguments: tuple[str, ...], field: str
) -> None:
    given = [str(passphrase_file) if argument == "PASSPHRASE" else argument for argument in arguments]
    assert local.failure(*MADE, *given, expect=2)["errors"][0]["field"] == field


def test_a_certificate_is_held_released_and_revoked_by_its_key(pkim: Pkim, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    request = tmp_path / "own.csr"
    request.write_text(make_csr("own.example.com", key=key))
    made = issue(pkim, request)
    assert pkim.json("cert", "hold", made["id"])["state"] == "held"
    assert pkim.json("cert", "release", made["id"])["state"] == "valid"
    pkim.run("cert", "release", made["id"], expect=6)
    public = tmp_path / "key.pem"
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    revoked = pkim.json("cert", "revoke", "--key", str(public), "--reason", "keyCompromise")
    assert [(one["id"], one["state"]) for one in revoked["certificates"]] == [(made["id"], "revoked")]
    pkim.run("cert", "delete", made["id"], expect=6)
    assert pkim.failure("cert", "revoke", expect=2)["errors"][0]["field"] == "--key"


def test_a_ca_goes_through_its_states(pkim: Pkim) -> None:
    made = pkim.json("ca", "create", "--name", f"CA {uuid4()}", "--subject", f"CN=CA {uuid4()}", "--parent", "Root CA")
    for verb, state in (("suspend", "suspended"), ("resume", "active"), ("retire", "retired"), ("revoke", "revoked")):
        assert pkim.json("ca", verb, made["id"])["state"] == state
    pkim.run("ca", "resume", made["id"], expect=6)


def test_rev_16_a_certificate_is_shown_by_its_serial_in_any_notation(pkim: Pkim, csr: Path) -> None:
    made = issue(pkim, csr)
    serial = made["serial_number"]
    colons = ":".join(serial[start : start + 2] for start in range(0, len(serial), 2))
    for text in (serial, serial.upper(), colons, colons.upper(), f"0x{serial}", f"00{serial}", str(int(serial, 16))):
        assert pkim.json("cert", "show", text)["id"] == made["id"], text
        assert [one["id"] for one in pkim.json("cert", "list", "--query", text)["items"]] == [made["id"]], text


def test_a_certificate_is_renewed(pkim: Pkim, csr: Path, tmp_path: Path) -> None:
    old, out = issue(pkim, csr), tmp_path / "new.pem"
    new = pkim.json("cert", "renew", old["id"], "--validity", "P5D", "--out", str(out))
    assert out.read_text() == new["pem"] != old["pem"]
    assert new["renews"] == old["id"]
    assert pkim.json("cert", "show", old["id"])["renewed_by"] == new["id"]


def test_a_certificate_is_issued_shown_found_and_exported(pkim: Pkim, csr: Path, tmp_path: Path) -> None:
    out = tmp_path / "www.pem"
    made = issue(
        pkim, csr, "--san", "DNS:www.example.com", "--san", "IP:192.0.2.1", "--validity", "P5D", "--out", str(out)
    )
    assert out.read_text() == made["pem"]
    assert set(made["sans"]) == {"DNS:www.example.com", "IP:192.0.2.1"}
    assert pkim.json("cert", "show", made["id"]) == made
    listed = pkim.json("cert", "list", "--query", made["serial_number"], "--status", "valid", "--ca", "Issuing CA")
    assert listed == {"items": [made], "next_cursor": None}
    chain = pkim.run("cert", "export", made["id"], "--format", "chain").stdout_bytes
    assert len(x509.load_pem_x509_certificates(chain)) == 3
    der = pkim.run("cert", "export", made["id"], "--format", "der", "--out", "-").stdout_bytes
    assert x509.load_der_x509_certificate(der) == x509.load_pem_x509_certificate(made["pem"].encode())


def test_a_request_is_read_from_stdin_pem_or_der(local: Pkim) -> None:
    pem = make_csr("stdin.example.com")
    der = x509.load_pem_x509_csr(pem.encode()).public_bytes(Encoding.DER)
    for content in (pem, der):
        made = local.json("cert", "issue", "--ca", "Issuing CA", "--profile", "tls-server", "--csr", "-", stdin=content)
        assert made["subject"] == "CN=stdin.example.com"


def test_out_to_stdout_is_the_file_and_nothing_else(local: Pkim, csr: Path) -> None:
    arguments = ("cert", "issue", "--ca", "Issuing CA", "--profile", "tls-server", "--csr", str(csr), "--out", "-")
    assert len(x509.load_pem_x509_certificates(local.run(*arguments).stdout_bytes)) == 1


def test_exact_ends_are_an_interval(local: Pkim, csr: Path) -> None:
    now = x509.load_pem_x509_certificate(issue(local, csr)["pem"].encode()).not_valid_before_utc
    start, end = now.strftime("%Y-%m-%dT%H:%M:%SZ"), now.replace(year=now.year + 1).strftime("%Y-%m-%dT%H:%M:%SZ")
    made = issue(local, csr, "--validity", f"{start}/{end}")
    assert (made["not_before"], made["not_after"]) == (start, end)


def test_bulk_follows_a_file_to_its_end(local: Pkim, tmp_path: Path) -> None:
    """Without a server the command does the work itself."""
    names = [f"{uuid4().hex[:8]}.example.com" for _ in range(3)]
    source, archive = tmp_path / "rows.csv", tmp_path / "certificates.zip"
    source.write_text("csr,reference\n" + "".join(f'"{make_csr(name)}",{name}\n' for name in names))
    defaults = ("--ca", "Issuing CA", "--profile", "tls-server")
    job = local.json("cert", "bulk", "issue", "--in", str(source), *defaults, "--out", str(archive))
    assert (job["state"], job["rows"]["done"]) == ("done", 3)
    assert len(zipfile.ZipFile(archive).namelist()) == 3
    rows = local.json("job", "rows", job["id"])["items"]
    assert [row["reference"] for row in rows] == names
    revoke = "\n".join(json.dumps({"certificate": row["certificate"], "reason": "superseded"}) for row in rows)
    assert local.json("cert", "bulk", "revoke", "--in", "-", stdin=revoke)["rows"]["done"] == 3


def test_bulk_with_a_row_that_is_refused_exits_3(local: Pkim, tmp_path: Path) -> None:
    source = tmp_path / "rows.csv"
    source.write_text(f'csr\n"{make_csr("bad_name")}"\n')
    arguments = ("cert", "bulk", "issue", "--in", str(source), "--ca", "Issuing CA", "--profile", "tls-server")
    told = local.run(*arguments, expect=3).stdout
    assert "1 of 1 rows would be refused; nothing was done" in told
    waiting = local.run(*arguments, "--no-wait", expect=8).stdout
    assert "queued" in waiting
    local.failure(*arguments, "--no-wait", "--out", str(tmp_path / "x.zip"), expect=2)
