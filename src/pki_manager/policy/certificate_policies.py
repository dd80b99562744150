"""Certificate policies that a CA is to have of its own, held against the path above it (RFC 5280 §4.2.1.4, §6.1)."""

from __future__ import annotations

from pki_manager.domain.authority import Issuer
from pki_manager.domain.profile_checks import policy_faults
from pki_manager.domain.profile_terms import PolicyInformation
from pki_manager.policy.reasons import Findings

ANY_POLICY = "2.5.29.32.0"


def judge_policies(wanted: tuple[PolicyInformation, ...], issuer: Issuer, findings: Findings) -> None:
    """Refuse what is malformed, what nobody looks at, and each policy that is valid on no path above.

    Such a policy would only promise what is not so: who asks for it finds no valid path.
    """
    for fault in policy_faults(wanted):
        findings.refuse("policies", "policies.form", fault)
    if wanted and issuer.self_signed:
        findings.refuse("policies", "policies.root", "are for CAs under another")
    left = issuer.policies_left
    shown = ", ".join(sorted(left.named or ())) or "none"
    for policy in wanted:
        if policy.oid == ANY_POLICY:
            useful = left.any_policy and left.named != frozenset()
        else:
            useful = left.named is None or policy.oid in left.named
        if not useful:
            findings.refuse("policies", "policies.issuer", f"{policy.oid} is not among the CA's above: {shown}")
