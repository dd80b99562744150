"""A key that is about to be made in a backend: written down before the backend is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyIntent:
    """`id` is the key's, from which its name in the backend follows. Past `deadline` the scheduler settles it.

    `is_known`: the caller chose the id and will look for the key under it, so it is kept; else the id is unknown.
    """

    id: UUID
    backend: str
    key_type: str
    is_known: bool
    requested_by: str
    node: str
    created_at: datetime
    deadline: datetime
