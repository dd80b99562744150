"""An installation that speaks ACME to clients of this machine, and a DNS server by which their names lead here."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer, SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from urllib.parse import quote

import httpx2
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.judges import openssl
from tests.services.dns import DnsServer, dns_server
from tests.services.installation import Installation, Server, administrator_token, free_port

_SECONDS = 120


@dataclass(frozen=True)
class Binding:
    """An external account key as its owner gets it."""

    key_id: str
    hmac_key: str


@dataclass(frozen=True)
class Site:
    """`http_port` and `tls_port` are where proofs are looked for; `root` and `issuer` are PEM files.

    `base` is how clients reach it, without a trailing slash; without it they come over TLS.
    """

    server: Server
    dns: DnsServer
    http_port: int
    tls_port: int
    folder: Path
    root: Path
    issuer: Path
    base: str = ""

    def directory(self, *, over_tls: bool = True) -> str:
        base = self.base or (self.server.tls if over_tls else self.server.management)
        return f"{base}/acme/{quote('Issuing CA')}/tls-server/directory"

    def binding(self, name: str) -> Binding:
        made = self.server.installation.json("acme", "eab", "create", "--name", name, "--expires", "P1D")
        return Binding(made["id"], made["hmac_key"])

    def resolves(self, *names: str) -> None:
        """These names lead to this machine."""
        for name in names:
            self.dns.records[name, "A"] = ["127.0.0.1"]

    def run(self, *command: str | Path, expect: int = 0, **environment: str) -> str:
        """A client to its end, which trusts our root; what it says."""
        trust = dict.fromkeys(
            ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "LEGO_CA_CERTIFICATES"), str(self.root)
        )
        done = subprocess.run(
            [str(word) for word in command],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C.UTF-8", **trust, **environment},
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        said = f"{done.stdout}\n{done.stderr}"
        assert done.returncode == expect, f"exit {done.returncode}\n{said}\n{self.server.installation.log()[-4000:]}"
        return said

    def judged(self, chain: Path, name: str) -> x509.Certificate:
        """The certificate in a file of a client's, once OpenSSL has found that it is a server's of that name."""
        leaf, *above = x509.load_pem_x509_certificates(chain.read_bytes())
        files = []
        for number, one in enumerate((leaf, *above)):
            files.append(self.folder / f"{name}-{number}.pem")
            files[-1].write_bytes(one.public_bytes(Encoding.PEM))
        command = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", name, "-CAfile"]
        said = self.run(*command, self.root, "-untrusted", self.issuer, files[0])
        assert said.strip() == f"{files[0]}: OK"
        assert [one.subject for one in above] == [leaf.issuer], "the chain has the issuer, and no root"
        return leaf

    def status(self, leaf: x509.Certificate) -> str:
        """What OpenSSL hears of it by OCSP."""
        file = self.folder / f"{leaf.serial_number}.pem"
        file.write_bytes(leaf.public_bytes(Encoding.PEM))
        return openssl.ocsp(file, self.issuer, self.root, f"{self.server.status}/ocsp", nonce=False).status

    def becomes(self, leaf: x509.Certificate, status: str) -> bool:
        """Whether OpenSSL hears that of it by OCSP, soon."""
        for _ in range(50):
            if self.status(leaf) == status:
                return True
            time.sleep(0.1)
        return False


@contextmanager
def acme_site(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[Site]:
    http_port, tls_port = free_port(), free_port()
    with dns_server() as dns:
        ours = {
            "PKIM_ACME_NETWORKS": "127.0.0.0/8",
            "PKIM_ACME_HTTP_PORT": str(http_port),
            "PKIM_ACME_TLS_PORT": str(tls_port),
            "PKIM_DNS_SERVERS": dns.address,
        }
        installation = Installation(folder, {**ours, **(settings or {})})
        installation.run("init")
        with installation.serving() as server, server.client(administrator_token(installation)) as client:
            root, issuer = _anchors(client, folder)
            yield Site(server, dns, http_port, tls_port, folder, root, issuer)


@contextmanager
def webroot(site: Site) -> Iterator[Path]:
    """A folder that is served where http-01 looks: of every name `/.well-known/acme-challenge`."""
    root = site.folder / "webroot"
    challenges = root / ".well-known" / "acme-challenge"
    challenges.mkdir(parents=True, exist_ok=True)
    with served(ThreadingHTTPServer(("127.0.0.1", site.http_port), partial(_Quiet, directory=str(root)))):
        yield challenges


@contextmanager
def dns_hook(site: Site) -> Iterator[Path]:
    """A program that publishes a TXT record: its name and its value are the two last words that it is called with."""

    class Told(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _, name, value = self.path.split("/")
            site.dns.records.setdefault((name.rstrip(".").lower(), "TXT"), []).append(f'"{value}"')
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Not on the test's standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Told)
    with served(server):
        yield script(
            site.folder / "publish",
            "while [ $# -gt 2 ]; do shift; done\n"
            f'curl --silent --show-error --fail "http://127.0.0.1:{server.server_port}/$1/$2"',
        )


@contextmanager
def forgetful(port: int, server: str) -> Iterator[list[str]]:
    """In front of a server, at that port: of each three signed requests one is answered with `badNonce`, unread.

    Gives the paths of those.
    """
    refused: list[str] = []
    posted = count(1)

    class Front(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._pass_on(b"")

        def do_HEAD(self) -> None:
            self._pass_on(b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if next(posted) % 3:
                self._pass_on(body)
                return
            refused.append(self.path)
            nonce = httpx2.head(f"{server}/acme/new-nonce").headers["replay-nonce"]
            told = {"type": "urn:ietf:params:acme:error:badNonce", "detail": "forgotten", "status": 400}
            headers = {"Replay-Nonce": nonce, "Content-Type": "application/problem+json"}
            self._answer(400, headers, json.dumps(told).encode())

        def _pass_on(self, body: bytes) -> None:
            kept = {name: value for name, value in self.headers.items() if name.lower() in ("host", "content-type")}
            answer = httpx2.request(self.command, f"{server}{self.path}", headers=kept, content=body)
            own = ("content-length", "transfer-encoding", "date")
            headers = {name: value for name, value in answer.headers.items() if name.lower() not in own}
            self._answer(answer.status_code, headers, answer.content)

        def _answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Not on the test's standard error."""

    with served(ThreadingHTTPServer(("127.0.0.1", port), Front)):
        yield refused


@contextmanager
def served(server: HTTPServer) -> Iterator[None]:
    """Until the block ends."""
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def script(path: Path, text: str) -> Path:
    """A shell script that can be run."""
    path.write_text(f"#!/bin/sh\nset -eu\n{text}\n")
    path.chmod(0o755)
    return path


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Not on the test's standard error."""


def _anchors(client: httpx2.Client, folder: Path) -> tuple[Path, Path]:
    end = "-----END CERTIFICATE-----\n"
    issuer, root = client.get("/cas/Issuing CA/chain").json()["chain_pem"].split(end)[:2]
    files = folder / "root.pem", folder / "issuer.pem"
    files[0].write_text(root + end)
    files[1].write_text(issuer + end)
    return files
