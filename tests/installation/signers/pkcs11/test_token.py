"""A token that is away, refuses its PIN, or takes its time; and modules that are none."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pkcs11
import pytest
from pkcs11.constants import TokenFlag

from pki_manager.domain.errors import BackendUnavailable
from pki_manager.ports.signer import BackendState
from pki_manager.signers.options import Pkcs11Options
from pki_manager.signers.pkcs11 import module
from pki_manager.signers.pkcs11.module import Module
from pki_manager.signers.pkcs11.signer import Pkcs11Signer, open_pkcs11
from pki_manager.signers.pkcs11.workers import Workers
from pki_manager.signers.registry import Backends, Collaborators
from pki_manager.system import SystemClock
from tests.installation.signers.pkcs11.conftest import P256, Bench
from tests.services import softhsm2

WRONG = "9999-wrong"


class Watched:
    """A token that counts the PINs it is given; `flags` stands in for its own."""

    def __init__(self, token: pkcs11.Token, given: list[str], flags: TokenFlag | None) -> None:
        self._token = token
        self._given = given
        self.flags = token.flags if flags is None else flags
        self.slot = token.slot if flags is None else SimpleNamespace(get_token=lambda: self)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._token, name)

    def open(self, **arguments: Any) -> pkcs11.Session:
        if "user_pin" in arguments:
            self._given.append(arguments["user_pin"])
        return self._token.open(**arguments)


@pytest.fixture
def pins(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every PIN that is tried."""
    return watch(monkeypatch)


def watch(monkeypatch: pytest.MonkeyPatch, flags: TokenFlag | None = None) -> list[str]:
    given: list[str] = []
    real = Module.tokens
    monkeypatch.setattr(
        Module, "tokens", lambda self, label: [Watched(found, given, flags) for found in real(self, label)]
    )
    return given


@contextmanager
def taken_away(bench: Bench) -> Iterator[None]:
    away = bench.hsm.tokens.with_name("away")
    bench.hsm.tokens.rename(away)
    try:
        yield
    finally:
        away.rename(bench.hsm.tokens)


def reason(signer: Pkcs11Signer) -> str:
    seen = signer.describe()
    assert (seen.state, seen.key_types) == (BackendState.UNAVAILABLE, ())
    assert softhsm2.PIN not in str(seen)
    assert WRONG not in str(seen)
    return seen.reason or ""


def test_kms_04_a_wrong_pin_is_tried_once(bench: Bench, pins: list[str]) -> None:
    signer = bench.open(pin=WRONG)
    for _ in range(5):
        assert "PIN" in reason(signer)
        with pytest.raises(BackendUnavailable, match="it refused the PIN"):
            signer.generate(P256, "a")
    assert pins == [WRONG]
    assert "PIN" in reason(bench.open(pin=WRONG)), "nor after a restart, or by another process"
    assert pins == [WRONG]


def test_kms_04_a_corrected_pin_heals_without_a_restart(bench: Bench, pins: list[str]) -> None:
    signer = bench.open(pin=WRONG)
    reason(signer)
    softhsm2.pin_file(bench.home)
    assert signer.describe().state is BackendState.AVAILABLE
    assert signer.generate(P256, "a")
    assert pins == [WRONG, softhsm2.PIN]


def test_kms_04_after_somebody_logged_in_the_pin_may_be_tried_again(bench: Bench, pins: list[str]) -> None:
    signer = bench.open(pin=WRONG)
    reason(signer)
    bench.tool("--list-objects")
    reason(signer)
    reason(signer)
    assert pins == [WRONG, WRONG]


@pytest.mark.parametrize(
    ("flag", "told"),
    [(TokenFlag.USER_PIN_FINAL_TRY, "one more wrong PIN"), (TokenFlag.USER_PIN_LOCKED, "is locked")],
    ids=["final try", "locked"],
)
def test_kms_04_a_token_that_is_about_to_lock_is_not_tried(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, flag: TokenFlag, told: str
) -> None:
    pins = watch(monkeypatch, flag)
    assert told in reason(bench.open())
    assert pins == []


