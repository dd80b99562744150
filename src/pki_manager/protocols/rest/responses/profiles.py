"""Profiles as they are answered and taken: their shape is the codec's, for there is one truth about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, GetJsonSchemaHandler, RootModel
from pydantic_core import CoreSchema

from pki_manager.domain.profiles import codec
from pki_manager.domain.profiles.profile import Profile as ProfileValue
from pki_manager.domain.profiles.remark import Remark as RemarkValue
from pki_manager.domain.profiles.remark import RemarkSeverity
from pki_manager.domain.profiles.terms import ProfileState

_STATE = {
    "type": "string",
    "enum": [state.value for state in ProfileState],
    "description": "A retired profile issues nothing any more",
}


class ProfileDefinition(RootModel[dict[str, Any]]):
    """One version of a profile; durations are ISO 8601 text."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return _named(cls, codec.schema())


class Profile(RootModel[dict[str, Any]]):
    """One version of a profile, complete, and what has become of it."""

    @classmethod
    def of(cls, one: ProfileValue) -> Profile:
        return cls({**codec.to_dict(one), "state": one.state.value})

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        definition = codec.schema()
        properties = {**definition["properties"], "state": _STATE}
        return _named(cls, {**definition, "properties": properties, "required": list(properties)})


def _named(cls: type[BaseModel], schema: dict[str, Any]) -> dict[str, Any]:
    return {"title": cls.__name__, "description": cls.__doc__, **schema}


class Remark(BaseModel):
    """`field` is dotted, or `sample.<key type>` for a finding about a sample certificate."""

    severity: RemarkSeverity
    field: str
    rule: str
    message: str


class Remarks(BaseModel):
    """`sound`: there is no error among them."""

    sound: bool
    remarks: list[Remark]

    @classmethod
    def of(cls, found: Iterable[RemarkValue]) -> Remarks:
        remarks = [Remark(severity=r.severity, field=r.field, rule=r.rule, message=r.message) for r in found]
        return cls(sound=all(r.severity is not RemarkSeverity.ERROR for r in remarks), remarks=remarks)


class ProfilePage(BaseModel):
    items: list[Profile]
    next_cursor: str | None
