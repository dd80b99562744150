"""What `fuzz_targets` needs of ACME: valid inputs, and parsers as the product calls them."""

from __future__ import annotations

from pki_manager.domain.acme import ChallengeKind
from pki_manager.domain.acme_proof import CaaRecord
from pki_manager.policy.acme import judge_caa
from tests.alpn_certificates import Alpn

CAA = (b"ca.example", b"ca.example; accounturi=https://ca.example/a/1; validationmethods=dns-01,http-01", b";")


def alpn_certificates() -> tuple[bytes, ...]:
    return tuple(Alpn(names=names).make()[0] for names in (("a.example",), ("192.0.2.1",), ()))


def judged_caa(data: bytes) -> object:
    """A CAA property's value, as DNS brings it."""
    value = data.decode("ascii", "replace")
    records = [CaaRecord("example.com", False, tag, value) for tag in ("issue", "issuewild")]
    return judge_caa(
        records, identities=("ca.example",), account_uris=("u",), method=ChallengeKind.DNS_01, is_wildcard=True
    )
