"""A token as we use it: found by its label, logged in once, its sessions in worker threads, found again when it left.

Its login belongs to the process: one session logs in and stays open, the others inherit it. A token locks its PIN after
a few wrong ones, so a PIN that it refused is never tried again: not until the file holds another one, or until
somebody has logged in with the right one (which the token tells by its flags).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TypeVar

import pkcs11
from pkcs11.constants import TokenFlag
from pkcs11.exceptions import (
    AttributeTypeInvalid,
    AttributeValueInvalid,
    DataLenRange,
    KeySizeRange,
    MechanismInvalid,
    MechanismParamInvalid,
    PinExpired,
    PinIncorrect,
    PinInvalid,
    PinLenRange,
    PinLocked,
    PKCS11Error,
    TemplateIncomplete,
    TemplateInconsistent,
    UserAlreadyLoggedIn,
)

from pki_manager.domain.errors import BackendUnavailable, HomeUnusable
from pki_manager.signers.pkcs11 import mechanisms
from pki_manager.signers.pkcs11.module import Module, RefusedPin, load, told
from pki_manager.signers.pkcs11.workers import Workers
from pki_manager.signers.private_file import read_private

T = TypeVar("T")

_PIN_REFUSED = (PinIncorrect, PinInvalid, PinLenRange, PinLocked, PinExpired)
_NO = (
    *(AttributeTypeInvalid, AttributeValueInvalid, DataLenRange, KeySizeRange, MechanismInvalid),
    *(MechanismParamInvalid, TemplateIncomplete, TemplateInconsistent),
)
"""Answers of a token that is there: asking again would give the same."""


@dataclass(frozen=True, slots=True)
class TokenSettings:
    """`pin` is a file that only we may read or, if `pin_is_credential`, one in a systemd credential directory.

    `seconds` is the deadline of a call; making keys takes longer.
    """

    module: Path
    label: str
    pin: Path
    pin_is_credential: bool = False
    sessions: int = 8
    seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class _Connection:
    """A token that was found and logged in. `anchor` is the session that did it: while it is open, the login holds."""

    module: Module
    epoch: int
    token: pkcs11.Token
    anchor: pkcs11.Session

    def is_of(self, other: _Connection) -> bool:
        """Whether its sessions are still what their handles say: after a restart those are others'."""
        return self.module is other.module and self.epoch == other.epoch


@dataclass(slots=True)
class Seat:
    """A worker's own session on a connection, and the private keys that it found there, by key id."""

    connection: _Connection | None = None
    opened: pkcs11.Session | None = None
    keys: dict[str, mechanisms.PrivateKey] = field(default_factory=dict)

    @property
    def session(self) -> pkcs11.Session:
        if self.opened is None:
            raise BackendUnavailable("the token has no session")
        return self.opened

    def move(self, connection: _Connection) -> None:
        """To a session there, unless it has one."""
        if connection is self.connection:
            return
        self.keys.clear()
        old, self.opened = self.opened, None
        if old is not None and self.connection is not None and self.connection.is_of(connection):
            with suppress(PKCS11Error):
                old.close()
        self.opened, self.connection = connection.token.open(rw=True), connection

    def require_token(self) -> None:
        """A PKCS #11 error when the token has left: some modules then say that there is no such object."""
        token = self.session.token
        if token.slot.get_token().label != token.label:
            raise PKCS11Error("another token is in its slot")


