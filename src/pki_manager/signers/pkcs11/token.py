"""A token: found by its label, logged in once, used through sessions in worker threads, found again after removal.

A login belongs to the process: one session logs in and stays open, and the others share the login.
"""

from __future__ import annotations

import time
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

from pki_manager.domain.errors import BackendUnavailable, ConfigurationInvalid
from pki_manager.signers.options import Pkcs11Options
from pki_manager.signers.pkcs11 import mechanisms
from pki_manager.signers.pkcs11.module import Module, describe, load
from pki_manager.signers.pkcs11.pin import Pin, RefusedPin
from pki_manager.signers.pkcs11.workers import Workers

T = TypeVar("T")

_PIN_REFUSED = (PinIncorrect, PinInvalid, PinLenRange, PinLocked, PinExpired)
_NO = (
    *(AttributeTypeInvalid, AttributeValueInvalid, DataLenRange, KeySizeRange, MechanismInvalid),
    *(MechanismParamInvalid, TemplateIncomplete, TemplateInconsistent),
)
"""Errors of a token that is present. Repeating the call would give the same result."""

_LOOKS = (0, 0.3)
"""Seconds before each search for a token that is not listed.

SoftHSM2 omits a token while another process writes to it, for example when several processes start and create keys at
the same time.
"""


@dataclass(frozen=True, slots=True)
class TokenSettings:
    """The settings of a token. `seconds` is the deadline of a call; generating keys has a longer one."""

    module: Path
    label: str
    pin: Pin
    sessions: int = 8
    seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class _Connection:
    """A token that was found and logged in.

    `anchor` is the session that logged in. While it is open, the login is valid.
    """

    module: Module
    epoch: int
    token: pkcs11.Token
    anchor: pkcs11.Session

    @property
    def is_current(self) -> bool:
        """Return whether its session handles are valid. After a restart of the module they belong to other sessions."""
        return self.epoch == self.module.epoch


@dataclass(slots=True)
class Seat:
    """The session of one worker thread, and the private keys found in it, by key ID."""

    connection: _Connection | None = None
    opened: pkcs11.Session | None = None
    keys: dict[str, mechanisms.PrivateKey] = field(default_factory=dict)

    @property
    def session(self) -> pkcs11.Session:
        if self.opened is None:
            raise BackendUnavailable("The token has no open session.")
        return self.opened

    def move(self, connection: _Connection) -> None:
        """Open a session on the connection, unless the worker already has one there."""
        if connection is self.connection:
            return
        if self.connection is not None and self.connection.is_current:
            self._end()
        self.keys.clear()
        self.opened = None
        self.opened, self.connection = connection.token.open(rw=True), connection

    def leave(self) -> None:
        """Close the session, unless the module was restarted and the handle belongs to another session."""
        if self.connection is not None:
            with self.connection.module.using():
                if self.connection.is_current:
                    self._end()

    def _end(self) -> None:
        if self.opened is not None:
            with suppress(PKCS11Error):
                self.opened.close()

    def require_token(self) -> None:
        """Raise a PKCS #11 error if the token was removed. Some modules only report a missing object in that case."""
        token = self.session.token
        if token.slot.get_token().label != token.label:
            raise PKCS11Error("another token is in its slot")


