"""A PKCS #11 module (a shared library): loaded once in a process, and initialized for several threads.

python-pkcs11 calls `C_Initialize` without arguments, which promises a single thread, but releases the interpreter's
lock during calls, so modules crash. Each is therefore initialized again with CKF_OS_LOCKING_OK (PKCS #11 v2.40 §5.4),
before any session is open. A module and its logins belong to the process, so there is one object for each.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Condition, Lock

import pkcs11
from pkcs11.exceptions import PKCS11Error

from pki_manager.domain.errors import BackendUnavailable

RESTART_SECONDS = 2.0
"""How long a restart waits for the calls that are inside."""

_CKF_OS_LOCKING_OK = 0x2
_CANT_LOCK, _NOT_INITIALIZED = 0xA, 0x190


class _InitializeArguments(ctypes.Structure):
    """CK_C_INITIALIZE_ARGS; no mutex functions, so with the flag the module takes the system's locks."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("create_mutex", "destroy_mutex", "lock_mutex", "unlock_mutex")),
        ("flags", ctypes.c_ulong),
        ("reserved", ctypes.c_void_p),
    )


_Function = ctypes.CFUNCTYPE(ctypes.c_ulong, ctypes.c_void_p)


class _FunctionList(ctypes.Structure):
    """The head of CK_FUNCTION_LIST: a version of two octets, then the functions in their fixed order."""

    _fields_ = (("version", ctypes.c_ubyte * 2), ("initialize", _Function), ("finalize", _Function))


class Module:
    """A loaded module. Calls run inside `using`, so that `restart` waits for them."""

    def __init__(self, path: Path) -> None:
        """BackendUnavailable when it cannot be loaded or refuses several threads."""
        self._path = path
        try:
            self._library = pkcs11.lib(str(path))
            self._functions = _function_list(path)
        except (PKCS11Error, OSError, AttributeError) as error:
            raise BackendUnavailable(f"The PKCS #11 library {path} cannot be loaded: {describe(error)}.") from None
        self._turn = Condition()
        self._inside = 0
        self.epoch = 0
        """Counts the restarts: sessions and handles of an earlier one are void."""
        self._initialize()

    @contextmanager
    def using(self) -> Iterator[None]:
        """Mark a call into the module."""
        with self._turn:
            self._inside += 1
        try:
            yield
        finally:
            with self._turn:
                self._inside -= 1
                self._turn.notify_all()

    def tokens(self, label: str) -> list[pkcs11.Token]:
        """Return all present tokens with that label. A slot that does not respond counts as empty."""
        with self.using():
            found = (_token(slot) for slot in self._library.get_slots(token_present=True))
            return [token for token in found if token is not None and token.label == label]

    def restart(self) -> None:
        """Let the module search for its tokens again. Every session of this process ends.

        Raises BackendUnavailable while a call hangs inside, and if the module does not start.
        """
        with self._turn:
            if not self._turn.wait_for(lambda: self._inside == 0, RESTART_SECONDS):
                raise BackendUnavailable(
                    f"The PKCS #11 library {self._path} is in use and cannot be initialized again."
                )
            self.epoch += 1
            self._initialize()

    def _initialize(self) -> None:
        """Once for a module that is initialized already, by any caller."""
        arguments = _InitializeArguments(flags=_CKF_OS_LOCKING_OK)
        ended = self._functions.finalize(None)
        status = ended if ended not in (0, _NOT_INITIALIZED) else self._functions.initialize(ctypes.byref(arguments))
        if status == _CANT_LOCK:
            raise BackendUnavailable(f"The PKCS #11 library {self._path} does not support several threads.")
        if status:
            raise BackendUnavailable(f"The PKCS #11 library {self._path} cannot be initialized (CKR {status:#x}).")


def describe(error: Exception) -> str:
    """Return a PKCS #11 error as text. Most say only their name."""
    return f"{type(error).__name__}: {error}".rstrip(": ")


_modules: dict[Path, Module] = {}
_loading = Lock()


def load(path: Path) -> Module:
    """Return the module of that path. Raises BackendUnavailable with the reason if it cannot be loaded."""
    with _loading:
        if path not in _modules:
            if not path.is_file():
                raise BackendUnavailable(
                    f"The PKCS #11 library {path} does not exist. Install it, or correct the setting `module`."
                )
            _modules[path] = Module(path)
        return _modules[path]


def _function_list(path: Path) -> _FunctionList:
    """By C_GetFunctionList, the one function that every module exports by its name."""
    pointer = ctypes.POINTER(_FunctionList)()
    if ctypes.CDLL(str(path)).C_GetFunctionList(ctypes.byref(pointer)):
        raise AttributeError("it returns no function list")
    return pointer.contents


def _token(slot: pkcs11.Slot) -> pkcs11.Token | None:
    try:
        return slot.get_token()
    except PKCS11Error:
        return None
