"""Options whose values are converted for the REST API."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from pki_manager.domain.errors import InvalidInput

ValidityOption: TypeAlias = Annotated[
    str | None,
    typer.Option(help="Validity as an ISO 8601 duration such as P90D, or NOT_BEFORE/NOT_AFTER (ISO 8601 interval)"),
]

ReasonOption: TypeAlias = Annotated[
    str | None, typer.Option(help="Revocation reason (RFC 5280 §5.3.1), for example keyCompromise")
]
InvalidityOption: TypeAlias = Annotated[
    str | None, typer.Option(help="When the key was compromised, as an RFC 3339 time")
]


FieldOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--field", metavar="NAME=VALUE", help="Value of a request field of the profile. Can be repeated"),
]


def build_fields_body(texts: list[str] | None) -> dict[str, str]:
    """Return `name=value` texts as an object. Raises InvalidInput if one has no name, or a name occurs twice."""
    found: dict[str, str] = {}
    for text in texts or ():
        name, separator, value = text.partition("=")
        if not name or not separator or name in found:
            raise InvalidInput.of("--field", "cli.field", f"must be name=value, each name once, not {text!r}")
        found[name] = value
    return found


def build_validity_body(text: str | None) -> str | dict[str, str] | None:
    """Return the validity as the REST API accepts it: a text without `/` as it is, else an object of two times."""
    if text is None or "/" not in text:
        return text
    not_before, _, not_after = text.partition("/")
    return {"not_before": not_before, "not_after": not_after}
