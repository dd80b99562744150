"""Settings with value, source, default, and description."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from pki_manager.domain.duration import Duration
from pki_manager.domain.setting import Explained
from pki_manager.settings.backup import BackupTarget
from pki_manager.settings.model import Settings
from pki_manager.settings.oidc import OidcProvider
from pki_manager.settings.scep import ScepValidator
from pki_manager.signers.options import BackendOptions


def explain(settings: Settings) -> tuple[Explained, ...]:
    """Return every setting with its explanation, in the order of the class."""
    effective = settings.model_copy(
        update={"node_name": settings.node, "public_url": settings.url, "public_status_url": settings.status_url}
    )
    rows = []
    for name, field in type(settings).model_fields.items():
        text = _text(name, getattr(effective, name))
        default = "" if field.is_required() else _text(name, field.default)
        rows.append(Explained(name, text, settings.source(name), default, field.description or ""))
    return tuple(rows)


def _text(name: str, value: object) -> str:
    if name in ("database_url", "read_database_url", "keystore_url") and isinstance(value, str):
        return _without_password(value)
    if isinstance(value, timedelta):
        return str(Duration(0, int(value.total_seconds())))
    if isinstance(value, tuple):
        return ", ".join(_format_item(item) for item in value)
    return "" if value is None else str(value)


def _format_item(item: object) -> str:
    """Return the text of one item of a list setting.

    A table is shown as its name and what identifies it (kind and location, or issuer); a key backend also with the
    names of its options.
    """
    if isinstance(item, BackupTarget):
        return f"{item.name} ({item.kind} {item.path or item.bucket})"
    if isinstance(item, OidcProvider):
        return f"{item.name} ({item.issuer})"
    if isinstance(item, ScepValidator):
        return f"{item.name} ({item.kind} {item.url})"
    if isinstance(item, BackendOptions):
        options = "".join(f" {name}" for name in item.given())
        return f"{item.name} ({item.kind}{options})"
    return str(item)


def _without_password(url: str) -> str:
    """Return the URL without its password and query. The query can also contain a password (`?password=`)."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    return f"{parts.scheme}://{user.partition(':')[0]}{at}{host}{parts.path}" + ("?…" if parts.query else "")
