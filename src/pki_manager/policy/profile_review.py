"""Warnings about profiles that work but are dangerous."""

from __future__ import annotations

from collections.abc import Iterator

from pki_manager.domain.duration import Duration
from pki_manager.domain.names import NameKind
from pki_manager.domain.profiles.extensions import FIELD
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.profiles.remark import Remark, RemarkSeverity
from pki_manager.domain.profiles.terms import CODE_SIGNING, SERVER_AUTH, SIGN_IN_PURPOSES, CommonName, ProfileKind
from pki_manager.domain.rights.actor import Role
from pki_manager.domain.rights.permission import Permission
from pki_manager.policy import constraints
from pki_manager.policy.roles import BUILTIN

_LONG_TLS = Duration(0, 398 * 86400)
_LONG = Duration(10 * 12, 0)
_LONG_CA = Duration(25 * 12, 0)
_SHORT = Duration(0, 10 * 86400)
_PLACES = frozenset({"C", "ST", "L", "STREET", "postalCode"})


def review(profile: Profile) -> tuple[Remark, ...]:
    """Return findings: errors (impossible subtrees) and warnings (dangerous combinations, with remedies)."""
    return (*_subtrees(profile), *_names(profile), *_lifetime(profile), *_purposes(profile), *_status(profile))


def _warning(field: str, rule: str, message: str) -> Remark:
    return Remark(RemarkSeverity.WARNING, field, rule, message)


def _subtrees(profile: Profile) -> Iterator[Remark]:
    for base in profile.sans.permitted:
        fault = constraints.find_subtree_fault(base)
        if fault:
            yield Remark(RemarkSeverity.ERROR, "sans.permitted", "profile.san_permitted", f"{base}: {fault}")


def _names(profile: Profile) -> Iterator[Remark]:
    """Warn if requesters can freely choose the names in certificates that let their holder sign in (ESC1 of AD CS).

    Also warn about wildcards of any domain.
    """
    if profile.kind is not ProfileKind.END_ENTITY:
        return
    able = [role.value for role in _enrolling_roles()]
    free = list_free_identities(profile) if is_for_clients(profile) else ()
    if free and able:
        message = (
            f"lets {', '.join(able)} choose the names in client certificates ({', '.join(free)}); limit "
            "them with sans.permitted, common_name from-sans, and fixed values, or let only "
            "trusted people use the profile"
        )
        yield _warning("subject", "profile.free_client", message)
    if profile.sans.wildcards and not profile.sans.permitted:
        message = (
            "allows wildcards of any domain, each of which covers every host below it; limit them with sans.permitted"
        )
        yield _warning("sans.wildcards", "profile.free_wildcard", message)


def _enrolling_roles() -> tuple[Role, ...]:
    """Return the built-in roles that can issue certificates but cannot create CAs."""
    rights = {role: frozenset[Permission]().union(*(g.permissions for g in grants)) for role, grants in BUILTIN.items()}
    return tuple(
        role
        for role, given in rights.items()
        if Permission.CERTIFICATE_ISSUE in given and Permission.CA_CREATE not in given
    )


def is_for_clients(profile: Profile) -> bool:
    """Return whether servers can let the holder of a certificate of this profile sign in with it.

    Only the listed purposes are compared: an end-entity profile without purposes, or with anyExtendedKeyUsage, cannot
    be saved.
    """
    return not SIGN_IN_PURPOSES.isdisjoint(profile.extended_key_usage)


def list_free_identities(profile: Profile) -> tuple[str, ...]:
    """Return the names that requesters can choose: `sans`, types of subject attributes, and fields (`fields.sid`).

    A pattern limits the value of a field, but does not verify it. Attributes of places are left out, because they do
    not identify a user.
    """
    limited = {base.kind for base in profile.sans.permitted}
    bound = set(_PLACES)
    if profile.subject.common_name is CommonName.FROM_SANS:
        bound.add("CN")
    if NameKind.EMAIL in limited:
        bound.add("emailAddress")
    free = tuple(kind for kind in profile.subject.attributes if kind not in bound)
    free += tuple(f"{FIELD}{extension.field.name}" for extension in profile.extensions if extension.field)
    return ("sans", *free) if profile.sans.kinds and not limited else free


def _lifetime(profile: Profile) -> Iterator[Remark]:
    longest = _LONG_CA if profile.is_ca() else _LONG
    if SERVER_AUTH in profile.extended_key_usage:
        longest = _LONG_TLS
    if not profile.validity.maximum.never_exceeds(longest):
        message = (
            f"allows {profile.validity.maximum}; at most {longest} is recommended, because keys leak and "
            "names change owners"
        )
        yield _warning("validity.maximum", "profile.long", message)


def _purposes(profile: Profile) -> Iterator[Remark]:
    purposes = profile.extended_key_usage
    if CODE_SIGNING in purposes and len(purposes) > 1:
        message = "allows a key for another purpose to sign programs; use a separate profile for codeSigning"
        yield _warning("extended_key_usage", "profile.mixed_purposes", message)
    if profile.kind is ProfileKind.CA and not purposes and profile.path_length is None:
        message = "allows subordinate CAs of any depth, because no path length is set"
        yield Remark(RemarkSeverity.NOTICE, "path_length", "profile.any_depth", message)


def _status(profile: Profile) -> Iterator[Remark]:
    if profile.kind is not ProfileKind.END_ENTITY:
        return
    if profile.no_rev_avail and not profile.validity.maximum.never_exceeds(_SHORT):
        message = f"hides a revocation for up to {profile.validity.maximum}; use at most {_SHORT}"
        yield _warning("no_rev_avail", "profile.unrevocable", f"{message} (RFC 9608 §1)")
    if not (profile.include_crl_url or profile.include_ocsp_url or profile.no_rev_avail):
        message = (
            "hides revocations, because certificates contain neither CRL nor OCSP URLs; set no_rev_avail "
            "if this is intended"
        )
        yield _warning("include_crl_url", "profile.no_status", message)
