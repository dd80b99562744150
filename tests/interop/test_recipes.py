"""Recipes are run as they are printed: only the ports and folders of the test machine are added."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.judges.services import require
from tests.services.acme_site import Site, acme_site, script
from tests.services.installation import PKIM


@dataclass(frozen=True)
class Machine:
    """A client machine: its PATH begins with programs that add what this test machine needs."""

    site: Site
    folder: Path

    def program(self, name: str, *options: str | Path) -> None:
        """Run the real program with these options before the others."""
        words = " ".join(f"'{option}'" for option in options)
        real = require(name)
        script(self.folder / name, f'exec "{real}" {words} "$@"')

    def recipe(self, client: str, host: str) -> str:
        """Return the text for a client, with the HMAC key in the place of its placeholder."""
        binding = self.site.binding(client)
        printed = self.site.server.installation.json(
            "recipe", client, "--ca", "Issuing CA", "--profile", "tls-server", "--key", binding.key_id, "--host", host
        )
        assert printed["source"] == "tested"
        text: str = printed["text"]
        assert binding.key_id in text
        return text.replace("HMAC_KEY", binding.hmac_key)

    def run(self, text: str) -> None:
        path = f"{self.folder}:{os.environ['PATH']}"
        self.site.run("sh", "-ec", text, PATH=path)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with acme_site(tmp_path_factory.mktemp("recipes")) as one:
        yield one


@pytest.fixture
def machine(site: Site, tmp_path: Path) -> Machine:
    found = Machine(site, tmp_path)
    script(tmp_path / "sudo", 'exec "$@"')
    return found


def test_the_recipe_of_certbot_issues_a_certificate(site: Site, machine: Machine) -> None:
    host, folder = "certbot.recipes.example.com", machine.folder / "letsencrypt"
    site.resolves(host)
    machine.program(
        "certbot", "--config-dir", folder, "--work-dir", folder / "work", "--logs-dir", folder / "logs",
        "--http-01-address", "127.0.0.1", "--http-01-port", str(site.http_port),
    )  # fmt: skip
    machine.run(machine.recipe("certbot", host))
    site.judged(folder / "live" / host / "fullchain.pem", host)


def test_the_recipe_of_lego_issues_a_certificate_and_asks_for_its_renewal(site: Site, machine: Machine) -> None:
    host = "lego.recipes.example.com"
    site.resolves(host)
    machine.program("lego", "--http.port", f"127.0.0.1:{site.http_port}")
    folder = machine.folder / "lego-files"
    machine.run(machine.recipe("lego", host).replace("--path /etc/lego", f"--path {folder}"))
    site.judged(folder / "certificates" / f"{host}.crt", host)


def test_caddy_serves_with_its_recipe(site: Site, machine: Machine) -> None:
    host, folder = "caddy.recipes.example.com", machine.folder
    site.resolves(host)
    own = (
        f"    admin off\n    http_port {site.http_port}\n    https_port {site.tls_port}\n"
        f"    default_bind 127.0.0.1\n    storage file_system {folder}/data\n"
    )
    text = machine.recipe("caddy", host).replace("/etc/ssl/pki-manager-root.pem", str(site.root))
    (folder / "Caddyfile").write_text(text.replace("{\n", "{\n" + own, 1))
    command = [require("caddy"), "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env={"PATH": "/usr/bin", "HOME": str(folder)})
    try:
        curl = ["curl", "--silent", "--retry", "60", "--retry-all-errors", "--retry-delay", "1", "--cacert", site.root]
        resolve = ["--resolve", f"{host}:{site.tls_port}:127.0.0.1", f"https://{host}:{site.tls_port}/"]
        assert site.run(*curl, *resolve).strip() == "It works", (folder / "log").read_text()
    finally:
        server.terminate()
        server.wait(timeout=20)


def test_the_preparation_fetches_and_trusts_the_root(site: Site, machine: Machine) -> None:
    installation = site.server.installation
    page = installation.json("recipe", "lego", "--ca", "Issuing CA", "--profile", "tls-server")
    root = machine.folder / "root.pem"
    script(machine.folder / "pkim", f'exec "{PKIM}" "$@" $([ "$2" = install ] && echo --store nss)')
    machine.run(page["prepare"].replace("/etc/ssl/pki-manager-root.pem", str(root)))
    assert root.read_text().strip() == site.root.read_text().strip()
