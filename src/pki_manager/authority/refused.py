"""A refusal of policy or lint leaves its own audit event, and no serial number."""

from __future__ import annotations

from pki_manager.authority.context import Authority
from pki_manager.domain.actor import Actor
from pki_manager.domain.audit import Outcome
from pki_manager.domain.authority import Issuer
from pki_manager.domain.certificate_events import IssueRefused
from pki_manager.domain.errors import Refused
from pki_manager.domain.profile import Profile


def record_refusal(authority: Authority, actor: Actor, issuer: Issuer, profile: Profile, refusal: Refused) -> None:
    with authority.storage.begin(actor) as uow:
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
