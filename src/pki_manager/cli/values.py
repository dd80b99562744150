"""Options whose values are converted for the REST API."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

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


def validity_body(text: str | None) -> str | dict[str, str] | None:
    """Return the validity as the REST API accepts it: a text without `/` as it is, else an object of two times."""
    if text is None or "/" not in text:
        return text
    not_before, _, not_after = text.partition("/")
    return {"not_before": not_before, "not_after": not_after}
