"""Sign-in by device code: the requests of a command line and of the browser that confirms."""

from __future__ import annotations

from typing import Any

from tests.protocols.rest.door import Door, Reply, unique
from tests.support.people import Browser


def begin_device(door: Door, **more: str) -> dict[str, Any]:
    """Begin a sign-in, and return its codes."""
    body = {"client_id": "pkim 1.0", "host": unique("laptop"), **more}
    begun = door.with_token(None).post("/device/authorization", body)
    assert begun.status == 200, begun.body
    codes: dict[str, Any] = begun.json
    return codes


def approve_device(browser: Browser, user_code: str, role: str = "requester", expires: str = "PT1H") -> Reply:
    return browser.post("/device/approve", {"user_code": user_code, "role": role, "expires": expires})


def poll_device(door: Door, codes: dict[str, Any]) -> Reply:
    return door.with_token(None).post("/device/token", {"device_code": codes["device_code"]})
