"""The stages of an issuance: ordered, intended, signed.

A stage has all of its values. A failed issuance is an error instead of a stage.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar
from uuid import UUID

from pki_manager.authority.kernel.repeat_counter import IssuedKind
from pki_manager.domain.ca import Issuer
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.current_request import CURRENT_REQUEST
from pki_manager.domain.enrollment import Enrollment
from pki_manager.domain.events.audit import KeyOperation
from pki_manager.domain.plan import CertificatePlan
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.rights.actor import Actor
from pki_manager.ports.unit_of_work import Claim, UnitOfWork
from pki_manager.x509.prepare import Prepared

InSameTransaction = Callable[[UnitOfWork, UUID], None]
"""Function that links an enrollment, by its ID, to the object that it is for, in the unit of work that begins it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueOrder:
    """A decided plan, the CA that signs it, and the actor that it is issued for.

    `revision` is the revision of the directory that issuer and profile come from (`directory.View`).
    `in_same_transaction` adds rows to the first transaction (a new CA and its key); `renews` is the certificate that
    this one replaces. `request` is the certificate request that it fulfills, approved under the rules `rules`.
    `current_request` is the ID of the HTTP request in the thread that creates the order.
    """

    enrolment_id: UUID
    actor: Actor
    plan: CertificatePlan
    profile: Profile
    issuer: Issuer
    revision: int | None = None
    claim: Claim | None = None
    in_same_transaction: Callable[[UnitOfWork], None] | None = None
    renews: UUID | None = None
    request: Enrollment | None = None
    rules: tuple[str, ...] = ()
    current_request: str | None = field(default_factory=CURRENT_REQUEST.get)

    @property
    def request_id(self) -> str | None:
        """Return the ID of the HTTP request, under which the steps are logged in every thread."""
        return self.actor.request_id or self.current_request


@dataclass(frozen=True, slots=True, kw_only=True)
class Intended:
    """An issuance intent: the exact bytes to be signed, and the stored enrollment with their serial number."""

    actor: Actor
    issuer: Issuer
    enrollment: Enrollment
    prepared: Prepared
    ignored_extensions: tuple[str, ...]
    request_id: str | None

    @property
    def kind(self) -> IssuedKind:
        """Return the labels under which metrics count the certificate."""
        return IssuedKind(self.issuer.ca.name, self.enrollment.profile, self.enrollment.via)


@dataclass(frozen=True, slots=True)
class SignedCertificate:
    """A certificate whose signature was verified, but which is not stored yet, and the record of the key's use."""

    intent: Intended
    certificate: Certificate
    operation: KeyOperation

    @property
    def request_id(self) -> str | None:
        return self.intent.request_id


class IssuanceStage(Protocol):
    """A stage of an issuance, with the request ID that it is logged under."""

    @property
    def request_id(self) -> str | None: ...


S = TypeVar("S", bound=IssuanceStage)
T = TypeVar("T")


def advance(stage: S | Exception, step: Callable[[S], T | Exception]) -> T | Exception:
    """Return the next stage of one issuance, which `step` computes, or its error."""
    if isinstance(stage, Exception):
        return stage
    token = CURRENT_REQUEST.set(stage.request_id)
    try:
        return step(stage)
    except Exception as error:  # noqa: BLE001 - the requester's thread raises it
        return error
    finally:
        CURRENT_REQUEST.reset(token)


def advance_all(stages: Sequence[S | Exception], step: Callable[[S], T | Exception]) -> list[T | Exception]:
    """Run `advance` for each issuance of a batch, in order. A failed issuance does not stop the others."""
    return [advance(stage, step) for stage in stages]


def list_completed(stages: Sequence[T | Exception]) -> list[T]:
    """Return the stages that have not failed."""
    return [stage for stage in stages if not isinstance(stage, Exception)]


def get_result(outcome: T | Exception) -> T:
    """Return the result, or raise the error."""
    if isinstance(outcome, Exception):
        raise outcome
    return outcome
