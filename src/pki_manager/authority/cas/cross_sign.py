"""Cross-signing: a local CA certifies the key of another CA, local or external."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial

from pki_manager.authority.cas.create_ca import SUBORDINATE_PROFILE
from pki_manager.authority.cas.rotate_ca import CROSS_PROFILE
from pki_manager.authority.cas.signing_terms import SigningTerms, compute_signing_terms
from pki_manager.authority.certificates.enroll import issue_own, replay
from pki_manager.authority.certificates.local_keys import build_local_key_facts
from pki_manager.authority.kernel import approval_gate, guard
from pki_manager.authority.kernel.approval_gate import Act
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.directory import Terms
from pki_manager.authority.kernel.idempotency import Done, run_once
from pki_manager.authority.kernel.issuers import get_current_certificate, load_issuer
from pki_manager.authority.signing.status_urls import require_status_urls
from pki_manager.domain.approval import Operation
from pki_manager.domain.ca import CertificateAuthority, Issuer
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.request import Purpose, RequestedContents, RequestFacts, ValidityRequest
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.policy.approval import Touched
from pki_manager.ports.unit_of_work import Claim, Reader, UnitOfWork
from pki_manager.x509 import general_names, parse


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossSign:
    """A cross-certificate to issue. `ca` is the signing CA, by ID or name.

    Set exactly one of `subject_ca`, a local CA, and `csr`, the PKCS #10 request of an external CA. `path_length` and
    subtrees apply to an external CA; a local CA keeps its own.
    """

    ca: str
    subject_ca: str | None = None
    csr: str | None = None
    path_length: int | None = None
    permitted: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    validity: ValidityRequest = field(default_factory=ValidityRequest)


def cross_sign(ctx: Context, actor: Actor, command: CrossSign, claim: Claim | None = None) -> Done[Certificate]:
    """Issue a certificate for the key of another CA.

    If the signing CA is the parent of that CA, the result is another certificate of the usual kind, else a
    cross-certificate. Raises NotFound if a CA does not exist; Conflict if either CA is in a state that does not allow
    it; InvalidInput or Malformed for invalid input; PolicyRefused and LintRefused with every reason;
    BackendUnavailable.
    """
    access.require_somewhere(actor, Permission.CA_CROSS_SIGN)
    if (command.subject_ca is None) is (command.csr is None):
        raise InvalidInput.of(
            "subject_ca", "cross_sign.one", "cannot be set together with `csr`; specify exactly one of them"
        )

    def work() -> Certificate:
        with ctx.ports.storage.read() as reader:
            issuer = load_issuer(reader, guard.get_ca(reader, actor, Permission.CA_CROSS_SIGN, command.ca))
            require_status_urls(ctx, issuer.ca, issuer.key)
            if command.csr is not None:
                facts = parse.parse_csr(command.csr)
                requested = _of_external_ca(command, facts)
                purpose, profile = Purpose.CROSS, reader.profiles.get(SUBORDINATE_PROFILE)
            else:
                found = guard.get_ca(reader, actor, Permission.CA_READ, command.subject_ca or "")
                facts, requested = _of_local_ca(reader, issuer, found, command)
                is_parent = found.parent_id == issuer.ca.id
                purpose = Purpose.ROTATION if is_parent else Purpose.CROSS
                profile = reader.profiles.get(SUBORDINATE_PROFILE if is_parent else CROSS_PROFILE)
        now = ctx.ports.clock.now()
        terms = partial(compute_signing_terms, actor, facts, requested, profile, issuer, purpose, now)
        permit = approval_gate.ask(ctx, actor, _crossing_of(issuer.ca, facts, requested, terms))

        def in_same_transaction(uow: UnitOfWork) -> None:
            permit.use(uow, ctx.ports.clock.now())

        return issue_own(ctx, actor, facts, requested, Terms(profile, issuer), purpose, claim, in_same_transaction)

    return run_once(ctx, actor, claim, work, lambda made: replay(ctx, actor, made))


def _crossing_of(
    ca: CertificateAuthority, facts: RequestFacts, requested: RequestedContents, terms: Callable[[], SigningTerms]
) -> Act:
    """Return the cross-signing as an operation for the approval gate: the CA's name, its key, and its limits."""
    body = {
        "name": ca.name,
        "subject": str(facts.subject if requested.subject is None else requested.subject),
        "spki_sha256": facts.key.spki_sha256.hex(),
        "path_length": requested.path_length,
        **requested.name_constraints.to_json(),
        "policies": [asdict(policy) for policy in requested.policies],
        "validity": requested.validity.to_json(),
    }
    return Act(Operation.CA_CROSS_SIGN, "ca", str(ca.id), body, Touched(ca=ca), terms)


def _of_external_ca(command: CrossSign, facts: RequestFacts) -> RequestedContents:
    """Return the requested contents for an external CA. Its name is encoded as in the CSR.

    The CA uses the same encoding of its name in everything that it signs.
    """
    constraints = general_names.parse_constraints(command.permitted, command.excluded)
    return RequestedContents(
        subject=facts.subject,
        subject_der=facts.subject_der,
        validity=command.validity,
        path_length=command.path_length,
        name_constraints=constraints,
    )


def _of_local_ca(
    reader: Reader, issuer: Issuer, ca: CertificateAuthority, command: CrossSign
) -> tuple[RequestFacts, RequestedContents]:
    """Return the facts of a local CA's current key, and the requested contents: the CA's own name and limits.

    By default, the certificate expires with the CA's own certificate, or with the issuer's if that is earlier. Raises
    InvalidInput if the command sets limits.
    """
    if command.path_length is not None or command.permitted or command.excluded:
        raise InvalidInput.of(
            "path_length",
            "cross_sign.limits",
            "can be set only with `csr`; a CA of this installation keeps its own limits",
        )
    key = reader.issuer_keys.get_current(ca.id)
    own = get_current_certificate(reader, key)
    end = min(own.validity.not_after, issuer.validity.not_after)
    validity = ValidityRequest(not_after=end) if command.validity == ValidityRequest() else command.validity
    requested = RequestedContents(
        subject=ca.subject,
        subject_der=ca.subject_der,
        validity=validity,
        path_length=ca.path_length,
        name_constraints=ca.name_constraints,
        policies=ca.policies,
    )
    return build_local_key_facts(key.spki_der), requested
