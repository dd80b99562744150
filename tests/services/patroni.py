"""A highly available PostgreSQL as in `docs/how-to/run-postgresql-highly-available.md`, on ports of the loopback.

Three etcd processes, two PostgreSQL servers under Patroni, and HAProxy, all from Debian. The configuration files are
those of the page, with other addresses.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import psycopg
import pytest

from tests.services.installation import free_port
from tests.services.postgresql import require_binaries

PROGRAMS = ("etcd", "patroni", "haproxy")
_USER = "postgres"
_AS_POSTGRES = ("--reuid", _USER, "--regid", _USER, "--init-groups", "--pdeathsig", "KILL")
"""The signal is set by the program that changes the user, because that change clears it."""

_PAGE = Path(__file__).parents[2] / "docs/how-to/run-postgresql-highly-available.md"
_START_SECONDS = 120


def require_programs() -> None:
    """Skip the test without root, or if a program is not installed. In CI, fail it instead of the latter."""
    if os.geteuid() != 0:
        pytest.skip("only root can run programs as the user postgres, in namespaces")
    missing = [name for name in PROGRAMS if shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") is None]
    if not missing:
        return
    if os.environ.get("CI"):
        pytest.fail(f"not installed: {', '.join(missing)}")
    pytest.skip(f"not installed: {', '.join(missing)}")


def read_block(name: str) -> str:
    """Return the configuration file of that name from the page: the code block after the line that names it."""
    _, _, after = _PAGE.read_text().partition(f"`{name}`")
    _, _, block = after.partition("```")
    body, _, _ = block.partition("```")
    assert body, f"the page has no block for {name}"
    return body.partition("\n")[2]


@dataclass
class Member:
    """A PostgreSQL server and its Patroni. `port` is that of PostgreSQL, `api` that of Patroni."""

    name: str
    port: int
    api: int
    process: subprocess.Popen[bytes] | None = None

    def is_primary(self) -> bool:
        return self._answers("primary")

    def is_synchronous(self) -> bool:
        """Return whether it is the standby that has every acknowledged commit."""
        return self._answers("synchronous")

    def _answers(self, path: str) -> bool:
        try:
            return httpx2.get(f"http://127.0.0.1:{self.api}/{path}", timeout=5).status_code == 200
        except httpx2.HTTPError:
            return False

    def kill(self) -> None:
        """End Patroni and PostgreSQL at once, like a power failure of their host."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(30)


