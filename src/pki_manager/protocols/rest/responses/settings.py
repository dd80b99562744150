"""Response bodies of settings."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel

from pki_manager.domain import setting


class Setting(BaseModel):
    """Setting of this server process.

    `value` and `default` are text: durations in ISO 8601, lists separated by commas, URLs without passwords.
    """

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
