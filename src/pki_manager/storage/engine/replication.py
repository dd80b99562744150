"""Whether a standby of the PostgreSQL server has every acknowledged commit."""

from __future__ import annotations

import sqlalchemy as sa

from pki_manager.storage.engine.failures import translate_errors

NOTICE = (
    "The PostgreSQL server has a standby, but does not wait for one before it confirms a commit. If the server fails, "
    "certificates and revocations that clients received can be missing on the standby. Set synchronous_standby_names."
)

_STATE = """SELECT current_setting('synchronous_standby_names') AS synchronous, count(*) AS standbys
    FROM pg_stat_replication"""


def find_replication_notice(engine: sa.Engine) -> str | None:
    """Return a warning if a fail-over of the database can lose acknowledged commits; None otherwise.

    A server without a standby, and without a second host in its URL, is not warned about.
    """
    if engine.dialect.name != "postgresql":
        return None
    with translate_errors(), engine.connect() as connection:
        state = connection.exec_driver_sql(_STATE).one()
    has_standby = state.standbys > 0 or _has_host_list(engine.url)
    return NOTICE if has_standby and not state.synchronous.strip() else None


def _has_host_list(url: sa.URL) -> bool:
    hosts = url.query.get("host", ())
    return "," in (url.host or "") or (len(hosts) > 1 if isinstance(hosts, tuple) else "," in hosts)
