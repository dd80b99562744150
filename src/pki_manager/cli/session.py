"""One run of a command: its connection to the REST API, and its output."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from pki_manager.cli import output as printing
from pki_manager.cli.asgi import AsgiResponse
from pki_manager.cli.failure import Accepted, Failure
from pki_manager.cli.output import Output
from pki_manager.cli.owner import OwnerFiles
from pki_manager.cli.table import Layout
from pki_manager.cli.transport import RemoteConnection, Transport, open_transport
from pki_manager.domain.errors import ApprovalNeeded
from pki_manager.domain.page import MAX_LIMIT

_JSON = "application/json"
_ACCEPTED = 202
_FIRST_ERROR = 400


@dataclass(frozen=True, slots=True)
class File:
    """The body of a request, with its media type."""

    content: bytes
    media_type: str


class CommandSession:
    """A command's connection to the REST API, opened when it is first needed, and its output.

    The end of the `with` block closes the connection. A `transport` replaces the connection.
    """

    def __init__(
        self,
        connection: RemoteConnection,
        output: Output = Output.TABLE,
        layout: Layout = Layout.FULL,
        *,
        transport: Transport | None = None,
    ) -> None:
        self.connection = connection
        self.output = output
        self.layout = layout
        self._stack = ExitStack()
        self._transport = transport

    def __enter__(self) -> CommandSession:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def as_owner(self, owner: OwnerFiles) -> None:
        """Use a key owner's credentials. Call this before the first request. Does nothing without a credential file."""
        if owner.is_given:
            self.connection = replace(self.connection, owner=owner)

    def get(self, *path: str, query: Mapping[str, object] | None = None) -> dict[str, Any]:
        """Return the object at that path. Raises Failure, with the problem document, if the request fails."""
        return _document(self._send("GET", path, query))

    def put(self, *path: str, body: Mapping[str, object] | None = None) -> dict[str, Any]:
        """Send a PUT request and return the response. Members that are None are omitted."""
        return _document(self._send("PUT", path, None, body if body is not None else {}))

    def post(self, *path: str, body: Mapping[str, object] | None = None) -> dict[str, Any]:
        """Send a POST request and return the response. Members that are None are omitted."""
        return _document(self._send("POST", path, None, body if body is not None else {}))

    def upload(self, *path: str, query: Mapping[str, object], content: bytes, media_type: str) -> dict[str, Any]:
        """Send a POST request with a file."""
        return _document(self._send("POST", path, query, File(content, media_type)))

    def work(self) -> bool:
        """Run waiting background jobs if no server runs. Returns whether there were any."""
        return self._open().work()

    def delete(self, *path: str) -> None:
        self._send("DELETE", path, None)

    def file(self, *path: str, query: Mapping[str, object] | None = None, accept: str = "*/*") -> bytes:
        return self._send("GET", path, query, accept=accept).body

    def pages(self, *path: str, query: Mapping[str, object], cursor: str | None, limit: int | None) -> dict[str, Any]:
        """Return up to `limit` items, read page by page. `next_cursor` is where the next call continues."""
        items: list[Any] = []
        while True:
            size = MAX_LIMIT if limit is None else min(MAX_LIMIT, limit - len(items))
            page = self.get(*path, query={**query, "cursor": cursor, "limit": size})
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None or (limit is not None and len(items) >= limit):
                return {"items": items, "next_cursor": cursor}

    def show(self, document: Mapping[str, Any]) -> None:
        printing.show(document, self.output)

    def show_list(self, document: Mapping[str, Any], *columns: str) -> None:
        printing.show_list(document, columns, self.output, self.layout)

    def _send(
        self,
        method: str,
        path: Sequence[str],
        query: Mapping[str, object] | None,
        body: Mapping[str, object] | File | None = None,
        accept: str = _JSON,
    ) -> AsgiResponse:
        target = "".join(f"/{quote(segment, safe='')}" for segment in path)
        given = {name: value for name, value in (query or {}).items() if value is not None}
        if given:
            target += f"?{urlencode(given)}"
        file = _json_file(body) if isinstance(body, Mapping) else body
        headers = {"Accept": accept} | ({"Content-Type": file.media_type} if file else {})
        answer = self._open().send(method, target, headers, file.content if file else b"")
        if answer.status >= _FIRST_ERROR:
            raise Failure(_problem(answer))
        if answer.status == _ACCEPTED:
            waiting = _document(answer)
            if waiting.get("code") == ApprovalNeeded.code:
                raise Accepted(waiting["request"] or waiting["approval"])
        return answer

    def _open(self) -> Transport:
        if self._transport is None:
            self._transport = self._stack.enter_context(open_transport(self.connection))
        return self._transport


def _json_file(body: Mapping[str, object]) -> File:
    content = {name: value for name, value in body.items() if value is not None}
    return File(json.dumps(content).encode(), _JSON)


def _document(answer: AsgiResponse) -> dict[str, Any]:
    document = _parsed(answer)
    if document is None:
        raise Failure(_foreign(answer))
    return document


def _problem(answer: AsgiResponse) -> Mapping[str, Any]:
    document = _parsed(answer)
    return document if document is not None and "code" in document else _foreign(answer)


def _parsed(answer: AsgiResponse) -> dict[str, Any] | None:
    try:
        document = json.loads(answer.body)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _foreign(answer: AsgiResponse) -> Mapping[str, Any]:
    """Return a problem document for a response that is not PKI Manager's, for example that of a proxy."""
    return {"code": "foreign_answer", "detail": f"the answer is not a PKI Manager's (status {answer.status})"}
