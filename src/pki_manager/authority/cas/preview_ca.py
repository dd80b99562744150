"""The certificate of a CA before the CA and its key exist."""

from __future__ import annotations

from pki_manager.authority.cas.create_ca import CreateCa, build_ca_draft, check_name, get_parent_and_profile
from pki_manager.authority.cas.issuer_key import KeyPlace
from pki_manager.authority.cas.signing_terms import build_sample_key
from pki_manager.authority.certificates.local_keys import build_local_key_facts
from pki_manager.authority.certificates.preview import Preview, preview
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.ca import IssuerKey
from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.request import Purpose
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission


def preview_ca(ctx: Context, actor: Actor, command: CreateCa) -> Preview:
    """Return the first certificate of the CA that `create_ca` would create, with a throwaway key of its type.

    Requires only permission to read CAs. Raises NotFound if the parent does not exist; NameTaken if the name is in use;
    InvalidInput for invalid values and for an external parent; Conflict if the parent cannot issue.
    """
    access.require_somewhere(actor, Permission.CA_READ)
    parent, profile = get_parent_and_profile(ctx, actor, command, Permission.CA_READ)
    if command.external_parent:
        raise InvalidInput.of(
            "external_parent",
            "ca.external",
            "must be false for a preview, because the external parent CA issues the certificate",
        )
    check_name(ctx, command.name)

    def key_for(place: KeyPlace) -> IssuerKey:
        return build_sample_key(ctx, place, command.key_type, command.signature_algorithm, command.backend)

    draft = build_ca_draft(ctx, actor, command, parent, profile, key_for)
    now = ctx.ports.clock.now()
    facts, wanted = build_local_key_facts(draft.key.spki_der), draft.requested(command)
    return preview(facts, wanted, profile, draft.build_issuer(now), now, Purpose.AUTHORITY)
