"""The types of body properties and parameters of the REST API, each with its check."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, TypeAlias
from uuid import UUID

from fastapi import Path, Query
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, StrictStr, StringConstraints, WithJsonSchema

from pki_manager.domain.algorithms import KEY_TYPES, SIGNATURES
from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.ids import parse_uuid
from pki_manager.domain.moment import parse_moment
from pki_manager.domain.page import MAX_LIMIT

DEFAULT_LIMIT = 50

UNION = "|"
"""Prefix of the tags of union members, which pydantic adds to the path of a field."""


def _moment(value: object) -> datetime:
    """Return RFC 3339 text as a time in UTC. Numbers are invalid, because pydantic would take them for Unix time."""
    try:
        return parse_moment(value if isinstance(value, str) else "", "time")
    except InvalidInput as error:
        raise ValueError(error.errors[0].message) from None


def _identifier(value: object) -> UUID:
    try:
        return parse_uuid(value if isinstance(value, str) else "", "id")
    except InvalidInput:
        raise ValueError("must be an ID (a UUID)") from None


def _one_of(names: Collection[str]) -> tuple[AfterValidator, WithJsonSchema]:
    """Return a validator for a text that is one of `names`, and its JSON schema."""

    def check(value: str) -> str:
        if value not in names:
            raise ValueError(f"must be one of {', '.join(names)}")
        return value

    return AfterValidator(check), WithJsonSchema({"type": "string", "enum": list(names)})


Moment: TypeAlias = Annotated[
    datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})
]
Identifier: TypeAlias = Annotated[
    UUID, BeforeValidator(_identifier), WithJsonSchema({"type": "string", "format": "uuid"})
]
KeyTypeName: TypeAlias = Annotated[StrictStr, *_one_of(KEY_TYPES)]
SignatureAlgorithmName: TypeAlias = Annotated[StrictStr, *_one_of(SIGNATURES)]
Sha256: TypeAlias = Annotated[StrictStr, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")]
"""SHA-256 hash: 64 hex digits."""
Name: TypeAlias = Annotated[StrictStr, StringConstraints(min_length=1, max_length=200)]
"""ID or unique name."""
Line: TypeAlias = Annotated[StrictStr, StringConstraints(max_length=2048)]
"""A value of limited length, such as a SAN or a duration."""
Text: TypeAlias = Annotated[StrictStr, StringConstraints(min_length=1, max_length=2000)]
"""Text that a person writes. It can have several lines."""
Subject: TypeAlias = Annotated[StrictStr, StringConstraints(max_length=4096)]
"""Distinguished name as RFC 4514 text."""
RequestText: TypeAlias = Annotated[StrictStr, StringConstraints(min_length=1, max_length=128 * 1024)]
"""PKCS #10 CSR, in PEM or as Base64 DER."""
ChainText: TypeAlias = Annotated[StrictStr, StringConstraints(min_length=1, max_length=1024 * 1024)]
"""PEM certificates, one after another."""

CertificateName: TypeAlias = Annotated[
    str,
    Path(
        max_length=200,
        description="ID or serial number. The serial number in hex or decimal, in upper or lower case, with or "
        "without colons",
    ),
]
Passphrase: TypeAlias = Annotated[SecretStr, Field(max_length=128)]
"""Passphrase in a request; responses never contain it."""

Cursor: TypeAlias = Annotated[
    str | None, Query(max_length=1024, description="`next_cursor` of the previous page. Default: the first page")
]
Limit: TypeAlias = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Maximum number of items")]
