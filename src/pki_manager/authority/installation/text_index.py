"""The text index of certificates: what the worker does so that any part of a name is found fast."""

from __future__ import annotations

from pki_manager.authority.kernel.context import Context

_STEPS = 10
"""Transactions of one call: other scheduled tasks wait for it."""


def fill_text_index(ctx: Context) -> None:
    """Add certificates that wait for the text index to it, a few thousand at most."""
    with ctx.ports.storage.read() as reader:
        has_queued = reader.text_index.has_queued()
    for _ in range(_STEPS):
        if not has_queued:
            return
        with ctx.ports.storage.housekeep() as uow:
            has_queued = uow.text_index.fill() > 0
