"""A CA that the real `openssl ca` has run, taken over by the real program, and what OpenSSL says of it afterwards."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography import x509

from pki_manager.x509 import crl
from tests.services.installation import Installation, Server, administrator_token
from tests.services.openssl_ca import OpensslCa
from tests.support.csrs import make_csr

SECRET = "sesame, open"
HOSTS = 300


@dataclass
class Old:
    """`made` are the files of what it has issued, by what became of them."""

    ca: OpensslCa
    made: dict[str, Path]
    rest: list[Path]
    crl: Path

    def arguments(self, folder: Path, name: str = "Old CA") -> list[str]:
        (folder / "passphrase").write_text(f"{SECRET}\n")
        ca = self.ca
        return [
            *("ca", "import", "--name", name, "--certificate", str(ca.certificate), "--crl", str(self.crl)),
            *("--key", str(ca.key), "--passphrase-file", str(folder / "passphrase"), "--profile", "tls-server"),
            *("--index", str(ca.index), "--certificates", str(ca.newcerts), "--serial", str(ca.folder / "serial")),
        ]


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Old:
    """Several hundred certificates; some revoked in each of the ways that `openssl ca` has, one since its last CRL."""
    ca = OpensslCa(tmp_path_factory.mktemp("old") / "ca", passphrase=SECRET)
    files = ca.issue([f"h{at}.example.com" for at in range(HOSTS)])
    made = dict(zip(("compromised", "superseded", "held", "since", "plain", "late"), files, strict=False))
    ca.revoke(made["compromised"], "-crl_reason", "keyCompromise")
    ca.revoke(made["superseded"], "-crl_reason", "superseded")
    ca.revoke(made["held"], "-crl_hold", "holdInstructionReject")
    ca.revoke(made["since"], "-crl_compromise", "20250101000000Z")
    ca.revoke(made["plain"])
    last = ca.crl()
    ca.revoke(made["late"], "-crl_reason", "CACompromise")
    return Old(ca, made, files[6:], last)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    made = Installation(tmp_path_factory.mktemp("taken-over"))
    made.run("init", "--no-hierarchy")
    return made


@pytest.fixture(scope="module")
def taken(home: Installation, old: Old) -> dict[str, Any]:
    arguments = old.arguments(home.folder)
    report = home.json(*arguments, "--dry-run")
    assert report["ready"]
    assert (report["certificates"], report["revoked"], report["on_hold"], report["faults"]) == (HOSTS, 6, 1, [])
    assert report["status_urls"] == ["http://old.example.com/ca.crl", "http://old.example.com/ocsp"]
    assert "Old CA" not in {one["name"] for one in home.json("ca", "list")["items"]}
    done: dict[str, Any] = home.json(*arguments)
    assert done["state"] == "active"
    return done


@pytest.fixture(scope="module")
def server(home: Installation, taken: dict[str, Any]) -> Iterator[Server]:
    with home.serving() as running:
        yield running


def told(command: list[str | Path]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


def serial(path: Path) -> int:
    return x509.load_pem_x509_certificate(path.read_bytes()).serial_number


def crl_of(server: Server, taken: dict[str, Any], folder: Path) -> Path:
    der = httpx2.get(f"{server.status}/crl/{taken['id']}/k1.crl", timeout=30).raise_for_status().content
    path = folder / "now.crl"
    path.write_bytes(der)
    return path


REASONS = {
    "compromised": "keyCompromise",
    "superseded": "superseded",
    "held": "certificateHold",
    "since": "keyCompromise",
    "plain": None,
    "late": "cACompromise",
}


@pytest.fixture(scope="module")
def published(server: Server, taken: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    with server.client(administrator_token(server.installation)) as api:
        api.post(f"/cas/{taken['id']}/crls").raise_for_status()
    return crl_of(server, taken, tmp_path_factory.mktemp("crl"))


def test_the_crl_has_a_higher_number_and_every_revocation_with_its_reason(old: Old, published: Path) -> None:
    before = x509.load_pem_x509_crl(old.crl.read_bytes())
    now = x509.load_der_x509_crl(published.read_bytes())
    facts = crl.read_crl_facts(published.read_bytes())
    assert facts.number is not None
    assert facts.number > before.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    found = {entry.serial_number: entry for entry in now}
    assert found.keys() == {serial(old.made[name]) for name in REASONS}
    for name, reason in REASONS.items():
        entry = found[serial(old.made[name])]
        reasons = [one.value.reason.value for one in entry.extensions if isinstance(one.value, x509.CRLReason)]
        assert reasons == ([reason] if reason else []), name
    since = found[serial(old.made["since"])].extensions.get_extension_for_class(x509.InvalidityDate).value
    assert since.invalidity_date_utc.year == 2025
    for entry in before:
        assert found[entry.serial_number].revocation_date_utc == entry.revocation_date_utc


def test_openssl_verifies_what_was_issued_before_against_the_new_crl(old: Old, published: Path) -> None:
    pem = published.with_suffix(".pem")
    told(["openssl", "crl", "-inform", "DER", "-in", published, "-out", pem])
    base = ["openssl", "verify", "-crl_check", "-CAfile", old.ca.certificate, "-CRLfile", pem]
    assert "OK" in told([*base, old.rest[0]])
    for name in REASONS:
        assert "certificate revoked" in told([*base, old.made[name]]), name


def test_openssl_asks_the_responder_about_what_was_issued_before(old: Old, server: Server, published: Path) -> None:
    def ask(*which: str | Path) -> str:
        command = ["openssl", "ocsp", "-issuer", old.ca.certificate, "-CAfile", old.ca.certificate]
        return told([*command, "-url", f"{server.status}/ocsp", *which])

    good = ask("-cert", old.rest[0])
    assert "Response verify OK" in good
    assert ": good" in good
    revoked = ask("-cert", old.made["compromised"])
    assert ": revoked" in revoked
    assert "keyCompromise" in revoked
    assert ": unknown" in ask("-serial", "0x77777777")
    held = ask("-cert", old.made["held"])
    assert "certificateHold" in held


def test_the_ca_goes_on_renewing_revoking_and_issuing(
    old: Old, server: Server, taken: dict[str, Any], published: Path, tmp_path: Path
) -> None:
    with server.client(administrator_token(server.installation)) as api:
        renewed = api.post(f"/certificates/{serial(old.rest[1]):x}/renew", json={}).raise_for_status().json()
        assert renewed["profile"] == "tls-server"
        assert int(renewed["serial_number"], 16) >= 1 << 126
        body = {"ca": taken["id"], "profile": "tls-server", "csr": make_csr("new.example.com")}
        issued = api.post("/certificates", json=body).raise_for_status().json()
        revoked = f"{serial(old.rest[2]):x}"
        api.post(f"/certificates/{revoked}/revoke", json={"reason": "superseded"}).raise_for_status()
        api.post(f"/cas/{taken['id']}/crls").raise_for_status()
    now = crl_of(server, taken, tmp_path)
    assert serial(old.rest[2]) in crl.read_crl_facts(now.read_bytes()).serials
    for document in (renewed, issued):
        path = tmp_path / f"{document['id']}.pem"
        path.write_text(document["pem"])
        assert "OK" in told(["openssl", "verify", "-CAfile", old.ca.certificate, path])


def test_a_second_run_finds_the_ca_taken_over(old: Old, home: Installation, taken: dict[str, Any]) -> None:
    faults = home.json(*old.arguments(home.folder), expect=3)["faults"]
    assert [one["rule"] for one in faults] == ["conflict"]
    assert taken["name"] in faults[0]["message"]


def test_a_folder_that_is_not_all_the_cas_is_refused_line_by_line(home: Installation, tmp_path: Path) -> None:
    ca = OpensslCa(tmp_path / "ca", name="Broken", key=("RSA", "2048"))
    files = ca.issue(["a.example.com", "b.example.com", "c.example.com"])
    (same_name,) = OpensslCa(tmp_path / "same", name="Broken").issue(["d.example.com"])
    (stranger,) = OpensslCa(tmp_path / "other").issue(["e.example.com"])
    files[0].write_bytes(same_name.read_bytes())
    files[1].unlink()
    (ca.newcerts / "stray.pem").write_bytes(stranger.read_bytes())
    ca.index.write_text(f"{ca.index.read_text()}X\tnonsense\n")
    arguments = ["ca", "import", "--name", "Broken", "--certificate", str(ca.certificate), "--key", str(ca.key)]
    arguments += ["--index", str(ca.index), "--certificates", str(ca.newcerts)]
    faults = home.json(*arguments, expect=3)["faults"]
    assert {(one["rule"], one["source"]) for one in faults} == {
        ("import.certificate", "index.txt, line 2"),
        ("index.fields", "index.txt, line 4"),
        ("import.issuer", str(ca.newcerts / "stray.pem")),
    }
    faults = home.json(*arguments, "--dry-run", expect=3)["faults"]
    assert ("import.signature", "index.txt, line 1") in {(one["rule"], one["source"]) for one in faults}
    made = home.json(*arguments, "--skip-faulty")
    assert (made["state"], made["certificates"], made["left_out"]) == ("active", 1, 1)


def test_what_was_signed_with_sha_1_is_answered_for(home: Installation, tmp_path: Path) -> None:
    ca = OpensslCa(tmp_path / "ca", name="SHA-1 CA", key=("RSA", "2048"))
    ca.issue(["old.example.com"], "-md", "sha1")
    made = home.json(
        *("ca", "import", "--name", "SHA-1 CA", "--certificate", str(ca.certificate), "--key", str(ca.key)),
        *("--certificates", str(ca.newcerts)),
    )
    assert (made["state"], made["certificates"]) == ("active", 1)


def test_a_ca_whose_key_is_offline_stays_external_with_its_history(home: Installation, tmp_path: Path) -> None:
    ca = OpensslCa(tmp_path / "ca", name="Offline CA")
    ca.issue(["a.example.com"])
    base = ["ca", "import", "--name", "Offline CA", "--certificate", str(ca.certificate)]
    made = home.json(*base, "--index", str(ca.index), "--certificates", str(ca.newcerts))
    assert made["state"] == "external"
    assert len(home.json("cert", "list", "--ca", "Offline CA")["items"]) == 2
    assert home.json(*base, "--key", str(ca.key))["state"] == "active"
