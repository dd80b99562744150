"""Response bodies of search results."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel

from pki_manager.authority.installation import search


class FoundResponse(BaseModel):
    """Search result. `name` is the name of the object, `detail` distinguishes it, `state` is the state of its type."""

    kind: search.FoundKind
    id: str
    name: str
    detail: str
    state: str


class SearchResult(BaseModel):
    items: list[FoundResponse]

    @classmethod
    def of(cls, found: Iterable[search.Found]) -> SearchResult:
        return cls(
            items=[
                FoundResponse(kind=one.kind, id=one.id, name=one.name, detail=one.detail, state=one.state)
                for one in found
            ]
        )
