"""The challenge dns-persist-01: a TXT record that stays and names the CA and the ACME account.

Source: draft-ietf-acme-dns-persist-02. It is a draft, so that the records can change.
"""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from pki_manager.domain.acme.orders import AcmeProblem, Identifier
from pki_manager.domain.acme.proof import build_account_hash_prefix
from pki_manager.policy.issue_value import IssueValue, parse_issue_value

MAX_ISSUERS = 10
"""Maximum number of issuer domain names (draft §3.1)."""

MAX_OCTETS = 2048
"""Maximum size of a record. A record for one account needs fewer than 600 octets."""

_LABEL = "_validation-persist"
_HASH = "sha-256"
_ANY_DOMAIN = "*"
_INTEGER = re.compile(r"-?[0-9]{1,20}", re.ASCII)
_URI = re.compile(rf"{_HASH}/[A-Za-z0-9_-]{{43}}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PersistentAccount:
    """The account that a record must name.

    `bases` are the base URLs of this server without trailing slash, the preferred one first. `url_path` is the path of
    the account's URL, and `thumbprint` that of its current key (32 octets).
    """

    bases: tuple[str, ...]
    url_path: str
    thumbprint: bytes


class PersistentProof(NamedTuple):
    """The result of a validation. `problem` is None if a record is valid; `until` is its `persistUntil`, or None.

    `until` is in seconds since 1970-01-01T00:00:00Z.
    """

    problem: AcmeProblem | None
    until: int | None = None


def build_persistent_name(identifier: Identifier) -> str:
    """Return the DNS name of the records of an identifier (draft §4)."""
    return f"{_LABEL}.{identifier.domain}"


def judge_persistent(
    values: Sequence[bytes],
    identifier: Identifier,
    *,
    issuers: Sequence[str],
    account: PersistentAccount,
    now: datetime,
) -> PersistentProof:
    """Return whether one of the TXT records permits the account to get certificates for the identifier (draft §4.2).

    `issuers` are the issuer domain names of this CA (lower case). Records that name other issuers are ignored. A
    wildcard needs `policy=wildcard`. Without a valid record, the problem is that of the first record for this CA, and
    contains the record to publish.
    """
    hint = f"Publish the TXT record {build_record_hint(identifier, issuers[0], account)}"
    problems: list[AcmeProblem] = []
    for value in values:
        parsed = parse_issue_value(value[:MAX_OCTETS].decode("ascii", "replace"))
        if parsed.issuer not in issuers:
            continue
        proof = _judge_record(parsed, len(value), identifier, account, now)
        if proof.problem is None:
            return proof
        problems.append(AcmeProblem(proof.problem.kind, f"{proof.problem.detail} {hint}"))
    if problems:
        return PersistentProof(problems[0])
    found = "no TXT record" if not values else f"no TXT record for this CA, but {len(values)} for others"
    return PersistentProof(_unauthorized(f"The name {build_persistent_name(identifier)} has {found}. {hint}"))


def build_record_hint(identifier: Identifier, issuer: str, account: PersistentAccount) -> str:
    """Return name and value of the record that permits the account to get certificates for the identifier."""
    uri = _build_account_uri(account.bases[0], identifier.domain, account)
    wildcard = "; policy=wildcard" if identifier.is_wildcard else ""
    return f'{build_persistent_name(identifier)} with the value "{issuer}; accounturi={uri}{wildcard}".'


def _judge_record(
    record: IssueValue, octets: int, identifier: Identifier, account: PersistentAccount, now: datetime
) -> PersistentProof:
    if octets > MAX_OCTETS:
        return PersistentProof(_malformed(f"A record has {octets} octets. At most {MAX_OCTETS} are permitted."))
    if record.parameters is None:
        return PersistentProof(_malformed("A record has invalid syntax, or repeats a parameter (RFC 8659 §4.2)."))
    problem = _judge_account(record.parameters.get("accounturi"), identifier, account)
    if problem is not None:
        return PersistentProof(problem)
    until = record.parameters.get("persistuntil")
    if until is not None and not _INTEGER.fullmatch(until):
        return PersistentProof(_malformed("The persistUntil of a record is not a number of seconds since 1970."))
    if until is not None and int(until) <= now.timestamp():
        return PersistentProof(_unauthorized(f"The record has expired: its persistUntil is {until}."))
    if identifier.is_wildcard and record.parameters.get("policy", "").lower() != "wildcard":
        return PersistentProof(
            _unauthorized(f"The record does not permit {identifier.value}: policy=wildcard is missing.")
        )
    return PersistentProof(None, None if until is None else int(until))


def _judge_account(uri: str | None, identifier: Identifier, account: PersistentAccount) -> AcmeProblem | None:
    """Return the problem of an `accounturi`, None if it is that of the account.

    It is bound to the domain, or to none (`*`), and to the account's current key: the server advertises
    `keyRotationPeriod` 0, so that hashes of former keys are not accepted (draft §4.3).
    """
    if uri is None:
        return _malformed("A record has no accounturi.")
    prefixes = map(build_account_hash_prefix, account.bases)
    if not any(uri.startswith(prefix) and _URI.fullmatch(uri.removeprefix(prefix)) for prefix in prefixes):
        return _malformed(
            "The accounturi of a record is not a hashed URI of this server; a plain account URL is not one."
        )
    domains = (identifier.domain, _ANY_DOMAIN)
    if any(uri == _build_account_uri(base, domain, account) for base in account.bases for domain in domains):
        return None
    return _unauthorized("The accounturi of the record belongs to another account, domain, or account key.")


def _build_account_uri(base: str, domain: str, account: PersistentAccount) -> str:
    """Return the hashed URI of an account (draft §4.1): SHA-256 of length and domain, key thumbprint, and URL."""
    name = domain.encode("ascii")
    key = _to_base64url(account.thumbprint).encode("ascii")
    url = f"{base}{account.url_path}".encode("ascii")
    digest = hashlib.sha256(bytes([len(name)]) + name + key + url).digest()
    return f"{build_account_hash_prefix(base)}{_HASH}/{_to_base64url(digest)}"


def _to_base64url(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def _malformed(detail: str) -> AcmeProblem:
    return AcmeProblem("malformed", detail)


def _unauthorized(detail: str) -> AcmeProblem:
    return AcmeProblem("unauthorized", detail)
