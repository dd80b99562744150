"""Sign-in by device code (RFC 8628): the user confirms a short code in the web UI, and the server returns a token."""

from __future__ import annotations

import socket
import sys
import time

from pki_manager import __version__
from pki_manager.cli.exits import Exit, get_exit
from pki_manager.cli.failure import Failure
from pki_manager.cli.session import CommandSession
from pki_manager.cli.text import escape_control_characters
from pki_manager.domain.errors import AuthorizationPending, DeviceCodeExpired, PartUnavailable, SlowDown
from pki_manager.domain.people.device import MAX_HOST

_SLOWER = 5
"""Seconds that each `slow_down` adds to the interval (RFC 8628 §3.5)."""


def sign_in_by_device_code(session: CommandSession, role: str | None, expires: str | None) -> str:
    """Return the API token of a user who confirms the code that this shows on stderr.

    Raises DeviceCodeExpired if the user does not confirm the code in time; Failure, with the problem document, if the
    user denies the sign-in.
    """
    client = {"client_id": f"pkim {__version__}", "host": socket.gethostname()[:MAX_HOST] or "unknown"}
    codes = session.post("device", "authorization", body=client | {"role": role, "expires": expires})
    _show_code(codes["verification_uri"], codes["user_code"], codes["expires_in"])
    interval, waited = codes["interval"], 0
    while waited < codes["expires_in"]:
        time.sleep(interval)
        waited += interval
        try:
            return str(session.post("device", "token", body={"device_code": codes["device_code"]})["access_token"])
        except PartUnavailable:
            pass  # The server restarts, or the network is down: the code stays valid.
        except Failure as failure:
            interval += _get_delay(failure)
    raise DeviceCodeExpired("The code was not confirmed in time. Run `pkim login` again.")


def _get_delay(failure: Failure) -> int:
    """Return by how many seconds the interval grows. Raises the failure if polling again cannot succeed."""
    code = str(failure.document.get("code"))
    if code == SlowDown.code:
        return _SLOWER
    if code == AuthorizationPending.code or get_exit(code) is Exit.UNAVAILABLE:
        return 0
    raise failure


def _show_code(address: str, code: str, lasts: int) -> None:
    lines = (
        f"1. Open {address} in a browser, on any machine, and sign in.",
        f"2. Enter the code {code} and confirm it. It is valid for {lasts // 60} minutes.",
        "Waiting for the confirmation. To cancel, press Ctrl+C.",
    )
    print("\n".join(escape_control_characters(line) for line in lines), file=sys.stderr, flush=True)
