"""Password rules: passwords must be long and not easy to guess (NIST SP 800-63B §3.1.1)."""

from __future__ import annotations

import re
import unicodedata

from pki_manager.domain.errors import InvalidInput

MINIMUM = 12
MAXIMUM = 128
_DISTINCT = 5

_COMMON = frozenset(
    """
    administrator admin administration password passwort motdepasse contrasena welcome bienvenue willkommen letmein
    changeme change secret geheim qwerty qwertyuiop qwertz qwertzuiop azerty azertyuiop asdf asdfgh asdfghjkl zxcvbn
    zxcvbnm iloveyou monkey dragon football baseball basketball superman batman sunshine princess shadow master
    trustno starwars whatever computer internet login passphrase default temporary pkimanager pkim pki manager root
    certificate certificates authority issuing test tester testing demo example summer winter spring autumn hello
    """.split()  # noqa: SIM905 - sixty words read better so
)
_NO_LETTERS = re.compile(r"[\W\d_]+")
_DECORATION = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_LEET = str.maketrans("013457@$!|", "oieastasil")
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjkl")


def normalize_password(text: str) -> str:
    """Return a password in the form that is hashed: NFC (RFC 8265 §4.2), so that every keyboard produces the same."""
    return unicodedata.normalize("NFC", text)


def require_good(text: str, field: str, *known: str) -> str:
    """Return the normalized password if it meets all rules.

    `known` are texts that an attacker tries first: the username and the name. Raises InvalidInput with the first
    violated rule.
    """
    password = normalize_password(text)
    if len(password) < MINIMUM:
        raise InvalidInput.of(field, "password.short", f"must have at least {MINIMUM} characters")
    if len(password) > MAXIMUM:
        raise InvalidInput.of(field, "password.long", f"must have at most {MAXIMUM} characters")
    if len(set(password)) < _DISTINCT:
        raise InvalidInput.of(field, "password.repeated", f"must have at least {_DISTINCT} different characters")
    if _is_common(password) or _holds(password, known):
        raise InvalidInput.of(field, "password.common", "must not be a common password")
    return password


def _is_common(password: str) -> bool:
    """Return whether a password is a common word or a row of keys.

    The word can be repeated, have digits and signs around it, or digits instead of letters.
    """
    folded = password.casefold()
    undecorated = _DECORATION.sub("", folded)
    spellings = (_NO_LETTERS.sub("", text) for text in (folded, undecorated.translate(_LEET)))
    beginning = folded[:MINIMUM]
    return any(map(_is_made_of_common, spellings)) or any(beginning in row or beginning in row[::-1] for row in _ROWS)


def _is_made_of_common(letters: str) -> bool:
    """Return whether a text consists of common words only. An empty text does not."""
    reach = {0}
    for end in range(1, len(letters) + 1):
        if any(letters[start:end] in _COMMON for start in reach):
            reach.add(end)
    return len(letters) in reach and letters != ""


def _holds(password: str, known: tuple[str, ...]) -> bool:
    """Return whether the password is little more than one of the known texts, such as the username."""
    folded = password.casefold()
    names = (name.casefold() for text in known for name in (text, text.partition("@")[0]) if len(name) > 3)
    return any(len(folded.replace(name, "")) < MINIMUM / 2 for name in names if name in folded)
