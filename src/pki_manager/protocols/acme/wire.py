"""Parsers of the payloads of ACME requests. Unknown members are ignored (RFC 8555 §7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from pki_manager.domain.errors import InvalidInput, Malformed
from pki_manager.domain.moment import parse_moment
from pki_manager.protocols.acme import base64url
from pki_manager.protocols.acme.errors import PAYLOAD
from pki_manager.protocols.strict_json import read_json

_MAX_SERIAL_OCTETS = 21
DEACTIVATED = "deactivated"


@dataclass(frozen=True, slots=True)
class AccountPayload:
    """A newAccount payload. `binding` is the JWS of the external account binding as JSON, or None without one."""

    contacts: tuple[str, ...]
    only_existing: bool
    binding: object | None


@dataclass(frozen=True, slots=True)
class AccountUpdate:
    """An account update. If `contacts` is None, they do not change."""

    contacts: tuple[str, ...] | None
    deactivate: bool


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """A newOrder payload. `identifiers` are pairs of type and value; `replaces` is (key identifier, serial number)."""

    identifiers: tuple[tuple[str, str], ...]
    not_before: datetime | None
    not_after: datetime | None
    replaces: tuple[bytes, int] | None
    profile: str | None


@dataclass(frozen=True, slots=True)
class RevocationPayload:
    """A revokeCert payload. `reason` is the reason code of RFC 5280 §5.3.1, or None."""

    certificate_der: bytes
    reason: int | None


def read_account_request(payload: bytes) -> AccountPayload:
    """Read a newAccount payload. Raises Malformed if it is invalid."""
    document = _object(payload)
    return AccountPayload(
        _texts(document.get("contact", []), "contact"),
        _flag(document, "onlyReturnExisting"),
        document.get("externalAccountBinding"),
    )


def read_account_update(payload: bytes) -> AccountUpdate:
    """Read an account update (RFC 8555 §7.3.2, §7.3.6).

    Clients can send the whole account object back. Its `status` has an effect only if it is `deactivated`.
    """
    document = _object(payload)
    contacts = _texts(document["contact"], "contact") if "contact" in document else None
    return AccountUpdate(contacts, document.get("status") == DEACTIVATED)


def read_deactivation(payload: bytes) -> bool:
    """Return whether the payload deactivates an authorization (RFC 8555 §7.5.2).

    Raises Malformed if the payload sets another status.
    """
    state = _object(payload).get("status")
    if state not in (None, DEACTIVATED):
        raise _wrong("status", f"can be set to {DEACTIVATED!r} alone")
    return state is not None


def read_order_request(payload: bytes) -> OrderRequest:
    """Read a newOrder payload. Raises Malformed if it is invalid."""
    document = _object(payload)
    identifiers = document.get("identifiers")
    if not isinstance(identifiers, list) or not identifiers:
        raise _wrong("identifiers", "is the list of names that the order is for")
    profile, replaces = _text(document, "profile"), _text(document, "replaces")
    return OrderRequest(
        tuple(_identifier(one, number) for number, one in enumerate(identifiers)),
        _moment(document, "notBefore"),
        _moment(document, "notAfter"),
        read_certificate_id(replaces, "replaces") if replaces is not None else None,
        profile,
    )


def list_identifiers(payload: bytes) -> tuple[Mapping[str, str], ...]:
    """Return the identifiers of a newOrder payload; empty for any other payload."""
    try:
        return tuple({"type": kind, "value": value} for kind, value in read_order_request(payload).identifiers)
    except InvalidInput:
        return ()


def read_csr(payload: bytes) -> bytes:
    """Return the CSR (DER) of a finalize payload. Raises Malformed if the payload is invalid."""
    return base64url.decode(_text(_object(payload), "csr"), "csr")


def read_revocation(payload: bytes) -> RevocationPayload:
    """Read a revokeCert payload. Raises Malformed if it is invalid."""
    document = _object(payload)
    reason = document.get("reason")
    if reason is not None and type(reason) is not int:
        raise _wrong("reason", "is a number (RFC 5280 §5.3.1)")
    return RevocationPayload(base64url.decode(_text(document, "certificate"), "certificate"), reason)


@dataclass(frozen=True, slots=True)
class KeyChange:
    """A keyChange payload (RFC 8555 §7.3.5). `account` is the account's URL, `old_key` a JWK as JSON."""

    account: str
    old_key: object


