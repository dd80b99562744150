"""Bech32 (BIP 173) without its length limit: how age writes X25519 keys as text."""

from __future__ import annotations

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_WORDS = 6
_WORD_BITS, _OCTET_BITS = 5, 8
_LAST_WORD = (1 << _WORD_BITS) - 1


def encode(content: bytes, prefix: str) -> str:
    """Return the octets as Bech32 text, in lower case."""
    padding = -len(content) * _OCTET_BITS % _WORD_BITS
    number, count = int.from_bytes(content, "big") << padding, (len(content) * _OCTET_BITS + padding) // _WORD_BITS
    words = [number >> _WORD_BITS * place & _LAST_WORD for place in reversed(range(count))]
    checksum = _polymod([*_expand(prefix.lower()), *words, *[0] * _CHECKSUM_WORDS]) ^ 1
    words += [checksum >> _WORD_BITS * place & _LAST_WORD for place in reversed(range(_CHECKSUM_WORDS))]
    return f"{prefix.lower()}1{''.join(_ALPHABET[word] for word in words)}"


def decode(text: str, prefix: str) -> bytes:
    """Return the octets that a text encodes. Raises ValueError for another prefix, mixed case, or a wrong checksum."""
    if text not in (text.lower(), text.upper()):
        raise ValueError("mixed case")
    found, separator, data = text.lower().rpartition("1")
    if not separator or found != prefix.lower():
        raise ValueError("another prefix")
    words = [_ALPHABET.index(character) for character in data]
    if len(words) < _CHECKSUM_WORDS or _polymod([*_expand(found), *words]) != 1:
        raise ValueError("wrong checksum")
    return _octets(words[:-_CHECKSUM_WORDS])


def _expand(prefix: str) -> list[int]:
    return [ord(character) >> 5 for character in prefix] + [0] + [ord(character) & 31 for character in prefix]


def _polymod(values: list[int]) -> int:
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for position, generator in enumerate(_GENERATOR):
            checksum ^= generator if top >> position & 1 else 0
    return checksum


def _octets(words: list[int]) -> bytes:
    number = 0
    for word in words:
        number = number << _WORD_BITS | word
    padding = len(words) * _WORD_BITS % _OCTET_BITS
    if padding >= _WORD_BITS or number & ((1 << padding) - 1):
        raise ValueError("wrong padding")
    return (number >> padding).to_bytes(len(words) * _WORD_BITS // _OCTET_BITS, "big")
