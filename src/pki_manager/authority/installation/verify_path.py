"""Path validation of a certificate with objects that the caller provides, or with the local CAs as trust anchors."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.domain.ca import CaState
from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.names import AlternativeName, NameKind
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import names
from pki_manager.policy.access import Permission, require
from pki_manager.ports.unit_of_work import Reader
from pki_manager.x509 import path, pem
from pki_manager.x509.decode import bundle
from pki_manager.x509.decode.oid_names import PURPOSES
from pki_manager.x509.path.link import Link
from pki_manager.x509.path.model import MAX_DEPTH

_BY_NAME = {name: oid for oid, name in PURPOSES.items()}
_HOSTS: dict[NameKind, Callable[[str], object]] = {
    NameKind.DNS: names.find_host_fault,
    NameKind.IP: names.find_ip_fault,
}
_UNTRUSTED = frozenset({CaState.PENDING, CaState.REVOKED})
_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]{0,8})){2,15}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class PathQuestion:
    """The input of a path validation as text: objects in PEM or Base64, `DNS:…` or `IP:…`, a purpose by name or OID.

    None means the default: local root CAs, the present time, any name, any purpose.
    """

    certificate: str
    intermediates: tuple[str, ...] = ()
    trust_anchors: tuple[str, ...] | None = None
    crls: tuple[str, ...] = ()
    time: datetime | None = None
    name: str | None = None
    usage: str | None = None
    max_depth: int = MAX_DEPTH
    strict: bool = False


def verify_path(ctx: Context, actor: Actor, question: PathQuestion) -> path.Verdict:
    """Return the certification path to a trust anchor, or why there is none (RFC 5280 §6). Nothing is fetched.

    Without `trust_anchors`, the local root CAs are trusted, and other local CA certificates complete the path. A
    certificate that a local CA had revoked by the validation time counts as revoked, even if no CRL lists it. Raises
    Malformed, TooLarge, or InvalidInput with the name of the invalid field.
    """
    require(actor, Permission.TOOLS_USE)
    own = _own_certificates(ctx) if question.trust_anchors is None else _Own((), ())
    time = question.time or ctx.ports.clock.now()
    verdict = path.verify(
        path.Question(
            certificate=_certificate(question.certificate, "certificate"),
            intermediates=_each(question.intermediates, "intermediates", _certificate) + own.others,
            trust_anchors=_each(question.trust_anchors or (), "trust_anchors", _certificate) + own.roots,
            crls=_each(question.crls, "crls", _crl),
            time=time,
            name=_host(question.name),
            usage=_purpose(question.usage),
            max_depth=question.max_depth,
            strict=question.strict,
        )
    )
    with ctx.ports.storage.read() as reader:
        return replace(verdict, reasons=verdict.reasons + tuple(_own_revocations(reader, verdict, time)))


def _own_revocations(reader: Reader, verdict: path.Verdict, time: datetime) -> Iterator[path.Reason]:
    """Yield a reason for each certificate of the path that a local CA has revoked, unless a CRL already lists it."""
    revoked = {reason.certificate for reason in verdict.reasons if reason.code == "revoked"}
    links = [Link.read(der, "certificate") for der in verdict.path]
    for one, issuer in pairwise(links):
        key = reader.issuer_keys.find_by_spki(hashlib.sha256(issuer.view.public_key.raw).digest())
        serial = int.from_bytes(one.view.serial, "big", signed=True)
        revocation = reader.revocations.find(key.id, serial) if key is not None else None
        if revocation is not None and revocation.time <= time and one.shown not in revoked:
            message = f"was revoked at {revocation.time.isoformat()}: {revocation.reason}"
            yield path.Reason("revoked", one.shown, message)


@dataclass(frozen=True, slots=True)
class _Own:
    """The certificates (DER) of the local CAs: the self-signed ones, and all others."""

    roots: tuple[bytes, ...]
    others: tuple[bytes, ...]


def _own_certificates(ctx: Context) -> _Own:
    with ctx.ports.storage.read() as reader:
        found = [
            certificate for key in _trusted_keys(reader) for certificate in reader.certificates.list_by_subject_key(key)
        ]
    roots = tuple(one.der for one in found if one.subject_key_id == one.issuer_key_id)
    return _Own(roots, tuple(one.der for one in found if one.der not in roots))


def _trusted_keys(reader: Reader) -> list[UUID]:
    """Return the IDs of the keys of trusted CAs: all except pending and revoked ones.

    A CA that only stopped issuing is trusted.
    """
    return [
        key.id
        for ca in reader.cas.list_all()
        if ca.state not in _UNTRUSTED
        for key in reader.issuer_keys.list_by_ca(ca.id)
    ]


def _each(texts: tuple[str, ...], field: str, read: Callable[[str, str], bytes]) -> tuple[bytes, ...]:
    return tuple(read(text, f"{field}.{position}") for position, text in enumerate(texts))


def _certificate(text: str, field: str) -> bytes:
    return pem.read(text, (pem.CERTIFICATE,), field)


def _crl(text: str, field: str) -> bytes:
    return pem.read(text, (pem.CRL,), field, max_size=bundle.MAX_SIZE)


def _host(text: str | None) -> AlternativeName | None:
    if text is None:
        return None
    name = AlternativeName.parse(text, "name")
    judge = _HOSTS.get(name.kind)
    if judge is None or judge(name.value) is not None:
        raise InvalidInput.of(
            "name", "verify.name", f"must be a DNS name (DNS:…) or an IP address (IP:…), not {text!r}"
        )
    return name


def _purpose(text: str | None) -> str | None:
    """Return the OID of a purpose whose name or OID is `text`. Raises InvalidInput if it is neither."""
    if text is None or text in PURPOSES:
        return text
    if text in _BY_NAME:
        return _BY_NAME[text]
    if _OID.fullmatch(text) is None:
        known = ", ".join(_BY_NAME)
        raise InvalidInput.of("usage", "verify.usage", f"must be one of {known}, or an OID, not {text!r}")
    return text
