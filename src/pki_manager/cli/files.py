"""Input and output files; `-` is standard input or output."""

from __future__ import annotations

import sys
from pathlib import Path

from pki_manager.domain.errors import InvalidInput, TooLarge

STDIO = "-"
_MAX_INPUT = 1024 * 1024


def read_input(path: str, option: str, limit: int = _MAX_INPUT) -> bytes:
    """Read a file of at most `limit` octets (default: 1 MiB).

    Raises InvalidInput if it cannot be read, and TooLarge if it is longer; both name the option.
    """
    try:
        if path == STDIO:
            content = sys.stdin.buffer.read(limit + 1)
        else:
            with Path(path).open("rb") as file:
                content = file.read(limit + 1)
    except OSError as error:
        raise InvalidInput.of(option, "file.read", f"cannot be read from {path!r}: {error.strerror}") from None
    if len(content) > limit:
        raise TooLarge.of(option, "file.size", f"must have at most {limit} bytes; {path!r} has more")
    return content


def read_object_text(path: str, option: str) -> str:
    """Return a PEM file as it is, or a DER file as Base64, for a JSON body.

    Raises InvalidInput if the file is neither. Other errors as `read_input`.
    """
    import base64

    content = read_input(path, option)
    if content[:1] == b"\x30":
        return base64.b64encode(content).decode("ascii")
    if b"\0" in content:
        raise InvalidInput.of(option, "object.form", f"must be PEM or DER; {path!r} is neither")
    return content.decode("utf-8", "replace")


def write_output(path: str, content: bytes) -> None:
    """Write a public file, such as a certificate or a CRL. Raises InvalidInput if it cannot be written."""
    try:
        if path == STDIO:
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()
        else:
            Path(path).write_bytes(content)
    except OSError as error:
        raise InvalidInput.of("--out", "file.write", f"cannot be written to {path!r}: {error.strerror}") from None
