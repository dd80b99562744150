"""Credentials of a KMS' key owner for one command. They are not stored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pki_manager.domain.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from pki_manager.settings import Settings


@dataclass(frozen=True, slots=True)
class OwnerFiles:
    """The credential files for a key backend: a token, or a client certificate with its key."""

    backend: str
    token_file: Path | None
    certificate_file: Path | None
    key_file: Path | None

    @property
    def is_given(self) -> bool:
        return any((self.token_file, self.certificate_file, self.key_file))


def add_owner(settings: Settings, owner: OwnerFiles) -> Settings:
    """Return the settings with the owner's credentials.

    Raises NotFound if the key backend does not exist, and InvalidInput if it has no key owner or the credentials are
    unsuitable.
    """
    from pydantic import ValidationError

    from pki_manager.signers.options import CosmianOptions

    found = next((options for options in settings.key_backends if options.name == owner.backend), None)
    if found is None:
        raise NotFound.of("key backend", owner.backend)
    if not isinstance(found, CosmianOptions):
        raise InvalidInput.of(
            "--backend", "backend.owner", f"must be a cosmian key backend; a {found.kind} backend has no key owner"
        )
    given = {
        "owner_token_file": owner.token_file,
        "owner_client_certificate_file": owner.certificate_file,
        "owner_client_key_file": owner.key_file,
    }
    try:
        changed = CosmianOptions.model_validate(found.model_dump() | given)
    except ValidationError as error:
        detail = error.errors(include_url=False, include_input=False)[0]["msg"].removeprefix("Value error, ")
        raise InvalidInput.of("--owner-…", "backend.owner", detail) from None
    backends = tuple(changed if options is found else options for options in settings.key_backends)
    return settings.model_copy(update={"key_backends": backends})
