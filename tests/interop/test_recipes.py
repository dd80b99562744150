"""Recipes are run as they are printed: only the ports and folders of the test machine are added."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509

from tests.judges.services import require
from tests.services.acme_site import Site, acme_site, script
from tests.services.installation import PKIM, free_port
from tests.services.postgresql import postgresql_server

RENEW = "certbot renew --force-renewal"
AS_ROOT = os.geteuid() == 0


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

    def certbot(self) -> None:
        """Let certbot keep its files in this folder and use free ports, and not wait before it renews."""
        folder = self.folder / "letsencrypt"
        self.program(
            "certbot", "--config-dir", folder, "--work-dir", folder / "work", "--logs-dir", folder / "logs",
            "--http-01-address", "127.0.0.1", "--http-01-port", str(self.site.http_port), "--no-random-sleep-on-renew",
        )  # fmt: skip

    def service(self, pid_file: Path, signal: str) -> None:
        """Let `systemctl` reload the program whose process ID is in a file, if it is running."""
        script(self.folder / "systemctl", f"[ ! -e '{pid_file}' ] || kill -{signal} $(head -1 '{pid_file}')")

    @contextmanager
    def running(self, *command: str | Path) -> Iterator[None]:
        """Run a server, whose output goes to a log, until the block ends."""
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        with (self.folder / "log").open("wb") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            finally:
                process.kill()

    def serial(self, host: str, port: int, *, other_than: int | None = None, before_tls: bytes = b"") -> int:
        """Return the serial number of the certificate that a server shows, as soon as it is `other_than` that.

        The client sends `before_tls`, and reads a byte, before TLS begins.
        """
        trust = ssl.create_default_context(cafile=self.site.root)
        for _ in range(600):
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
                    if before_tls:
                        connection.sendall(before_tls)
                        connection.recv(1)
                    with trust.wrap_socket(connection, server_hostname=host) as secured:
                        der = secured.getpeercert(binary_form=True) or b""
                serial = x509.load_der_x509_certificate(der).serial_number
                if serial != other_than:
                    return serial
            except OSError:
                pass  # The server does not listen yet, or it shows a temporary certificate.
            time.sleep(0.1)
        raise AssertionError(f"{host} shows no other certificate")


def first_command(text: str) -> str:
    """Return the first command of a text, in which it can be a comment."""
    command = []
    for line in text.splitlines():
        command.append(line.removeprefix("# "))
        if not line.endswith("\\"):
            break
    return "\n".join(command)


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
    machine.certbot()
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
    with machine.running(require("caddy"), "run", "--adapter", "caddyfile", "--config", folder / "Caddyfile"):
        curl = ["curl", "--silent", "--retry", "60", "--retry-all-errors", "--retry-delay", "1", "--cacert", site.root]
        resolve = ["--resolve", f"{host}:{site.tls_port}:127.0.0.1", f"https://{host}:{site.tls_port}/"]
        assert site.run(*curl, *resolve).strip() == "It works", (folder / "log").read_text()


def test_the_preparation_fetches_and_trusts_the_root(site: Site, machine: Machine) -> None:
    installation = site.server.installation
    page = installation.json("recipe", "lego", "--ca", "Issuing CA", "--profile", "tls-server")
    root = machine.folder / "root.pem"
    script(machine.folder / "pkim", f'exec "{PKIM}" "$@" $([ "$2" = install ] && echo --store nss)')
    machine.run(page["prepare"].replace("/etc/ssl/pki-manager-root.pem", str(root)))
    assert root.read_text().strip() == site.root.read_text().strip()


@pytest.fixture
def readable() -> Iterator[Path]:
    """A folder that other users can enter, as PostgreSQL, unlike those of pytest."""
    with tempfile.TemporaryDirectory(prefix="pkim-recipe-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_nginx_serves_with_its_recipe_and_reloads_after_a_renewal(site: Site, machine: Machine) -> None:
    host, folder = "nginx.recipes.example.com", machine.folder
    site.resolves(host)
    machine.certbot()
    machine.service(folder / "nginx.pid", "HUP")
    sites = folder / "sites"
    sites.mkdir()
    paths = (f"{one}_temp_path {folder}/{one};" for one in ("proxy", "fastcgi", "uwsgi", "scgi", "client_body"))
    default = f"server {{ listen 127.0.0.1:{site.http_port}; root {folder}/www; }} include {sites}/*.conf;"
    (folder / "nginx.conf").write_text(
        f"{'user root;' if AS_ROOT else ''} daemon off; pid {folder}/nginx.pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; {' '.join(paths)} {default} }}\n"
    )
    text = machine.recipe("nginx", host).replace("/var/www/html", f"{folder}/www")
    text = text.replace("/etc/letsencrypt", f"{folder}/letsencrypt").replace("443", f"127.0.0.1:{site.tls_port}")
    (folder / "www").mkdir()
    with machine.running(require("nginx"), "-p", folder, "-c", folder / "nginx.conf"):
        machine.run(first_command(text))
        (sites / "site.conf").write_text(text)
        machine.run("systemctl reload nginx")
        first = machine.serial(host, site.tls_port)
        machine.run(RENEW)
        machine.serial(host, site.tls_port, other_than=first)


def test_haproxy_serves_with_its_recipe_and_reloads_after_a_renewal(site: Site, machine: Machine) -> None:
    host, folder = "haproxy.recipes.example.com", machine.folder
    site.resolves(host)
    machine.certbot()
    machine.service(folder / "haproxy.pid", "USR2")
    text = machine.recipe("haproxy", host).replace("/etc/haproxy", str(folder))
    text = text.replace(":443", f"127.0.0.1:{site.tls_port}")
    machine.run(first_command(text))
    (folder / "haproxy.cfg").write_text(
        "defaults\n" + "".join(f"    timeout {one} 5s\n" for one in ("connect", "client", "server")) + text
    )
    with machine.running(require("haproxy"), "-W", "-p", folder / "haproxy.pid", "-f", folder / "haproxy.cfg"):
        first = machine.serial(host, site.tls_port)
        machine.run(RENEW)
        machine.serial(host, site.tls_port, other_than=first)


def test_mosquitto_serves_with_its_recipe_and_reloads_after_a_renewal(site: Site, machine: Machine) -> None:
    host, folder, port = "mosquitto.recipes.example.com", machine.folder, free_port()
    site.resolves(host)
    machine.certbot()
    machine.service(folder / "mosquitto.pid", "HUP")
    text = machine.recipe("mosquitto", host).replace("/etc/mosquitto/certs", str(folder))
    text = text.replace("listener 8883", f"listener {port} 127.0.0.1").replace("-o mosquitto ", "")
    machine.run(first_command(text))
    own = f"pid_file {folder}/mosquitto.pid\n" + ("user root\n" if AS_ROOT else "")
    (folder / "mosquitto.conf").write_text(own + text)
    with machine.running(require("mosquitto"), "-c", folder / "mosquitto.conf"):
        first = machine.serial(host, port)
        machine.run(RENEW)
        machine.serial(host, port, other_than=first)


def test_apache_serves_with_its_recipe_and_uses_the_certificate_after_a_reload(site: Site, machine: Machine) -> None:
    host, folder = "apache.recipes.example.com", machine.folder
    site.resolves(host)
    modules = "".join(
        f"LoadModule {one}_module /usr/lib/apache2/modules/mod_{one}.so\n"
        for one in ("mpm_event", "authz_core", "socache_shmcb", "ssl", "md")
    )
    text = machine.recipe("apache", host).replace("/var/www/html", str(folder))
    text = text.replace(":443", f":{site.tls_port}").replace("/etc/ssl/pki-manager-root.pem", str(site.root))
    (folder / "apache.conf").write_text(
        f"{modules}ServerName localhost\nServerRoot {folder}\nDefaultRuntimeDir {folder}\nPidFile apache.pid\n"
        f"ErrorLog /dev/stderr\nListen 127.0.0.1:{site.http_port}\nListen 127.0.0.1:{site.tls_port}\n"
        f"MDStoreDir {folder}/md\nMDPortMap http:{site.http_port} https:{site.tls_port}\n"
        f"<VirtualHost *:{site.http_port}>\n    ServerName {host}\n</VirtualHost>\n{text}"
    )
    issued = folder / "md" / "staging" / host / "pubcert.pem"
    machine.service(folder / "apache.pid", "USR1")
    with machine.running(require("apache2"), "-D", "FOREGROUND", "-f", folder / "apache.conf"):
        for _ in range(600):
            if issued.exists():
                break
            time.sleep(0.1)
        assert issued.exists(), (folder / "log").read_text()
        machine.run("systemctl reload apache2")
        machine.serial(host, site.tls_port)


def test_postgresql_serves_with_its_recipe_and_reloads_after_a_renewal(
    site: Site, machine: Machine, readable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, port, request = "postgresql.recipes.example.com", free_port(), bytes.fromhex("0000000804d2162f")
    site.resolves(host)
    machine.certbot()
    text = machine.recipe("postgresql", host).replace("/etc/postgresql", str(readable))
    text = text.replace("/etc/ssl/pki-manager-root.pem", str(site.root))
    if not AS_ROOT:
        text = text.replace("-o postgres ", "")
    machine.service(readable / "none", "HUP")
    machine.run(first_command(text))
    settings = [
        line.removeprefix("#   ").replace("'", "").replace(" ", "") for line in text.splitlines() if " = " in line
    ]
    monkeypatch.setenv("PGPORT", str(port))
    with postgresql_server(*settings, "listen_addresses=127.0.0.1") as server:
        machine.service(server.directory / "data" / "postmaster.pid", "HUP")
        own = f"PGHOSTADDR=127.0.0.1 PGPORT={port} PGUSER=postgres"
        machine.run(f"{own} {text.splitlines()[-1]} -c 'SELECT 1'")
        first = machine.serial(host, port, before_tls=request)
        machine.run(RENEW)
        machine.serial(host, port, other_than=first, before_tls=request)