def test_kms_04_a_token_that_tells_nothing_of_wrong_pins_is_tried_once_too(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    pins = watch(monkeypatch, TokenFlag(0))
    signer = bench.open(pin=WRONG)
    reason(signer)
    with signer._token.settings.pin.locked() as refused:
        refused.remember(WRONG, counts=False)
    bench.tool("--list-objects")
    for _ in range(3):
        assert "not tried again" in reason(signer)
    softhsm2.pin_file(bench.home)
    assert signer.generate(P256, "a")
    assert pins == [WRONG, softhsm2.PIN]


def test_kms_04_what_is_remembered_of_a_wrong_pin_is_for_us_alone_and_is_not_the_pin(bench: Bench) -> None:
    reason(bench.open(pin=WRONG))
    memory = bench.home / "key-hsm.pin-refused"
    assert memory.stat().st_mode & 0o777 == 0o600
    assert WRONG not in memory.read_text()
    softhsm2.pin_file(bench.home)
    assert bench.open().generate(P256, "a")
    assert memory.read_bytes() == b""


@pytest.mark.parametrize("spoilt", [b"{}", b"\x00\xff", b"[]", b'{"salt": 1, "sha256": "", "counts": 1}'])
def test_a_spoilt_memory_of_refused_pins_keeps_nobody_out(bench: Bench, spoilt: bytes) -> None:
    (bench.home / "key-hsm.pin-refused").write_bytes(spoilt)
    assert bench.open().generate(P256, "a")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda path: path.chmod(0o644), "chmod 600"),
        (lambda path: path.unlink(), "cannot be read"),
        (lambda path: path.write_text("\n"), "is empty"),
        (lambda path: path.write_bytes(b"\xff\xfe"), "not a text"),
    ],
    ids=["others can read it", "missing", "empty", "binary"],
)
def test_a_pin_file_that_will_not_do_is_told(bench: Bench, spoil: Any, told: str) -> None:
    signer = bench.open()
    spoil(bench.pin_file)
    assert told in reason(signer)


def test_a_pin_can_be_a_systemd_credential(bench: Bench, tmp_path: Path) -> None:
    credential = tmp_path / "credential"
    credential.write_text(softhsm2.PIN)
    credential.chmod(0o440)
    signer = bench.open(pin_file=None, pin_credential=credential)
    assert signer.generate(P256, "a")


def test_a_token_that_was_taken_away_signs_again_when_it_is_back(bench: Bench, pins: list[str]) -> None:
    signer = bench.open()
    ref = signer.generate(P256, "a")
    signer.sign(ref, b"x", P256.signature, "op")
    with taken_away(bench):
        for _ in range(2):
            with pytest.raises(BackendUnavailable, match="cannot be initialized"):
                signer.sign(ref, b"x", P256.signature, "op")
        reason(signer)
        with pytest.raises(BackendUnavailable, match="cannot be initialized"):
            signer.destroy(ref)
    assert signer.sign(ref, b"x", P256.signature, "op")
    assert signer.describe().state is BackendState.AVAILABLE
    assert set(pins) == {softhsm2.PIN}


def test_a_token_that_left_and_came_back_unnoticed_signs(bench: Bench) -> None:
    signer = bench.open()
    ref = signer.generate(P256, "a")
    with taken_away(bench):
        pass
    assert signer.sign(ref, b"x", P256.signature, "op")


def test_a_restarted_module_makes_no_other_token_stop_for_long(bench: Bench, tmp_path: Path) -> None:
    """Sessions are gone for every token of the module; each comes back by itself."""
    signer, other = bench.open(), Bench(bench.hsm, tmp_path / "other")
    other.home.mkdir()
    other.hsm.make_token(other.label)
    there = other.open()
    refs = signer.generate(P256, "a"), there.generate(P256, "b")
    module.load(softhsm2.require_module()).restart()
    assert signer.sign(refs[0], b"x", P256.signature, "op")
    assert there.sign(refs[1], b"x", P256.signature, "op")


def test_a_module_is_not_restarted_under_a_call(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RESTART_SECONDS", 0.05)
    held = module.load(softhsm2.require_module())
    before = held.epoch
    with held.using(), pytest.raises(BackendUnavailable, match="in use"):
        held.restart()
    assert held.epoch == before


def test_a_token_that_is_not_there_is_told_and_found_when_it_is_made(bench: Bench, tmp_path: Path) -> None:
    other = Bench(bench.hsm, tmp_path / "other")
    other.home.mkdir()
    signer = other.open()
    assert "in no slot" in reason(signer)
    other.hsm.make_token(other.label)
    assert signer.generate(P256, "a")


def test_a_token_that_is_listed_a_moment_later_is_found(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """As SoftHSM2 leaves one out that another process is just writing to."""
    signer, looks = bench.open(), []
    real = Module.tokens

    def seen(self: Module, label: str) -> list[pkcs11.Token]:
        looks.append(label)
        return real(self, label) if len(looks) > 2 else []

    monkeypatch.setattr(Module, "tokens", seen)
    assert signer.generate(P256, "a")
    assert len(looks) == 3


def test_kms_02_two_tokens_with_one_label_are_refused(bench: Bench) -> None:
    bench.hsm.make_token(bench.label)
    module.load(softhsm2.require_module()).restart()
    assert "two tokens have that label" in reason(bench.open())


def test_what_a_backend_says_of_itself_names_the_token(bench: Bench) -> None:
    seen = bench.open().describe()
    assert "SoftHSM" in (seen.version or "")
    assert bench.label in (seen.identity or "")


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda path: None, "does not exist"),
        (lambda path: path.write_text("no library"), "cannot be loaded"),
    ],
    ids=["missing", "no library"],
)
def test_a_module_that_is_none_is_told(tmp_path: Path, bench: Bench, make: Any, told: str) -> None:
    path = tmp_path / "module.so"
    make(path)
    assert told in reason(bench.open(module=path))


