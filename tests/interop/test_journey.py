"""From the Debian package to a trusted certificate, and its revocation, on other machines of a network."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.judges.services import require
from tests.services.journey import ADDRESSES, CLIENT, RELYING, SERVER, STAGES, summarize, travel
from tests.services.network import network
from tests.support.releases import build_release

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can make network namespaces"),
    pytest.mark.long,
]


def test_a_package_leads_to_a_trusted_certificate_and_a_visible_revocation_on_other_machines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a settings file. The table of commands and seconds is printed, as a person counts them."""
    for program in ("certbot", "chromium", "openssl", "curl"):
        require(program)
    [package] = build_release(tmp_path / "release", "--debian").glob("*.deb")
    with network(ADDRESSES) as machines:
        journey = travel(machines, package)
    with capsys.disabled():
        sys.stdout.write(f"\n{summarize([journey])}\n")
    assert {step.stage for step in journey.steps} == set(STAGES)
    assert sum(step.commands for step in journey.steps) <= 14


def test_a_machine_of_the_network_reaches_the_others_by_name_and_nothing_else() -> None:
    with network(ADDRESSES) as machines:
        relying = machines[RELYING]
        assert relying.run(f"getent hosts {SERVER}").split() == [ADDRESSES[SERVER], SERVER]
        assert relying.run("ip -o route").split()[0] == "10.77.0.0/24"
        assert relying.run("ls -A") == ""
        relying.run("echo changed > /etc/pki-manager-journey")
        assert machines[CLIENT].call("test -e /etc/pki-manager-journey").returncode == 1
    assert not Path("/etc/pki-manager-journey").exists()
    assert not Path(f"/proc/{relying.pid}").exists()
