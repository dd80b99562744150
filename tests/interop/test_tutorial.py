"""What the pages tell people to type works, in the order in which it is written, on the real thing."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tools.rest_reference import OUTSIDE

from tests.judges.services import require
from tests.services import softhsm2

_ROOT = Path(__file__).parent.parent.parent
_TUTORIAL = "docs/tutorial/first-ca-in-five-minutes.md"
_HSM = "docs/how-to/keep-keys-in-an-hsm.md"
_EASY_RSA = "docs/how-to/migrate-an-easyrsa-ca.md"
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_OTHERS = (
    "README.md",
    "docs/how-to/issue-from-a-script.md",
    "docs/how-to/verify-the-audit-log.md",
    "docs/how-to/create-enrollment-credentials.md",
    "docs/how-to/enroll-with-est.md",
    "docs/how-to/enroll-with-scep.md",
    "docs/how-to/trust-the-root.md",
)
_OF_A_CERTIFICATES_LIFE = (
    "docs/how-to/renew-a-certificate.md",
    "docs/how-to/run-bulk-jobs.md",
    "docs/how-to/grant-permissions.md",
    "docs/how-to/revoke-a-certificate.md",
    "docs/how-to/export-for-other-programs.md",
    "docs/operations/001-certificate-operations.md",
    "docs/how-to/rotate-a-ca-key.md",
    "docs/how-to/keep-the-root-offline.md",
    "docs/how-to/limit-a-ca.md",
    "docs/how-to/migrate-an-existing-ca.md",
    "docs/how-to/require-approvals.md",
    "docs/how-to/issue-with-acme.md",
    "docs/how-to/enroll-with-cmp.md",
    "docs/how-to/partition-a-crl.md",
    "docs/how-to/use-pkim-with-a-server.md",
    "docs/how-to/correct-a-wrong-clock.md",
    "docs/how-to/back-up-and-restore.md",
    # Last: it leaves a setting behind that only its own shell has.
    "docs/how-to/change-the-master-key.md",
)
_ENOUGH_SECONDS = 900

_SERVED = """
pkim init > /dev/null
pkim serve --ready-file "$HOME/ready.json" > "$HOME/server.log" 2>&1 &
for _ in $(seq 300); do [ -s "$HOME/ready.json" ] && break; sleep 0.1; done
[ -s "$HOME/ready.json" ]
"""
"""What the other pages take for granted."""


def _script(page: str) -> str:
    """Every `sh` block of a page, in order, in one shell; each is announced, so that a failure tells where it was."""
    blocks = _BLOCK.findall((_ROOT / page).read_text(encoding="utf-8"))
    return "\n".join(f"echo '--- {page}, block {number}'\n{block}" for number, block in enumerate(blocks, start=1))


@pytest.fixture
def environment(tmp_path: Path) -> Mapping[str, str]:
    """An empty home directory, an installation of its own, and ports that nobody else has."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(3)]
        binds = [f"127.0.0.1:{probe.getsockname()[1]}" for probe in probes]
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.defpath}",
        "HOME": str(tmp_path),
        "PKIM_HOME": str(tmp_path / "installation"),
        "LANG": "C.UTF-8",
        "PKIM_MANAGEMENT_BIND": binds[0],
        "PKIM_TLS_BIND": binds[1],
        "PKIM_STATUS_BIND": binds[2],
    }


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """Where the commands are typed; a page that does not end its server has it ended."""
    work = tmp_path / "work"
    work.mkdir()
    yield work
    shutil.rmtree(work)


