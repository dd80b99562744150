"""The facts of a certificate request."""

from pki_manager.domain.algorithms import (
    KeyFamily,
)
from pki_manager.domain.names import DistinguishedName
from pki_manager.domain.request import KeyFacts, RequestFacts


def test_a_key_of_our_own_asks_for_nothing_but_its_names():
    facts = KeyFacts(
        family=KeyFamily.ED25519, description="Ed25519", size=256, name="Ed25519", spki_der=b"s", spki_sha256=b"h"
    )
    request = RequestFacts.of_key(facts, DistinguishedName.of(("CN", "a")))
    assert (request.key, request.sans, request.other_names, request.requested_extensions) == (facts, (), (), ())
    assert request.signature_hash is None
