"""People at the real server: the first administrator's link, and many who sign in at once."""

from __future__ import annotations

import logging
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.services.installation import Installation, Server, administrator_token
from tests.support.csrs import make_csr

_log = logging.getLogger(__name__)

PASSWORD = "correct horse battery staple"
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


def healths(server: Server) -> list[int]:
    """The statuses of what tells a load balancer that the server lives and is ready."""
    addresses = (f"{server.management}/healthz", f"{server.management}/readyz", f"{server.status}/healthz")
    return [httpx2.get(address, timeout=60).status_code for address in addresses]


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


@pytest.mark.parametrize("at_once", [6, pytest.param(50, marks=pytest.mark.long)])
def test_dos_11_many_who_sign_in_at_once_take_bounded_memory_and_keep_nobody_waiting(
    tmp_path: Path, at_once: int
) -> None:
    """The figures are logged: `--log-cli-level=INFO` shows them."""
    installation = Installation(tmp_path)
    come = {}
    installation.run("init")
    for number in range(at_once // 2):
        made = installation.json("user", "create", "--login", f"user-{number}", "--role", "auditor")
        come[made["user"]["login"]] = made["sign_in_url"]
    token = administrator_token(installation)
    with installation.serving() as server:
        for link in come.values():
            assert come_in(server, link).status_code == 201
        before = resident_kib(server.pid, "VmRSS")
        waits: list[float] = []
        health: set[int] = set()
        done = threading.Event()

        def others() -> None:
            with server.client(token) as client:
                while not done.is_set():
                    started = time.perf_counter()
                    assert client.get("/cas").status_code == 200
                    waits.append(time.perf_counter() - started)
                    health.update(healths(server))
                    time.sleep(0.02)

        watcher = threading.Thread(target=others)
        watcher.start()
        started = time.perf_counter()
        with ThreadPoolExecutor(at_once) as pool:
            statuses = list(pool.map(lambda number: sign_in(server, f"user-{number % (at_once // 2)}"), range(at_once)))
        seconds = time.perf_counter() - started
        done.set()
        watcher.join()
        grown = resident_kib(server.pid, "VmHWM") - before
    waits.sort()
    median, slowest = waits[len(waits) // 2], waits[-1]
    others_told = f"others {median:.3f} s, at most {slowest:.3f} s"
    _log.info("%s sign-ins in %.1f s; memory +%s MiB; %s", at_once, seconds, grown // 1024, others_told)
    assert set(statuses) <= {201, 429}
    assert statuses.count(201) > at_once / 2
    assert grown < MEMORY_KIB
    assert health == {200}
    assert median < 1


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A server with its hierarchy, and an administrator's token."""
    installation = Installation(tmp_path_factory.mktemp("sign-in"))
    installation.run("init")
    with installation.serving() as server:
        yield server, administrator_token(installation)


def certified(server: Server, token: str, profile: str, folder: Path) -> tuple[str, ssl.SSLContext]:
    """The id of a certificate `CN=admin`, and a TLS client that has it."""
    key = ec.generate_private_key(ec.SECP256R1())
    with server.client(token) as client:
        body = {"ca": "Issuing CA", "profile": profile, "csr": make_csr("admin", sans=("admin.example.com",), key=key)}
        made = client.post("/certificates", json=body)
        assert made.status_code == 201, made.text
        root = client.get("/cas/Root%20CA/chain").json()["chain_pem"]
    files = folder / f"{profile}.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    files.write_bytes(made.json()["pem"].encode() + secret)
    context = ssl.create_default_context(cadata=root)
    context.load_cert_chain(files)
    return made.json()["id"], context


@pytest.mark.parametrize("profile", ["tls-client", "device"])
def test_aut_17_no_certificate_signs_anybody_in_whatever_its_name(
    serving: tuple[Server, str], tmp_path: Path, profile: str
) -> None:
    """Valid or revoked, at the TLS listener, which takes client certificates for enrolment."""
    server, token = serving
    certificate, context = certified(server, token, profile, tmp_path)
    with httpx2.Client(base_url=f"{server.tls}/api/v1", verify=context, timeout=60) as device:
        assert device.get("/me").status_code == 401
        assert device.get("/users").status_code == 401
        assert device.put("/me/session", json={"password": PASSWORD}).status_code == 401
    with server.client(token) as client:
        assert client.post(f"/certificates/{certificate}/revoke", json={"reason": "superseded"}).status_code == 200
    with httpx2.Client(base_url=f"{server.tls}/api/v1", verify=context, timeout=60) as device:
        assert device.get("/me").status_code == 401


@pytest.mark.parametrize("path", ["/", "/api/v1/me", "/api/v1/events", "/socket"])
def test_aut_22_no_websocket_is_opened_whoever_asks(serving: tuple[Server, str], path: str) -> None:
    """RFC 6455 §4.1, with credentials or none, at the real server."""
    server, token = serving
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    for credentials in ({}, {"Authorization": f"Bearer {token}"}):
        with httpx2.stream(
            "GET", f"{server.management}{path}", headers={**upgrade, **credentials}, timeout=60
        ) as answer:
            assert answer.status_code != 101
