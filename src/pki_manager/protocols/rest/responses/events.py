"""Response bodies of changes, as a list and as server-sent events."""

from __future__ import annotations

from pydantic import BaseModel

from pki_manager.authority.audit import change_feed


class ChangeResponse(BaseModel):
    kind: str
    id: str
    action: str


class ChangeList(BaseModel):
    """Changes of objects. Send `position` as `Last-Event-ID` to continue.

    `missed` is true if changes were lost: reload all data.
    """

    items: list[ChangeResponse]
    position: str
    missed: bool

    @classmethod
    def of(cls, found: change_feed.Changes) -> ChangeList:
        return cls(
            items=[ChangeResponse(kind=one.kind, id=one.id, action=one.action) for one in found.changes],
            position=found.position,
            missed=found.missed,
        )


def encode_server_sent_event(found: ChangeList) -> bytes:
    """Return one server-sent event with all changes, and with the position as its ID. Its JSON has no line breaks."""
    return f"event: changes\nid: {found.position}\ndata: {found.model_dump_json()}\n\n".encode()
