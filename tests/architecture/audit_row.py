"""One row of the table of AUD-01: a request for an operation, and the audit events that it records."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.protocols.rest.door import Door, House
from tests.support.people import Browser


@dataclass(frozen=True)
class Asked:
    """A request. `path` has the path parameters in order; `body` is its JSON, None for operations without one.

    `browser` sends it instead of the caller with a token, for operations of signed-in users, or before sign-in.
    `csv` is a file with its `query`, `form` replaces the JSON body, and `headers` are sent in addition to the usual
    ones.
    """

    path: tuple[str, ...] = ()
    body: object = None
    browser: Browser | None = None
    csv: str | None = None
    form: Mapping[str, str] | None = None
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    def content(self) -> tuple[bytes, list[tuple[str, str]]]:
        """Return the body as it is sent, and its header."""
        if self.csv is not None:
            return self.csv.encode(), [("Content-Type", "text/csv")]
        if self.form is not None:
            return urlencode(self.form).encode(), [("Content-Type", "application/x-www-form-urlencoded")]
        if self.body is None:
            return b"", []
        return json.dumps(self.body).encode(), [("Content-Type", "application/json")]


@dataclass(frozen=True)
class Row:
    """An operation. `prepare` creates the objects that it needs, by requests of its own, and returns the request.

    `events` are the actions of the audit events that one request records, in order. Signing records `…intended` before
    its event; all other operations record exactly one.
    """

    prepare: Callable[[House, Door], Asked]
    events: tuple[str, ...]


def profile_definition(name: str) -> dict[str, object]:
    """The minimal body of a profile."""
    return {
        "name": name,
        "kind": "end-entity",
        "description": "",
        "key_types": ["ECDSA-P256"],
        "subject": {"attributes": ["CN"], "common_name": "from-sans"},
        "sans": {"kinds": ["DNS"], "minimum": 1},
        "validity": {"default": "P30D", "maximum": "P90D"},
        "key_usage": ["digitalSignature"],
        "extended_key_usage": ["1.3.6.1.5.5.7.3.1"],
    }