def _run(script: str, environment: Mapping[str, str], directory: Path) -> subprocess.CompletedProcess[str]:
    """In a process group of its own, so that whatever a page starts ends with it."""
    process = subprocess.Popen(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=directory,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=_ENOUGH_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        output += "\n--- took too long"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    return subprocess.CompletedProcess(script, process.returncode, output)


def test_the_tutorial_ends_with_openssl_refusing_the_revoked_certificate(
    environment: Mapping[str, str], directory: Path
) -> None:
    ended = _run(_script(_TUTORIAL), environment, directory)
    assert ended.returncode == 0, ended.stdout
    seen = [
        "refused: exit code 3",
        "www.pem: OK",
        "Response verify OK",
        "www.pem: good",
        "www.pem: revoked",
        "Reason: keyCompromise",
        "error 23 at 0 depth lookup: certificate revoked",
    ]
    where = [ended.stdout.find(text) for text in seen]
    assert -1 not in where, ended.stdout
    assert where == sorted(where), ended.stdout


def test_the_commands_of_the_other_pages_work(environment: Mapping[str, str], directory: Path) -> None:
    """On one installation that is being served, each page in a shell of its own."""
    pages = "\n".join(f"(\n{_script(page)})" for page in _OTHERS)
    ended = _run(_SERVED + pages + _asked_outside_the_api(), environment, directory)
    assert ended.returncode == 0, ended.stdout


def test_the_commands_of_a_certificates_life_work(environment: Mapping[str, str], directory: Path) -> None:
    """They need an installation and no server."""
    pages = "\n".join(f"(\n{_script(page)})" for page in _OF_A_CERTIFICATES_LIFE)
    ended = _run("pkim init > /dev/null\n" + pages, environment, directory)
    assert ended.returncode == 0, ended.stdout


_REQUEST = """
ca=$(pkim ca show "Issuing CA" --output json | jq -r .id)
openssl ocsp -issuer chain.pem -cert www.pem -no_nonce -reqout request.der
base64=$(openssl base64 -A -in request.der | sed 's/+/%2B/g; s/=/%3D/g; s,/,%2F,g')
n=1
"""


def _asked_outside_the_api() -> str:
    """One request for each line of the reference's table, to each listener that it names; any failure ends it."""
    lines = [_REQUEST]
    for asked, listeners, _ in OUTSIDE:
        method, _, path = asked.partition(" ")
        body = (
            "--header 'Content-Type: application/ocsp-request' --data-binary @request.der" if method == "POST" else ""
        )
        for listener in listeners:
            base = f'$(jq -r .{listener} "$HOME/ready.json")'
            lines.append(f"echo '--- {listener}: {asked}'")
            lines.append(f'curl -sSf -o answer --cacert chain.pem {body} "{base}{path.replace("{", "${")}"')
            lines.append("[ -s answer ]")
    return "\n".join(lines)


def test_a_page_with_a_command_that_fails_is_found(environment: Mapping[str, str], directory: Path) -> None:
    ended = _run("pkim cert show 0 | cat\necho unreachable", environment, directory)
    assert ended.returncode != 0
    assert "unreachable" not in ended.stdout


def test_the_commands_of_the_page_about_hsms_work(environment: Mapping[str, str], directory: Path) -> None:
    """On a token of SoftHSM2 that the page makes."""
    softhsm2.require_module()
    ended = _run("pkim init > /dev/null\n" + _script(_HSM), environment, directory)
    assert ended.returncode == 0, ended.stdout


def test_the_commands_of_the_page_about_easyrsa_work(environment: Mapping[str, str], directory: Path) -> None:
    """On a CA that the real EasyRSA makes there, with what it has issued and revoked."""
    require("easyrsa")
    ended = _run("pkim init --no-hierarchy > /dev/null\n" + _script(_EASY_RSA), environment, directory)
    assert ended.returncode == 0, ended.stdout
    seen = ["pki/issued/ann.crt: OK", "error 23 at 0 depth lookup: certificate revoked", "CN=vpn.example.com"]
    where = [ended.stdout.find(text) for text in seen]
    assert -1 not in where, ended.stdout
    assert where == sorted(where), ended.stdout


@pytest.mark.parametrize("page", [_TUTORIAL, _HSM, _EASY_RSA, *_OTHERS, *_OF_A_CERTIFICATES_LIFE])
def test_pages_have_blocks_to_run(page: str) -> None:
    assert _BLOCK.findall((_ROOT / page).read_text(encoding="utf-8"))
