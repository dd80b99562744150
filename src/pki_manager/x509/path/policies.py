"""Certificate policies in a path (RFC 5280 §6.1.2 to §6.1.5), for relying parties that accept any policy.

For them, it only matters whether the policy tree is empty, and the set of its leaves is enough to determine this.
"""

from __future__ import annotations

from collections.abc import Sequence

from pki_manager.domain.ca import PoliciesLeft
from pki_manager.domain.errors import Malformed
from pki_manager.domain.profiles.checks import find_policy_faults
from pki_manager.domain.profiles.terms import PolicyInformation
from pki_manager.x509.asn1 import oid_octets, tlv
from pki_manager.x509.asn1.tlv import DerError
from pki_manager.x509.path.link import Link

_ANY = oid_octets.encode_oid("2.5.29.32.0")


class _State:
    """The state of the policy checks. `valid` is None if any policy is valid.

    The counters are those of RFC 5280 §6.1.2 (d) to (f).
    """

    def __init__(self, length: int) -> None:
        self.valid: frozenset[bytes] | None = None
        self.explicit = self.any_allowed = self.mapping_allowed = length + 1
        self.is_told_of = True

    def process_certificate(self, link: Link, *, is_last: bool) -> None:
        """Process the policies of a certificate (§6.1.3 (d) and (e))."""
        own = _policies(link)
        if own is None:
            self.valid = frozenset()
            self.is_told_of = False
        elif _ANY not in own or not (self.any_allowed > 0 or (link.is_self_issued and not is_last)):
            named = own - {_ANY}
            self.valid = named if self.valid is None else self.valid & named

    def prepare_next(self, link: Link) -> None:
        """Process the mappings and constraints of a CA certificate before the next (§6.1.4 (a), (b), (h) to (j))."""
        mappings = _mappings(link)
        if self.valid is not None and mappings:
            mapped = (
                frozenset(new for old, new in mappings if old in self.valid) if self.mapping_allowed else frozenset()
            )
            self.valid = self.valid - {old for old, _ in mappings} | mapped
        if not link.is_self_issued:
            self.explicit = max(0, self.explicit - 1)
            self.any_allowed = max(0, self.any_allowed - 1)
            self.mapping_allowed = max(0, self.mapping_allowed - 1)
        explicit, mapping = _constraints(link)
        self.explicit = min(self.explicit, explicit)
        self.mapping_allowed = min(self.mapping_allowed, mapping)
        self.any_allowed = min(self.any_allowed, _inhibit_any(link))

    @property
    def is_refused(self) -> bool:
        return self.explicit == 0 and self.valid is not None and not self.valid


_NEVER = 1 << 30


def has_valid_policy(path: Sequence[Link]) -> bool:
    """Return whether a path (certificate first, trust anchor last) has a valid policy, or requires none.

    Raises DerError for a policy extension that cannot be read.
    """
    below = path[-2::-1] if len(path) > 1 else path
    state = _State(len(below))
    for position, link in enumerate(below):
        is_last = position == len(below) - 1
        state.process_certificate(link, is_last=is_last)
        if state.is_refused:
            return False
        if not is_last:
            state.prepare_next(link)
    state.explicit = max(0, state.explicit - 1)
    if _constraints(below[-1])[0] == 0:
        state.explicit = 0
    return not state.is_refused


def compute_policies_left(chain: Sequence[bytes]) -> PoliciesLeft:
    """Return the policies that are still valid below a chain (DER, issuing CA first, trust anchor last).

    If the chain cannot be read, no policy is valid.
    """
    state = _State(len(chain))
    try:
        for one in reversed(chain[:-1]):
            link = Link.read(one, "chain")
            state.process_certificate(link, is_last=False)
            state.prepare_next(link)
    except (DerError, Malformed):
        return PoliciesLeft(frozenset(), any_policy=False)
    named = None if state.valid is None else frozenset(oid_octets.decode_oid(oid) for oid in state.valid)
    # One more certificate follows: at 1 or less it would need a valid policy (§6.1.5 (a)).
    is_silent = not state.is_told_of and state.explicit > 1
    return PoliciesLeft(named, any_policy=state.any_allowed > 0, is_silent=is_silent)


