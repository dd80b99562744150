"""Keys that we made ourselves, as the facts that policy judges: they take the same road as everybody's."""

from __future__ import annotations

from pki_manager.domain.names import DistinguishedName
from pki_manager.domain.request import RequestFacts
from pki_manager.x509 import keys


def facts_of(spki_der: bytes) -> RequestFacts:
    """A request for a key of a backend (SubjectPublicKeyInfo, DER): nothing is asked for, possession is certain."""
    return RequestFacts(
        subject=DistinguishedName(),
        sans=(),
        other_names=(),
        key=keys.key_facts(spki_der, "key"),
        requested_extensions=(),
        signature_hash=None,
    )
