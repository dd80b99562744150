"""The mark of a demo installation."""

from __future__ import annotations

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.demo import is_demo, mark_as_demo
from pki_manager.authority.signing.status_urls import find_notices


def test_only_a_marked_installation_is_a_demo(ctx: Context) -> None:
    with ctx.ports.storage.read() as reader:
        assert not is_demo(reader)
    mark_as_demo(ctx)
    with ctx.ports.storage.read() as reader:
        assert is_demo(reader)


def test_the_only_notice_of_a_demo_says_so(ctx: Context) -> None:
    mark_as_demo(ctx)
    assert [notice.code for notice in find_notices(ctx)] == ["demo"]
