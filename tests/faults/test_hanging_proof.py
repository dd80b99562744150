"""A server that is asked for a proof and never answers: the end of ours does not wait for it."""

from __future__ import annotations

import socket
from pathlib import Path

from pki_manager.bootstrap import open_installation
from pki_manager.domain.acme.orders import AuthorizationState, ChallengeKind, ChallengeState
from pki_manager.settings import load
from tests.authority.acme.looks import answered, shown
from tests.services.dns import dns_server
from tests.services.installation import Installation, Server
from tests.support.acme_clients import make_client


def test_sigterm_ends_the_server_while_another_one_hangs(tmp_path: Path) -> None:
    with dns_server() as names, socket.create_server(("127.0.0.1", 0)) as silent:
        names.records["www.example.com", "A"] = ["127.0.0.1"]
        settings = {
            "PKIM_DNS_SERVERS": names.address,
            "PKIM_ACME_NETWORKS": "127.0.0.0/8",
            "PKIM_ACME_HTTP_PORT": str(silent.getsockname()[1]),
        }
        one = Installation(tmp_path, settings)
        one.run("init")
        server = Server(one, {})
        installation = open_installation(load(one.home, one.environment), slot="cli")
        try:
            client = make_client(installation.ctx)
            challenge = answered(client, "www.example.com", ChallengeKind.HTTP_01)
            silent.settimeout(30)
            connection, _ = silent.accept()
            with connection:
                # Exit code 1 would be that of the last moment, after 9.5 s.
                assert server.stop() == 0
            found, state = shown(client, challenge)
            assert (found.state, state) == (ChallengeState.PROCESSING, AuthorizationState.PENDING)
        finally:
            server.kill()
            installation.close()
