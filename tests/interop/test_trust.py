"""A root certificate reaches other machines: by the trust page, by curl and OpenSSL, and by `pkim trust`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import urllib.request
from collections.abc import Iterator, Sequence
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from pki_manager.cli.trust_stores import JavaStore, NssStore, SystemStore, TrustStore, find_nss_stores
from pki_manager.x509 import pem
from tests.services.installation import PKIM, Installation, Server

OTHER = "00" * 32


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    found = Installation(tmp_path_factory.mktemp("trust"))
    found.run("init", "--yes", "--local", "--key-type", "ECDSA-P256")
    return found


@pytest.fixture(scope="module")
def server(installation: Installation) -> Iterator[Server]:
    with installation.serving() as running:
        yield running


@pytest.fixture(scope="module")
def fingerprint(installation: Installation) -> str:
    found: str = installation.json("ca", "show", "Root CA")["keys"][0]["certificates"][0]["pem"]
    return sha256(pem.read_one(found, [pem.CERTIFICATE], "pem")).hexdigest()


@pytest.fixture(scope="module")
def root(installation: Installation, server: Server, fingerprint: str) -> Path:
    path = installation.folder / "root.pem"
    installation.run("trust", "fetch", "--url", server.status, "--fingerprint", fingerprint, "--out", str(path))
    return path


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=20) as answer:
        body: bytes = answer.read()
        return body.decode()


def pkim(folder: Path, *arguments: str, expect: int = 0, prefix: tuple[str, ...] = ()) -> Any:
    """Run pkim on a machine without an installation."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "PKIM_HOME": str(folder / "none")}
    done = subprocess.run(
        [*prefix, PKIM, *arguments, "--output", "json"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == expect, f"{done.returncode}: {done.stdout} {done.stderr}"
    return json.loads(done.stdout if expect in (0, 4) and done.stdout else done.stderr)


def test_the_fetched_root_verifies_the_server(server: Server, root: Path) -> None:
    done = subprocess.run(
        ["curl", "-sS", "--cacert", root, f"{server.tls}/healthz"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_fetch_shows_the_fingerprint_as_the_page_does(server: Server, fingerprint: str, tmp_path: Path) -> None:
    assert get(f"{server.status}/fingerprint").strip() == fingerprint
    shown = pkim(
        tmp_path, "trust", "fetch", "--url", server.status, "--fingerprint", fingerprint, "--out", str(tmp_path / "r")
    )
    page = get(f"{server.status}/")
    assert shown["fingerprint_sha256"] == fingerprint
    assert shown["words"] in page
    assert shown["groups"] in page


@pytest.mark.parametrize(
    ("expected", "code", "says"),
    [
        (OTHER, 3, "Nothing was written"),
        ("00" * 20, 2, "this one is SHA-1"),
        ("nonsense", 2, "64 hexadecimal digits"),
    ],
)
def test_another_fingerprint_writes_nothing(
    server: Server, tmp_path: Path, expected: str, code: int, says: str
) -> None:
    out = tmp_path / "root.pem"
    refused = pkim(
        tmp_path,
        "trust", "fetch", "--url", server.status, "--fingerprint", expected, "--out", str(out),
        expect=code,
    )  # fmt: skip
    assert says in refused["detail"]
    assert not out.exists()


def test_what_is_no_status_listener_is_named(server: Server, fingerprint: str, tmp_path: Path) -> None:
    for url, code in ((server.management, 4), ("http://127.0.0.1:1", 7), ("ftp://x", 2)):
        common = ("--fingerprint", fingerprint, "--out", str(tmp_path / "root.pem"))
        detail = pkim(tmp_path, "trust", "fetch", "--url", url, *common, expect=code)["detail"]
        assert url.removeprefix("http://") in detail
    assert not (tmp_path / "root.pem").exists()


def test_the_commands_of_the_page_write_the_root_only_if_the_fingerprint_matches(
    server: Server, root: Path, fingerprint: str, tmp_path: Path
) -> None:
    page = unescape(get(f"{server.status}/"))
    commands = re.search(r"<summary>Download and verify.*?<pre[^>]*>(.*?)</pre>", page, re.DOTALL)
    assert commands is not None
    subprocess.run(["sh", "-ec", commands[1]], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "root.pem").read_text() == root.read_text()
    (tmp_path / "root.pem").unlink()
    wrong = commands[1].replace(f'"{fingerprint}  ', f'"{OTHER}  ')
    assert subprocess.run(["sh", "-ec", wrong], cwd=tmp_path, check=False, capture_output=True).returncode != 0
    assert not (tmp_path / "root.pem").exists()


def systems(folder: Path) -> TrustStore:
    anchors, trusted = folder / "anchors", folder / "certs"
    anchors.mkdir()
    trusted.mkdir()
    hooks = folder / "hooks"
    hooks.mkdir()
    options = ("--localcertsdir", str(anchors), "--etccertsdir", str(trusted), "--hooksdir", str(hooks))
    return SystemStore("system", anchors, ("update-ca-certificates", *options))


def java(folder: Path) -> TrustStore:
    return JavaStore("java", ("-keystore", str(folder / "cacerts"), "-storepass", "changeit"))


STORES = {"system": systems, "nss": lambda folder: NssStore("nss", folder / "nssdb"), "java": java}


@pytest.mark.parametrize("kind", STORES)
def test_a_root_is_installed_once_and_removed_by_the_tools_of_the_store(kind: str, root: Path, tmp_path: Path) -> None:
    store = STORES[kind](tmp_path)
    text = root.read_text()
    fingerprint = sha256(pem.read_one(text, [pem.CERTIFICATE], "root")).digest()
    assert not store.contains(fingerprint)
    store.remove(fingerprint)
    for _ in range(2):
        store.add(text, fingerprint)
        assert store.contains(fingerprint)
    store.remove(fingerprint)
    assert not store.contains(fingerprint)


def test_debian_trusts_what_was_installed_until_it_is_removed(server: Server, root: Path, tmp_path: Path) -> None:
    store = systems(tmp_path)
    text = root.read_text()
    fingerprint = sha256(pem.read_one(text, [pem.CERTIFICATE], "root")).digest()
    call = ["curl", "-sS", "--capath", tmp_path / "certs", "--cacert", "/dev/null", f"{server.tls}/healthz"]
    assert subprocess.run(call, capture_output=True, check=False).returncode != 0
    store.add(text, fingerprint)
    bundle = tmp_path / "certs" / "ca-certificates.crt"
    assert text.strip() in bundle.read_text()
    trusted = ["curl", "-sS", "--cacert", bundle, f"{server.tls}/healthz"]
    assert subprocess.run(trusted, capture_output=True, check=False).returncode == 0
    store.remove(fingerprint)
    assert subprocess.run(trusted, capture_output=True, check=False).returncode != 0


def test_the_commands_work_on_the_stores_of_a_user(root: Path, tmp_path: Path) -> None:
    assert pkim(tmp_path, "trust", "status", str(root), "--store", "nss", expect=4)["stores"][0]["installed"] is False
    installed = pkim(tmp_path, "trust", "install", str(root), "--store", "nss")
    assert installed["stores"] == [{"store": "nss (Chromium)", "installed": True}]
    fingerprint = installed["fingerprint_sha256"]
    assert pkim(tmp_path, "trust", "status", "--fingerprint", fingerprint, "--store", "nss")["stores"][0]["installed"]
    removed = pkim(tmp_path, "trust", "uninstall", "--fingerprint", fingerprint, "--store", "nss")
    assert removed["stores"][0]["installed"] is False


def test_install_downloads_and_verifies_without_a_file(server: Server, fingerprint: str, tmp_path: Path) -> None:
    common = ("trust", "install", "--url", server.status, "--store", "nss")
    assert pkim(tmp_path, *common, "--fingerprint", fingerprint)["stores"][0]["installed"] is True
    pkim(tmp_path, *common, "--fingerprint", OTHER, expect=3)


def test_firefox_profiles_are_found(tmp_path: Path) -> None:
    profile = tmp_path / ".mozilla" / "firefox" / "abc.default"
    profile.mkdir(parents=True)
    (profile / "cert9.db").touch()
    assert [store.name for store in find_nss_stores(tmp_path)] == ["nss (Chromium)", "nss (Firefox abc.default)"]


def test_a_certificate_that_is_no_root_is_not_installed(installation: Installation, tmp_path: Path) -> None:
    issuing = installation.json("ca", "show", "Issuing CA")["keys"][0]["certificates"][0]["pem"]
    path = tmp_path / "issuing.pem"
    path.write_text(issuing)
    assert "is not a root" in pkim(tmp_path, "trust", "install", str(path), "--store", "nss", expect=3)["detail"]
    assert not (tmp_path / ".pki").exists()


def require_mount_namespace() -> Sequence[str]:
    """Return the words that run a command in a mount namespace. Skips the test where none is allowed."""
    words = ("unshare", "--mount", "--map-root-user")
    if subprocess.run([*words, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine allows no mount namespaces")
    return words


def test_pkim_changes_the_stores_of_the_machine(root: Path, server: Server, tmp_path: Path) -> None:
    """In a mount namespace of its own, on copies of the folders of this machine."""
    namespace = require_mount_namespace()
    script = """
        for folder in /etc/ssl/certs /usr/local/share/ca-certificates; do
            copy=$(mktemp -d "$1/XXXXXX"); cp -a $folder/. $copy/; mount --bind $copy $folder
        done
        pkim=$2 root=$3 url=$4
        ! curl -sS $url || exit 11
        $pkim trust install $root --store system || exit 12
        curl -sSf $url || exit 13
        $pkim trust uninstall $root --store system || exit 14
        ! curl -sS $url || exit 15
    """
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run(
        [*namespace, "sh", "-c", script, "sh", tmp_path, PKIM, root, f"{server.tls}/healthz"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.returncode}: {done.stdout} {done.stderr}"


@pytest.mark.parametrize("folder", ["/usr/local", "/etc"])
def test_a_read_only_file_system_is_named_with_what_to_do_and_nothing_is_half_installed(
    folder: str, root: Path, tmp_path: Path
) -> None:
    namespace = require_mount_namespace()
    script = """
        copy=$(mktemp -d "$1/XXXXXX"); mount --bind $copy /usr/local/share/ca-certificates
        mount --bind $2 $2; mount -o remount,bind,ro $2
        if [ $2 = /usr/local ]; then mount -o remount,bind,ro /usr/local/share/ca-certificates; fi
        $3 trust install $4 --store system
        echo "exit $?"
        ls $copy
    """
    done = subprocess.run(
        [*namespace, "sh", "-c", script, "sh", tmp_path, folder, PKIM, root],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == "exit 5\n", f"{done.stdout} {done.stderr}"
    assert "Read-only file system" in done.stderr
    assert "where the image of this machine is built" in done.stderr
    assert "as root" not in done.stderr
