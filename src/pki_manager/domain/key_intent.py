"""The intent to generate a key in a key backend, stored before the key backend is called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyIntent:
    """An intent. `id` is the key's, from which its name in the key backend follows.

    After `deadline` the scheduler settles it. `is_known`: the caller chose the ID and will look for the key under it,
    so it is kept; otherwise the key is erased.
    """

    id: UUID
    backend: str
    key_type: str
    is_known: bool
    requested_by: str
    node: str
    created_at: datetime
    deadline: datetime
