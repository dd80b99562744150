"""Encoding of an endpoint's result as the HTTP response."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from pydantic import BaseModel
from starlette.responses import Response


def encode_model(model: BaseModel, status: int) -> Response:
    """Return the JSON response of a model."""
    return Response(model.model_dump_json(by_alias=True), status, media_type="application/json")


def encode_result(endpoint: Callable[..., Any], status: int) -> Callable[..., Any]:
    """Wrap an endpoint so that its model is encoded as JSON once, in the same thread.

    FastAPI would validate the model again and encode it in another thread. Status and headers that the endpoint set on
    an injected response are kept.
    """

    @wraps(endpoint)
    def respond(*args: Any, **parameters: Any) -> Any:  # noqa: ANN401 - the types are those of the endpoint
        result = endpoint(*args, **parameters)
        if isinstance(result, BaseModel):
            response = encode_model(result, status)
        elif result is None:
            response = Response(status_code=status)
        else:
            return result
        for value in parameters.values():
            if isinstance(value, Response):
                response.status_code = value.status_code or status
                response.headers.update(value.headers)
        return response

    return respond
