"""Objects, for those who may have them: every use case gets its object from here, with the permission it needs.

What an actor may not even read is not there: NotFound, in the words of an object that does not exist. What may be read
and not be acted on is Forbidden.
"""

from __future__ import annotations

from uuid import UUID

from pki_manager.authority.issuers import find_ca
from pki_manager.domain.actor import Actor
from pki_manager.domain.authority import CertificateAuthority
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import NotFound
from pki_manager.domain.profile import Profile
from pki_manager.policy import access, scopes
from pki_manager.policy.access import Permission, Target
from pki_manager.ports.unit_of_work import Reader, UnitOfWork


def target_of(certificate: Certificate) -> Target:
    """What decides about a certificate. Its names are the alternative ones: those that lists are filtered by too."""
    return Target(
        ca=certificate.ca_id,
        profile=certificate.profile,
        owner=certificate.owner_id,
        team=certificate.team_id,
        names=certificate.sans,
    )


def require_certificate(actor: Actor, permission: Permission, certificate: Certificate) -> None:
    access.require_on(actor, permission, target_of(certificate), "certificate", str(certificate.id))


def certificate(reader: Reader | UnitOfWork, actor: Actor, permission: Permission, certificate_id: UUID) -> Certificate:
    found = reader.certificates.get(certificate_id)
    require_certificate(actor, permission, found)
    return found


def authority(
    reader: Reader | UnitOfWork, actor: Actor, permission: Permission, id_or_name: str
) -> CertificateAuthority:
    found = find_ca(reader, id_or_name)
    require_ca(actor, permission, found.id, id_or_name)
    return found


def require_ca(actor: Actor, permission: Permission, ca_id: UUID, told: str) -> None:
    """`told` is what the caller called the CA."""
    access.require_on(actor, permission, Target(ca=ca_id), "certificate authority", told)


def profile(
    reader: Reader | UnitOfWork, actor: Actor, permission: Permission, name: str, version: int | None = None
) -> Profile:
    """The newest version unless one is named. By its name alone it is decided, before it is looked for."""
    require_profile(actor, permission, name)
    return reader.profiles.get(name, version)


def require_profile(actor: Actor, permission: Permission, name: str) -> None:
    if not access.allowed(actor, Permission.PROFILE_READ, Target(profile=name)):
        access.require_somewhere(actor, permission)
        raise NotFound.of("profile", name)
    access.require(actor, permission, Target(profile=name))


def may_read(actor: Actor, certificate: Certificate) -> bool:
    return access.allowed(actor, Permission.CERTIFICATE_READ, target_of(certificate))


_OF_A_CA = (
    Permission.CA_READ,
    Permission.CERTIFICATE_ISSUE,
    Permission.CERTIFICATE_READ,
    Permission.KEY_READ,
    Permission.REQUEST_READ,
    Permission.REQUEST_SUBMIT,
)


def require_known(actor: Actor, ca_id: UUID, told: str) -> None:
    """NotFound unless some grant has to do with the CA, whatever else limits it; `told` is what the caller said."""
    if not any(scopes.concerns_ca(actor, permission, ca_id) for permission in _OF_A_CA):
        raise NotFound.of("certificate authority", told)


def known_ca(reader: Reader, actor: Actor, ca: str | None) -> UUID | None:
    """The id of the CA that a list is asked for, for who has anything to do with it; else NotFound."""
    if ca is None:
        return None
    found = find_ca(reader, ca).id
    require_known(actor, found, ca)
    return found
