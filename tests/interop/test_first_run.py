"""The first run as a person does it: questions on a terminal, then a server that another machine would trust."""

from __future__ import annotations

import os
import pty
import select
import ssl
import subprocess
import time
from pathlib import Path

import httpx2

from tests.services.installation import PKIM, Installation, free_port

HOST = "pki.example.test"
ANSWERS = (
    ("Organization", "Example Ltd"),
    ("Name of the root CA", ""),
    ("Name of the issuing CA", "TLS CA"),
    ("Key type", "ECDSA-P256"),
    ("Serve other machines", "y"),
    ("Host names", HOST),
    ("Create it?", ""),
)


def converse(installation: Installation) -> str:
    """Run `pkim init` on a terminal, and answer each question when it is asked; all that the terminal showed."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [PKIM, "init"], env=installation.environment, stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True
    )
    os.close(theirs)
    shown, read = "", 0
    deadline = time.monotonic() + 60
    for question, answer in (*ANSWERS, ("Next: pkim serve", None)):
        while question not in shown[read:]:
            assert time.monotonic() < deadline, shown
            if select.select([ours], [], [], 1)[0]:
                shown += os.read(ours, 4096).decode()
        read = len(shown)
        if answer is not None:
            os.write(ours, f"{answer}\n".encode())
    assert process.wait(timeout=20) == 0
    os.close(ours)
    return shown


def test_answers_on_a_terminal_lead_to_a_server_that_clients_verify_by_its_host_name(tmp_path: Path) -> None:
    tls, status = free_port(), free_port()
    installation = Installation(
        tmp_path, {"PKIM_TLS_BIND": f"127.0.0.1:{tls}", "PKIM_STATUS_BIND": f"127.0.0.1:{status}"}
    )
    shown = converse(installation)
    assert "CN=Example Ltd Root CA,O=Example Ltd, ECDSA-P256" in shown
    assert f"'{HOST}' does not resolve" in shown
    assert f"https://{HOST}:{tls}/welcome#" in shown
    root = tmp_path / "root.pem"
    installation.run("ca", "chain", "Example Ltd Root CA", "--out", str(root))
    trust = ssl.create_default_context(cafile=root)
    with installation.serving(), httpx2.Client(verify=trust, trust_env=False) as client:
        answer = client.get(
            f"https://127.0.0.1:{tls}/acme/TLS%20CA/tls-server/directory",
            headers={"Host": f"{HOST}:{tls}"},
            extensions={"sni_hostname": HOST},
        )
        assert answer.json()["newOrder"].startswith(f"https://{HOST}:{tls}/")
        issued = installation.json("ca", "show", "TLS CA")
        assert issued["keys"][0]["urls"]["crl"].startswith(f"http://{HOST}:{status}/crl/")
        assert installation.json("status")["notices"] == []


def test_the_sign_in_link_of_a_first_run_with_open_ports_leads_to_the_server(tmp_path: Path) -> None:
    installation = Installation(tmp_path, {"PKIM_STATUS_BIND": "127.0.0.1:0"})
    link = installation.json("init", "--root-key-type", "ECDSA-P256")["sign_in_url"]
    with installation.serving() as server:
        assert link.startswith(f"{server.management}/welcome#")
        assert httpx2.get(link, headers={"Accept": "text/html"}, trust_env=False).status_code == 200