def read_key_change(payload: bytes) -> KeyChange:
    """Read the payload of the inner JWS of a keyChange request. Raises Malformed if it is invalid."""
    document = _object(payload)
    account = _text(document, "account")
    if account is None or "oldKey" not in document:
        raise _wrong("payload", "names an account and its old key")
    return KeyChange(account, document["oldKey"])


def read_nested_jws(payload: bytes) -> object:
    """Return the JWS that is the payload of another JWS, as JSON. Raises Malformed if it is not a JSON object."""
    return _object(payload)


def require_empty_object(payload: bytes) -> None:
    """Raise Malformed unless the payload of a challenge response is a JSON object (RFC 8555 §7.5.1).

    It should be `{}`, but can have any members.
    """
    _object(payload)


class CertificateId(NamedTuple):
    """The identifier of a certificate in a renewalInfo URL (RFC 9773 §4.1)."""

    key_identifier: bytes
    serial: int


def read_certificate_id(text: str, field: str = "certificate") -> CertificateId:
    """Read a certificate identifier (RFC 9773 §4.1). Raises Malformed if it is invalid."""
    key_identifier, dot, serial = text.partition(".")
    octets = base64url.decode(serial, field)
    number = int.from_bytes(octets, "big", signed=True)
    canonical = number.to_bytes(number.bit_length() // 8 + 1, "big") if number > 0 else None
    if not dot or not key_identifier or len(octets) > _MAX_SERIAL_OCTETS or octets != canonical:
        raise _wrong(field, "is a key identifier and a serial number, each in base64url, with a dot between them")
    return CertificateId(base64url.decode(key_identifier, field), number)


def format_certificate_id(key_identifier: bytes, serial: int) -> str:
    """Return the text of a certificate identifier, which `read_certificate_id` reads."""
    octets = serial.to_bytes(serial.bit_length() // 8 + 1, "big")
    return f"{base64url.encode(key_identifier)}.{base64url.encode(octets)}"


def _object(payload: bytes) -> Mapping[str, Any]:
    document = read_json(payload) if payload else None
    if not isinstance(document, dict):
        raise _wrong("payload", "is a JSON object here")
    return document


def _texts(document: object, field: str) -> tuple[str, ...]:
    if not isinstance(document, list) or not all(isinstance(one, str) for one in document):
        raise _wrong(field, "is a list of texts")
    return tuple(document)


def _text(document: Mapping[str, Any], member: str) -> str | None:
    value = document.get(member)
    if not isinstance(value, str | None):
        raise _wrong(member, "is text")
    return value


def _flag(document: Mapping[str, Any], member: str) -> bool:
    value = document.get(member, False)
    if not isinstance(value, bool):
        raise _wrong(member, "is true or false")
    return value


def _identifier(document: object, number: int) -> tuple[str, str]:
    kind, value = (document.get("type"), document.get("value")) if isinstance(document, dict) else (None, None)
    if not isinstance(kind, str) or not isinstance(value, str):
        raise _wrong(f"identifiers.{number}", "has a type and a value")
    return kind, value


_UNSET = datetime.min.replace(tzinfo=UTC)
"""The zero time of Go, 0001-01-01T00:00:00Z. ACME clients written in Go send it in members that are not set."""


def _moment(document: Mapping[str, Any], member: str) -> datetime | None:
    text = _text(document, member)
    if text is None:
        return None
    try:
        found = parse_moment(text, member)
    except InvalidInput as error:
        raise _wrong(member, error.errors[0].message) from None
    # Certificates have whole seconds (RFC 5280 §4.1.2.5), clocks of clients have more.
    return None if found == _UNSET else found.replace(microsecond=0)


def _wrong(field: str, message: str) -> InvalidInput:
    return Malformed.of(field, PAYLOAD, message)
