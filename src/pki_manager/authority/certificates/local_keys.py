"""Keys that this installation generated, as facts for the policy decision, which applies to them too."""

from __future__ import annotations

from pki_manager.domain.names import DistinguishedName
from pki_manager.domain.request import RequestFacts
from pki_manager.x509 import keys


def build_local_key_facts(spki_der: bytes) -> RequestFacts:
    """Return the request facts for a key in a key backend (SubjectPublicKeyInfo, DER), without names and extensions."""
    return RequestFacts(
        subject=DistinguishedName(),
        sans=(),
        other_names=(),
        key=keys.compute_key_facts(spki_der, "key"),
        requested_extensions=(),
        signature_hash=None,
    )
