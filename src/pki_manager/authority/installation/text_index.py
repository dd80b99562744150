"""The text index of certificates, filled by the worker, which makes searches for any part of a name fast."""

from __future__ import annotations

from pki_manager.authority.kernel.context import Context

_STEPS = 10
"""Maximum number of transactions in one call, because other scheduled tasks wait for it."""


def fill_text_index(ctx: Context) -> None:
    """Add waiting certificates to the text index, at most a few thousand in one call."""
    with ctx.ports.storage.read() as reader:
        has_queued = reader.text_index.has_queued()
    for _ in range(_STEPS):
        if not has_queued:
            return
        with ctx.ports.storage.housekeep() as uow:
            has_queued = uow.text_index.fill() > 0
