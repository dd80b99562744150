"""dns-persist-01 records: the draft's own example, and each reason for which a record permits nothing."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from datetime import UTC, datetime

import pytest

from pki_manager.domain.acme.orders import Identifier, IdentifierKind
from pki_manager.policy.acme_persist import (
    MAX_OCTETS,
    PersistentAccount,
    PersistentProof,
    build_persistent_name,
    build_record_hint,
    judge_persistent,
)

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
PLAIN, WILD = (Identifier(IdentifierKind.DNS, name) for name in ("example.com", "*.example.com"))
ACCOUNT = PersistentAccount(
    ("https://ca.example", "https://ca.example:8443"),
    "/acct/123",
    urlsafe_b64decode("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs="),
)
"""The account of draft §10.2 (the thumbprint of RFC 7638 §3.1)."""

URI = "https://ca.example/acme/account-hash/sha-256/5SQm7n6tPh2-PlLbCKGnViTXX5z19SCN4cPGQHSk-kw"
ANYWHERE = "https://ca.example/acme/account-hash/sha-256/NpDnSwUthQK8zCgFdefYxAdAVPnygMLbs9US6oO-5ug"
"""The hashes of draft §10.2, bound to example.com and to no domain."""

GOOD = f"authority.example; accounturi={URI}"


def judge(*records: str, name: Identifier = PLAIN) -> PersistentProof:
    values = [record.encode() for record in records]
    return judge_persistent(values, name, issuers=("authority.example", "ca.example.net"), account=ACCOUNT, now=NOW)


@pytest.mark.parametrize(
    "record",
    [
        GOOD,
        f"  Authority.Example ;accounturi = {URI}  ",
        f"ca.example.net; accounturi={ANYWHERE}",
        f"{GOOD}; policy=wildcard; later=1",
        f"{GOOD}; policy=strange",
    ],
)
def test_a_record_of_the_draft_permits_the_account(record: str) -> None:
    assert judge(record) == (None, None)


def test_each_base_url_has_its_own_hash() -> None:
    second = PersistentAccount(("https://ca.example:8443",), ACCOUNT.url_path, ACCOUNT.thumbprint)
    record = build_record_hint(PLAIN, "authority.example", second).split('"')[1]
    assert record != GOOD
    assert judge(record).problem is None


def test_the_end_of_a_record_is_the_end_of_its_proof() -> None:
    later = int(NOW.timestamp()) + 60
    assert judge(f"{GOOD}; persistUntil={later}") == (None, later)
    assert judge(f"{GOOD}; PERSISTUNTIL=99999999999999999999") == (None, 99999999999999999999)


@pytest.mark.parametrize("policy", ["wildcard", "WildCard"])
def test_a_wildcard_has_its_policy(policy: str) -> None:
    assert judge(f"{GOOD}; policy={policy}", name=WILD).problem is None


@pytest.mark.parametrize(
    ("record", "kind", "words"),
    [
        ("authority.example", "malformed", "has no accounturi"),
        (f"{GOOD}; accounturi={URI}", "malformed", "repeats a parameter"),
        (f"{GOOD};", "malformed", "invalid syntax"),
        ("authority.example; accounturi=https://ca.example/acct/123", "malformed", "plain account URL"),
        (GOOD.replace("sha-256/", "sha-512/"), "malformed", "not a hashed URI"),
        (GOOD[:-1], "malformed", "not a hashed URI"),
        (GOOD.replace("https://ca.example", "https://elsewhere.example"), "malformed", "not a hashed URI"),
        (GOOD.replace("5SQm", "5SQn"), "unauthorized", "another account"),
        (f"{GOOD}; persistUntil=soon", "malformed", "persistUntil"),
        (f"{GOOD}; persistUntil=", "malformed", "persistUntil"),
        (f"{GOOD}; persistUntil={int(NOW.timestamp())}", "unauthorized", "has expired"),
        (f"{GOOD}; persistUntil=-1", "unauthorized", "has expired"),
        (f"{GOOD}; filler={'x' * MAX_OCTETS}", "malformed", f"At most {MAX_OCTETS}"),
        (f"authority.example.evil; accounturi={URI}", "unauthorized", "no TXT record for this CA, but 1 for others"),
        (f"; accounturi={URI}", "unauthorized", "no TXT record for this CA"),
    ],
)
def test_what_permits_nothing_is_answered_with_the_right_record(record: str, kind: str, words: str) -> None:
    problem = judge(record).problem
    assert problem is not None
    assert (problem.kind, words in problem.detail) == (kind, True), problem.detail
    assert f'_validation-persist.example.com with the value "{GOOD}".' in problem.detail


@pytest.mark.parametrize("policy", ["", "; policy=", "; policy=subdomains"])
def test_a_wildcard_needs_its_policy(policy: str) -> None:
    problem = judge(f"{GOOD}{policy}", name=WILD).problem
    assert problem is not None
    assert problem.kind == "unauthorized"
    assert f'"{GOOD}; policy=wildcard".' in problem.detail


def test_one_of_several_records_is_enough_and_others_do_not_matter() -> None:
    expired = f"{GOOD}; persistUntil=1"
    assert judge("other.example; accounturi", expired, "v=spf1 -all", GOOD).problem is None
    problem = judge("other.example; accounturi=", expired).problem
    assert problem is not None
    assert "has expired" in problem.detail


def test_no_record_is_answered_with_the_right_one() -> None:
    problem = judge().problem
    assert problem is not None
    assert (problem.kind, "has no TXT record." in problem.detail) == ("unauthorized", True)
    assert build_persistent_name(WILD) == "_validation-persist.example.com"
