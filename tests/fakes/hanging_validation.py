"""Servers that prove control of names and do not answer before a test lets them."""

from __future__ import annotations

import threading

from pki_manager.domain.acme.orders import Identifier
from pki_manager.domain.acme.proof import Fetched
from tests.fakes.validation import FakeValidation


class Hanging(FakeValidation):
    """Servers that do not answer before the test says so. What hangs is counted."""

    def __init__(self, *hosts: str) -> None:
        super().__init__()
        self._hosts = hosts
        self._counted = threading.Condition()
        self._hanging = 0
        self.released = threading.Event()

    def request_http(self, identifier: Identifier, path: str) -> Fetched:
        if identifier.value in self._hosts:
            with self._counted:
                self._hanging += 1
                self._counted.notify_all()
            self.released.wait(30)
        return super().request_http(identifier, path)

    @property
    def hanging(self) -> int:
        with self._counted:
            return self._hanging

    def wait_for(self, number: int) -> None:
        with self._counted:
            assert self._counted.wait_for(lambda: self._hanging >= number, 20)
