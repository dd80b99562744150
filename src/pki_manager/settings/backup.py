"""Backup targets, as in the tables `[[backup_targets]]`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

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


_BUCKET = r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"
_PREFIX = r"^([A-Za-z0-9_-][A-Za-z0-9._-]*/?){0,20}$"
_ACCESS_KEY = r"^[!-~]{1,128}$"
_REQUIRED = {
    "directory": frozenset({"path"}),
    "s3": frozenset({"endpoint", "bucket", "access_key_id", "secret_access_key_file"}),
}
_OF_A_KIND = frozenset[str]().union(*_REQUIRED.values())


def _check_endpoint(text: str) -> str:
    parts = urlsplit(text)
    is_whole = parts.scheme in ("http", "https") and parts.hostname and not parts.query and not parts.fragment
    if not is_whole or "@" in parts.netloc or not text.isascii() or not text.isprintable():
        raise ValueError("must be a base URL such as https://s3.example.com")
    return text.rstrip("/")


class BackupTarget(BaseModel):
    """One `[[backup_targets]]` table. Backups are encrypted with its passphrase or for its recipients."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=_NAME)] = Field(description="Name of the target, for `pkim backup create --to`")
    kind: Literal["directory", "s3"] = Field(
        description="Kind of storage: a directory, which can be a mounted file system, or S3-compatible storage"
    )
    path: AbsolutePath | None = Field(
        default=None, description="`directory`: directory that the backups are written to. It must exist"
    )
    endpoint: Annotated[str, AfterValidator(_check_endpoint)] | None = Field(
        default=None, description="`s3`: base URL of the storage, for example https://s3.eu-central-1.amazonaws.com"
    )
    bucket: Annotated[str, Field(pattern=_BUCKET)] | None = Field(
        default=None, description="`s3`: bucket that the backups are written to. It must exist"
    )
    prefix: Annotated[str, Field(pattern=_PREFIX)] = Field(
        default="", description="`s3`: text before each file name, for example pki/"
    )
    region: Annotated[str, Field(pattern=_NAME)] = Field(
        default="us-east-1", description="`s3`: region that requests are signed for"
    )
    access_key_id: Annotated[str, Field(pattern=_ACCESS_KEY)] | None = Field(
        default=None, description="`s3`: ID of the access key"
    )
    secret_access_key_file: AbsolutePath | None = Field(
        default=None, description="`s3`: file with the secret access key, mode 0600"
    )
    ca_file: AbsolutePath | None = Field(
        default=None, description="`s3`: file with the trust anchors of the endpoint, PEM. Default: those of the system"
    )
    passphrase_file: AbsolutePath | None = Field(
        default=None,
        description="File with a passphrase of at least 12 characters, mode 0600, outside of the directory",
    )
    recipient_file: AbsolutePath | None = Field(default=None, description="File with age recipients, one per line")

    @model_validator(mode="after")
    def _check(self) -> BackupTarget:
        if (self.passphrase_file is None) == (self.recipient_file is None):
            raise ValueError("must have either passphrase_file or recipient_file")
        required = _REQUIRED[self.kind]
        for name in sorted(_OF_A_KIND):
            if (getattr(self, name) is not None) != (name in required):
                raise ValueError(f"{'must' if name in required else 'must not'} have {name} if kind is {self.kind}")
        if self.passphrase_file is not None and self.path is not None and _is_below(self.passphrase_file, self.path):
            raise ValueError("must not have its passphrase_file inside the directory of the backups")
        return self


def _is_below(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())