class Pkcs11Token:
    """The token with these settings. Thread-safe."""

    def __init__(self, settings: TokenSettings) -> None:
        self.settings = settings
        self._lock = Lock()
        self._connection: _Connection | None = None
        self._workers = Workers(f"the token {settings.label!r}", settings.sessions, Seat)

    def use(self, job: Callable[[Seat], T], *, seconds: float | None = None) -> T:
        """Return the result of the job, which gets a logged-in session.

        After a PKCS #11 error the job is repeated once.

        Raises BackendUnavailable if the token is unavailable, refuses, or takes longer than `seconds`.
        """
        return self._workers.run(lambda seat: self._attempt(seat, job), seconds or self.settings.seconds)

    def close(self) -> None:
        """Close the sessions. The login stays, because another key backend of the process can be using it."""
        self._workers.close(Seat.leave)

    def _attempt(self, seat: Seat, job: Callable[[Seat], T]) -> T:
        try:
            return self._once(seat, job)
        except PKCS11Error:
            # After any error, search for the token again; the second error is reported.
            self._forget(seat.connection)
        try:
            return self._once(seat, job)
        except PKCS11Error as error:
            raise self._away(describe(error)) from None

    def _once(self, seat: Seat, job: Callable[[Seat], T]) -> T:
        connection = self._connected()
        with connection.module.using():
            try:
                seat.move(connection)
                return job(seat)
            except _NO as error:
                raise BackendUnavailable(
                    f"The token {self.settings.label!r} refused the call: {describe(error)}."
                ) from None

    def _forget(self, connection: _Connection | None) -> None:
        with self._lock:
            if self._connection is connection:
                self._connection = None

    def _connected(self) -> _Connection:
        with self._lock:
            held = self._connection
            if held is None or not held.is_current:
                self._connection = held = self._connect()
            return held

    def _connect(self) -> _Connection:
        module = load(self.settings.module)
        try:
            token = self._find(module)
            return _Connection(module, module.epoch, token, self._log_in(module, token))
        except PKCS11Error as error:
            raise self._away(describe(error)) from None

    def _find(self, module: Module) -> pkcs11.Token:
        try:
            found = module.tokens(self.settings.label)
        except PKCS11Error:
            found = []
        for pause in _LOOKS:
            if found:
                break
            time.sleep(pause)
            # Many modules search for tokens only at their start.
            module.restart()
            found = module.tokens(self.settings.label)
        if not found:
            raise self._away("it is in no slot")
        if len(found) > 1:
            raise self._away("two tokens have that label; give the one of another program a different label")
        return found[0]

    def _log_in(self, module: Module, token: pkcs11.Token) -> pkcs11.Session:
        pin = self.settings.pin.read()
        with self.settings.pin.locked() as refused, module.using():
            self._require_tries(token.slot.get_token().flags, pin, refused)
            try:
                session = token.open(user_pin=pin)
            except UserAlreadyLoggedIn:
                return token.open()
            except _PIN_REFUSED as error:
                counts = bool(token.slot.get_token().flags & TokenFlag.USER_PIN_COUNT_LOW)
                refused.remember(pin, counts=counts)
                raise self._away(f"it refuses the PIN in {self.settings.pin.path} ({describe(error)})") from None
            refused.forget()
            return session

    def _require_tries(self, flags: TokenFlag, pin: str, refused: RefusedPin) -> None:
        if flags & TokenFlag.USER_PIN_LOCKED:
            raise self._away("its PIN is locked: its security officer has to set a new one")
        if flags & TokenFlag.USER_PIN_FINAL_TRY:
            raise self._away("one more wrong PIN would lock it: log in by hand with the right one first")
        if refused.is_refused(pin, reports_wrong_pin=bool(flags & TokenFlag.USER_PIN_COUNT_LOW)):
            raise self._away(
                f"it refused the PIN in {self.settings.pin.path}, which is not tried again; write the right PIN there"
            )

    def _away(self, reason: str) -> BackendUnavailable:
        return BackendUnavailable(f"The token {self.settings.label!r} cannot be used: {reason}.", retry_after=5)


def open_token(options: Pkcs11Options, home: Path) -> Pkcs11Token:
    """Return the token with these settings. The search for it starts on first use.

    A refused PIN is remembered in the data directory. Raises ConfigurationInvalid if no PIN file or PIN credential is
    set.
    """
    path = options.pin_file or options.pin_credential
    if path is None:
        raise ConfigurationInvalid(f"Key backend {options.name!r} requires pin_file or pin_credential.")
    memory = home / f"key-{options.name}.pin-refused"
    return Pkcs11Token(
        TokenSettings(
            module=options.module,
            label=options.token_label,
            pin=Pin(path, memory, is_credential=options.pin_credential is not None),
            sessions=options.sessions,
            seconds=options.timeout.total_seconds(),
        )
    )
