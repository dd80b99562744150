"""What proves control of names, as a test has put it there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from pki_manager.domain.acme.orders import Identifier
from pki_manager.domain.acme.proof import CaaRecord, Fetched, Presented
from pki_manager.domain.errors import OutboundFailed, PkiError

T = TypeVar("T")


class FakeValidation:
    """Implements ports.validation.Validation. What was put nowhere cannot be reached; `asked` tells every look.

    An error in place of an answer is raised.
    """

    def __init__(self) -> None:
        self.pages: dict[str, Fetched | PkiError] = {}
        """By URL."""
        self.texts: dict[str, Sequence[bytes] | PkiError] = {}
        self.presented: dict[str, Presented | PkiError] = {}
        """By the identifier's value."""
        self.caas: dict[str, Sequence[CaaRecord] | PkiError] = {}
        self.asked: list[str] = []

    def request_http(self, identifier: Identifier, path: str) -> Fetched:
        url = f"http://{identifier.value}{path}"
        self.asked.append(url)
        return _told(self.pages.get(url, OutboundFailed(f"{identifier.value} cannot be reached")))

    def find_txt_records(self, name: str) -> Sequence[bytes]:
        self.asked.append(f"TXT {name}")
        return _told(self.texts.get(name, ()))

    def request_tls_alpn(self, identifier: Identifier) -> Presented:
        self.asked.append(f"ALPN {identifier.value}")
        return _told(self.presented.get(identifier.value, OutboundFailed(f"{identifier.value} cannot be reached")))

    def find_caa_records(self, domain: str) -> Sequence[CaaRecord]:
        self.asked.append(f"CAA {domain}")
        return _told(self.caas.get(domain, ()))


def _told(answer: T | PkiError) -> T:
    if isinstance(answer, PkiError):
        raise answer
    return answer
