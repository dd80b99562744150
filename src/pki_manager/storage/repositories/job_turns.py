"""The query that selects the next jobs if the shares of a job kind take turns. The database chooses among many jobs.

The place of a job is its rank in its share: running jobs come first, then due jobs. The first places of all shares come
before any second place.
"""

from __future__ import annotations

from functools import lru_cache

import sqlalchemy as sa

from pki_manager.domain.jobs import Fairness, JobState
from pki_manager.storage.engine.compiled_statement import CompiledStatement
from pki_manager.storage.tables.jobs import jobs


@lru_cache(maxsize=16)
def build_next_jobs_query(fairness: Fairness) -> CompiledStatement:
    """Return the query of the next jobs to take, with the parameters `now` and `most` (the maximum number).

    It selects only as many jobs of each share and each pool as may run at the same time.
    """
    now = sa.bindparam("now", type_=jobs.c.run_at.type)
    is_running = sa.and_(jobs.c.state == JobState.RUNNING.value, jobs.c.lease_until > now)
    is_left_behind = sa.and_(jobs.c.state == JobState.RUNNING.value, jobs.c.lease_until <= now)
    is_due = sa.or_(sa.and_(jobs.c.state == JobState.QUEUED.value, jobs.c.run_at <= now), is_left_behind)
    key = sa.func.coalesce(jobs.c.coalesce, "")
    known = sa.select(
        jobs.c.id,
        jobs.c.run_at,
        sa.case((is_running, 0), else_=1).label("waits"),
        sa.func.substr(key, 1, fairness.share_characters).label("share"),
        sa.func.substr(key, 1, fairness.pool_characters).label("pool"),
    ).where(jobs.c.kind == fairness.kind.value, sa.or_(is_running, is_due))
    one = known.subquery("one")
    in_share = sa.func.row_number().over(partition_by=one.c.share, order_by=(one.c.waits, one.c.run_at, one.c.id))
    ranked = sa.select(one, in_share.label("place")).subquery("ranked")
    order = (ranked.c.waits, ranked.c.place, ranked.c.run_at, ranked.c.id)
    in_pool = sa.func.row_number().over(partition_by=ranked.c.pool, order_by=order)
    # Jobs that run have the first places. A share's place over its limit counts for nothing in its pool.
    within = sa.select(ranked, in_pool.label("pool_place")).where(ranked.c.place <= fairness.most_of_share).subquery()
    chosen = sa.select(within.c.id).where(within.c.waits == 1, within.c.pool_place <= fairness.most_of_pool)
    chosen = chosen.order_by(within.c.place, within.c.run_at, within.c.id).limit(sa.bindparam("most"))
    return CompiledStatement(chosen)
