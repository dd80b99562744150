"""The summary of a first start: what `initialize` created, or found."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from pki_manager.authority.installation.initialize import DEFAULT_HIERARCHY, find_plan
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.issuers import get_current_certificate
from pki_manager.ports.unit_of_work import Reader
from pki_manager.settings import Settings


@dataclass(frozen=True, slots=True)
class CaSummary:
    """A CA of the first start. `fingerprint_sha256` is that of its certificate, lower-case hex."""

    id: UUID
    name: str
    fingerprint_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What the first start created, or found if `is_new` is false. CAs are None if it created none.

    `settings` are those of the installation, with a port in each address.
    """

    settings: Settings = field(repr=False)
    root: CaSummary | None
    issuing: CaSummary | None
    is_new: bool
    sign_in_url: str | None = None


def build_summary(ctx: Context, settings: Settings, *, is_new: bool, sign_in_url: str | None) -> Summary:
    """Return the summary of the installation."""
    with ctx.ports.storage.read() as reader:
        plan = find_plan(reader) or DEFAULT_HIERARCHY
        root, issuing = (_find_ca(reader, name) for name in (plan.root_name, plan.issuing_name))
    return Summary(settings=settings, root=root, issuing=issuing, is_new=is_new, sign_in_url=sign_in_url)


def _find_ca(reader: Reader, name: str) -> CaSummary | None:
    ca = reader.cas.find(name)
    if ca is None:
        return None
    certificate = get_current_certificate(reader, reader.issuer_keys.get_current(ca.id))
    return CaSummary(ca.id, ca.name, certificate.fingerprint_sha256.hex())
