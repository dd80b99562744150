"""Response bodies of profiles. The definition has the shape of the profile codec."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, GetJsonSchemaHandler, RootModel
from pydantic_core import CoreSchema

from pki_manager.domain.profiles import codec
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.profiles.remark import Remark, RemarkSeverity
from pki_manager.domain.profiles.terms import ProfileState

_STATE = {
    "type": "string",
    "enum": [state.value for state in ProfileState],
    "description": "A retired profile issues nothing any more",
}


class ProfileDefinition(RootModel[dict[str, Any]]):
    """Definition of a profile version. Durations are ISO 8601."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return _named(cls, codec.build_schema())


class ProfileResponse(RootModel[dict[str, Any]]):
    """Profile version with its definition and state."""

    @classmethod
    def of(cls, one: Profile) -> ProfileResponse:
        return cls({**codec.to_dict(one), "state": one.state.value})

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        definition = codec.build_schema()
        properties = {**definition["properties"], "state": _STATE}
        return _named(cls, {**definition, "properties": properties, "required": list(properties)})


def _named(cls: type[BaseModel], schema: dict[str, Any]) -> dict[str, Any]:
    return {"title": cls.__name__, "description": cls.__doc__, **schema}


class RemarkResponse(BaseModel):
    """Finding about a profile. `field` is dotted, or `sample.<key type>` for a finding about a sample certificate."""

    severity: RemarkSeverity
    field: str
    rule: str
    message: str


class Remarks(BaseModel):
    """Findings about a profile. `sound` is true if none of them is an error."""

    sound: bool
    remarks: list[RemarkResponse]

    @classmethod
    def of(cls, found: Iterable[Remark]) -> Remarks:
        remarks = [RemarkResponse(severity=r.severity, field=r.field, rule=r.rule, message=r.message) for r in found]
        return cls(sound=all(r.severity is not RemarkSeverity.ERROR for r in remarks), remarks=remarks)


class ProfilePage(BaseModel):
    items: list[ProfileResponse]
    next_cursor: str | None
