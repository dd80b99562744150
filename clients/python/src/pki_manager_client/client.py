"""The client: the operations of the REST API, and what programs do with several of them."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from types import TracebackType

from pki_manager_client import models
from pki_manager_client.errors import RequestEnded
from pki_manager_client.operations import Operations

_ENDED = frozenset({"refused", "rejected", "cancelled", "expired", "failed"})


class Client(Operations):
    """The REST API of a PKI Manager server. Thread-safe. Use it in a `with` block, or close it."""

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Client:
        """Return a client for PKIM_URL with PKIM_TOKEN_FILE and PKIM_CA_FILE, as the command line `pkim` uses them.

        Raises KeyError if PKIM_URL is not set.
        """
        return cls(environ["PKIM_URL"], token_file=environ.get("PKIM_TOKEN_FILE"), ca_file=environ.get("PKIM_CA_FILE"))

    def wait_for_certificate(self, request: str, *, timeout: float = 3600.0, pause: float = 5.0) -> models.Certificate:
        """Return the certificate of a request once it is issued. `timeout` and `pause` are in seconds.

        Raises RequestEnded if it ends without a certificate, and TimeoutError if it still waits.
        """
        end = time.monotonic() + timeout
        while True:
            found = self.get_request(request)
            if found["state"] == "issued" and found["certificate"]:
                return self.get_certificate(found["certificate"])
            if found["state"] in _ENDED:
                raise RequestEnded(found)
            if time.monotonic() + pause > end:
                raise TimeoutError(f"Certificate request {request} still waits: {found['state']}.")
            time.sleep(pause)
