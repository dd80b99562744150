"""A server whose unit sets the URLs, and local commands that do not: one set of URLs, and a warning with the repair."""

from __future__ import annotations

from pathlib import Path

from tests.services.installation import Installation


def test_local_commands_use_the_urls_of_the_server_and_the_start_warns_of_dead_ones(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    installation.run("init", "--root-key-type", "ECDSA-P256")
    unit = {"PKIM_PUBLIC_URL": "https://pki.example.com", "PKIM_PUBLIC_STATUS_URL": "http://status.example.com"}
    with installation.serving(**unit):
        repair = "pkim ca rotate 'Root CA' --cross-certify"
        refused = installation.run("ca", "rotate", "Issuing CA", expect=6)
        assert repair in refused
        invitation = installation.run("user", "create", "--login", "mia", "--role", "requester")
        assert "https://pki.example.com/welcome#" in invitation
        installation.run("ca", "rotate", "Root CA", "--cross-certify")
        rotated = installation.json("ca", "rotate", "Issuing CA")
        assert rotated["keys"][0]["urls"]["ocsp"] == "http://status.example.com/ocsp"
        assert installation.json("status")["notices"] == []
    assert f"Run: {repair}" in installation.log()
