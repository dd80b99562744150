"""Settings as they are answered."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel

from pki_manager.domain import setting


class Setting(BaseModel):
    """`value` and `default` as texts: a duration in ISO 8601, a list between commas, a URL without its password."""

    name: str
    value: str
    source: setting.Source
    default: str
    meaning: str


class SettingList(BaseModel):
    items: list[Setting]

    @classmethod
    def of(cls, explained: Iterable[setting.Explained]) -> SettingList:
        return cls(
            items=[
                Setting(name=one.name, value=one.value, source=one.source, default=one.default, meaning=one.meaning)
                for one in explained
            ]
        )
