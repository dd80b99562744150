"""Argon2id as we use it: bounded, of the cost that the standard recommends, the same for nobody."""

from __future__ import annotations

import statistics
import subprocess
import sys
import threading
import time

import pytest

from pki_manager.credentials import passwords
from pki_manager.credentials.passwords import STANDARD, Argon2Hasher, Cost
from tests.fakes.entropy import SeededEntropy

CHEAP = Cost(memory=64, passes=1, lanes=1)


def test_a_hash_is_a_phc_string_of_the_standard_cost_and_opens_with_its_password_only() -> None:
    hasher = Argon2Hasher(SeededEntropy())
    phc = hasher.hash("correct horse battery staple")
    assert phc.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert hasher.verify("correct horse battery staple", phc)
    assert not hasher.verify("correct horse battery stapl", phc)
    assert not hasher.is_outdated(phc)
    assert hasher.is_outdated(Argon2Hasher(SeededEntropy(), CHEAP).hash("x"))


def test_a_hash_of_the_cost_before_opens_and_is_outdated() -> None:
    before = Argon2Hasher(SeededEntropy(), Cost(memory=64 * 1024, passes=3, lanes=1)).hash("right")
    hasher = Argon2Hasher(SeededEntropy())
    assert hasher.verify("right", before)
    assert not hasher.verify("wrong", before)
    assert hasher.is_outdated(before)


def test_two_hashes_of_one_password_differ() -> None:
    hasher = Argon2Hasher(SeededEntropy(), CHEAP)
    assert hasher.hash("x") != hasher.hash("x")


@pytest.mark.parametrize("phc", [None, "", "rubbish", "$argon2id$", "$2b$12$abc", "plain"])
def test_against_what_is_no_hash_nothing_is_right(phc: str | None) -> None:
    hasher = Argon2Hasher(SeededEntropy(), CHEAP)
    assert not hasher.verify("plain", phc)
    assert not hasher.verify("", phc)


def test_aut_11_nobody_takes_as_long_as_somebody() -> None:
    """200 of each, interleaved; what is compared are medians, at the real cost but for the memory."""
    hasher = Argon2Hasher(SeededEntropy(), Cost(memory=2048, passes=1, lanes=1))
    phc = hasher.hash("right")
    seconds: dict[str | None, list[float]] = {phc: [], None: []}
    hasher.verify("warm", None)
    for _ in range(200):
        for stored, taken in seconds.items():
            started = time.perf_counter()
            hasher.verify("wrong", stored)
            taken.append(time.perf_counter() - started)
    somebody, nobody = (statistics.median(taken) for taken in seconds.values())
    assert abs(somebody - nobody) < 0.25 * somebody


def test_dos_11_of_fifty_at_once_only_so_many_are_hashed_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most = 0, 0
    lock = threading.Lock()

    class Watched:
        @staticmethod
        def verify_phc_encoded(*_: object) -> None:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            time.sleep(0.01)
            with lock:
                running -= 1

    hasher = Argon2Hasher(SeededEntropy(), CHEAP, slots=2)
    phc = hasher.hash("x")
    hasher.verify("x", phc)
    monkeypatch.setattr(passwords, "Argon2id", Watched)
    threads = [threading.Thread(target=hasher.verify, args=("x", phc)) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


def test_as_many_as_there_are_turns_are_hashed_at_once_at_the_real_cost() -> None:
    """In a process of its own: what hangs there keeps even Python from running."""
    program = """
import threading
from pki_manager.credentials.passwords import SLOTS, Argon2Hasher
from pki_manager.system import SystemEntropy
hasher = Argon2Hasher(SystemEntropy())
phc = hasher.hash("x")
threads = [threading.Thread(target=hasher.verify, args=("x", phc)) for _ in range(SLOTS * 2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_the_memory_of_all_turns_is_bounded() -> None:
    assert STANDARD.memory * passwords.SLOTS <= 128 * 1024
