"""Progress and results of a bulk job, and its certificates as one file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from pki_manager.authority.kernel import guard
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.signing.chains import find_chains
from pki_manager.domain.bulk import BulkJob, BulkRow, BulkRowState
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import NotFound
from pki_manager.domain.jobs import Job
from pki_manager.domain.page import Page
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Reader

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class BulkProgress:
    """A bulk job, and the number of its rows by state. `counts` has an entry for every state."""

    bulk: BulkJob
    job: Job
    counts: Mapping[BulkRowState, int]


def get_progress(ctx: Context, actor: Actor, job_id: UUID) -> BulkProgress:
    """Return the progress of a bulk job.

    Raises NotFound if it does not exist, or is another user's and the actor may not read all jobs.
    """
    with ctx.ports.storage.read() as reader:
        bulk = _visible(reader, actor, job_id)
        return BulkProgress(bulk, reader.jobs.get(job_id), reader.bulk.count_rows(job_id))


def list_rows(
    ctx: Context, actor: Actor, job_id: UUID, state: BulkRowState | None, cursor: str | None, limit: int
) -> Page[BulkRow]:
    """List the rows of a bulk job in the order of the file. Errors as `get_progress`."""
    with ctx.ports.storage.read() as reader:
        _visible(reader, actor, job_id)
        return reader.bulk.page(job_id, state, cursor, limit)


def read_chains(ctx: Context, actor: Actor, job_id: UUID) -> Iterator[tuple[int, tuple[Certificate, ...]]]:
    """Yield row number and certificate chain of each completed row, the certificate first.

    Raises the errors of `get_progress`.
    """
    access.require_somewhere(actor, Permission.CERTIFICATE_READ)
    with ctx.ports.storage.read() as reader:
        _visible(reader, actor, job_id)
    return _chains(ctx, actor, job_id)


def _chains(ctx: Context, actor: Actor, job_id: UUID) -> Iterator[tuple[int, tuple[Certificate, ...]]]:
    above: dict[UUID, tuple[Certificate, ...]] = {}
    last, now = 0, ctx.ports.clock.now()
    while True:
        with ctx.ports.storage.read() as reader:
            found = reader.bulk.list_certificates(job_id, last, _AT_ONCE)
            known = {one.id: one for one in reader.certificates.find_many([of_row for _, of_row in found])}
            chains = []
            for number, certificate_id in found:
                certificate = known.get(certificate_id)
                if certificate is None or not guard.may_read(
                    reader, actor, certificate
                ):  # deleted, or no longer theirs
                    continue
                if certificate.issuer_key_id not in above:
                    above[certificate.issuer_key_id] = find_chains(reader, certificate, now).usual[1:]
                chains.append((number, (certificate, *above[certificate.issuer_key_id])))
        if not found:
            return
        yield from chains
        last = found[-1][0]


def _visible(reader: Reader, actor: Actor, job_id: UUID) -> BulkJob:
    access.require(actor, Permission.BULK_RUN)
    bulk = reader.bulk.get(job_id)
    if bulk.requested_by != actor.id and not access.is_allowed(actor, Permission.JOB_READ):
        raise NotFound.of("bulk job", str(job_id))
    return bulk
