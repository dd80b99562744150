"""The text index of certificates."""

from __future__ import annotations

from pki_manager.authority.installation.text_index import fill_text_index
from pki_manager.authority.kernel.context import Context
from tests.support.issuing import issue_one
from tests.support.memory.events import records


def test_certificates_that_wait_are_added_to_the_text_index(ctx: Context) -> None:
    issue_one(ctx)
    with ctx.ports.storage.read() as reader:
        assert reader.text_index.has_queued()
    with records(ctx):
        fill_text_index(ctx)
    with ctx.ports.storage.read() as reader:
        assert not reader.text_index.has_queued()
