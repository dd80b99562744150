"""Certificate requests as facts for the policy decision, and its result: the plan, and whether approval is required.

Direct issuance, the queue, and issuance after approval all decide here, by the same rules.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pki_manager.authority.certificates.key_usage_history import get_key_usage_history
from pki_manager.authority.certificates.predecessors import allow_same_holder, keep_field_values
from pki_manager.authority.certificates.requested_fields import add_requested_fields
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.directory import Terms, View
from pki_manager.domain import algorithms
from pki_manager.domain.approval import ApprovalRule
from pki_manager.domain.errors import Fault
from pki_manager.domain.names import DistinguishedName
from pki_manager.domain.plan import CertificatePlan
from pki_manager.domain.queue import Application
from pki_manager.domain.request import RequestFacts
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.policy.approval import list_rules_to_issue
from pki_manager.policy.decide import build_target, decide
from pki_manager.x509 import keys, parse
from pki_manager.x509.made_key import MadeKey, make_key


@dataclass(frozen=True, slots=True)
class Judged:
    """The decision about a request. `rules` are the approval rules that apply; empty if it can be issued at once.

    `plan` is the certificate that would be issued.
    """

    plan: CertificatePlan
    rules: tuple[ApprovalRule, ...]


def get_request_facts(application: Application, key: MadeKey | None = None) -> RequestFacts:
    """Return the facts of a request that policy decides by.

    `key` is the key that was generated for a `key_type`. Errors as `parse.parse_csr`.
    """
    if application.csr_der is not None:
        return parse.parse_csr(application.csr_der)
    spki_der = application.spki_der if key is None else key.spki_der
    if spki_der is None:
        raise Fault("A certificate request contains no key.")
    facts = RequestFacts.of_key(keys.compute_key_facts(spki_der, "key_type"), DistinguishedName())
    return replace(
        facts,
        requested_extensions=application.requested_extensions,
        extension_values=application.extension_values,
    )


def generate_sample_key(application: Application) -> MadeKey | None:
    """Return a throwaway key of the requested type if the real key is generated at collection; else None."""
    return make_key(algorithms.get_key_type(application.key_type)) if application.key_type is not None else None


def judge(
    ctx: Context, actor: Actor, facts: RequestFacts, application: Application, terms: Terms, view: View
) -> Judged:
    """Return the plan of an end-entity certificate, and the approval rules that apply.

    An actor who can only request, not issue, always falls under a rule. A key that the server generates requires a
    separate permission. Re-authentication is not required here, but when the key is returned. Errors as
    `policy.decide`.
    """
    profile, issuer = terms.profile, terms.issuer
    key_history = get_key_usage_history(ctx, terms, facts.key)
    if application.renews is not None and application.spki_der is not None:
        key_history = allow_same_holder(ctx, key_history, application.renews, actor)
    requested = add_requested_fields(application.requested, facts, profile)
    if application.renews is not None:
        requested = keep_field_values(ctx, requested, application.renews, profile)
    now = ctx.ports.clock.now()
    plan = decide(facts, requested, profile, issuer, actor, now, key_history=key_history, may_ask=True)
    target = build_target(issuer, profile, actor, plan.subject, plan.sans, plan.extensions)
    with_key = application.key_type is not None
    if with_key:
        access.require(replace(actor, is_fresh=True), Permission.CERTIFICATE_EXPORT_KEY, target)
    rules = list_rules_to_issue(view.rules(), profile, issuer.ca, actor, target, with_key=with_key)
    return Judged(plan, rules)
