"""Wait for the status of a new issuer key: its CA certificate, its first CRL, and its OCSP responder."""

from __future__ import annotations

from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status import ocsp_signer
from pki_manager.authority.status.publish_crl import build_crl_paths
from pki_manager.domain.errors import PkiError

LONGEST_WAIT = 5.0
_LOOK_EVERY = 0.02
_UNTIL_SEEN = 0.2
"""Seconds until every listener notices a change of the published store."""


def wait_for_status(ctx: Context, issuer_key_id: UUID) -> None:
    """Wait until the worker has published the key's status on this host, at most `LONGEST_WAIT` seconds.

    Returns at once if this process has no worker. If the key backend fails, only the status is delayed, not the CA.
    """
    if not ctx.state.has_worker.is_set():
        return
    clock = ctx.ports.clock
    end = clock.monotonic() + LONGEST_WAIT
    while not _is_published(ctx, issuer_key_id):
        if clock.monotonic() >= end:
            return
        clock.sleep(_LOOK_EVERY)
    clock.sleep(_UNTIL_SEEN)


def _is_published(ctx: Context, issuer_key_id: UUID) -> bool:
    try:
        with ctx.ports.storage.read() as reader:
            key = reader.issuer_keys.get(issuer_key_id)
        if ctx.ports.published.find_object(build_crl_paths(key, None)[0]) is None:
            return False
        ocsp_signer.load(ctx, issuer_key_id)
        return any(issuer.issuer_key_id == issuer_key_id for issuer in ctx.ports.published.list_issuers())
    except PkiError:
        return False
