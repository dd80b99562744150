"""CA certificates and CSR attributes that enrollment protocols return to clients."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from pki_manager.authority.enrollment.labels import parse_label
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.issuers import get_current_certificate
from pki_manager.authority.signing.chains import find_chains
from pki_manager.domain.algorithms import get_key_type
from pki_manager.domain.ca import CaState
from pki_manager.domain.errors import NotFound
from pki_manager.x509.csr_attributes import encode_csr_attributes

_CAN_ISSUE = (CaState.ACTIVE, CaState.SUSPENDED)


class LabelTarget(NamedTuple):
    """The CA and the profile that an EST label names."""

    ca_id: UUID
    profile: str


def get_label_target(ctx: Context, label: str) -> LabelTarget:
    """Return the CA and the profile that an EST label names. Raises NotFound if there is no such label."""
    with ctx.ports.storage.read() as reader:
        ca, profile = parse_label(reader, label)
        return LabelTarget(ca.id, profile)


def get_only_issuing_ca(ctx: Context) -> UUID:
    """Return the ID of the only subordinate CA that can issue. Raises NotFound if there is none, or more than one."""
    now = ctx.ports.clock.now()
    with ctx.ports.storage.read() as reader:
        found = [ca.id for ca in reader.cas.list_all() if ca.parent_id is not None and ca.state_at(now) in _CAN_ISSUE]
    if len(found) != 1:
        raise NotFound("The path must contain the label of a CA and a profile, since several CAs can be meant.")
    return found[0]


def list_ca_certificates(ctx: Context, ca_id: UUID) -> tuple[bytes, ...]:
    """Return the certificates (DER) of a CA and those above it, the root's last.

    Raises NotFound if the CA does not exist; Conflict while it is pending.
    """
    with ctx.ports.storage.read() as reader:
        certificate = get_current_certificate(reader, reader.issuer_keys.get_current(reader.cas.get(ca_id).id))
        chains = find_chains(reader, certificate, ctx.ports.clock.now())
    ways = (chains.usual, *chains.others)
    return tuple(dict.fromkeys(link.der for way in ways for link in way))


def get_csr_attributes(ctx: Context, profile_name: str) -> bytes:
    """Return the CSR attributes of a profile (DER): its first key type, and whether it requires SANs.

    Raises NotFound if the profile does not exist.
    """
    with ctx.ports.storage.read() as reader:
        profile = reader.profiles.get(profile_name)
    return encode_csr_attributes(get_key_type(profile.key_types[0]), extensions=profile.sans.minimum > 0)
