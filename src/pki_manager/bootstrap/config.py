"""Settings as use cases receive them."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

from pki_manager.authority.kernel.context import Config
from pki_manager.bootstrap.blocked_keys import read_blocked_keys
from pki_manager.domain.setting import Explained
from pki_manager.ports.signer import KeyRef
from pki_manager.settings import Settings
from pki_manager.settings.explanation import explain
from pki_manager.settings.hosts import HOST_SETTINGS
from pki_manager.signers.options import EMBEDDED

_DIGITS = 16


def make_config(settings: Settings, node: str, *, mac_key: bytes, nonce_key: bytes) -> Config:
    """Return the settings as use cases receive them. Raises ConfigurationInvalid if `blocked_keys_file` is invalid."""
    return Config(
        node=node,
        status_url=settings.status_url,
        default_backend=settings.default_key_backend,
        checkpoints=settings.home / "checkpoints",
        checkpoint_key=_checkpoint_key(settings),
        audit_mac_key=mac_key,
        acme_nonce_key=nonce_key,
        blocked_keys=read_blocked_keys(settings.blocked_keys_file),
        settings=(rows := explain(settings)),
        shared_settings=_digest_shared(rows, mac_key),
        signing_deadline=settings.signing_deadline,
        crl_validity=settings.crl_validity,
        crl_interval=settings.crl_interval,
        delta_crl_interval=settings.delta_crl_interval,
        crl_shards=settings.crl_shards,
        ocsp_validity=settings.ocsp_validity,
        public_url=settings.url,
        origins=settings.origins,
        session_idle=settings.session_idle,
        session_lifetime=settings.session_lifetime,
        fresh_authentication=settings.fresh_authentication,
        invitation_validity=settings.invitation_validity,
        max_token_lifetime=settings.max_token_lifetime,
        local_actor_role=settings.local_actor_role,
        second_factor_roles=frozenset(settings.second_factor_roles),
        enrollment_protocols=settings.enrollment_protocols,
        acme_urls=settings.acme_urls,
        acme_caa_identities=frozenset(settings.acme_caa_identities),
        acme_authorization_validity=settings.acme_authorization_validity,
        acme_persist_issuers=settings.acme_persist_issuers,
        is_public=settings.is_public,
        accepted_status_urls=frozenset(settings.accepted_status_urls),
        audit_verify_interval=settings.audit_verify_interval,
        backup_targets=tuple(target.name for target in settings.backup_targets),
        backup_interval=settings.backup_interval,
        backup_verify_interval=settings.backup_verify_interval,
    )


def _digest_shared(rows: Iterable[Explained], key: bytes) -> dict[str, str]:
    """Return the digests of the settings that all hosts must share, by name."""
    return {row.name: _digest(row, key) for row in rows if row.name not in HOST_SETTINGS}


def _digest(row: Explained, key: bytes) -> str:
    """Return a digest that hosts compare. Only the key, which is not in the database, leads to the value."""
    return hmac.new(key, f"setting {row.name}={row.value}".encode(), hashlib.sha256).hexdigest()[:_DIGITS]


def _checkpoint_key(settings: Settings) -> KeyRef:
    own = next(backend.name for backend in settings.key_backends if backend.kind == EMBEDDED)
    return KeyRef(own, "audit-checkpoint")
