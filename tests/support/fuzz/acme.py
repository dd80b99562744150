"""What `fuzz_targets` needs of ACME: valid inputs, and parsers as the product calls them."""

from __future__ import annotations

import json
from contextlib import suppress

from pki_manager.domain.acme.orders import ChallengeKind
from pki_manager.domain.acme.proof import CaaRecord
from pki_manager.domain.errors import PkiError
from pki_manager.policy.acme import judge_caa
from pki_manager.protocols.acme import jws, wire
from pki_manager.protocols.acme.binding import read_binding
from tests.protocols.acme.signing import b64, bind, new_signer
from tests.support.alpn_certificates import Alpn

CAA = (b"ca.example", b"ca.example; accounturi=https://ca.example/a/1; validationmethods=dns-01,http-01", b";")

PAYLOADS = (
    b'{"contact": ["mailto:a@example.com"], "onlyReturnExisting": true, "status": "deactivated"}',
    b'{"identifiers": [{"type": "dns", "value": "a.example"}], "notAfter": "2027-01-01T00:00:00Z"}',
    b'{"csr": "MIIB", "certificate": "MIIB", "reason": 1, "account": "https://pki.example/", "oldKey": {}}',
    b"AQID.AQ",
)
_SIGNER = new_signer()
_HEADER = {"jwk": _SIGNER.jwk, "nonce": "n", "url": "https://pki.example/acme/new-account"}


def alpn_certificates() -> tuple[bytes, ...]:
    return tuple(Alpn(names=names).make()[0] for names in (("a.example",), ("192.0.2.1",), ()))


def judged_caa(data: bytes) -> object:
    """A CAA property's value, as DNS brings it."""
    value = data.decode("ascii", "replace")
    records = [CaaRecord("example.com", False, tag, value) for tag in ("issue", "issuewild")]
    return judge_caa(
        records, identities=("ca.example",), account_uris=("u",), method=ChallengeKind.DNS_01, is_wildcard=True
    )


def bodies() -> tuple[bytes, ...]:
    bound = bind(bytes(32), "k", _HEADER["url"], _SIGNER.jwk)
    signers = (_SIGNER, new_signer("Ed25519"), new_signer("RSA-2048"))
    return tuple(json.dumps(one.jws({**_HEADER, "jwk": one.jwk}, bound)).encode() for one in signers)


def taken_body(data: bytes) -> None:
    """A request's body, its header as it is and in base64url, and what is in it."""
    for body in (data, json.dumps({**_SIGNER.jws({}, None), "protected": b64(data)}).encode()):
        with suppress(PkiError):
            signed = jws.read_body(body)
            if signed.key is not None:
                signed.verify(signed.key)
                read_binding(json.loads(signed.payload or b"0"), signed.url, signed.key).is_bound(bytes(32))


def read_payload(data: bytes) -> None:
    readers = (
        wire.read_account_request, wire.read_account_update, wire.read_deactivation, wire.read_order_request,
        wire.read_csr, wire.read_revocation, wire.read_key_change, wire.list_identifiers,
        lambda told: wire.read_certificate_id(told.decode("utf-8", "replace")),
    )  # fmt: skip
    for read in readers:
        with suppress(PkiError):
            read(data)
