"""Enrollment with a key that the server generates. The rest is as for every certificate."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from pki_manager.authority.certificates import generated_keys
from pki_manager.authority.certificates.enroll import admit, build_requested_contents, replay
from pki_manager.authority.certificates.generated_keys import Keyed, KeyOrder
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.idempotency import Done, run_once
from pki_manager.domain.profiles.extensions import FieldValue
from pki_manager.domain.queue import Application
from pki_manager.domain.request import ValidityRequest
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollWithKey:
    """A request for a certificate and its key, without a CSR.

    `subject` is RFC 4514 text, empty for none; `sans` are written as `DNS:…`.
    """

    ca: str
    profile: str
    key: KeyOrder
    subject: str | None = None
    sans: tuple[str, ...] = ()
    validity: ValidityRequest = field(default_factory=ValidityRequest)
    fields: tuple[FieldValue, ...] | None = None


def enroll_with_key(ctx: Context, actor: Actor, command: EnrollWithKey, claim: Claim | None = None) -> Done[Keyed]:
    """Generate a key and issue its certificate. A repeated request returns the certificate without the key.

    If the response is lost, the key is lost: rekey the certificate. If approval is required, the key is generated at
    collection. Raises InvalidInput if the key order is invalid. Other errors as `enroll`.
    """
    access.require_somewhere(actor, Permission.CERTIFICATE_ISSUE)
    access.require_somewhere(actor, Permission.CERTIFICATE_EXPORT_KEY)

    def work() -> Keyed:
        application = Application(
            ca=command.ca,
            profile=command.profile,
            key_type=command.key.key_type,
            requested=build_requested_contents(command.subject, command.sans, command.validity, command.fields),
        )
        key = generated_keys.make(command.key)
        certificate = admit(ctx, actor, application, claim, key)
        return generated_keys.deliver(ctx, key, command.key, certificate)

    return run_once(ctx, actor, claim, work, lambda enrolment_id: replay_keyed(ctx, actor, enrolment_id))


def replay_keyed(ctx: Context, actor: Actor, enrolment_id: UUID) -> Keyed | None:
    """Return the certificate of an enrollment, without its key; None while it is being signed.

    Raises the errors of `replay`.
    """
    certificate = replay(ctx, actor, enrolment_id)
    return Keyed(certificate, None) if certificate is not None else None
