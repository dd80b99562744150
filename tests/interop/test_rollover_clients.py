"""A root and a CA below it rotated under a running server: clients with the old root, the new one, or all of them."""

from __future__ import annotations

import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.interop.test_acme import bound, certbot_command
from tests.judges import tls
from tests.judges.services import require, run
from tests.services.acme_site import Site, acme_site
from tests.services.installation import Installation
from tests.support.csrs import make_csr

NOTICED_WITHIN = 60
"""Seconds until the listener sends the chain of a rotation: its worker looks every 20."""


def save_root(installation: Installation, folder: Path, name: str) -> Path:
    path = folder / f"{name}.pem"
    installation.run("ca", "chain", "Root CA", "--out", str(path))
    return path


def both(folder: Path, *roots: Path) -> Path:
    path = folder / "all.pem"
    path.write_text("".join(root.read_text() for root in roots))
    return path


def require_connected(port: int, anchors: Path) -> None:
    """Every client, as soon as the listener has noticed the rotation."""
    deadline = time.monotonic() + NOTICED_WITHIN
    while tls.openssl(port, anchors) != "ok" and time.monotonic() < deadline:
        time.sleep(0.5)
    assert {name: client(port, anchors) for name, client in tls.CLIENTS.items()} == dict.fromkeys(tls.CLIENTS, "ok")


def require_listener(installation: Installation, port: int, *roots: Path) -> None:
    for anchors in (*roots, both(installation.folder, *roots)):
        require_connected(port, anchors)


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    made = Installation(tmp_path)
    made.run("init", "--root-key-type", "ECDSA-P256")
    return made


def test_the_listener_is_accepted_with_every_root_through_the_whole_rotation(installation: Installation) -> None:
    folder = installation.folder
    roots = [save_root(installation, folder, "root-1")]
    with installation.serving() as server:
        port = urlsplit(server.tls).port or 0
        require_listener(installation, port, *roots)
        installation.run("ca", "rotate", "Root CA", "--cross-certify")
        roots.append(save_root(installation, folder, "root-2"))
        require_listener(installation, port, *roots)
        installation.run("ca", "rotate", "Issuing CA")
    # Another name of the server makes it renew its certificate, now by the new key of the issuing CA.
    with installation.serving(PKIM_PUBLIC_URL="https://renewed.localhost:8443") as server:
        port = urlsplit(server.tls).port or 0
        require_listener(installation, port, *roots)
        installation.run("ca", "rotate", "Root CA", "--cross-certify")
        roots.append(save_root(installation, folder, "root-3"))
        require_listener(installation, port, *roots)
        assert "FAILED" not in installation.run("selfcheck")


def test_fullchain_is_accepted_by_openssl_with_either_root(installation: Installation) -> None:
    folder = installation.folder
    roots = [save_root(installation, folder, "root-1")]
    installation.run("ca", "rotate", "Root CA", "--cross-certify")
    roots.append(save_root(installation, folder, "root-2"))
    for number in (1, 2):
        require_fullchain(installation, folder / f"{number}.pem", *roots, both(folder, *roots))
        installation.run("ca", "rotate", "Issuing CA")


def require_fullchain(installation: Installation, path: Path, *anchors: Path) -> None:
    (installation.folder / "www.csr").write_text(make_csr("www.example.com"))
    request = ("--ca", "Issuing CA", "--profile", "tls-server", "--csr", str(installation.folder / "www.csr"))
    made = installation.json("cert", "issue", *request)
    installation.run("cert", "export", made["id"], "--format", "fullchain", "--out", str(path))
    for anchor in anchors:
        verify = [require("openssl"), "verify", "-x509_strict", "-no-CApath", "-no-CAstore", "-CAfile", anchor]
        done = run([*verify, "-untrusted", path, path])
        assert done.stdout.strip() == f"{path}: OK", done.stderr


def test_certbot_with_the_old_root_renews_through_a_rotation(tmp_path: Path) -> None:
    with acme_site(tmp_path) as site:
        name, installation = "rollover.example.com", site.server.installation
        site.resolves(name)
        command = certbot_command(site, site.folder / "certbot")
        proof = ["--standalone", "--http-01-address", "127.0.0.1", "--http-01-port", str(site.http_port)]
        site.run(*command, "certonly", *proof, *bound(site.binding("certbot")), "-d", name)
        installation.run("ca", "rotate", "Root CA", "--cross-certify")
        new = save_root(installation, site.folder, "root-2")
        for _ in range(2):
            renew = [*command, "renew", *proof, "--force-renewal", "--no-random-sleep-on-renew"]
            require_renewed(site, renew, name, new)
            installation.run("ca", "rotate", "Issuing CA")


def require_renewed(site: Site, command: list[str | Path], name: str, new: Path) -> None:
    """By a client that holds only the old root; the chain that it gets is valid with either."""
    site.run(*command)
    chain = site.folder / "certbot" / "live" / name / "fullchain.pem"
    for root in (site.root, new):
        verify = ["openssl", "verify", "-x509_strict", "-no-CApath", "-no-CAstore", "-CAfile", root]
        assert site.run(*verify, "-untrusted", chain, chain).strip() == f"{chain}: OK"
