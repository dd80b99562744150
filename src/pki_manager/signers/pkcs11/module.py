"""A PKCS #11 module (a shared library), loaded once in a process and initialized for several threads.

python-pkcs11 calls `C_Initialize` without arguments, which promises a single thread, but releases the interpreter's
lock during calls, so modules crash. Each module is therefore initialized again with CKF_OS_LOCKING_OK (PKCS #11 v2.40
§5.4), before any session is open. A module and its logins belong to the process, so there is one object for each
module.
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
"""Maximum time in seconds that a restart waits for calls in progress."""

_CKF_OS_LOCKING_OK = 0x2
_CANT_LOCK, _NOT_INITIALIZED = 0xA, 0x190


class _InitializeArguments(ctypes.Structure):
    """CK_C_INITIALIZE_ARGS without mutex functions: with CKF_OS_LOCKING_OK the module uses the locks of the system."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("create_mutex", "destroy_mutex", "lock_mutex", "unlock_mutex")),
        ("flags", ctypes.c_ulong),
        ("reserved", ctypes.c_void_p),
    )


_Function = ctypes.CFUNCTYPE(ctypes.c_ulong, ctypes.c_void_p)


class _FunctionList(ctypes.Structure):
    """The beginning of CK_FUNCTION_LIST: a version of two octets, then the functions in their fixed order."""

    _fields_ = (("version", ctypes.c_ubyte * 2), ("initialize", _Function), ("finalize", _Function))


class Module:
    """A loaded PKCS #11 module. Calls run inside `using`, so that `restart` can wait for them."""

    def __init__(self, path: Path) -> None:
        """Load and initialize the module. Raises BackendUnavailable if it cannot be loaded or supports no threads."""
        self._path = path
        try:
            self._library = pkcs11.lib(str(path))
            self._functions = _function_list(path)
        except (PKCS11Error, OSError, AttributeError) as error:
            raise BackendUnavailable(f"The PKCS #11 library {path} cannot be loaded: {describe(error)}.") from None
        self._turn = Condition()
        self._inside = 0
        self.epoch = 0
        """Number of restarts. Sessions and handles of an earlier epoch are invalid."""
        self._initialize()

    @contextmanager
    def using(self) -> Iterator[None]:
        """Return a context manager that marks a call into the module, so that `restart` waits for it."""
        with self._turn:
            self._inside += 1
        try:
            yield
        finally:
            with self._turn:
                self._inside -= 1
                self._turn.notify_all()

    def tokens(self, label: str) -> list[pkcs11.Token]:
        """Return all present tokens with that label. A slot that does not respond is skipped."""
        with self.using():
            found = (_token(slot) for slot in self._library.get_slots(token_present=True))
            return [token for token in found if token is not None and token.label == label]

    def restart(self) -> None:
        """Initialize the module again, so that it searches for its tokens. This ends every session of this process.

        Raises BackendUnavailable if a call in progress does not end in time, or if the module cannot be initialized.
        """
        with self._turn:
            if not self._turn.wait_for(lambda: self._inside == 0, RESTART_SECONDS):
                raise BackendUnavailable(
                    f"The PKCS #11 library {self._path} is in use and cannot be initialized again."
                )
            self.epoch += 1
            self._initialize()

    def _initialize(self) -> None:
        """Finalize the module, in case other code has initialized it, then initialize it for several threads."""
        arguments = _InitializeArguments(flags=_CKF_OS_LOCKING_OK)
        ended = self._functions.finalize(None)
        status = ended if ended not in (0, _NOT_INITIALIZED) else self._functions.initialize(ctypes.byref(arguments))
        if status == _CANT_LOCK:
            raise BackendUnavailable(f"The PKCS #11 library {self._path} does not support several threads.")
        if status:
            raise BackendUnavailable(f"The PKCS #11 library {self._path} cannot be initialized (CKR {status:#x}).")


def describe(error: Exception) -> str:
    """Return the text of a PKCS #11 error. Most errors contain only their name."""
    return f"{type(error).__name__}: {error}".rstrip(": ")


_modules: dict[Path, Module] = {}
_loading = Lock()


def load(path: Path) -> Module:
    """Return the module at that path. Raises BackendUnavailable with the reason if it cannot be loaded."""
    with _loading:
        if path not in _modules:
            if not path.is_file():
                raise BackendUnavailable(
                    f"The PKCS #11 library {path} does not exist. Install it, or correct the setting `module`."
                )
            _modules[path] = Module(path)
        return _modules[path]


def _function_list(path: Path) -> _FunctionList:
    """Return the module's functions, from C_GetFunctionList: the only function that every module exports by name."""
    pointer = ctypes.POINTER(_FunctionList)()
    if ctypes.CDLL(str(path)).C_GetFunctionList(ctypes.byref(pointer)):
        raise AttributeError("it returns no function list")
    return pointer.contents


def _token(slot: pkcs11.Slot) -> pkcs11.Token | None:
    try:
        return slot.get_token()
    except PKCS11Error:
        return None
