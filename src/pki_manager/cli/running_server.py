"""A check whether the server of this machine's installation runs, by its management listener."""

from __future__ import annotations

from dataclasses import dataclass

from pki_manager.cli.transport import RemoteConnection, is_remote, load_settings

_TIMEOUT = 5.0


@dataclass(frozen=True, slots=True)
class RunningServer:
    """The state of the server. `reason` says why it does not run; None while it runs."""

    url: str
    reason: str | None


def find_server(connection: RemoteConnection) -> RunningServer | None:
    """Return the state of the installation's server, or None if commands go to a remote server."""
    if is_remote(connection):
        return None

    import httpx2

    from pki_manager.bootstrap import in_force

    settings, _ = in_force.adopt(load_settings(connection))
    url = settings.bind("management").http_url
    try:
        response = httpx2.get(f"{url}/healthz", timeout=_TIMEOUT, trust_env=False, follow_redirects=False)
    except httpx2.HTTPError as error:
        return RunningServer(url, f"No server responds at {url}: {error}. Start it with `pkim serve`.")
    if not response.is_success:
        return RunningServer(url, f"The response from {url}/healthz has the HTTP status {response.status_code}.")
    return RunningServer(url, None)
