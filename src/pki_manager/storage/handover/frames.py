"""Frames on the local socket between server processes: a length of four octets, then the content."""

from __future__ import annotations

import os
import socket
import struct
from pathlib import Path

_LENGTH = struct.Struct(">I")
_PEER = struct.Struct("3i")
_LARGEST = 64 * 1024 * 1024


def connect(path: Path, seconds: float) -> socket.socket:
    """Connect to the listener at `path`. Raises OSError if no process of the same user listens there."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(seconds)
        with _ShortPath(path) as short:
            connection.connect(short)
        require_own_peer(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def listen(path: Path) -> socket.socket:
    """Return a listening socket at `path` (mode 0600). It replaces the socket of a listener that has ended."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _ShortPath(path) as short:
            listener.bind(short)
        path.chmod(0o600)
        listener.listen()
    except BaseException:
        listener.close()
        raise
    return listener


def require_own_peer(connection: socket.socket) -> None:
    """Raise PermissionError unless the process at the other end belongs to the same user."""
    _, uid, _ = _PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
    if uid != os.geteuid():
        raise PermissionError("The other end of the socket belongs to another user.")


def send_frame(connection: socket.socket, content: bytes) -> None:
    """Send one frame."""
    connection.sendall(_LENGTH.pack(len(content)) + content)


def receive_frame(connection: socket.socket) -> bytes:
    """Return the next frame.

    Raises EOFError if the other process has ended; OSError if the frame is invalid or does not arrive in time.
    """
    (length,) = _LENGTH.unpack(_receive(connection, _LENGTH.size))
    if length > _LARGEST:
        raise OSError("A frame is too long.")
    return _receive(connection, length)


def _receive(connection: socket.socket, length: int) -> bytes:
    content = bytearray(length)
    view, at = memoryview(content), 0
    while at < length:
        count = connection.recv_into(view[at:])
        if count == 0:
            raise EOFError
        at += count
    return bytes(content)


class _ShortPath:
    """A path of at most 107 octets to a socket in any folder, through a file descriptor of the folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> str:
        self._folder = os.open(self._path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        return f"/proc/self/fd/{self._folder}/{self._path.name}"

    def __exit__(self, *_: object) -> None:
        os.close(self._folder)
