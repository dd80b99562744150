"""`blocked_keys_file`: public keys that the operator has blocked, read when a process starts."""

from __future__ import annotations

import re
from pathlib import Path

from pki_manager.domain.errors import ConfigurationInvalid, FieldError

_SETTING = "blocked_keys_file"
_SPKI_SHA256_DIGITS, _DEBIAN_DIGITS = 64, 20
_HEX = re.compile(r"[0-9a-fA-F]+", re.ASCII)
_SHOWN = 5


def read_blocked_keys(path: Path | None) -> frozenset[bytes]:
    """Return the keys of a text file, one per line in hex; `#` begins a comment. Empty without a path.

    64 digits are the SHA-256 of a SubjectPublicKeyInfo (DER); 20 digits are the end of the SHA-1 by which Debian's
    blacklists name the modulus of an RSA key. Raises ConfigurationInvalid, with the line number, if the file or a line
    cannot be read.
    """
    if path is None:
        return frozenset()
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise _invalid(f"cannot be read: {error}") from None
    entries = [(number, line.partition("#")[0].strip()) for number, line in enumerate(lines, 1)]
    wrong = [number for number, entry in entries if entry and not _is_key(entry)]
    if wrong:
        shown = ", ".join(map(str, wrong[:_SHOWN])) + (", …" if len(wrong) > _SHOWN else "")
        form = f"{_SPKI_SHA256_DIGITS} or {_DEBIAN_DIGITS} hexadecimal digits"
        raise _invalid(f"{path}: line {shown} is not a key of {form}")
    return frozenset(bytes.fromhex(entry) for _, entry in entries if entry)


def _is_key(entry: str) -> bool:
    return len(entry) in (_SPKI_SHA256_DIGITS, _DEBIAN_DIGITS) and _HEX.fullmatch(entry) is not None


def _invalid(message: str) -> ConfigurationInvalid:
    fault = FieldError(_SETTING, "settings.blocked_keys_file", message)
    return ConfigurationInvalid(f"The settings are invalid: {_SETTING}: {message}.", errors=(fault,))
