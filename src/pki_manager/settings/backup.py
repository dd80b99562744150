"""Backup targets, as in the tables `[[backup_targets]]`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pki_manager.settings.oidc import AbsolutePath

BackupInterval = Annotated[
    timedelta | None,
    Field(
        ge=timedelta(minutes=5),
        le=timedelta(days=31),
        description="Time between two scheduled backups in each backup target. Default: no scheduled backups",
    ),
]
BackupVerifyInterval = Annotated[
    timedelta,
    Field(
        ge=timedelta(minutes=5),
        le=timedelta(days=366),
        description="Time after which a scheduled backup of each target is test-restored into a scratch directory",
    ),
]

_NAME = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$"


class BackupTarget(BaseModel):
    """One `[[backup_targets]]` table. Backups are encrypted with its passphrase or for its recipients."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=_NAME)] = Field(description="Name of the target, for `pkim backup create --to`")
    kind: Literal["directory"] = Field(description="Kind of storage: a directory, which can be a mounted file system")
    path: AbsolutePath = Field(description="Directory that the backups are written to. It must exist")
    passphrase_file: AbsolutePath | None = Field(
        default=None,
        description="File with a passphrase of at least 12 characters, mode 0600, outside of the directory",
    )
    recipient_file: AbsolutePath | None = Field(default=None, description="File with age recipients, one per line")

    @model_validator(mode="after")
    def _check(self) -> BackupTarget:
        if (self.passphrase_file is None) == (self.recipient_file is None):
            raise ValueError("must have either passphrase_file or recipient_file")
        if self.passphrase_file is not None and _is_below(self.passphrase_file, self.path):
            raise ValueError("must not have its passphrase_file inside the directory of the backups")
        return self


def _is_below(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())
