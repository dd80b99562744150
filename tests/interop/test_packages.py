"""The release files: the same bytes each time, complete, and installed by their own means up to a first certificate."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.judges.services import require
from tests.services import installation as services
from tests.services.installation import Installation
from tests.support.csrs import make_csr
from tests.support.releases import build_release

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_release(tmp_path_factory.mktemp("release"))


def test_a_release_has_the_same_bytes_when_it_is_built_again(release: Path, tmp_path: Path) -> None:
    again = build_release(tmp_path / "again")
    assert {file.name for file in again.iterdir()} == {file.name for file in release.iterdir()}
    for file in release.iterdir():
        assert file.read_bytes() == (again / file.name).read_bytes(), file.name


def test_the_checksums_are_those_of_every_file(release: Path) -> None:
    listed = (release / "SHA256SUMS").read_text()
    assert {line.split()[1] for line in listed.splitlines()} == {file.name for file in release.iterdir()} - {
        "SHA256SUMS"
    }
    subprocess.run([require("sha256sum"), "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=release, check=True)


def test_the_sbom_and_the_licenses_name_every_component(release: Path) -> None:
    [path] = release.glob("*.cdx.json")
    document = json.loads(path.read_text())
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    purls = {component["purl"] for component in document["components"]}
    assert {purl.partition("@")[0] for purl in purls} >= {"pkg:pypi/cryptography", "pkg:pypi/psycopg", "pkg:npm/react"}
    assert not any("pytest" in purl or "hatchling" in purl for purl in purls), "only what is installed or contained"
    assert {ref for row in document["dependencies"] for ref in row["dependsOn"]} <= purls
    [texts] = release.glob("*.licenses.txt")
    headings = re.findall(r"^={80}\n(\S+) (\S+) \(.+\)$", texts.read_text(), re.MULTILINE)
    named = {f"{name.replace('@', '%40')}@{version}" for name, version in headings}
    assert named == {purl.partition("/")[2] for purl in purls}


def test_the_sdist_and_the_wheel_carry_the_web_ui(release: Path) -> None:
    [wheel] = release.glob("*.whl")
    assert "pki_manager/_web/index.html" in zipfile.ZipFile(wheel).namelist()
    [sdist] = release.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        assert any(name.endswith("/web/dist/index.html") for name in archive.getnames())


def test_enr_19_the_wheel_has_no_test_double(release: Path) -> None:
    [wheel] = release.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"pki_manager"}
    double = re.compile(r"(^|/)(tests?|fakes?|mocks?|stubs?|conftest|test_[^/]*)(\.py)?(/|$)")
    assert [name for name in names if double.search(name)] == []
    assert double.search("pki_manager/fakes/clock.py")


def test_the_release_contains_the_helm_chart_and_the_compose_files(release: Path) -> None:
    [chart] = release.glob("*.tgz")
    options = ("--set", "publicUrl=https://pki.example.test,publicStatusUrl=http://pki.example.test")
    needed = ("--set", "masterKey.existingSecret=master", "--kube-version", "1.30.0")
    rendered = subprocess.run(
        [require("helm"), "template", "pki", chart, *options, *needed], capture_output=True, text=True, check=False
    )
    assert "kind: StatefulSet" in rendered.stdout, rendered.stderr
    with tarfile.open(chart) as archive:
        assert "pki-manager/values-ha.yaml" in archive.getnames()
    assert {file.name for file in release.glob("*.yaml")} == {"compose.yaml", "compose.postgresql.yaml"}


@contextmanager
def program(path: Path) -> Iterator[None]:
    """Let installations run that program."""
    before, services.PKIM = services.PKIM, path
    try:
        yield
    finally:
        services.PKIM = before


def take_to_the_first_certificate(folder: Path, pkim: Path) -> None:
    """From an empty directory to a served certificate that OpenSSL verifies."""
    folder.mkdir()
    with program(pkim):
        installation = Installation(folder, {"PATH": f"{pkim.parent}"})
        made = installation.json("init", "--organization", "Example", "--key-type", "ECDSA-P256", "--yes")
        names = ("--ca", made["issuing"]["name"], "--profile", "tls-server")
        (folder / "www.csr").write_text(make_csr("www.example.com"))
        installation.run("cert", "issue", *names, "--csr", str(folder / "www.csr"), "--out", str(folder / "www.pem"))
        installation.run("ca", "chain", made["issuing"]["name"], "--out", str(folder / "chain.pem"))
        verify = [require("openssl"), "verify", "-CAfile", folder / "chain.pem", folder / "www.pem"]
        assert "OK" in subprocess.run(verify, capture_output=True, text=True, check=True).stdout
    server = services.Server(installation, {}, program=(pkim,))
    try:
        with server.client("none") as client:
            page = client.get(server.management, headers={"Accept": "text/html"})
            assert '<div id="root">' in page.text
    finally:
        server.stop()


@pytest.mark.long
def test_the_wheel_takes_a_fresh_environment_without_node_to_its_first_certificate(
    release: Path, tmp_path: Path
) -> None:
    environment = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True, timeout=120)
    pip = [environment / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"]
    [requirements], [wheel] = release.glob("*.requirements.txt"), release.glob("*.whl")
    subprocess.run([*pip, "--require-hashes", "-r", requirements], check=True, timeout=300)
    subprocess.run([*pip, "--no-deps", wheel], check=True, timeout=120)
    subprocess.run([environment / "bin" / "pip", "check"], check=True, timeout=60)
    take_to_the_first_certificate(tmp_path / "installation", environment / "bin" / "pkim")


@pytest.mark.long
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can install a Debian package")
def test_the_debian_package_is_installed_upgraded_removed_and_purged(tmp_path: Path) -> None:
    """In namespaces of its own, over a copy of this system that is gone afterwards."""
    release, results = build_release(tmp_path / "release", "--debian"), tmp_path / "results"
    results.mkdir()
    [package] = release.glob("*.deb")
    judged = subprocess.run([require("lintian"), "--allow-root", package], capture_output=True, text=True, check=False)
    assert (judged.returncode, judged.stdout) == (0, "")
    script = ROOT / "tests" / "services" / "debian_install.sh"
    subprocess.run([require("bash"), script, package, results], check=True, timeout=600)
    found = {file.name: file.read_text() for file in results.iterdir()}
    assert found["owner.txt"].split() == ["pki-manager", "700"] * 2
    assert found["verify.txt"].endswith("OK\n")
    assert '<div id="root">' in found["page.html"]
    # systemd also reads the units that other packages have installed, and warns of those.
    assert [line for line in found["unit.txt"].splitlines() if "pki-manager" in line] == []
    made, later = json.loads(found["init.json"]), json.loads(found["after-upgrade.json"])
    assert {made["root"]["id"], made["issuing"]["id"]} == {ca["id"] for ca in later["items"]}
    assert found["left.txt"] == ""
