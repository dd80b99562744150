"""The audit event of a request that policy or lint refused. No serial number is used."""

from __future__ import annotations

from pki_manager.authority.kernel.context import Context
from pki_manager.domain.ca import Issuer
from pki_manager.domain.errors import Refused
from pki_manager.domain.events.audit import Outcome
from pki_manager.domain.events.certificates import IssueRefused
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.rights.actor import Actor


def record_refusal(ctx: Context, actor: Actor, issuer: Issuer, profile: Profile, refusal: Refused) -> None:
    """Store the audit event of a refusal, and mark the refusal as audited."""
    with ctx.ports.storage.begin(actor) as uow:
        uow.record(
            IssueRefused(
                object_id=str(issuer.ca.id),
                outcome=Outcome.REFUSED,
                reason=refusal.code,
                profile=f"{profile.name}:{profile.version}",
                rules=tuple(error.rule for error in refusal.errors),
            )
        )
    refusal.audited = True
