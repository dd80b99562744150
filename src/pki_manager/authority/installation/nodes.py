"""The hosts of the installation, as each has last reported itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pki_manager.authority.kernel.context import Context, get_node_name
from pki_manager.domain.errors import PkiError
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.status_log import FollowingStore

IS_PRESENT = timedelta(seconds=30)
"""A host that has not reported itself for longer counts as stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeState:
    """A host of the installation.

    `leader` is whether one of its processes runs the scheduler. `published_lag_seconds` is the age of the oldest change
    that the host has not published yet; None if the host has published nothing.
    """

    name: str
    leader: bool
    last_seen: datetime
    published_lag_seconds: float | None


def list_nodes(ctx: Context, actor: Actor) -> tuple[NodeState, ...]:
    """List the hosts that have reported themselves within about a day, by name.

    Returns nothing while the database is unavailable. Raises Forbidden without permission to read the status.
    """
    access.require(actor, Permission.STATUS_READ)
    return get_nodes(ctx)


def get_nodes(ctx: Context) -> tuple[NodeState, ...]:
    """Return the same without an actor, for health and metrics. The caller checks the permission."""
    try:
        return _read_nodes(ctx)
    except PkiError:
        return ()


@dataclass(frozen=True, slots=True)
class SettingNotice:
    """Settings that differ between two hosts and must not. Values are not known."""

    message: str
    code: str = "settings_differ"
    ca: None = None
    commands: tuple[str, ...] = ()


def list_setting_notices(ctx: Context) -> tuple[SettingNotice, ...]:
    """Return one notice for each running host whose settings differ from those of the first one, by name.

    Returns nothing while the database is unavailable. The caller checks the permission.
    """
    try:
        with ctx.ports.storage.read() as reader:
            stores = reader.status_log.list_stores()
    except PkiError:
        return ()
    now = ctx.ports.clock.now()
    present = {get_node_name(store.node): store.settings for store in stores if _is_present(store, now)}
    (first, expected), *others = sorted(present.items()) or [("", {})]
    found = {name: _list_differing(expected, settings) for name, settings in others}
    return tuple(SettingNotice(_describe(first, name, names)) for name, names in found.items() if names)


def _list_differing(expected: Mapping[str, str], settings: Mapping[str, str]) -> list[str]:
    """Return the names that differ. During an upgrade, one host can lack a setting of the other."""
    return sorted(name for name in expected.keys() & settings.keys() if expected[name] != settings[name])


def _describe(first: str, other: str, names: Collection[str]) -> str:
    return (
        f"Hosts {first!r} and {other!r} have different values of {', '.join(names)}. Set the same values on each host, "
        "and restart the servers."
    )


def find_leader(ctx: Context) -> str | None:
    """Return the name of the host that runs the scheduler, or None if it is unknown.

    The caller checks the permission.
    """
    return next((node.name for node in get_nodes(ctx) if node.leader), None)


def _read_nodes(ctx: Context) -> tuple[NodeState, ...]:
    with ctx.ports.storage.read() as reader:
        stores, revision = reader.status_log.list_stores(), reader.status_log.get_revision()
    now = ctx.ports.clock.now()
    leader = max((store for store in stores if store.term is not None), key=lambda store: store.term or 0, default=None)
    return tuple(
        NodeState(
            name=get_node_name(store.node),
            leader=store is leader and _is_present(store, now),
            last_seen=store.seen_at,
            published_lag_seconds=_find_lag(store, revision, now),
        )
        for store in stores
        if _is_present(store, now) or not _is_replaced(store, stores)
    )


def _is_present(store: FollowingStore, now: datetime) -> bool:
    return now - store.seen_at < IS_PRESENT


def _is_replaced(store: FollowingStore, stores: Collection[FollowingStore]) -> bool:
    """Return whether the host has another published store now, because its data directory is new."""
    name = get_node_name(store.node)
    return any(other.seen_at > store.seen_at and get_node_name(other.node) == name for other in stores)


def _find_lag(store: FollowingStore, revision: int, now: datetime) -> float | None:
    if store.revision is None or store.revision > revision:
        return None
    if store.missing_since is None:
        return 0.0
    # A host that reports itself has published what is newer than its last report, or will within a second.
    until = store.seen_at if _is_present(store, now) else now
    return round(max((until - store.missing_since).total_seconds(), 0.0), 3)
