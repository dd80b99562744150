"""JSON from a provider: read as a document of texts and numbers, or the provider counts as unavailable."""

from __future__ import annotations

import json
from typing import Any

from pki_manager.domain.errors import OutboundFailed, OutboundRefused, ProviderUnavailable
from pki_manager.ports.outbound import Outbound, OutboundCall, OutboundResponse

_OK = 200


def ask(outbound: Outbound, call: OutboundCall) -> OutboundResponse:
    """Raise ProviderUnavailable for everything that went wrong on the way; the reason is for the log."""
    try:
        return outbound.send(call)
    except (OutboundFailed, OutboundRefused) as error:
        raise ProviderUnavailable(
            "The connection to the identity provider failed.", retry_after=10, why=error.detail
        ) from error


def fetch(outbound: Outbound, call: OutboundCall) -> dict[str, Any]:
    """The JSON object of a 200. ProviderUnavailable."""
    answer = ask(outbound, call)
    if answer.status != _OK:
        raise ProviderUnavailable(f"The identity provider returned HTTP {answer.status}.", retry_after=10)
    return document(answer.content)


def document(content: bytes) -> dict[str, Any]:
    """ProviderUnavailable for what is no JSON object."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ProviderUnavailable("The identity provider returned a response that is not a JSON object.")
    return value


def texts(value: object) -> frozenset[str]:
    """A claim that is a text, or a list of them, as texts; anything else is nothing."""
    if isinstance(value, str):
        return frozenset({value})
    if isinstance(value, list):
        return frozenset(one for one in value if isinstance(one, str))
    return frozenset()
