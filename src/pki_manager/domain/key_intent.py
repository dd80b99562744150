"""The intent to generate a key in a key backend, stored before the key backend is called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyIntent:
    """An intent to generate a key. `id` is the key's ID, which determines its name in the key backend.

    After `deadline` the scheduler settles it. With `is_known` the key is kept, because the caller chose the ID and will
    look for the key; otherwise the key is erased.
    """

    id: UUID
    backend: str
    key_type: str
    is_known: bool
    requested_by: str
    node: str
    created_at: datetime
    deadline: datetime
