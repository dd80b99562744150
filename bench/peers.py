"""The products compared: cfssl, step-ca, OpenSSL, each with its default build. README.md lists what they omit."""

from __future__ import annotations

import base64
import contextlib
import json
import secrets
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from bench import material
from bench.load import RUNS, SECONDS, get_rate, median, note, ocsp_paths, peer_binary, post_rate, run, scratch, serving
from bench.product import free_port

_CFSSL_SCHEMA = """CREATE TABLE certificates (serial_number blob NOT NULL, authority_key_identifier blob NOT NULL,
 ca_label blob, status blob NOT NULL, reason int, expiry timestamp, revoked_at timestamp, pem blob NOT NULL,
 issued_at timestamp, not_before timestamp, metadata text, sans text, common_name text,
 PRIMARY KEY(serial_number, authority_key_identifier));"""


def cfssl_issue() -> tuple[float | None, float | None]:
    """Return certificates per second of cfssl, with SQLite and without storage. It has no authentication or audit."""
    program = peer_binary("cfssl")
    if program is None:
        note("cfssl is not installed: its lines are missing")
        return None, None
    with scratch() as folder:
        material.root(folder)
        requests = [{"certificate_request": csr, "hosts": [host]} for host, csr in material.csrs(500)]
        bodies = folder / "bodies"
        bodies.write_text("".join(json.dumps(body) + "\n" for body in requests))
        signing = {"signing": {"default": {"expiry": "2160h", "usages": ["digital signature", "server auth"]}}}
        (folder / "config.json").write_text(json.dumps(signing))
        run("sqlite3", folder / "certs.db", _CFSSL_SCHEMA)
        (folder / "db.json").write_text(json.dumps({"driver": "sqlite3", "data_source": "certs.db"}))
        rates = {}
        for measure, extra in (("issue, storing nothing", []), ("issue, SQLite", ["-db-config=db.json"])):
            port = free_port()
            command = [str(program), "serve", "-address=127.0.0.1", f"-port={port}", "-ca=ca.pem", "-ca-key=ca.key"]
            url = f"http://127.0.0.1:{port}/api/v1/cfssl/sign"
            with serving([*command, "-config=config.json", "-loglevel=3", *extra], port, folder):
                rates[measure] = median("cfssl", measure, "certificates/s", partial(post_rate, url, bodies))
        return rates["issue, SQLite"], rates["issue, storing nothing"]


def cfssl_ocsp() -> float | None:
    """Return GETs of pre-signed responses per second."""
    program = peer_binary("cfssl")
    if program is None:
        return None
    with scratch() as folder:
        ca, key = material.root(folder)
        leaves = [material.issue(ca, key, csr) for _, csr in material.csrs(1000)]
        answers = (base64.b64encode(material.ocsp_answer(ca, key, leaf)).decode() for leaf in leaves)
        (folder / "responses").write_text("".join(f"{answer}\n" for answer in answers))
        paths = ocsp_paths(folder / "paths", "/", [material.ocsp_request(leaf, ca) for leaf in leaves])
        port = free_port()
        command = [
            str(program),
            "ocspserve",
            "-address=127.0.0.1",
            f"-port={port}",
            "-responses=responses",
            "-loglevel=3",
        ]
        with serving(command, port, folder):
            return median("cfssl", "OCSP GET", "answers/s", lambda: get_rate(f"http://127.0.0.1:{port}", paths))


