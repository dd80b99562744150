"""URLs of ACME objects. Their host is a configured one, never an arbitrary Host header (RFC 8555 §6.4, §7.1.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit
from uuid import UUID

from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.ids import parse_uuid

PREFIX = "/acme"
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Urls:
    """The URLs under one base URL. `base` has no trailing slash."""

    base: str

    def of(self, *parts: str) -> str:
        return "/".join((f"{self.base}{PREFIX}", *(quote(part, safe="") for part in parts)))

    def directory(self, ca: str, profile: str) -> str:
        return self.of(ca, profile, "directory")

    def new_order(self, ca: str, profile: str) -> str:
        return self.of(ca, profile, "new-order")

    def new_order_of(self, ca: str | None) -> str:
        """Return the URL for orders of any profile: of a CA, or of the only issuing CA if `ca` is None."""
        return self.of(*([ca] if ca is not None else []), "new-order")

    def account(self, account_id: UUID) -> str:
        return self.of("accounts", str(account_id))

    def orders(self, account_id: UUID) -> str:
        return self.of("accounts", str(account_id), "orders")

    def order(self, order_id: UUID) -> str:
        return self.of("orders", str(order_id))

    def finalize(self, order_id: UUID) -> str:
        return self.of("orders", str(order_id), "finalize")

    def certificate(self, order_id: UUID, alternate: int = 0) -> str:
        """Return the URL of an order's default chain, or of an alternate chain, numbered from 1."""
        return self.of("certificates", str(order_id), *([str(alternate)] if alternate else []))

    def authorization(self, authorization_id: UUID) -> str:
        return self.of("authorizations", str(authorization_id))

    def challenge(self, challenge_id: UUID) -> str:
        return self.of("challenges", str(challenge_id))


class Bases:
    """The base URLs of this server without trailing slash. The first one is preferred and uses TLS."""

    def __init__(self, bases: Sequence[str]) -> None:
        self._allowed = tuple(bases)
        self._usual = self._allowed[0]
        self._by_host = {_host(urlsplit(base).netloc, urlsplit(base).scheme): base for base in self._allowed}

    def urls(self, host: str | None, scheme: str) -> Urls:
        """Return the URLs under the base URL that a Host header names, or else under the preferred base URL.

        `scheme` determines the default port of the header.
        """
        return Urls(self._by_host.get(_host(host or "", scheme), self._usual))

    def is_own(self, url: str, target: str) -> bool:
        """Return whether `url` is one of the base URLs followed by `target` (path and query as received)."""
        return url in self.all(target)

    def all(self, target: str) -> Sequence[str]:
        return tuple(f"{base}{target}" for base in self._allowed)

    def account_id(self, url: str) -> UUID | None:
        """Return the account ID in an account URL of this server, or None for any other text."""
        path = next((url.removeprefix(base) for base in self._allowed if url.startswith(f"{base}/")), "")
        head, _, name = path.rpartition("/")
        try:
            found = parse_uuid(name, "kid")
        except InvalidInput:
            return None
        return found if head == f"{PREFIX}/accounts" and str(found) == name else None


def _host(netloc: str, scheme: str) -> str:
    """Return host and port in lower case, with the default port of the scheme if no port is given."""
    host = netloc.lower()
    has_port = host.rpartition(":")[2].isdecimal() and not host.endswith("]")
    return host if has_port else f"{host}:{_PORTS.get(scheme, 0)}"
