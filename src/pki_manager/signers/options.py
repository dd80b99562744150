"""The settings of each kind of key backend, for the tables `[[key_backends]]`.

They are checked when the settings are read, so that all errors are reported together. No key backend is called.
"""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

EMBEDDED: Literal["embedded"] = "embedded"
COSMIAN: Literal["cosmian"] = "cosmian"
PKCS11: Literal["pkcs11"] = "pkcs11"


class BackendOptions(BaseModel):
    """The settings that every kind of key backend has: the name that CAs use, and the kind."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$", description="Name of the key backend")
    kind: str

    def given(self) -> tuple[str, ...]:
        """Return the names of the other options that are set. Their values can be confidential."""
        return tuple(sorted(self.model_fields_set - {"name", "kind"}))


class EmbeddedOptions(BackendOptions):
    """The embedded keystore, `keystore.db` in the data directory. It needs no further settings."""

    kind: Literal["embedded"]


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _server_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or "@" in text:
        raise ValueError("must be a base URL such as https://kms.example.com:9998")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise ValueError("must begin with https:// unless it is on this machine, because it receives signing requests")
    return text.rstrip("/")


class CosmianOptions(BackendOptions):
    """A Cosmian KMS. Without the `owner_…` options it only signs, with keys that their owner created and granted."""

    kind: Literal["cosmian"]
    url: Annotated[str, AfterValidator(_server_url)] = Field(
        description="Base URL of the KMS. Requires `https://` unless it is a loopback address"
    )
    ca_file: Path | None = Field(
        default=None, description="PEM file with the trust anchors for the KMS. Default: the trust store of the system"
    )
    token_file: Path | None = Field(
        default=None, description="File with a bearer token or JWT. Read again when it changes"
    )
    client_certificate_file: Path | None = Field(
        default=None, description="PEM file with the client certificate and its chain, for mutual TLS"
    )
    client_key_file: Path | None = Field(
        default=None, description="PEM file with the private key of the client certificate"
    )
    owner_token_file: Path | None = Field(
        default=None, description="Bearer token file of the key owner, the KMS identity that creates and destroys keys"
    )
    owner_client_certificate_file: Path | None = Field(
        default=None, description="Client certificate file of the key owner"
    )
    owner_client_key_file: Path | None = Field(default=None, description="Private key file of the key owner")
    timeout: timedelta = Field(
        default=timedelta(seconds=20),
        ge=timedelta(seconds=1),
        le=timedelta(minutes=5),
        description="Time limit of one call. The KMS can take long to generate an RSA key",
    )

    @model_validator(mode="after")
    def _whole(self) -> CosmianOptions:
        for prefix in ("", "owner_"):
            token, certificate, key = (
                getattr(self, f"{prefix}{name}")
                for name in ("token_file", "client_certificate_file", "client_key_file")
            )
            if (certificate is None) != (key is None):
                raise ValueError(f"{prefix}client_certificate_file and {prefix}client_key_file go together")
            if token is not None and certificate is not None:
                raise ValueError(f"either {prefix}token_file or {prefix}client_certificate_file, not both")
        return self


def _absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError("must be an absolute path")
    return path


AbsolutePath = Annotated[Path, AfterValidator(_absolute)]


class Pkcs11Options(BackendOptions):
    """A PKCS #11 token: an HSM, a smart card or SoftHSM2. Needs the extra `pkcs11`."""

    kind: Literal["pkcs11"]
    module: AbsolutePath = Field(description="Path of the PKCS #11 library of the vendor")
    token_label: str = Field(min_length=1, max_length=32, description="Label of the token. It must be unique")
    pin_file: AbsolutePath | None = Field(default=None, description="File with the user PIN, mode 0600")
    pin_credential: AbsolutePath | None = Field(
        default=None,
        description="File with the user PIN in the systemd credential directory (/run/credentials/UNIT/NAME), "
        "instead of `pin_file`",
    )
    sessions: int = Field(
        default=8,
        ge=1,
        le=64,
        description="Number of sessions that one process opens. It limits the number of concurrent signatures",
    )
    timeout: timedelta = Field(
        default=timedelta(seconds=20),
        ge=timedelta(seconds=1),
        le=timedelta(minutes=5),
        description="Time limit of one call. Generating a key can take up to five minutes",
    )

    @model_validator(mode="after")
    def _one_pin(self) -> Pkcs11Options:
        if (self.pin_file is None) == (self.pin_credential is None):
            raise ValueError("either pin_file or pin_credential")
        return self


KeyBackend = Annotated[EmbeddedOptions | CosmianOptions | Pkcs11Options, Field(discriminator="kind")]
"""One `[[key_backends]]` table."""
