"""A request as facts that policy judges, and the judgment: the planned certificate, and whose consent it needs.

At once or through the queue, now or after approval: it is always judged here, by the same rules.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pki_manager.authority.certificates.key_usage_history import key_usage_history
from pki_manager.authority.certificates.predecessors import for_the_same_holder
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.directory import Terms, View
from pki_manager.domain import algorithms
from pki_manager.domain.approval import ApprovalRule
from pki_manager.domain.errors import Fault
from pki_manager.domain.known_key import KeyUsageHistory
from pki_manager.domain.names import DistinguishedName
from pki_manager.domain.plan import CertificatePlan
from pki_manager.domain.queue import Application
from pki_manager.domain.request import RequestFacts
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.policy.approval import demanded_to_issue
from pki_manager.policy.decide import decide, target_of
from pki_manager.x509 import keys, parse
from pki_manager.x509.made_key import MadeKey, make_key


@dataclass(frozen=True, slots=True)
class Judged:
    """`rules` are those that demand approval, none where it can be issued at once."""

    plan: CertificatePlan
    key_history: KeyUsageHistory
    rules: tuple[ApprovalRule, ...]


def facts_of(application: Application, key: MadeKey | None = None) -> RequestFacts:
    """What policy looks at; `key` is the one that was made for a `key_type`. Errors as `parse.csr`."""
    if application.csr_der is not None:
        return parse.csr(application.csr_der)
    spki_der = application.spki_der if key is None else key.spki_der
    if spki_der is None:
        raise Fault("A certificate request contains no key.")
    facts = RequestFacts.of_key(keys.key_facts(spki_der, "key_type"), DistinguishedName())
    return replace(facts, requested_extensions=application.requested_extensions)


def sample_key(application: Application) -> MadeKey | None:
    """For a key that is made at collection: one of its type, to be judged in its place and forgotten."""
    return make_key(algorithms.key_type(application.key_type)) if application.key_type is not None else None


def judge(
    ctx: Context, actor: Actor, facts: RequestFacts, application: Application, terms: Terms, view: View
) -> Judged:
    """The plan of a certificate for others, and the approval rules that it falls under. Errors as `policy.decide`.

    Who may only ask, and not issue, gets a plan too: then there is a rule that it falls under, always. A key that is
    made here needs a right of its own; the proof that goes with it is asked for where the key is handed out.
    """
    profile, issuer = terms.profile, terms.issuer
    key_history = key_usage_history(ctx, terms, facts.key)
    if application.renews is not None and application.spki_der is not None:
        key_history = for_the_same_holder(ctx, key_history, application.renews, actor)
    now = ctx.ports.clock.now()
    plan = decide(facts, application.requested, profile, issuer, actor, now, key_history=key_history, may_ask=True)
    target = target_of(issuer, profile, actor, plan.subject, plan.sans)
    with_key = application.key_type is not None
    if with_key:
        access.require(replace(actor, is_fresh=True), Permission.CERTIFICATE_EXPORT_KEY, target)
    rules = demanded_to_issue(view.rules(), profile, issuer.ca, actor, target, with_key=with_key)
    return Judged(plan, key_history, rules)
