"""Requests to an identity provider that return JSON. Any other response counts as an unavailable provider."""

from __future__ import annotations

import json
from typing import Any

from pki_manager.domain.errors import OutboundFailed, OutboundRefused, ProviderUnavailable
from pki_manager.ports.outbound import Outbound, OutboundCall, OutboundResponse

_OK = 200


def ask(outbound: Outbound, call: OutboundCall) -> OutboundResponse:
    """Send a request and return the response. Raises ProviderUnavailable, with the reason for the log, if it fails."""
    try:
        return outbound.send(call)
    except (OutboundFailed, OutboundRefused) as error:
        raise ProviderUnavailable(
            "The connection to the identity provider failed.", retry_after=10, why=error.detail
        ) from error


def fetch(outbound: Outbound, call: OutboundCall) -> dict[str, Any]:
    """Send a request and return the JSON object in its response.

    Raises ProviderUnavailable if the request fails, the status is not 200, or the body is not a JSON object.
    """
    answer = ask(outbound, call)
    if answer.status != _OK:
        raise ProviderUnavailable(f"The identity provider returned HTTP {answer.status}.", retry_after=10)
    return parse_document(answer.content)


def parse_document(content: bytes) -> dict[str, Any]:
    """Return the JSON object in a body. Raises ProviderUnavailable if the body is anything else."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ProviderUnavailable("The identity provider returned a response that is not a JSON object.")
    return value


def read_texts(value: object) -> frozenset[str]:
    """Return the texts of a claim, which is a text or a list of texts, as a set; empty for any other value."""
    if isinstance(value, str):
        return frozenset({value})
    if isinstance(value, list):
        return frozenset(one for one in value if isinstance(one, str))
    return frozenset()
