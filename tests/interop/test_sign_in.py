"""People at the real server: the first administrator's link, and many who sign in at once."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2

from tests.services.installation import Installation, Server, administrator_token

_log = logging.getLogger(__name__)

PASSWORD = "correct horse battery staple"
AT_ONCE = 50
MEMORY_KIB = 160 * 1024
"""Two hashes at a time take 128 MiB; the rest is for fifty requests."""


def resident_kib(pid: int, name: str) -> int:
    """`VmRSS` now, `VmHWM` at most so far."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))


def come_in(server: Server, link: str, password: str = PASSWORD) -> httpx2.Response:
    body = {"secret": link.partition("#")[2], "password": password}
    return httpx2.post(f"{server.management}/api/v1/invitations/accept", json=body, timeout=60)


def sign_in(server: Server, login: str) -> int:
    body = {"login": login, "password": PASSWORD}
    return httpx2.post(f"{server.management}/api/v1/sessions", json=body, timeout=120).status_code


def test_the_link_of_the_first_start_lets_the_administrator_in_once(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    link = installation.json("init")["sign_in_url"]
    assert installation.json("init")["sign_in_url"] is None
    with installation.serving() as server:
        entered = come_in(server, link)
        assert entered.status_code == 201, entered.text
        cookies = dict(entered.cookies)
        me = httpx2.get(f"{server.management}/api/v1/me", cookies=cookies, timeout=60).json()
        assert (me["user"]["login"], me["roles"]) == ("admin", ["administrator"])
        assert come_in(server, link).status_code == 401
        assert sign_in(server, "Admin") == 201
        seen = {one["method"] for one in installation.json("session", "list", "--user", "admin")["items"]}
        assert seen == {"link", "password"}
        installation.run("session", "revoke", me["session"]["id"])
        assert httpx2.get(f"{server.management}/api/v1/me", cookies=cookies, timeout=60).status_code == 401
    assert link.partition("#")[2] not in installation.log()


def test_fifty_who_sign_in_at_once_take_bounded_memory_and_keep_nobody_waiting(tmp_path: Path) -> None:
    """The figures are logged: `--log-cli-level=INFO` shows them."""
    installation = Installation(tmp_path)
    come = {}
    installation.run("init")
    for number in range(AT_ONCE // 2):
        made = installation.json("user", "create", "--login", f"user-{number}", "--role", "auditor")
        come[made["user"]["login"]] = made["sign_in_url"]
    token = administrator_token(installation)
    with installation.serving() as server:
        for link in come.values():
            assert come_in(server, link).status_code == 201
        before = resident_kib(server.pid, "VmRSS")
        waits: list[float] = []
        done = threading.Event()

        def others() -> None:
            with server.client(token) as client:
                while not done.is_set():
                    started = time.perf_counter()
                    assert client.get("/cas").status_code == 200
                    waits.append(time.perf_counter() - started)
                    time.sleep(0.02)

        watcher = threading.Thread(target=others)
        watcher.start()
        started = time.perf_counter()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            statuses = list(pool.map(lambda number: sign_in(server, f"user-{number % (AT_ONCE // 2)}"), range(AT_ONCE)))
        seconds = time.perf_counter() - started
        done.set()
        watcher.join()
        grown = resident_kib(server.pid, "VmHWM") - before
    waits.sort()
    median, slowest = waits[len(waits) // 2], waits[-1]
    others_told = f"others {median:.3f} s, at most {slowest:.3f} s"
    _log.info("%s sign-ins in %.1f s; memory +%s MiB; %s", AT_ONCE, seconds, grown // 1024, others_told)
    assert set(statuses) <= {201, 429}
    assert statuses.count(201) > AT_ONCE / 2
    assert grown < MEMORY_KIB
    assert median < 1
