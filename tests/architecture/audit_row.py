"""One row of AUD-01's table: how an operation is done, and the events that it leaves."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.protocols.rest.door import Door, House
from tests.support.people import Browser


@dataclass(frozen=True)
class Asked:
    """`path` fills the operation's path parameters, in order; `body` is its JSON, None where it takes none.

    `browser` asks instead of the caller with a token, for what only a user, or only nobody yet, can ask.
    `csv` is the file of an operation that takes one, `query` goes with it; `form` is what it takes instead of
    JSON; `headers` are sent beside the usual ones.
    """

    path: tuple[str, ...] = ()
    body: object = None
    browser: Browser | None = None
    csv: str | None = None
    form: Mapping[str, str] | None = None
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    def content(self) -> tuple[bytes, list[tuple[str, str]]]:
        """The body as it is sent, and the header that goes with it."""
        if self.csv is not None:
            return self.csv.encode(), [("Content-Type", "text/csv")]
        if self.form is not None:
            return urlencode(self.form).encode(), [("Content-Type", "application/x-www-form-urlencoded")]
        if self.body is None:
            return b"", []
        return json.dumps(self.body).encode(), [("Content-Type", "application/json")]


@dataclass(frozen=True)
class Row:
    """`prepare` makes what the operation needs (by requests of its own) and says what to ask.

    `events` are the actions that one request leaves, in order: signing leaves `…intended` before its event, everything
    else exactly one.
    """

    prepare: Callable[[House, Door], Asked]
    events: tuple[str, ...]


def profile_definition(name: str) -> dict[str, object]:
    """The least that makes a profile."""
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
