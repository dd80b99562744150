"""The system's clock and randomness."""

from __future__ import annotations

import os

from pki_manager.system import SystemEntropy


def test_small_tokens_are_as_long_as_asked_for_and_never_come_twice() -> None:
    entropy = SystemEntropy()
    sizes = [1, 10, 16, 3, 16] * 400
    tokens = [entropy.token(size) for size in sizes]
    assert [len(token) for token in tokens] == sizes
    long = [token for token in tokens if len(token) >= 10]
    assert len(set(long)) == len(long)


def test_large_tokens_come_from_the_system_itself() -> None:
    entropy = SystemEntropy()
    assert len({entropy.token(32) for _ in range(10)}) == 10
    assert entropy._stock == b""


def test_a_child_does_not_give_out_what_its_parent_does() -> None:
    entropy = SystemEntropy()
    entropy.token(10)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, entropy.token(16))
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(reader, 16)
    os.close(reader)
    os.close(writer)
    assert len(theirs) == 16
    assert theirs != entropy.token(16)