def compute_policies(chain: Sequence[bytes]) -> tuple[PolicyInformation, ...]:
    """Return the policies of the first certificate of a chain that are valid in the chain.

    Empty for a trust anchor. If a policy has several practice statements, the first with an HTTP URL is returned.
    """
    if len(chain) < 2:
        return ()
    left = compute_policies_left(chain[1:])
    try:
        value = _value(Link.read(chain[0], "chain"), oid_octets.CERTIFICATE_POLICIES)
        policies = [_information(item) for item in tlv.read_whole(value, tlv.SEQUENCE).children()] if value else []
    except (DerError, Malformed):
        return ()
    return tuple({one.oid: one for one in reversed(policies) if left.has(one.oid)}.values())[::-1]


def _information(item: tlv.Tlv) -> PolicyInformation:
    cursor = tlv.Cursor(item)
    oid, qualifiers = oid_octets.decode_oid(cursor.take(tlv.OBJECT_IDENTIFIER).value), cursor.optional(tlv.SEQUENCE)
    pairs = [tlv.read_fields(one, tlv.SEQUENCE, 2) for one in (qualifiers.children() if qualifiers else ())]
    statements = [
        pair[1].value.decode("ascii", "replace") for pair in pairs if pair[0].value == oid_octets.CPS_QUALIFIER
    ]
    candidates = (PolicyInformation(oid, cps) for cps in statements)
    return next((one for one in candidates if not any(find_policy_faults((one,)))), PolicyInformation(oid))


def _value(link: Link, oid: bytes) -> bytes | None:
    extension = link.view.by_oid.get(oid)
    return extension.value if extension else None


def _policies(link: Link) -> frozenset[bytes] | None:
    value = _value(link, oid_octets.CERTIFICATE_POLICIES)
    if value is None:
        return None
    items = tlv.read_whole(value, tlv.SEQUENCE).children()
    return frozenset(
        tlv.require_tag(tlv.read_fields(one, tlv.SEQUENCE, 1)[0], tlv.OBJECT_IDENTIFIER).value for one in items
    )


def _mappings(link: Link) -> list[tuple[bytes, bytes]]:
    """Return the pairs of policyMappings. Raises DerError if one maps to or from anyPolicy (§6.1.4 (a))."""
    value = _value(link, oid_octets.POLICY_MAPPINGS)
    pairs = []
    for item in tlv.read_whole(value, tlv.SEQUENCE).children() if value else ():
        old, new = (
            tlv.require_tag(part, tlv.OBJECT_IDENTIFIER).value for part in tlv.read_fields(item, tlv.SEQUENCE, 2)[:2]
        )
        if _ANY in (old, new):
            raise DerError("policyMappings must not map to or from anyPolicy")
        pairs.append((old, new))
    return pairs


def _constraints(link: Link) -> tuple[int, int]:
    value = _value(link, oid_octets.POLICY_CONSTRAINTS)
    if value is None:
        return _NEVER, _NEVER
    cursor = tlv.Cursor(tlv.read_whole(value, tlv.SEQUENCE))
    explicit, mapping = cursor.optional(0x80), cursor.optional(0x81)
    cursor.end()
    return _count(explicit.value if explicit else None), _count(mapping.value if mapping else None)


def _inhibit_any(link: Link) -> int:
    value = _value(link, oid_octets.INHIBIT_ANY_POLICY)
    return _NEVER if value is None else _count(tlv.read_whole(value, tlv.INTEGER).value)


def _count(octets: bytes | None) -> int:
    """Return the number of a SkipCerts, or a very large number if it is absent. Raises DerError if it is negative."""
    number = _NEVER if octets is None else tlv.decode_signed(octets)
    if number < 0:
        raise DerError("a count of certificates is negative")
    return number
