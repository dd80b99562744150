"""Certificate policies of a CA or profile, compared with those of the CAs above (RFC 5280 §4.2.1.4, §6.1)."""

from __future__ import annotations

from pki_manager.domain.ca import Issuer
from pki_manager.domain.profiles.checks import find_policy_faults
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.profiles.terms import PolicyInformation
from pki_manager.policy.reasons import Findings


def judge_policies(requested: tuple[PolicyInformation, ...], issuer: Issuer, findings: Findings) -> None:
    """Refuse certificate policies of a CA that are malformed, or that are not valid below the CAs above.

    Clients that require such a policy would find no valid path. A root CA cannot have policies.
    """
    for fault in find_policy_faults(requested):
        findings.refuse("policies", "policies.form", fault)
    if requested and issuer.self_signed:
        findings.refuse("policies", "policies.root", "can be set only for subordinate CAs")
    for oid in _void(requested, issuer):
        findings.refuse(
            "policies",
            "policies.issuer",
            f"must contain only policies of the parent CA; {oid} is not among {_shown(issuer)}",
        )


def judge_profile(profile: Profile, issuer: Issuer, findings: Findings) -> None:
    """Refuse a profile with certificate policies that the CAs above exclude.

    If no CA above has policies, as in most private hierarchies, the profile's policies are accepted.
    """
    void = [] if issuer.policies_left.is_silent else _void(profile.policies, issuer)
    if void:
        finding = f"must be a profile whose policies are valid below CA {issuer.ca.name!r}; {', '.join(void)} is not"
        message = f"{finding}; valid policies are {_shown(issuer)}"
        findings.refuse("profile", "profile.issuer_policies", message)


def _void(policies: tuple[PolicyInformation, ...], issuer: Issuer) -> list[str]:
    return [policy.oid for policy in policies if not issuer.policies_left.has(policy.oid)]


def _shown(issuer: Issuer) -> str:
    return ", ".join(sorted(issuer.policies_left.named or ())) or "none"
