"""Machines with addresses of their own, in namespaces of this one: a network with DNS that nothing else can reach.

Each machine has a copy of this system that is gone afterwards. Needs root. No interface of this machine changes, and
the namespaces end with the processes that hold them.
"""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.judges.services import require

_SECONDS = 300
_HOME = pwd.getpwuid(os.geteuid()).pw_dir
_ROUTER = "10.77.0.254"
_SWITCH = f"""
set -eu
ip link set lo up
ip link add lan type bridge
ip addr add {_ROUTER}/24 dev lan
ip link set lan up
echo ready
exec sleep infinity
"""
_MACHINE = """
set -eu
hostname "$1"
ip link set lo up
layer=$(mktemp -d)
mount -t tmpfs tmpfs "$layer"
mkdir "$layer/upper" "$layer/work" "$layer/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$layer/upper,workdir=$layer/work" "$layer/root"
mount -t proc proc "$layer/root/proc"
mount --rbind /dev "$layer/root/dev"
mount -t tmpfs -o mode=1777 tmpfs "$layer/root/tmp"
mount -t tmpfs -o mode=700 tmpfs "$layer/root$4"
rm -f "$layer/root/etc/resolv.conf"
echo "nameserver $2" > "$layer/root/etc/resolv.conf"
printf '127.0.0.1 localhost\\n%s %s\\n' "$3" "$1" > "$layer/root/etc/hosts"
cd "$layer/root"
mkdir -p .old
pivot_root . .old
umount --lazy /.old
echo ready
exec sleep infinity
"""


@dataclass(frozen=True)
class Machine:
    """One machine of a `Network`. `pid` is the process that holds its namespaces."""

    name: str
    address: str
    pid: int

    def command(self, line: str) -> list[str]:
        """Return the words that run a line of shell on this machine, as root in an empty home."""
        enter = (require("nsenter"), "--target", str(self.pid), "--mount", "--net", "--uts", "--pid", "--ipc")
        environment = (
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            f"HOME={_HOME}",
            "LANG=C.UTF-8",
        )
        return [*enter, "env", "-i", "-C", _HOME, *environment, "sh", "-c", line]

    def call(self, line: str) -> subprocess.CompletedProcess[str]:
        """Run a line of shell, whatever its exit code is."""
        return subprocess.run(
            self.command(line), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS, check=False
        )

    def run(self, line: str) -> str:
        """Run a line of shell; its standard output. A failure fails the test with both streams."""
        done = self.call(line)
        assert done.returncode == 0, f"{self.name}: {line}\nexit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def copy(self, source: Path, name: str) -> None:
        """Write a file of this machine into the home there, as an executable one."""
        with source.open("rb") as octets:
            subprocess.run(self.command(f"cat > '{name}' && chmod 755 '{name}'"), stdin=octets, check=True)


@contextmanager
def network(names: Mapping[str, str]) -> Iterator[dict[str, Machine]]:
    """Yield machines by their host names; `names` gives each an address in 10.77.0.0/24. DNS knows all of them."""
    started: list[subprocess.Popen[str]] = []
    machines: dict[str, Machine] = {}
    try:
        switch = _hold(started, _SWITCH, "--net")
        _serve_dns(started, switch, names)
        for number, (name, address) in enumerate(names.items()):
            kinds = ("--mount", "--net", "--uts", "--pid", "--ipc", "--fork", "--kill-child")
            pid = _hold(started, _MACHINE, *kinds, arguments=(name, _ROUTER, address, _HOME))
            _connect(switch, pid, f"port{number}", address)
            machines[name] = Machine(name, address, pid)
        yield machines
    finally:
        for process in reversed(started):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if process.stdout is not None:
                process.stdout.close()
        for machine in machines.values():
            _wait_until_gone(machine.pid)


def _wait_until_gone(pid: int) -> None:
    """Wait for a process that is no child of this one. It ends some time after its parent."""
    deadline = time.monotonic() + 20
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < deadline, f"process {pid} does not end"
        time.sleep(0.02)


def _hold(started: list[subprocess.Popen[str]], script: str, *kinds: str, arguments: tuple[str, ...] = ()) -> int:
    """Start a process in new namespaces; the process ID of the one that is inside."""
    process = subprocess.Popen(
        [require("unshare"), *kinds, "sh", "-c", script, "sh", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    started.append(process)
    assert process.stdout is not None
    said = process.stdout.readline()
    assert said == "ready\n", said + process.stdout.read()
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return int(children[0]) if "--fork" in kinds else process.pid


def _connect(switch: int, machine: int, port: str, address: str) -> None:
    for pid, words in (
        (switch, f"ip link add {port} type veth peer name eth0 netns {machine}"),
        (switch, f"ip link set {port} master lan up"),
        (machine, f"ip addr add {address}/24 dev eth0"),
        (machine, "ip link set eth0 up"),
    ):
        subprocess.run([require("nsenter"), "--target", str(pid), "--net", *words.split()], check=True)


_DNS = """
import sys, time
from tests.services.dns import dns_server
with dns_server(sys.argv[1], 53) as server:
    for pair in sys.argv[2:]:
        name, address = pair.split("=")
        server.records[name, "A"] = [address]
    print("ready", flush=True)
    time.sleep(86400)
"""


def _serve_dns(started: list[subprocess.Popen[str]], switch: int, names: Mapping[str, str]) -> None:
    records = [f"{name}={address}" for name, address in names.items()]
    process = subprocess.Popen(
        [require("nsenter"), "--target", str(switch), "--net", sys.executable, "-c", _DNS, _ROUTER, *records],
        stdout=subprocess.PIPE, text=True, start_new_session=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    started.append(process)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
