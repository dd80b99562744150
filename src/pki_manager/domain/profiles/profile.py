"""Certificate profiles: what a certificate can contain, as one validated, versioned value."""

from __future__ import annotations

from dataclasses import dataclass

from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.profiles.checks import find_faults
from pki_manager.domain.profiles.contents import ProfileContents


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile(ProfileContents):
    """One valid version of a profile."""

    def __post_init__(self) -> None:
        """Raise InvalidInput with every error if the fields are invalid or contradict each other."""
        faults = tuple(find_faults(self))
        if faults:
            detail = "; ".join(f"{fault.field}: {fault.message}" for fault in faults)
            raise InvalidInput(f"Profile {self.name!r} is invalid: {detail}.", errors=faults)
