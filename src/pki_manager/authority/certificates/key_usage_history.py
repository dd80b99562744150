"""The known history of a public key before a decision: its holders, and whether it is blocked."""

from __future__ import annotations

from dataclasses import replace

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.directory import Terms
from pki_manager.domain.known_key import KeyUsageHistory
from pki_manager.domain.profiles.terms import KeyReuse
from pki_manager.domain.request import KeyFacts

_LISTED = "it is in the list of blocked keys (blocked_keys_file)"


def get_key_usage_history(ctx: Context, terms: Terms, key: KeyFacts) -> KeyUsageHistory:
    """Return the holders of certificates for a key, and whether it is blocked, for `policy.decide`.

    Other holders are looked up only if the profile forbids reuse, and blocked keys only if there are any.
    """
    key_history = _known(terms, key.spki_sha256)
    if key_history is None:
        with ctx.ports.storage.read() as reader:
            key_history = reader.known_keys.get_usage_history(key.spki_sha256)
    if ctx.config.blocked_keys.isdisjoint({key.spki_sha256, key.rsa_debian}):
        return key_history
    return replace(key_history, blocked=key_history.blocked or _LISTED)


def _known(terms: Terms, spki_sha256: bytes) -> KeyUsageHistory | None:
    """Return the history from the CA directory cache. None if the database must be read."""
    if terms.view is None or terms.profile.key_reuse is not KeyReuse.ALLOW:
        return None
    reserved = terms.view.reserved()
    if reserved.any_blocked:
        return None
    return KeyUsageHistory(
        is_a_cas=spki_sha256 in reserved.authorities, is_an_ocsp_signers=spki_sha256 in reserved.ocsp_signers
    )
