"""Detection of Edwards curve points for which signatures can be forged, because no private key belongs to them.

pyca/cryptography loads every string of the right length. Only its verification decodes the point, and accepts these.
"""

from __future__ import annotations

_P25519 = (1 << 255) - 19
_P448 = (1 << 448) - (1 << 224) - 1

# y of the points whose order divides the cofactor: 8 on edwards25519, 4 on edwards448. Those of order 8 solve
# d*y^4 + 2*y^2 = 1.
_Y8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL = {
    _P25519: frozenset({0, 1, _P25519 - 1, _Y8, _P25519 - _Y8}),
    _P448: frozenset({0, 1, _P448 - 1}),
}


def is_unsafe_point(public_key: bytes) -> bool:
    """Return whether an Ed25519 (32 octets) or Ed448 (57 octets) public key has small order or is not canonical.

    RFC 8032 (§5.1.3, §5.2.3) permits only one form of a point: y must be below the prime of the field.
    """
    prime = _P25519 if len(public_key) == 32 else _P448
    sign_bit = len(public_key) * 8 - 1
    y = int.from_bytes(public_key, "little") & ~(1 << sign_bit)
    return y >= prime or y in _SMALL[prime]
