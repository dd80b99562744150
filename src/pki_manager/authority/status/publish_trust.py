"""The root certificates that devices must trust, in the published status store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.issuers import list_certificates_of_key
from pki_manager.authority.signing.chains import find_chains
from pki_manager.domain.ca import SERVING, CaState, CertificateAuthority, IssuerKey, KeyState
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.trust.anchors import TRUST_LIST, AnchorUse, TrustAnchor, TrustList
from pki_manager.ports.publish import PublishedObject
from pki_manager.ports.unit_of_work import Reader
from pki_manager.x509.apple_profile import build_root_profile
from pki_manager.x509.export import encode_certificate_pem

_WITHOUT_TRUST = frozenset({CaState.PENDING, CaState.REVOKED, CaState.EXPIRED})
_USES = {KeyState.NEXT: AnchorUse.NEXT, KeyState.DRAINING: AnchorUse.PREVIOUS}
_ORDER = (AnchorUse.CURRENT, AnchorUse.NEXT, AnchorUse.PREVIOUS)


@dataclass(frozen=True, slots=True)
class _Root:
    certificate: Certificate
    ca: CertificateAuthority
    use: AnchorUse

    def to_anchor(self) -> TrustAnchor:
        return TrustAnchor(
            name=self.ca.name,
            subject=self.certificate.subject,
            fingerprint=self.certificate.fingerprint_sha256,
            not_before=self.certificate.validity.not_before,
            not_after=self.certificate.validity.not_after,
            use=self.use,
        )


def publish_trust(ctx: Context) -> None:
    """Publish `/root.pem`, `/root.cer`, `/root.mobileconfig`, `/fingerprint`, and the list that the trust page shows.

    The first four are of the first root. `/roots/{fingerprint}.pem` and so on are of each root, `{fingerprint}` in
    lower-case hexadecimal digits. Raises StorageUnavailable if the database or the store is unavailable.
    """
    now = ctx.ports.clock.now()
    with ctx.ports.storage.read() as reader:
        revision = reader.status_log.get_revision()
        roots = sorted(_find_roots(reader, now), key=_rank)
    listed = TrustList(ctx.config.status_url, tuple(root.to_anchor() for root in roots))
    bodies = {TRUST_LIST: (listed.encode(), "application/json")}
    for root in roots:
        bodies |= _files(f"/roots/{root.certificate.fingerprint_sha256.hex()}", root)
    if roots:
        bodies |= _files("/root", roots[0])
        fingerprint = roots[0].certificate.fingerprint_sha256.hex()
        bodies["/fingerprint"] = (f"{fingerprint}\n".encode(), "text/plain; charset=utf-8")
    ctx.ports.published.put_objects(
        [
            PublishedObject(path=path, body=body, content_type=kind, modified=now, expires=None, order=(0, revision))
            for path, (body, kind) in bodies.items()
        ]
    )


def _rank(root: _Root) -> tuple[int, bool, datetime]:
    """Return the sort key of a root. The root of the oldest active CA, that of the first start, comes first."""
    return _ORDER.index(root.use), root.ca.state is not CaState.ACTIVE, root.ca.created_at


def _files(path: str, root: _Root) -> dict[str, tuple[bytes, str]]:
    der = root.certificate.der
    return {
        f"{path}.pem": (encode_certificate_pem(der).encode("ascii"), "application/x-pem-file"),
        f"{path}.cer": (der, "application/pkix-cert"),
        f"{path}.mobileconfig": (build_root_profile(root.ca.name, der), "application/x-apple-aspen-config"),
    }


def _find_roots(reader: Reader, now: datetime) -> list[_Root]:
    """Return the roots that certificates of this installation chain to, external ones included, each once."""
    cas = {ca.id: ca for ca in reader.cas.list_all()}
    found: dict[UUID, _Root] = {}
    for key in reader.issuer_keys.list_serving():
        if cas[key.ca_id].state_at(now) not in _WITHOUT_TRUST:
            for root in _roots_of_key(reader, key, cas, now):
                found.setdefault(root.certificate.id, root)
    return list(found.values())


def _roots_of_key(
    reader: Reader, key: IssuerKey, cas: dict[UUID, CertificateAuthority], now: datetime
) -> Iterator[_Root]:
    valid = [one for one in list_certificates_of_key(reader, key.id) if _is_usable(one, now)]
    own = [one for one in valid if one.is_self_signed()]
    for certificate in own:
        yield _Root(certificate, cas[key.ca_id], _USES.get(key.state, AnchorUse.CURRENT))
    if valid and not own and key.state is KeyState.CURRENT:
        chains = find_chains(reader, valid[0], now)
        for chain in (chains.usual, *chains.others):
            above = reader.issuer_keys.get(chain[-1].issuer_key_id)
            if above.state not in SERVING and chain[-1].is_self_signed() and _is_usable(chain[-1], now):
                yield _Root(chain[-1], cas[above.ca_id], AnchorUse.CURRENT)


def _is_usable(certificate: Certificate, now: datetime) -> bool:
    return certificate.revocation is None and now <= certificate.validity.not_after
