"""Settings that differ between hosts: named for each host, and only for hosts that run."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pki_manager.authority.installation.nodes import IS_PRESENT, list_setting_notices
from pki_manager.authority.kernel.context import Context
from pki_manager.ports.status_log import StoreReport


def report(ctx: Context, node: str, *, age: timedelta = timedelta(), **settings: str) -> None:
    """Record that a host has reported itself `age` ago."""
    seen_at = ctx.ports.clock.now() - age
    with ctx.ports.storage.housekeep() as uow:
        uow.status_log.note_store(
            StoreReport(
                store=ctx.new_id(),
                node=f"{node}/worker-1",
                seen_at=seen_at,
                revision=None,
                term=None,
                settings=settings,
            )
        )


def test_each_host_that_differs_has_a_notice(ctx: Context) -> None:
    assert list_setting_notices(ctx) == ()
    report(ctx, "pki-a", crl_validity="1", public_url="2")
    assert list_setting_notices(ctx) == ()
    report(ctx, "pki-b", crl_validity="1", public_url="2")
    report(ctx, "pki-c", crl_validity="3", public_url="4")
    (notice,) = list_setting_notices(ctx)
    assert notice.code == "settings_differ"
    assert notice.message == (
        "Hosts 'pki-a' and 'pki-c' have different values of crl_validity, public_url. Set the same values on each "
        "host, and restart the servers."
    )


@pytest.mark.parametrize("settings", [{}, {"a_newer_setting": "5"}], ids=["an older version", "a newer version"])
def test_a_setting_that_one_host_does_not_know_is_not_compared(ctx: Context, settings: dict[str, str]) -> None:
    report(ctx, "pki-a", crl_validity="1")
    report(ctx, "pki-b", **settings)
    assert list_setting_notices(ctx) == ()


def test_a_host_that_has_stopped_is_not_compared(ctx: Context) -> None:
    report(ctx, "pki-a", crl_validity="1")
    report(ctx, "pki-b", age=IS_PRESENT, crl_validity="2")
    assert list_setting_notices(ctx) == ()
