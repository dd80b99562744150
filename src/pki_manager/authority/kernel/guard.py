"""Objects with access control: every use case reads its objects here, with the permission it requires.

An object that the actor may not read raises NotFound, with the text of an object that does not exist. One that can be
read but not used raises Forbidden.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from pki_manager.authority.kernel.issuers import find_ca
from pki_manager.domain.ca import CertificateAuthority
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import NotFound, PkiError
from pki_manager.domain.names import DistinguishedName, NameAttribute
from pki_manager.domain.people.user import User
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access, covered, scopes
from pki_manager.policy.access import Permission, Target
from pki_manager.ports.unit_of_work import Reader
from pki_manager.x509 import names


def build_target(reader: Reader, actor: Actor, certificate: Certificate) -> Target:
    """Return the target that describes a certificate in access decisions about the actor."""
    profile = (certificate.profile, certificate.profile_version)
    subject, fixed = read_subject_and_fixed(reader, actor, certificate.subject, *profile)
    return covered.build_target(
        ca=certificate.ca_id,
        profile=certificate.profile,
        owner=certificate.owner_id,
        team=certificate.team_id,
        subject=subject,
        sans=certificate.sans,
        fixed=fixed,
    )


class SubjectAndFixed(NamedTuple):
    """A certificate subject, and those of its attributes whose values the profile sets."""

    subject: DistinguishedName
    fixed: tuple[NameAttribute, ...]


def read_subject_and_fixed(
    reader: Reader, actor: Actor, subject: str, profile_name: str, version: int
) -> SubjectAndFixed:
    """Return a stored subject as a name, and those of its attributes whose values the profile sets.

    Both are empty if no grant of the actor is limited by names. A subject that cannot be parsed becomes a single
    attribute that no grant permits.
    """
    if not _is_limited_by_names(actor):
        return SubjectAndFixed(DistinguishedName(), ())
    try:
        fixed = reader.profiles.get(profile_name, version).subject.fixed
    except NotFound:  # an imported certificate: no local profile checked its subject
        fixed = ()
    try:
        return SubjectAndFixed(names.parse_dn(subject), fixed)
    except PkiError:
        return SubjectAndFixed(DistinguishedName(((NameAttribute("subject", subject),),)), fixed)


def _is_limited_by_names(actor: Actor) -> bool:
    return any(grant.scope.names is not None for grant in actor.grants)


def require_certificate(reader: Reader, actor: Actor, permission: Permission, certificate: Certificate) -> None:
    """Require the permission on a certificate.

    Raises NotFound if the actor may not read it; Forbidden if the actor may read it but lacks the permission.
    """
    target = build_target(reader, actor, certificate)
    access.require_on(actor, permission, target, "certificate", str(certificate.id))


def get_certificate(reader: Reader, actor: Actor, permission: Permission, certificate_id: UUID) -> Certificate:
    """Return a certificate on which the actor has the permission.

    Raises NotFound if it does not exist. Other errors as `require_certificate`.
    """
    found = reader.certificates.get(certificate_id)
    require_certificate(reader, actor, permission, found)
    return found


def get_ca(reader: Reader, actor: Actor, permission: Permission, id_or_name: str) -> CertificateAuthority:
    """Return a CA, by ID or name, on which the actor has the permission.

    Raises NotFound if it does not exist. Other errors as `require_ca`.
    """
    found = find_ca(reader, id_or_name)
    require_ca(actor, permission, found.id, id_or_name)
    return found


def require_ca(actor: Actor, permission: Permission, ca_id: UUID, named: str) -> None:
    """Require the permission on a CA. `named` is the name or ID that the caller used.

    Raises NotFound if the actor may not read it; Forbidden if the actor may read it but lacks the permission.
    """
    access.require_on(actor, permission, Target(ca=ca_id), "certificate authority", named)


def get_profile(reader: Reader, actor: Actor, permission: Permission, name: str, version: int | None = None) -> Profile:
    """Return a profile on which the actor has the permission. Default: its newest version.

    Access is decided by the name, before the profile is read. Raises NotFound if it does not exist. Other errors as
    `require_profile`.
    """
    require_profile(actor, permission, name)
    return reader.profiles.get(name, version)


def require_profile(actor: Actor, permission: Permission, name: str) -> None:
    """Require the permission on a profile.

    Raises NotFound if the actor may not read it; Forbidden if the actor may read it but lacks the permission.
    """
    if not access.is_allowed(actor, Permission.PROFILE_READ, Target(profile=name)):
        access.require_somewhere(actor, permission)
        raise NotFound.of("profile", name)
    access.require(actor, permission, Target(profile=name))


def may_read(reader: Reader, actor: Actor, certificate: Certificate) -> bool:
    """Return whether the actor may read a certificate."""
    return access.is_allowed(actor, Permission.CERTIFICATE_READ, build_target(reader, actor, certificate))


def filter_readable(reader: Reader, actor: Actor, certificates: Iterable[Certificate]) -> tuple[Certificate, ...]:
    """Return the certificates that the actor may read.

    The database has already filtered them by SANs; this function checks their subjects.
    """
    if not _is_limited_by_names(actor):
        return tuple(certificates)
    return tuple(one for one in certificates if may_read(reader, actor, one))


_OF_A_CA = (
    Permission.CA_READ,
    Permission.CERTIFICATE_ISSUE,
    Permission.CERTIFICATE_READ,
    Permission.KEY_READ,
    Permission.REQUEST_READ,
    Permission.REQUEST_SUBMIT,
)


def require_known(actor: Actor, ca_id: UUID, named: str) -> None:
    """Raise NotFound unless a grant of the actor covers the CA, even if the grant is limited in other ways.

    `named` is the name or ID that the caller used.
    """
    if not any(scopes.concerns_ca(actor, permission, ca_id) for permission in _OF_A_CA):
        raise NotFound.of("CA", named)


def find_known_ca_id(reader: Reader, actor: Actor, ca: str | None) -> UUID | None:
    """Return the ID of the CA that a list is filtered by; None for no filter.

    Raises NotFound if the CA does not exist, or no grant of the actor covers it.
    """
    if ca is None:
        return None
    found = find_ca(reader, ca).id
    require_known(actor, found, ca)
    return found


def find_user(reader: Reader, id_or_login: str) -> User:
    """Return a user by ID or username. Raises NotFound if there is none."""
    user = reader.users.find(id_or_login)
    if user is None:
        raise NotFound.of("user", id_or_login)
    return user
