"""CAA checks (RFC 8659): whether DNS records of a domain allow this CA to issue.

CAA is checked when a domain is validated, and again before issuance if that was more than 8 hours ago. No transaction
may be open during a check, because it waits for a DNS server.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.domain.acme.orders import (
    AcmeProblem,
    Authorization,
    Challenge,
    ChallengeKind,
    ChallengeState,
    Identifier,
    IdentifierKind,
)
from pki_manager.domain.acme.proof import CaaRecord
from pki_manager.domain.errors import Fault, OutboundFailed
from pki_manager.policy import acme as policy

RECENT = timedelta(hours=8)
"""How long the result of a CAA check is valid (CA/Browser Forum Baseline Requirements §3.2.2.8)."""

MAX_PARALLEL_LOOKUPS = 8
_MOST_SECONDS = 20.0

Ask = Callable[[str], Sequence[CaaRecord]]


def find_caa_problem(
    ctx: Context, account_id: UUID, identifier: Identifier, method: ChallengeKind | None, ask: Ask | None = None
) -> AcmeProblem | None:
    """Return the problem if CAA forbids this CA to issue for a validated identifier, else None.

    `method` is None for a pre-authorized identifier. IP addresses have no CAA records. Without `acme_caa_identities`,
    CAA is not checked. Errors as `Validation.caa`.
    """
    config = ctx.config
    if not _is_checked(ctx, identifier):
        return None
    return policy.judge_caa(
        (ask or ctx.ports.validation.find_caa_records)(identifier.domain),
        identities=config.acme_caa_identities,
        account_uris=tuple(f"{base}/acme/accounts/{account_id}" for base in config.acme_urls),
        method=method,
        is_wildcard=identifier.is_wildcard,
    )


def require_recent_caa(ctx: Context, authorizations: Sequence[Authorization]) -> None:
    """Check CAA again for identifiers whose last check is older than 8 hours, each domain once.

    Raises PolicyRefused with the rule `acme.caa` if CAA forbids identifiers, with the names of all of them. Other
    errors as `Validation.caa`.
    """
    now = ctx.ports.clock.now()
    to_check = [one for one in authorizations if _is_checked(ctx, one.identifier)]
    old = [one for one in to_check if one.validated_at is None or now - one.validated_at > RECENT]
    if not old:
        return
    with ctx.ports.storage.read() as reader:
        challenges = reader.acme.authorizations.find_challenges([one.id for one in old])
    records = _look_up_all(ctx, [one.identifier.domain for one in old])
    found = {
        one.identifier: find_caa_problem(
            ctx, one.account_id, one.identifier, _method(one, challenges.get(one.id, ())), records.__getitem__
        )
        for one in old
    }
    policy.require_caa({name: problem for name, problem in found.items() if problem is not None})


def _method(authorization: Authorization, challenges: Sequence[Challenge]) -> ChallengeKind | None:
    """Return the challenge type by which a name was validated; None for a pre-authorized name."""
    if authorization.pre_authorized:
        return None
    for one in challenges:
        if one.state is ChallengeState.VALID:
            return one.kind
    raise Fault("The stored data is inconsistent: an authorization is valid, but none of its challenges is.")


def _is_checked(ctx: Context, identifier: Identifier) -> bool:
    return bool(ctx.config.acme_caa_identities) and identifier.kind is IdentifierKind.DNS


def _look_up_all(ctx: Context, names: Sequence[str]) -> dict[str, Sequence[CaaRecord]]:
    """Return the CAA records of each domain, looked up several at a time.

    Raises OutboundFailed if all lookups together take too long.
    """
    domains = tuple(dict.fromkeys(names))
    deadline = ctx.ports.clock.monotonic() + _MOST_SECONDS

    def ask(domain: str) -> Sequence[CaaRecord]:
        if ctx.ports.clock.monotonic() >= deadline:
            raise OutboundFailed("The DNS lookup of the CAA records timed out.", retry_after=5)
        return ctx.ports.validation.find_caa_records(domain)

    with ThreadPoolExecutor(MAX_PARALLEL_LOOKUPS) as pool:
        return dict(zip(domains, pool.map(ask, domains), strict=True))


def require_recent_caa_of(ctx: Context, enrolment_id: UUID) -> None:
    """Check CAA as `require_recent_caa` does, for the order of an enrollment that waited for approval.

    Does nothing for an enrollment without an order.
    """
    with ctx.ports.storage.read() as reader:
        order = reader.acme.orders.find_by_enrollment(enrolment_id)
        if order is None:
            return
        known = reader.acme.authorizations.find_usable(order.account_id, order.identifiers, ctx.ports.clock.now())
    require_recent_caa(ctx, tuple(known.values()))