class Token:
    """The token of these settings. Safe for several threads."""

    def __init__(self, settings: TokenSettings) -> None:
        self.settings = settings
        self._lock = Lock()
        self._connection: _Connection | None = None
        self._workers = Workers(f"the token {settings.label!r}", settings.sessions, Seat)

    def use(self, job: Callable[[Seat], T], *, seconds: float | None = None) -> T:
        """What the job gives with a session that is logged in. It is called again after the token was away.

        BackendUnavailable when the token is away, refuses, or takes longer than `seconds`.
        """
        return self._workers.run(lambda seat: self._attempt(seat, job), seconds or self.settings.seconds)

    def _attempt(self, seat: Seat, job: Callable[[Seat], T]) -> T:
        try:
            return self._once(seat, job)
        except PKCS11Error:
            # Whatever it was, the token is looked for anew; the second time the reason is told.
            self._forget(seat.connection)
        try:
            return self._once(seat, job)
        except PKCS11Error as error:
            raise self._away(told(error)) from None

    def _once(self, seat: Seat, job: Callable[[Seat], T]) -> T:
        connection = self._connected()
        with connection.module.using():
            try:
                seat.move(connection)
                return job(seat)
            except _NO as error:
                raise BackendUnavailable(f"the token {self.settings.label!r} refuses: {told(error)}") from None

    def _forget(self, connection: _Connection | None) -> None:
        with self._lock:
            if self._connection is connection:
                self._connection = None

    def _connected(self) -> _Connection:
        with self._lock:
            held = self._connection
            if held is None or held.epoch != held.module.epoch:
                self._connection = held = self._connect()
            return held

    def _connect(self) -> _Connection:
        module = load(self.settings.module)
        try:
            token = self._find(module)
            return _Connection(module, module.epoch, token, self._log_in(module, token))
        except PKCS11Error as error:
            raise self._away(told(error)) from None

    def _find(self, module: Module) -> pkcs11.Token:
        try:
            found = module.tokens(self.settings.label)
        except PKCS11Error:
            found = []
        if not found:
            # Many modules look for tokens only when they start.
            module.restart()
            found = module.tokens(self.settings.label)
        if not found:
            raise self._away("it is in no slot")
        if len(found) > 1:
            raise self._away("two tokens have that label, and one of them is not ours: give them different ones")
        return found[0]

    def _log_in(self, module: Module, token: pkcs11.Token) -> pkcs11.Session:
        pin = self._pin()
        digest = hashlib.sha256(pin.encode()).digest()
        self._require_tries(module, token, digest)
        with module.using():
            try:
                return token.open(user_pin=pin)
            except UserAlreadyLoggedIn:
                return token.open()
            except _PIN_REFUSED as error:
                tells = bool(token.slot.get_token().flags & TokenFlag.USER_PIN_COUNT_LOW)
                module.refused_pins[self.settings.label] = RefusedPin(digest, tells)
                raise self._away(f"it refuses the PIN in {self.settings.pin} ({told(error)})") from None

    def _require_tries(self, module: Module, token: pkcs11.Token, digest: bytes) -> None:
        if token.flags & TokenFlag.USER_PIN_LOCKED:
            raise self._away("its PIN is locked: its security officer has to set a new one")
        if token.flags & TokenFlag.USER_PIN_FINAL_TRY:
            raise self._away("one more wrong PIN would lock it: log in by hand with the right one first")
        refused = module.refused_pins.get(self.settings.label)
        is_low = token.flags & TokenFlag.USER_PIN_COUNT_LOW
        if refused is not None and refused.digest == digest and (is_low or not refused.is_told):
            raise self._away(f"it refused the PIN in {self.settings.pin}, which is not tried again: correct the file")

    def _pin(self) -> str:
        """Read for every login, and not kept."""
        try:
            content = read_private(self.settings.pin, "PIN file", credential=self.settings.pin_is_credential)
            pin = content.rstrip(b"\r\n").decode()
        except HomeUnusable as error:
            raise self._away(error.detail) from None
        except UnicodeDecodeError:
            raise self._away(f"the PIN file {self.settings.pin} is not a text") from None
        if not pin:
            raise self._away(f"the PIN file {self.settings.pin} is empty")
        return pin

    def _away(self, reason: str) -> BackendUnavailable:
        return BackendUnavailable(f"the token {self.settings.label!r} cannot be used: {reason}", retry_after=5)