class _Provisioner:
    """A step-ca JWK provisioner whose key this program has, so that one-time tokens exist before the measurement."""

    def __init__(self, folder: Path, audience: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._audience = audience
        root = x509.load_pem_x509_certificate((folder / "certs/root_ca.crt").read_bytes())
        self._root_sha256 = root.fingerprint(hashes.SHA256()).hex()
        point = self._key.public_key().public_numbers()
        x, y = (_base64url(number.to_bytes(32, "big")) for number in (point.x, point.y))
        key = {"use": "sig", "kty": "EC", "kid": "bench", "crv": "P-256", "alg": "ES256", "x": x, "y": y}
        self.config = {"type": "JWK", "name": "bench", "key": key}

    def token(self, host: str) -> str:
        now = int(time.time())
        claims = {
            "iss": "bench",
            "aud": self._audience,
            "sub": host,
            "sans": [host],
            "nbf": now - 5,
            "iat": now,
            "exp": now + 280,
            "jti": uuid.uuid4().hex,
            "sha": self._root_sha256,
        }
        text = _base64url(b'{"alg":"ES256","kid":"bench","typ":"JWT"}') + "." + _base64url(json.dumps(claims).encode())
        r, s = decode_dss_signature(self._key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{text}.{_base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def step_ca_issue() -> float | None:
    """Return certificates per second through /1.0/sign over TLS, each with a one-time token; step-ca syncs its log."""
    with _step_ca() as found:
        if found is None:
            return None
        folder, port, command = found
        provisioner = _Provisioner(folder, f"https://127.0.0.1:{port}/1.0/sign")
        _add_provisioner(folder, provisioner.config)
        requests = material.csrs(500)

        def once() -> float:
            bodies = folder / "bodies"
            count = 2500 * SECONDS
            with bodies.open("w") as file:
                for number in range(count):
                    host, csr = requests[number % len(requests)]
                    file.write(json.dumps({"csr": csr, "ott": provisioner.token(host)}) + "\n")
            return post_rate(f"https://127.0.0.1:{port}/1.0/sign", bodies)

        with serving(command, port, folder, {"STEPPATH": str(folder)}):
            return median("step-ca", "issue", "certificates/s", once)


def step_ca_acme(load: Callable[[str, str, str, int, None], float]) -> float | None:
    """Return orders per second under the same load: `load(product, measure, directory, http-01 port, no binding)`."""
    with _step_ca() as found:
        if found is None:
            return None
        folder, port, command = found
        _add_provisioner(folder, {"type": "ACME", "name": "acme"})
        answers_at = free_port()
        directory = f"https://127.0.0.1:{port}/acme/acme/directory"
        with serving(
            [*command, "--insecure", f"--acme-http-port={answers_at}"], port, folder, {"STEPPATH": str(folder)}
        ):
            return load("step-ca", "ACME", directory, answers_at, None)


@contextlib.contextmanager
def _step_ca() -> Iterator[tuple[Path, int, list[str]] | None]:
    """Create a step-ca. Returns its folder, its port, and the command that runs it. None if it is not installed."""
    server, client = peer_binary("step-ca"), peer_binary("step")
    if server is None or client is None:
        note("step-ca is not installed: its line is missing")
        yield None
        return
    with scratch() as folder:
        port = free_port()
        (folder / "password").write_text("bench-password")
        options = ["--deployment-type=standalone", "--name=Bench", "--dns=127.0.0.1", f"--address=127.0.0.1:{port}"]
        secret = ["--provisioner=admin", "--password-file=password", "--provisioner-password-file=password"]
        run(client, "ca", "init", *options, *secret, cwd=folder, environment={"STEPPATH": str(folder)})
        yield folder, port, [str(server), "config/ca.json", "--password-file=password"]


def _add_provisioner(folder: Path, provisioner: object) -> None:
    config = json.loads((folder / "config/ca.json").read_text())
    config["authority"]["provisioners"].append(provisioner)
    (folder / "config/ca.json").write_text(json.dumps(config))


def openssl_crl(count: int) -> float:
    """Return the seconds that `openssl ca -gencrl` needs for that many revoked rows."""
    settings = "[ca]\ndefault_ca=b\n[b]\ndatabase=index.txt\ncertificate=ca.pem\nprivate_key=ca.key\n"
    with scratch() as folder:
        material.root(folder)
        (folder / "ca.cnf").write_text(settings + "default_md=sha256\ndefault_crl_days=7\ncrlnumber=crlnumber\n")
        (folder / "crlnumber").write_text("01\n")
        with (folder / "index.txt").open("w") as index:
            for number in range(count):
                serial = (secrets.randbits(126) | 1 << 126).to_bytes(16, "big").hex().upper()
                index.write(f"R\t351231235959Z\t261101000000Z,superseded\t{serial}\tunknown\t/CN=host{number}\n")
        peaks = []

        def once() -> float:
            command = ["openssl", "ca", "-gencrl", "-config", "ca.cnf", "-out", "crl.pem"]
            started = time.monotonic()
            done = subprocess.run(
                ["time", "-f", "%M", *command], cwd=folder, capture_output=True, text=True, check=True
            )
            peaks.append(int(done.stderr.split()[-1]) / 1024)
            return time.monotonic() - started

        seconds = median("openssl ca", f"CRL of {count:,}", "s", once, runs=RUNS)
        note(f"peak {max(peaks):.0f} MiB")
        return seconds


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