@dataclass
class Cluster:
    """The running parts. `port` is that of HAProxy."""

    folder: Path
    port: int = field(default_factory=free_port)
    members: list[Member] = field(default_factory=list)
    stack: ExitStack = field(default_factory=ExitStack)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{_USER}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str) -> None:
        with psycopg.connect(host="127.0.0.1", port=self.port, user=_USER, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")

    def start_again(self, member: Member) -> None:
        """Start a member that was killed, on the data that it has."""
        member.process = _start_patroni(self.folder, member.name, self.stack)

    def find_primary(self) -> Member:
        return next(member for member in self.members if member.is_primary())


@contextmanager
def patroni_cluster() -> Iterator[Cluster]:
    """Run the cluster until its standby has every commit, and stop everything at the end."""
    require_programs()
    folder = Path(tempfile.mkdtemp(prefix="pkim-ha-", dir="/tmp"))
    shutil.chown(folder, _USER, _USER)
    cluster = Cluster(folder)
    with cluster.stack as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        endpoints = _start_etcd(folder, stack)
        cluster.members = [_start_member(folder, name, endpoints, stack) for name in ("db-a", "db-b")]
        _start_haproxy(cluster, stack)
        _until(lambda: any(one.is_primary() for one in cluster.members), folder)
        _until(lambda: any(one.is_synchronous() for one in cluster.members), folder)
        _until(lambda: _is_open(cluster), folder)
        yield cluster


def _is_open(cluster: Cluster) -> bool:
    try:
        psycopg.connect(host="127.0.0.1", port=cluster.port, user=_USER, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _fill(text: str, values: Mapping[str, object]) -> str:
    """Replace the addresses of the page by those of the test. Each must be in the text."""
    for old, new in values.items():
        assert old in text, f"the page does not have {old!r}"
        text = text.replace(old, str(new))
    return text


def _start_etcd(folder: Path, stack: ExitStack) -> Sequence[str]:
    ports = {name: (free_port(), free_port()) for name in ("db-a", "db-b", "db-c")}
    peers = ",".join(f"{name}=http://127.0.0.1:{peer}" for name, (_, peer) in ports.items())
    for name, (client, peer) in ports.items():
        values = {
            "ETCD_NAME": name,
            "ETCD_DATA_DIR": str(folder / f"etcd-{name}"),
            "ETCD_LISTEN_PEER_URLS": f"http://127.0.0.1:{peer}",
            "ETCD_INITIAL_ADVERTISE_PEER_URLS": f"http://127.0.0.1:{peer}",
            "ETCD_LISTEN_CLIENT_URLS": f"http://127.0.0.1:{client}",
            "ETCD_ADVERTISE_CLIENT_URLS": f"http://127.0.0.1:{client}",
            "ETCD_INITIAL_CLUSTER": peers,
            "ETCD_INITIAL_CLUSTER_STATE": "new",
        }
        settings = dict(line.split("=", 1) for line in read_block("/etc/default/etcd").splitlines() if line)
        assert set(values) == set(settings), "the page and the test set the same variables"
        _start(["etcd"], folder, f"etcd-{name}", stack, values)
    return [f"127.0.0.1:{client}" for client, _ in ports.values()]


def _start_member(folder: Path, name: str, endpoints: Sequence[str], stack: ExitStack) -> Member:
    member = Member(name, free_port(), free_port())
    text = _fill(
        read_block("/etc/patroni/config.yml"),
        {
            "name: db-a": f"name: {name}",
            "db-a.example.test:2379,db-b.example.test:2379,db-c.example.test:2379": ",".join(endpoints),
            "0.0.0.0:8008": f"127.0.0.1:{member.api}",
            "db-a.example.test:8008": f"127.0.0.1:{member.api}",
            "0.0.0.0:5432": f"127.0.0.1:{member.port}",
            "db-a.example.test:5432": f"127.0.0.1:{member.port}",
            "/usr/lib/postgresql/15/bin": require_binaries(),
            "/var/lib/postgresql/15/pkim": folder / f"data-{name}",
            "/var/run/postgresql": folder,
            "scram-sha-256": "trust",
            "10.0.0.0/24": "127.0.0.1/32",
        },
    )
    (folder / f"{name}.yml").write_text(text)
    member.process = _start_patroni(folder, name, stack)
    return member


def _start_patroni(folder: Path, name: str, stack: ExitStack) -> subprocess.Popen[bytes]:
    return _start(["patroni", str(folder / f"{name}.yml")], folder, name, stack, {})


def _start_haproxy(cluster: Cluster, stack: ExitStack) -> None:
    one, other = cluster.members
    text = _fill(
        read_block("/etc/haproxy/haproxy.cfg"),
        {
            "127.0.0.1:5432": f"127.0.0.1:{cluster.port}",
            "db-a.example.test:5432 check port 8008": f"127.0.0.1:{one.port} check port {one.api}",
            "db-b.example.test:5432 check port 8008": f"127.0.0.1:{other.port} check port {other.api}",
        },
    )
    path = cluster.folder / "haproxy.cfg"
    path.write_text(text)
    _start(["haproxy", "-db", "-f", str(path)], cluster.folder, "haproxy", stack, {})


def _start(
    command: Sequence[str], folder: Path, name: str, stack: ExitStack, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """Start a program as the user postgres. All of its processes end with it: they have a namespace of their own."""
    namespace = ["unshare", "--pid", "--fork", "--mount-proc"]
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *namespace, "setpriv", *_AS_POSTGRES, *command],
            cwd="/",
            env={"PATH": f"{os.environ['PATH']}:/usr/sbin", "LC_ALL": "C", "HOME": str(folder), **environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )

    def stop() -> None:
        process.kill()
        process.wait(30)

    stack.callback(stop)
    return process


def _until(check: Callable[[], bool], folder: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not check():
        if time.monotonic() > deadline:
            logs = "\n".join(f"{log.name}:\n{log.read_text()[-1500:]}" for log in sorted(folder.glob("*.log")))
            raise AssertionError(f"the cluster did not start\n{logs}")
        time.sleep(0.2)