def test_a_library_that_is_no_module_is_told(bench: Bench) -> None:
    library = Path(
        next(line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines() if "/libc.so" in line)
    )
    assert "cannot be loaded" in reason(bench.open(module=library))


def test_an_installation_without_the_extra_says_what_to_install(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pki_manager.signers.pkcs11.signer", None)
    options = softhsm2.options("hsm", bench.label, bench.home)
    given = Collaborators(home=bench.home, keystore=bench.store, clock=SystemClock())
    (seen,) = Backends([options], given).describe()
    assert (seen.state, seen.kind) == (BackendState.UNAVAILABLE, "pkcs11")
    assert "pip install 'python-pkcs11==" in (seen.reason or "")


def test_a_call_that_hangs_costs_its_caller_the_deadline_and_nobody_else(bench: Bench) -> None:
    signer = bench.open(sessions=2)
    ref = signer.generate(P256, "a")
    back = threading.Event()
    with pytest.raises(BackendUnavailable, match=r"within 0\.1 seconds"):
        signer._token.use(lambda seat: back.wait(), seconds=0.1)
    assert signer.sign(ref, b"x", P256.signature, "op")
    with pytest.raises(BackendUnavailable, match=r"did not respond within 0\.1 seconds"):
        signer._token.use(lambda seat: back.wait(), seconds=0.1)
    with pytest.raises(BackendUnavailable, match="all of its sessions hang"):
        signer.sign(ref, b"x", P256.signature, "op")
    back.set()
    for _ in range(200):
        if signer.describe().state is BackendState.AVAILABLE:
            break
        time.sleep(0.02)
    assert signer.sign(ref, b"x", P256.signature, "op")


def test_work_that_nobody_waits_for_any_more_is_not_begun() -> None:
    workers: Workers[list[str]] = Workers("test", 1, list)
    begun, back = threading.Event(), threading.Event()
    done: list[str] = []

    def slow(seat: list[str]) -> None:
        begun.set()
        back.wait()
        done.append("slow")

    holder = threading.Thread(target=workers.run, args=(slow, 10))
    holder.start()
    begun.wait()
    with pytest.raises(BackendUnavailable, match=r"did not respond within 0\.05 seconds"):
        workers.run(lambda seat: done.append("late"), 0.05)
    back.set()
    holder.join()
    workers.run(lambda seat: done.append("next"), 10)
    assert done == ["slow", "next"]


def test_a_closed_backend_gives_its_sessions_back_and_leaves_the_login_to_others(bench: Bench) -> None:
    signer, other = bench.open(), bench.open()
    ref = signer.generate(P256, "a")
    assert other.sign(ref, b"x", P256.signature, "op")
    signer.close()
    with pytest.raises(BackendUnavailable, match="was closed"):
        signer.sign(ref, b"x", P256.signature, "op")
    assert other.sign(ref, b"x", P256.signature, "op")


LOAD = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tests.installation.signers.pkcs11.conftest import P256, Bench
from tests.services.softhsm2 import SoftHsm
bench = Bench(SoftHsm(Path(sys.argv[1])), Path(sys.argv[2]), sys.argv[3])
signer = bench.open()
ref = signer.generate(P256, "load")
with ThreadPoolExecutor(8) as pool:
    made = set(pool.map(lambda n: signer.sign(ref, b"%d" % n, P256.signature, "op"), range(8 * 1500)))
print(len(made))
"""


def test_eight_threads_sign_thousands_of_times_and_the_module_does_not_crash(bench: Bench) -> None:
    """In a process of its own: without CKF_OS_LOCKING_OK about every second such run ends in SIGSEGV."""
    command = [sys.executable, "-c", LOAD, str(bench.hsm.folder), str(bench.home), bench.label]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, str(8 * 1500)), done.stderr


def test_options_that_cannot_work_are_refused(tmp_path: Path) -> None:
    right = {"name": "hsm", "kind": "pkcs11", "module": "/m.so", "token_label": "t", "pin_file": "/pin"}
    Pkcs11Options.model_validate(right)
    for wrong in (
        {"pin_credential": "/pin"},
        {"pin_file": None},
        {"module": "m.so"},
        {"token_label": "x" * 33},
        {"sessions": 0},
        {"pin": "1234"},
    ):
        with pytest.raises(ValueError, match="validation error"):
            Pkcs11Options.model_validate(right | wrong)


def test_opening_touches_no_token(bench: Bench) -> None:
    options = softhsm2.options("hsm", bench.label, bench.home, module=Path("/nowhere.so"))
    assert open_pkcs11(options, bench.store, home=bench.home, clock=SystemClock()).name == "hsm"
