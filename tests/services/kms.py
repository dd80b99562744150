"""A real Cosmian KMS for tests: its own folder, certificates and port, ended with the process that made it.

`tools/install_kms.sh` builds it; a build under way is waited for.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from pki_manager.signers.cosmian.client import KmsClient
from pki_manager.signers.cosmian.connection import KmsConnection, KmsIdentity
from pki_manager.signers.cosmian.wire import boolean, enumeration, integer, moment, structure, text
from pki_manager.signers.options import CosmianOptions
from pki_manager.system import SystemClock
from tests.services.installation import free_port
from tests.services.tls import TestPki, https_copy

OWNER, RUNTIME = "pki-admin", "pki-runtime"
KEK = "kek"
_START_SECONDS = 60
_WRAP_AND_UNWRAP = 0x30


def folder() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "pki-manager" / "kms"


def binary() -> Path:
    """The server, waited for while it is being built. Without one: skipped, but in CI a failure."""
    program = folder() / "bin" / "cosmian_kms"
    lock = folder() / ".lock"
    if not program.exists() and lock.exists():
        with lock.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
    if not program.exists():
        why = folder() / "why-not"
        reason = f"Cosmian KMS is not installed: {why.read_text().strip() if why.exists() else 'tools/install_kms.sh'}"
        if os.environ.get("CI"):
            pytest.fail(f"{reason}, and CI has to test it")
        pytest.skip(reason)
    return program


@dataclass
class Kms:
    """A server and what one needs to come to it. With `tls` mutual TLS decides who somebody is, else nothing does."""

    folder: Path
    program: Path
    tls: bool
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    """By TOML table, `""` for the top: lines beside the usual ones."""
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        (self.folder / "sqlite").mkdir(parents=True, exist_ok=True)
        (self.folder / "tmp").mkdir(exist_ok=True)
        self.pki = TestPki(self.folder / "tls")

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def database(self) -> Path:
        return self.folder / "sqlite" / "kms.db"

    @property
    def log(self) -> str:
        return (self.folder / "kms.log").read_text(errors="replace")

    @property
    def audit(self) -> str:
        """Every KMIP operation with its user and key, a JSON object a line."""
        return (self.folder / "audit.jsonl").read_text(errors="replace")

    def identity(self, name: str) -> KmsIdentity:
        if not self.tls:
            return KmsIdentity()
        certificate, key = self.pki.client(name)
        return KmsIdentity(certificate_file=certificate, key_file=key)

    def described(self, name: str = "kms", *, owner: bool = True, **changes: object) -> dict[str, object]:
        """The table of a backend here: the runtime identity, and the owner's where it is to have it."""
        given: dict[str, object] = {"name": name, "kind": "cosmian", "url": self.url}
        if self.tls:
            given["ca_file"] = str(self.pki.ca)
            for prefix, user in (("", RUNTIME), *((("owner_", OWNER),) if owner else ())):
                certificate, key = self.pki.client(user)
                given |= {f"{prefix}client_certificate_file": str(certificate), f"{prefix}client_key_file": str(key)}
        return given | changes

    def options(self, name: str = "kms", *, owner: bool = True, **changes: object) -> CosmianOptions:
        """The same as the adapter takes it."""
        return CosmianOptions.model_validate(self.described(name, owner=owner, **changes))

    @contextlib.contextmanager
    def client(self, name: str = OWNER) -> Iterator[KmsClient]:
        """Calls of its own kind, as that identity."""
        connection = KmsConnection(self.options(), self.identity(name))
        client = KmsClient(connection, seconds=30, clock=SystemClock())
        try:
            yield client
        finally:
            client.close()

    def start(self) -> None:
        """Until it answers; data of an earlier run is kept."""
        (self.folder / "kms.toml").write_text(self._configuration())
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), **self.environment}
        with (self.folder / "kms.log").open("ab") as log:
            # --pdeathsig: a test run that is killed leaves no server behind. The folder, for it reads a .env there.
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", self.program, "-c", self.folder / "kms.toml"],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        verify = self.pki.context(None) if self.tls else True
        deadline = time.monotonic() + _START_SECONDS
        while True:
            with contextlib.suppress(httpx2.HTTPError):
                if httpx2.get(f"{self.url}/health", verify=verify, trust_env=False).status_code == httpx2.codes.OK:
                    return
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the KMS did not start:\n{self.log[-2000:]}")
            time.sleep(0.05)

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(15)
            self.process = None

    def kill(self) -> None:
        """As a power cut would."""
        self.stop(signal.SIGKILL)

    def _configuration(self) -> str:
        tls = ""
        if self.tls:
            certificate, key = self.pki.server
            tls = f"""\
[tls]
tls_cert_file = "{certificate}"
tls_key_file = "{key}"
clients_ca_cert_file = "{self.pki.ca}"
[roles]
crypto_officer_users = ["{OWNER}"]
"""
        return f"""\
default_username = "admin"
{self.settings.get("", "")}
[http]
hostname = "127.0.0.1"
port = {self.port}
{self.settings.get("http", "")}
[db]
database_type = "sqlite"
sqlite_path = "{self.folder}/sqlite"
clear_database = false
{self.settings.get("db", "")}
{self._table("idp_auth")}[workspace]
root_data_path = "{self.folder}"
tmp_path = "{self.folder}/tmp"
[logging]
rust_log = "warn,cosmian_kms_server=info"
ansi_colors = false
[audit]
enabled = true
{tls}"""

    def _table(self, name: str) -> str:
        return f"[{name}]\n{self.settings[name]}\n" if name in self.settings else ""

    def protect_with_kek(self) -> None:
        """From here on every new key is wrapped by one that the owner makes first."""
        with self.client() as client:
            client.kmip(
                structure(
                    "Create",
                    enumeration("ObjectType", "SymmetricKey"),
                    structure(
                        "Attributes",
                        text("UniqueIdentifier", KEK),
                        enumeration("CryptographicAlgorithm", "AES"),
                        integer("CryptographicLength", 256),
                        integer("CryptographicUsageMask", _WRAP_AND_UNWRAP),
                        boolean("Sensitive", value=True),
                        moment("ActivationDate", SystemClock().now() - timedelta(days=1)),
                    ),
                )
            )
        self.settings[""] = f'key_encryption_key = "{KEK}"'
        self.stop()
        self.start()

    def let_use_kek(self) -> None:
        """Without it the runtime identity can use no key that is wrapped."""
        with self.client() as client:
            client.post("/access/grant", {"unique_identifier": KEK, "user_id": RUNTIME, "operation_types": ["decrypt"]})

    def require_token(self) -> Path:
        """From here on a bearer token is asked for; the file with it. It makes its holder the owner of everything."""
        with self.client() as client:
            client.kmip(
                structure(
                    "Create",
                    enumeration("ObjectType", "SymmetricKey"),
                    structure(
                        "Attributes",
                        text("UniqueIdentifier", "api-token"),
                        enumeration("CryptographicAlgorithm", "AES"),
                        integer("CryptographicLength", 256),
                        moment("ActivationDate", SystemClock().now() - timedelta(days=1)),
                    ),
                )
            )
            got = client.kmip(
                structure("Get", text("UniqueIdentifier", "api-token"), enumeration("KeyFormatType", "Raw"))
            )
        secret = got.structure("SymmetricKey", "KeyBlock", "KeyValue").octets("KeyMaterial")
        path = self.folder / "token"
        path.write_text(base64.b64encode(secret).decode())
        path.chmod(0o600)
        self.settings["http"] = 'api_token_id = "api-token"'
        self.stop()
        self.start()
        return path

    @contextlib.contextmanager
    def trusting_provider(self, issuer: str, audience: str) -> Iterator[None]:
        """Within it a JWT of that provider is asked for; its claim `email` is the user.

        The KMS takes a provider's keys by HTTPS alone, so they are handed on by a server with a certificate of ours.
        """
        with https_copy(self.pki, httpx2.get(f"{issuer}/jwks", timeout=20).content) as keys_url:
            self.settings["idp_auth"] = f'jwt_auth_provider = ["{issuer},{keys_url},{audience}"]'
            self.environment["SSL_CERT_FILE"] = str(self.pki.ca)
            self.stop()
            self.start()
            yield

    def stored(self) -> bytes:
        """Its database as it lies on the disk, write-ahead log included."""
        with contextlib.closing(sqlite3.connect(self.database)) as raw:
            raw.execute("PRAGMA wal_checkpoint(FULL)")
        return b"".join(path.read_bytes() for path in self.database.parent.iterdir())


@contextlib.contextmanager
def kms_server(where: Path, *, tls: bool = True) -> Iterator[Kms]:
    """A running server in an empty folder, stopped at the end."""
    kms = Kms(where, binary(), tls)
    kms.start()
    try:
        yield kms
    finally:
        kms.stop()
