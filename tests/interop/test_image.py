"""The container image: from an empty volume to a first certificate without privileges, and the same bytes each time."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pki_manager import __version__
from tests.judges.services import require
from tests.services.podman import (
    RESTRICTIONS,
    Podman,
    load_image,
    podman,
    run_with_podman,
    wait_until_healthy,
)
from tests.support.csrs import make_csr
from tests.support.releases import build_image, get_shared_image

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can build an image")
ROOT = Path(__file__).parents[2]
SHELL_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HOST = "pki.example.test"
VOLUME = ("--volume", "pki:/var/lib/pki-manager")
NETWORK = ("--network", "none", "--add-host", f"{HOST}:127.0.0.1")
OPTIONS = (*NETWORK, *RESTRICTIONS, *VOLUME)
USER = "10001"


@pytest.fixture
def engine() -> Iterator[Podman]:
    with podman() as engine:
        yield engine


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return get_shared_image(tmp_path_factory)


def read_status(process: int) -> dict[str, list[str]]:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return {name: values.split() for name, _, values in (line.partition(":") for line in lines)}


def verify(folder: Path, chain: str, certificate: str) -> str:
    (folder / "chain.pem").write_text(chain)
    (folder / "www.pem").write_text(certificate)
    command = [require("openssl"), "verify", "-CAfile", folder / "chain.pem", folder / "www.pem"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def load_page(process: int, url: str, folder: Path) -> str:
    """A page as a browser on the network of the container loads it, with the chain as its only trust anchor."""
    curl = [require("curl"), "-sSf", "--cacert", folder / "chain.pem", "-H", "Accept: text/html", url]
    command = [require("nsenter"), "--target", str(process), "--net", *curl, "--connect-to", "::127.0.0.1:"]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


@needs_root
def test_an_image_takes_an_empty_volume_to_a_certificate_and_keeps_it(
    engine: Podman, archive: Path, tmp_path: Path
) -> None:
    image = load_image(engine, archive)
    choices = ("--organization", "Example", "--host", HOST, "--key-type", "ECDSA-P256", "--yes", "--output", "json")
    made = json.loads(engine.run("run", "--rm", *OPTIONS, image, "init", *choices))
    assert (made["is_new"], made["urls"]["status"]) == (True, f"http://{HOST}:8081")

    engine.run("run", "--detach", "--name", "pki", *OPTIONS, image)
    wait_until_healthy(engine, "pki")
    issue = ("cert", "issue", "--ca", made["issuing"]["name"], "--profile", "tls-server", "--csr", "-", "--out", "-")
    certificate = engine.run("exec", "--interactive", "pki", "pkim", *issue, text=make_csr("www.example.test"))
    chain = engine.run("exec", "pki", "pkim", "ca", "chain", made["issuing"]["name"], "--out", "-")
    assert "OK" in verify(tmp_path, chain, certificate)

    process = engine.inspect("pki")["State"]["Pid"]
    assert '<div id="root">' in load_page(process, f"https://{HOST}:8443/", tmp_path)
    assert "fingerprint" in load_page(process, f"http://{HOST}:8081/", tmp_path).lower()
    status = read_status(process)
    assert (set(status["Uid"]), set(status["Gid"])) == ({USER}, {USER})
    assert (int(status["CapEff"][0], 16), status["NoNewPrivs"]) == (0, ["1"])
    write = "open('/usr/lib/pki-manager/written', 'w')"
    refused = engine.call("exec", "--user", "0", "pki", "python3.11", "-c", write)
    assert "Read-only file system" in refused.stderr
    engine.run("exec", "pki", "pkim", "selfcheck")

    engine.run("stop", "--time", "15", "pki")
    assert engine.inspect("pki")["State"]["ExitCode"] == 0
    engine.run("rm", "pki")
    engine.run("run", "--detach", "--name", "pki", *OPTIONS, image)
    wait_until_healthy(engine, "pki")
    listed = engine.run("exec", "pki", "pkim", "cert", "list", "--output", "json")
    assert "CN=www.example.test" in {row["subject"] for row in json.loads(listed)["items"]}
    assert "yes" in engine.run("exec", "pki", "pkim", "audit", "verify")


@needs_root
@pytest.mark.long
def test_an_image_has_the_same_bytes_when_it_is_built_again(archive: Path, tmp_path: Path) -> None:
    again = build_image(tmp_path / "again").parent
    for file in archive.parent.iterdir():
        assert file.read_bytes() == (again / file.name).read_bytes(), file.name


@needs_root
def test_the_sbom_and_the_labels_of_an_image_name_what_it_contains(engine: Podman, archive: Path) -> None:
    [path] = archive.parent.glob("*.oci.cdx.json")
    purls = {component["purl"].partition("@")[0] for component in json.loads(path.read_text())["components"]}
    assert purls >= {"pkg:pypi/cryptography", "pkg:npm/react", "pkg:deb/debian/openssl", "pkg:deb/debian/libc6"}
    labels = engine.inspect(load_image(engine, archive))["Labels"]
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert labels["org.opencontainers.image.version"] == __version__


@needs_root
def test_the_commands_of_the_page_about_containers_work(archive: Path, tmp_path: Path) -> None:
    """In a network namespace with published ports. They end with a certificate that OpenSSL verifies."""
    page = (ROOT / "docs/how-to/run-in-a-container.md").read_text(encoding="utf-8")
    (tmp_path / archive.name).hardlink_to(archive)
    ended = run_with_podman("\n".join(SHELL_BLOCK.findall(page)), tmp_path)
    assert ended.returncode == 0, ended.stdout
    assert "www.pem: OK" in ended.stdout


def respond_once(listener: socket.socket, status: int | None) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(4096)
        if status is not None:
            connection.sendall(f"HTTP/1.1 {status} Status\r\nContent-Length: 0\r\n\r\n".encode())


@pytest.mark.parametrize(
    ("status", "message"), [(200, ""), (503, "responds with HTTP status 503"), (None, "does not respond")]
)
def test_the_health_check_fails_unless_the_status_listener_responds(status: int | None, message: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        answering = threading.Thread(target=respond_once, args=(listener, status))
        answering.start()
        checked = subprocess.run(
            [sys.executable, "-IS", ROOT / "packaging" / "image" / "pkim-health"],
            env={"PKIM_STATUS_BIND": f"127.0.0.1:{port}"},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        answering.join()
    assert checked.returncode == (0 if status == 200 else 1)
    assert message in checked.stderr
