"""Connections to the KMS with one identity: TLS, credentials, and a connection pool. Changed files are read again."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import httpx2

from pki_manager.domain.errors import BackendUnavailable, HomeUnusable
from pki_manager.signers.options import CosmianOptions
from pki_manager.signers.private_file import read_private, require_private

_LIMITS = httpx2.Limits(max_connections=64, max_keepalive_connections=32, keepalive_expiry=60)


@dataclass(frozen=True, slots=True)
class KmsIdentity:
    """The identity of PKI Manager at the KMS, authenticated by a token, by a client certificate, or not at all."""

    token_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        return tuple(path for path in (self.token_file, self.certificate_file, self.key_file) if path is not None)

    @property
    def is_anonymous(self) -> bool:
        return not self.files


def get_runtime_identity(options: CosmianOptions) -> KmsIdentity:
    """Return the identity that signs."""
    return KmsIdentity(options.token_file, options.client_certificate_file, options.client_key_file)


def find_owner_identity(options: CosmianOptions) -> KmsIdentity | None:
    """Return the identity that generates keys, or None if the settings have none.

    If no identity has credentials, the runtime identity is returned: without credentials, a KMS cannot distinguish an
    owner.
    """
    owner = KmsIdentity(options.owner_token_file, options.owner_client_certificate_file, options.owner_client_key_file)
    runtime = get_runtime_identity(options)
    return runtime if owner.is_anonymous and runtime.is_anonymous else None if owner.is_anonymous else owner


class Connected(NamedTuple):
    """An HTTP client and the headers of each request."""

    client: httpx2.Client
    headers: Mapping[str, str]


class KmsConnection:
    """Provider of an HTTP client with the current credentials. TLS is always verified; no setting disables that."""

    def __init__(self, options: CosmianOptions, identity: KmsIdentity) -> None:
        self._url = options.url
        self._ca_file = options.ca_file
        self._seconds = options.timeout.total_seconds()
        self._identity = identity
        self._lock = Lock()
        self._stamp: tuple[tuple[int, int, int], ...] | None = None
        self._client: httpx2.Client | None = None
        self._headers: dict[str, str] = {}
        self._before: httpx2.Client | None = None

    def client(self) -> Connected:
        """Return the HTTP client. Raises BackendUnavailable if the local credential files cannot be used."""
        try:
            stamp = self._stamped()
            with self._lock:
                if self._client is None or stamp != self._stamp:
                    self._renew()
                    self._stamp = stamp
                return Connected(self._client or self._renew(), self._headers)
        except HomeUnusable as error:
            raise BackendUnavailable(error.detail) from error
        except OSError as error:  # ssl.SSLError is one too
            raise BackendUnavailable(f"The files for the connection to {self._url} cannot be used: {error}.") from error

    def close(self) -> None:
        with self._lock:
            for client in (self._before, self._client):
                if client is not None:
                    client.close()
            self._before = self._client = self._stamp = None

    def _stamped(self) -> tuple[tuple[int, int, int], ...]:
        files = (*self._identity.files, *((self._ca_file,) if self._ca_file else ()))
        return tuple((info.st_mtime_ns, info.st_size, info.st_ino) for info in (path.stat() for path in files))

    def _renew(self) -> httpx2.Client:
        """Create a new client. Calls in progress keep the previous client, which is closed at the next change."""
        headers = {}
        if self._identity.token_file is not None:
            headers["Authorization"] = f"Bearer {_token(self._identity.token_file)}"
        client = httpx2.Client(
            base_url=self._url,
            verify=self._context(),
            timeout=self._seconds,
            limits=_LIMITS,
            follow_redirects=False,
            trust_env=False,
        )
        if self._before is not None:
            self._before.close()
        self._before, self._client, self._headers = self._client, client, headers
        return client

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self._ca_file)
        certificate, key = self._identity.certificate_file, self._identity.key_file
        if certificate is not None and key is not None:
            require_private(key, "client key")
            # Without a password, an encrypted key would prompt for one on a terminal.
            context.load_cert_chain(certificate, key, password=b"")
        return context


def _token(path: Path) -> str:
    token = read_private(path, "token file").strip()
    if not token or not token.isascii() or any(octet <= ord(" ") for octet in token):
        raise HomeUnusable(f"The token file {path} must contain exactly one token.")
    return token.decode("ascii")
