"""`pkim demo`: a history that looks real, verifies, and is gone at the end."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from pki_manager.cli.demo.command import open_home
from tests.installation.cli.program import Pkim
from tests.services.installation import PKIM

LAST_LINE = "Press Ctrl-C"
FIRST_STEP = "Day   0: users"
END_SECONDS = 30


@dataclass(frozen=True)
class Demo:
    """A demo that is served in a temporary directory."""

    url: str
    password: str
    pkim: Pkim

    @contextmanager
    def signed_in(self, login: str) -> Iterator[httpx2.Client]:
        with httpx2.Client(base_url=f"{self.url}/api/v1", headers={"Origin": self.url}, timeout=60) as client:
            client.post("/sessions", json={"login": login, "password": self.password}).raise_for_status()
            yield client


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start a demo on which Ctrl-C works, also where the tests themselves run in the background and ignore it."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder)}
    return subprocess.Popen(
        ["env", "--default-signal=INT", PKIM, "demo", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def read_until(process: subprocess.Popen[str], beginning: str) -> list[str]:
    """Return the lines of the output up to the one with that beginning."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line.strip())
        if line.startswith(beginning):
            return lines
    raise AssertionError("\n".join(lines))


def interrupt(process: subprocess.Popen[str], number: signal.Signals = signal.SIGINT) -> int:
    """Return the exit code after that signal."""
    process.send_signal(number)
    try:
        process.communicate(timeout=END_SECONDS)
    finally:
        process.kill()
        process.communicate()
    return process.returncode


def list_demos(folder: Path) -> list[Path]:
    return list(folder.glob("pkim-demo-*"))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    process = start(folder)
    try:
        lines = read_until(process, LAST_LINE)
        (home,) = list_demos(folder)
        text = "\n".join(lines)
        url = text.partition("Open ")[2].split()[0]
        password = text.partition("shown only once: ")[2].split()[0]
        yield Demo(url, password, Pkim(("--home", str(home))))
        assert interrupt(process) == 0
        assert list_demos(folder) == [], "Ctrl-C deletes the temporary directory"
    finally:
        process.kill()


def test_the_audit_log_of_the_history_verifies(demo: Demo) -> None:
    report = demo.pkim.json("audit", "verify")
    assert report["valid"]
    assert report["events"] > 500


def test_every_published_url_works_and_openssl_accepts_the_certificates(demo: Demo) -> None:
    assert demo.pkim.json("selfcheck")["passed"]


def test_the_status_and_the_names_of_the_cas_say_that_it_is_a_demo(demo: Demo) -> None:
    status = demo.pkim.json("status")
    assert status["ready"]
    assert [notice["code"] for notice in status["notices"]] == ["demo"]
    names = [ca["name"] for ca in demo.pkim.json("ca", "list")["items"]]
    assert len(names) == 4
    assert all(name.startswith("DEMO ") for name in names)


def test_the_dashboard_has_expiries_revocations_and_certificates_of_every_state(demo: Demo) -> None:
    with demo.signed_in("admin") as client:
        dashboard: dict[str, Any] = client.get("/dashboard").raise_for_status().json()
    states = dashboard["by_state"]
    assert min(states[state] for state in ("valid", "expired", "revoked", "held")) > 0
    soon = sum(span["number"] for span in dashboard["ending"][:4])
    assert soon > 0
    assert sum(span["number"] for span in dashboard["issued"]) > 0
    assert sum(span["number"] for span in dashboard["revoked"]) > 0
    assert dashboard["failed_jobs"] == 0


def test_requests_and_an_operation_wait_for_approval(demo: Demo) -> None:
    requests = demo.pkim.json("request", "list")["items"]
    states = [request["state"] for request in requests]
    assert states.count("awaiting_approval") == 3
    assert {"issued", "rejected"} <= set(states)
    waiting = demo.pkim.json("approval", "list", "--state", "waiting")["items"]
    assert "ca.retire" in [approval["operation"] for approval in waiting]


def test_the_history_covers_180_days_and_ends_now(demo: Demo) -> None:
    certificates = demo.pkim.json("cert", "list")["items"]
    begins = sorted(datetime.fromisoformat(certificate["not_before"]) for certificate in certificates)
    now = datetime.now(UTC)
    assert timedelta(days=170) < now - begins[0] < timedelta(days=181)
    assert now - begins[-1] < timedelta(days=7)
    assert any(certificate["renews"] for certificate in certificates)


@pytest.mark.parametrize("login", ["operator", "registrar", "auditor", "requester-web", "requester-devices"])
def test_each_user_signs_in_with_the_printed_password(demo: Demo, login: str) -> None:
    with demo.signed_in(login) as client:
        assert client.get("/me").raise_for_status().json()["name"] == login


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_build_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    process = start(tmp_path)
    read_until(process, FIRST_STEP)
    assert len(list_demos(tmp_path)) == 1
    assert interrupt(process, number) != 0
    assert list_demos(tmp_path) == []


def test_an_interrupted_build_empties_the_chosen_directory_so_that_it_can_be_repeated(tmp_path: Path) -> None:
    home = tmp_path / "home"
    process = start(tmp_path, "--home", str(home))
    read_until(process, FIRST_STEP)
    interrupt(process)
    assert list(home.iterdir()) == []
    assert list_demos(tmp_path) == []


def test_a_chosen_directory_is_kept(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with open_home(home) as chosen:
        (chosen / "file").touch()
    assert (home / "file").exists()


def test_a_directory_with_files_is_refused_and_not_changed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    failure = Pkim(("--home", str(tmp_path))).run("demo", expect=5)
    assert f"{tmp_path} is not empty. A demo needs an empty directory" in failure.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_server_is_refused(tmp_path: Path) -> None:
    assert "--url" in Pkim(("--url", "https://pki.example.com")).run("demo", expect=2).stderr
