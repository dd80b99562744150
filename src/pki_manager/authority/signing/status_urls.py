"""The status URLs that issuer keys put into certificates: refused or reported if clients cannot reach them."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.demo import is_demo
from pki_manager.authority.kernel.issuers import list_certificates_of_keys
from pki_manager.domain.ca import CaState, CertificateAuthority, IssuerKey, KeyState
from pki_manager.domain.certificate import CertificateKind
from pki_manager.domain.errors import Conflict, FieldError, PkiError
from pki_manager.policy.status_urls import is_local_url
from pki_manager.ports.unit_of_work import Reader

_LIVE = (CaState.ACTIVE, CaState.SUSPENDED, CaState.PENDING)
_SETTING = "Set public_status_url to a URL such as http://status.example.com, restart the server"
_OVERRIDE = "to create it all the same, for a local trial, list the URL in accepted_status_urls"

_OPEN = "pkim init --network --host HOSTNAME"


@dataclass(frozen=True, slots=True)
class StatusUrlNotice:
    """A condition that an operator must fix with `commands`, in this order. `ca` is the CA's name."""

    code: str
    message: str
    ca: str | None = None
    commands: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Return the message, and the commands that fix it."""
        return self.message + "".join(f" Run: {command}" for command in self.commands)


_DEMO = StatusUrlNotice(
    "demo",
    "This is a demo: its history was generated, and only this machine can use its certificates. Do not trust its CAs.",
)


def require_new_status_url(ctx: Context) -> None:
    """Raise Conflict if relying parties could not reach the status URLs of a new issuer key."""
    require_equal_setting(ctx, "public_status_url")
    base = ctx.config.status_url
    fault = ctx.config.status_url_rule.find_fault(base)
    if fault is not None:
        message = f"{base} {fault}. {_SETTING}, and repeat this; {_OVERRIDE}."
        raise _conflict(f"The status URLs of the new CA cannot work: {message}", message)


def require_status_urls(ctx: Context, ca: CertificateAuthority, key: IssuerKey) -> None:
    """Raise Conflict if relying parties could not reach the status URLs of CA certificates that this key signs."""
    if key.state is KeyState.EXTERNAL:
        return
    base = get_base_url(key)
    fault = ctx.config.status_url_rule.find_fault(base)
    if fault is not None:
        repair = f"Rotate it first (`{_rotate(ca)}`), or list the URL in accepted_status_urls"
        message = f"{base} {fault}. {repair}."
        raise _conflict(f"The status URLs of CA {ca.name!r} cannot work: {message}", message)


def require_equal_setting(ctx: Context, name: str) -> None:
    """Raise Conflict if the local command line has another value of that setting than the server."""
    difference = ctx.config.differences.get(name)
    if difference is not None:
        raise Conflict(
            f"The settings differ: {name} {difference}.", errors=(FieldError(name, "settings.differ", difference),)
        )


def get_base_url(key: IssuerKey) -> str:
    """Return the base URL that the key's certificates contain."""
    return key.urls.ocsp.removesuffix("/ocsp")


def find_notices(ctx: Context) -> tuple[StatusUrlNotice, ...]:
    """Return problems with the status URLs of new and existing keys; parents before the CAs below them.

    A demo has one notice only, which says that it is a demo.
    """
    with ctx.ports.storage.read() as reader:
        if is_demo(reader):
            return (_DEMO,)
    rule, base = ctx.config.status_url_rule, ctx.config.status_url
    fault = rule.find_fault(base)
    if fault is not None:
        return (StatusUrlNotice("status_url", f"public_status_url: {base} {fault}. {_SETTING}, and rotate every CA."),)
    if is_local_url(base):
        message = f"This is a local trial: certificates point to {base}, which only this machine can reach."
        return (StatusUrlNotice("local_trial", message, commands=(_OPEN,)),)
    with ctx.ports.storage.read() as reader:
        return tuple(_notices_of_cas(ctx, reader))


def list_notices(ctx: Context) -> tuple[StatusUrlNotice, ...]:
    """Return what `find_notices` returns; empty while the database is unavailable. Never raises."""
    try:
        return find_notices(ctx)
    except PkiError:
        return ()


def _notices_of_cas(ctx: Context, reader: Reader) -> list[StatusUrlNotice]:
    now, rule = ctx.ports.clock.now(), ctx.config.status_url_rule
    cas = [ca for ca in reader.cas.list_all() if ca.state_at(now) in _LIVE]
    keys = {ca_id: held for ca_id, held in reader.issuer_keys.find_by_cas([ca.id for ca in cas]).items() if held}
    certificates = list_certificates_of_keys(reader, [held[0].id for held in keys.values()])
    by_id = {key.id: key for held in keys.values() for key in held}
    found = []
    for ca in _parents_first(cas):
        if ca.id not in keys:
            continue
        own = keys[ca.id][0]
        fault = rule.find_fault(get_base_url(own))
        above = next((one.issuer_key_id for one in certificates.get(own.id, ()) if not _is_own(one.kind)), None)
        if fault is None and above in by_id:
            fault = rule.find_fault(get_base_url(by_id[above]))
            if fault is not None:
                message = f"The certificate of CA {ca.name!r} points to {get_base_url(by_id[above])}, which {fault}."
                found.append(StatusUrlNotice("status_url", message, ca.name, (_rotate(ca),)))
        elif fault is not None:
            message = f"New certificates of CA {ca.name!r} point to {get_base_url(own)}, which {fault}."
            found.append(StatusUrlNotice("status_url", message, ca.name, (_rotate(ca),)))
    return found


def _is_own(kind: CertificateKind) -> bool:
    return kind in (CertificateKind.SELF_SIGNED, CertificateKind.CROSS)


def _parents_first(cas: list[CertificateAuthority]) -> list[CertificateAuthority]:
    by_id = {ca.id: ca for ca in cas}

    def depth(ca: CertificateAuthority) -> int:
        return 0 if ca.parent_id not in by_id else 1 + depth(by_id[ca.parent_id])

    return sorted(cas, key=depth)


def _rotate(ca: CertificateAuthority) -> str:
    return f"pkim ca rotate {shlex.quote(ca.name)}" + (" --cross-certify" if ca.parent_id is None else "")


def _conflict(detail: str, message: str) -> Conflict:
    return Conflict(detail, errors=(FieldError("public_status_url", "settings.status_url", message),))
