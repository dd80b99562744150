"""JSON responses of an identity provider. Anything else counts as unavailable."""

from __future__ import annotations

import json
from typing import Any

from pki_manager.domain.errors import OutboundFailed, OutboundRefused, ProviderUnavailable
from pki_manager.ports.outbound import Outbound, OutboundCall, OutboundResponse

_OK = 200


def ask(outbound: Outbound, call: OutboundCall) -> OutboundResponse:
    """Send a request. Raises ProviderUnavailable for every failure; the reason is for the log."""
    try:
        return outbound.send(call)
    except (OutboundFailed, OutboundRefused) as error:
        raise ProviderUnavailable(
            "The connection to the identity provider failed.", retry_after=10, why=error.detail
        ) from error


def fetch(outbound: Outbound, call: OutboundCall) -> dict[str, Any]:
    """Return the JSON object of a response with status 200. Raises ProviderUnavailable."""
    answer = ask(outbound, call)
    if answer.status != _OK:
        raise ProviderUnavailable(f"The identity provider returned HTTP {answer.status}.", retry_after=10)
    return parse_document(answer.content)


def parse_document(content: bytes) -> dict[str, Any]:
    """Return the JSON object in a body. Raises ProviderUnavailable."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ProviderUnavailable("The identity provider returned a response that is not a JSON object.")
    return value


def read_texts(value: object) -> frozenset[str]:
    """Return a claim that is a text or a list of texts as a set; empty for anything else."""
    if isinstance(value, str):
        return frozenset({value})
    if isinstance(value, list):
        return frozenset(one for one in value if isinstance(one, str))
    return frozenset()
