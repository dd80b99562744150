"""Failures of commands: a problem document, its text on stderr, and an exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from pki_manager.cli.exits import Exit, get_exit
from pki_manager.cli.text import escape_control_characters
from pki_manager.domain.errors import Fault, Forbidden, PkiError

_HIDDEN = "Internal error. Run the command again with --verbose to see the cause."


class Failure(Exception):
    """A problem document (RFC 9457) from the REST API."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        super().__init__(document.get("detail"))
        self.document = document


class Accepted(Exception):
    """Raised if the operation waits for approval; contains the request or approval."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        super().__init__(document.get("detail"))
        self.document = document


def build_document(error: Exception) -> Mapping[str, Any]:
    """Return the problem document of an error from the server or this process. The text of a fault is replaced."""
    if isinstance(error, Failure):
        return error.document
    if isinstance(error, PermissionError):
        error = Forbidden(f"{error.filename!r} cannot be opened: {error.strerror}. Run pkim as its owner.")
    known = error if isinstance(error, PkiError) and not isinstance(error, Fault) else Fault(_HIDDEN)
    return {
        "title": known.title,
        "detail": _detail(known),
        "code": known.code,
        "errors": [{"field": e.field, "rule": e.rule, "message": e.message} for e in known.errors],
    }


def _detail(error: PkiError) -> str:
    """Return the detail of a local error, with the text of the database driver if there is any."""
    reason = error.facts.get("reason")
    return f"{error.detail} ({reason})" if reason else error.detail


def report(document: Mapping[str, Any], *, as_json: bool) -> Exit:
    """Print a problem document on stderr, and return its exit code."""
    if as_json:
        print(json.dumps(document, indent=2), file=sys.stderr)
    else:
        faults = document.get("errors", ())
        # The detail repeats what the faults say; with them below, the kind of failure is enough of a headline.
        headline = document.get("title" if faults else "detail", "")
        print(f"pkim: {escape_control_characters(str(headline))}", file=sys.stderr)
        for fault in faults:
            print(
                escape_control_characters(f"  {fault['field']}: {fault['message']} [{fault['rule']}]"), file=sys.stderr
            )
    return get_exit(str(document.get("code", "")))
