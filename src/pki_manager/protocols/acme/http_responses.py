"""HTTP responses for ACME responses and errors."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response

from pki_manager.domain.errors import PkiError
from pki_manager.protocols.acme import errors, wire
from pki_manager.protocols.acme.door import Accepted
from pki_manager.protocols.acme.errors import Words
from pki_manager.protocols.acme.responses import AcmeResponse


def to_response(answer: AcmeResponse) -> Response:
    """Return the HTTP response of an ACME response."""
    response = Response(answer.body, answer.status, media_type=answer.media_type)
    if answer.location is not None:
        response.headers["Location"] = answer.location
    if answer.retry_after is not None:
        response.headers["Retry-After"] = str(answer.retry_after)
    for relation, url in answer.links:
        response.headers.append("Link", f'<{url}>;rel="{relation}"')
    return response


def to_problem(error: PkiError, words: Words = errors.NONE, call: Accepted | None = None) -> Response:
    """Return the problem document of an error.

    Internal errors are raised again: `Boundary` logs them and hides their text.
    """
    if errors.get_problem_type(error, words).status == errors.SERVER_FAULT:
        raise error
    return to_error_response(error, words, call)


def to_error_response(error: PkiError, words: Words = errors.NONE, call: Accepted | None = None) -> Response:
    """Return the problem document of any error (RFC 8555 §6.7)."""
    identifiers = wire.list_identifiers(call.payload) if call is not None and len(error.errors) > 1 else ()
    document = errors.build_problem(error, words, identifiers)
    headers = errors.build_headers(error, document["status"])
    holder = error.facts.get("account")
    if call is not None and isinstance(holder, UUID):
        headers["Location"] = call.request.urls.account(holder)
    return Response(errors.encode_json(document), document["status"], headers, errors.MEDIA_TYPE)
