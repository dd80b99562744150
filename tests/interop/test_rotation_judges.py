"""Key rotation before OpenSSL, GnuTLS and Java: with the old and the new trust anchor, before, during and after."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pki_manager.authority.cas.destroy_key import destroy_key
from pki_manager.authority.cas.rotate_ca import RotateCa, advance_all, retire_all_drained, rotate_ca
from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.certificates.queries import get_certificate_chains
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.publish_crl import publish, publish_due
from pki_manager.authority.status.revoke import revoke
from pki_manager.domain.certificate import Certificate, CertificateKind
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.signers.options import BackendOptions, EmbeddedOptions
from pki_manager.signers.registry import Backends, Collaborators
from pki_manager.storage.storage import SqlStorage
from pki_manager.system import SystemClock
from pki_manager.x509 import export
from tests.fakes.clock import FrozenClock
from tests.judges import gnutls, java_pkix, openssl
from tests.services import softhsm2
from tests.services.kms import Kms
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, initialized, make_authority, open_test_keystore

JUDGES = (openssl.verify, gnutls.verify, java_pkix.verify)
DAY = timedelta(days=1)
WORKER = build_system_actor("worker")

pytestmark = pytest.mark.parametrize("database_url", ["sqlcipher"], indirect=True)


COSMIAN = pytest.param("cosmian", marks=pytest.mark.kms)
MOVES = (
    ("embedded", "pkcs11"),
    pytest.param("pkcs11", "cosmian", marks=pytest.mark.kms),
    pytest.param("cosmian", "embedded", marks=pytest.mark.kms),
)

on_each_backend = pytest.mark.parametrize("backend", ["embedded", "pkcs11", COSMIAN])

Open = Callable[..., Context]
"""`opened("pkcs11", "cosmian")`: an authority with those backends, real ones; what its CAs begin with is the first."""


@pytest.fixture
def opened(request: pytest.FixtureRequest, tmp_path: Path, storage: SqlStorage, clock: FrozenClock) -> Iterator[Open]:
    with ExitStack() as until:

        def open_(*names: str) -> Context:
            given = Collaborators(home=tmp_path, keystore=open_test_keystore(tmp_path, clock), clock=SystemClock())
            options = [_options(request, tmp_path, name) for name in sorted({"embedded", *names})]
            backends = until.enter_context(closing(Backends(options, given)))
            made = make_authority(tmp_path, storage, clock, signers=backends)
            return initialized(replace(made, config=replace(made.config, default_backend=names[0])))

        yield open_


def _options(request: pytest.FixtureRequest, folder: Path, name: str) -> BackendOptions:
    if name == "embedded":
        return EmbeddedOptions(name=name, kind="embedded")
    if name == "cosmian":
        kms: Kms = request.getfixturevalue("kms")
        return kms.options(name)
    hsm = softhsm2.of_this_process(request.getfixturevalue("tmp_path_factory").getbasetemp() / "softhsm2")
    label = f"rotation-{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}"
    hsm.make_token(label)
    return softhsm2.options(name, label, folder)


def places(ctx: Context, ca: str) -> list[tuple[str, str]]:
    """Backend and state of each key, newest first."""
    return [(one.key.backend, one.key.state.value) for one in show_ca(ctx, ADMIN, ca).keys]


def issue(ctx: Context) -> Certificate:
    return enroll(ctx, ADMIN, Enroll(ca="Issuing CA", profile="tls-server", csr=make_csr("www.example.com")))[0]


def anchors(ctx: Context) -> list[Certificate]:
    """Oldest first."""
    keys = show_ca(ctx, ADMIN, "Root CA").keys
    found = [one for key in keys for one in key.certificates if one.kind is CertificateKind.SELF_SIGNED]
    return sorted(found, key=lambda one: one.id)


def verdicts(ctx: Context, folder: Path, leaf: Certificate, anchor: Certificate) -> set[str]:
    """Of all judges, over the shortest chain that we tell of to that anchor, with a CRL of every issuer in it."""
    chains = get_certificate_chains(ctx, ADMIN, leaf.id)
    ways = [chain for chain in (chains.usual, *chains.others) if chain[-1].id == anchor.id]
    assert ways, "no chain to that anchor is told of"
    chain = min(ways, key=len)
    links = [_file(folder, f"{one.id}.pem", export.encode_certificate_pem(one.der)) for one in chain]
    issuers = dict.fromkeys(one.issuer_key_id for one in chain[:-1])
    crls = [_file(folder, f"{key}.crl", export.encode_crl_pem(publish(ctx, ADMIN, key).der)) for key in issuers]
    at = ctx.ports.clock.now() + timedelta(seconds=1)
    return {judge(links[0], links[1:-1], links[-1], crls, at=at) for judge in JUDGES}


def _file(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="ascii")
    return folder / name


def require_ok(ctx: Context, folder: Path, leaves: Sequence[Certificate]) -> None:
    for anchor in anchors(ctx):
        for leaf in leaves:
            assert verdicts(ctx, folder, leaf, anchor) == {"ok"}


def require_revoked(ctx: Context, folder: Path, leaves: Sequence[Certificate]) -> None:
    for leaf in leaves:
        revoke(ctx, ADMIN, leaf.id, RevocationReason.SUPERSEDED)
        for anchor in anchors(ctx):
            assert verdicts(ctx, folder, leaf, anchor) == {"revoked"}


def outlive(ctx: Context, clock: FrozenClock, leaves: Sequence[Certificate]) -> None:
    """Until all of them have expired; nothing needs the old key of the issuing CA then, and it is destroyed."""
    clock.advance(max(leaf.validity.not_after for leaf in leaves) - clock.now() + DAY)
    publish_due(ctx, WORKER)
    assert retire_all_drained(ctx, WORKER) == 1
    old = show_ca(ctx, ADMIN, "Issuing CA").keys[-1]
    destroy_key(ctx, ADMIN, old.key.id)


@on_each_backend
@pytest.mark.parametrize("new", ["ECDSA-P256", "RSA-2048"])
def test_a_rotated_root_is_valid_with_either_anchor(
    opened: Open, clock: FrozenClock, tmp_path: Path, backend: str, new: str
) -> None:
    ctx = opened(backend)
    leaves = [issue(ctx)]
    require_ok(ctx, tmp_path, leaves)
    command = RotateCa(ca="Root CA", key_type=new, switch_at=clock.now() + DAY, cross_certify=True)
    rotate_ca(ctx, ADMIN, command)
    leaves.append(issue(ctx))
    assert len(anchors(ctx)) == 2
    require_ok(ctx, tmp_path, leaves)
    clock.advance(DAY)
    assert advance_all(ctx, WORKER)
    rotate_ca(ctx, ADMIN, RotateCa(ca="Issuing CA"))
    leaves.append(issue(ctx))
    require_ok(ctx, tmp_path, leaves)
    both = [(backend, "current"), (backend, "draining")]
    assert places(ctx, "Root CA") == places(ctx, "Issuing CA") == both
    require_revoked(ctx, tmp_path, leaves)


@on_each_backend
def test_a_rotated_issuing_ca_is_valid_under_the_same_anchor(
    opened: Open, clock: FrozenClock, tmp_path: Path, backend: str
) -> None:
    ctx = opened(backend)
    leaves = [issue(ctx)]
    rotate_ca(ctx, ADMIN, RotateCa(ca="Issuing CA", key_type="ECDSA-P384", switch_at=clock.now() + DAY))
    leaves.append(issue(ctx))
    require_ok(ctx, tmp_path, leaves)
    clock.advance(DAY)
    assert advance_all(ctx, WORKER)
    leaves.append(issue(ctx))
    require_ok(ctx, tmp_path, leaves)
    revoke(ctx, ADMIN, leaves[0].id, RevocationReason.SUPERSEDED)
    (anchor,) = anchors(ctx)
    assert [verdicts(ctx, tmp_path, leaf, anchor) for leaf in leaves] == [{"revoked"}, {"ok"}, {"ok"}]
    outlive(ctx, clock, leaves)
    require_ok(ctx, tmp_path, [issue(ctx)])
    assert places(ctx, "Issuing CA") == [(backend, "current"), (backend, "destroyed")]


@pytest.mark.parametrize(("before", "after"), MOVES)
def test_a_hierarchy_that_moves_to_another_backend_is_valid_with_either_anchor(
    opened: Open, clock: FrozenClock, tmp_path: Path, before: str, after: str
) -> None:
    ctx = opened(before, after)
    leaves = [issue(ctx)]
    require_ok(ctx, tmp_path, leaves)
    for ca in ("Root CA", "Issuing CA"):
        wish = RotateCa(ca=ca, backend=after, switch_at=clock.now() + DAY, cross_certify=ca == "Root CA")
        rotate_ca(ctx, ADMIN, wish)
        assert places(ctx, ca) == [(before, "current"), (after, "next")]
        leaves.append(issue(ctx))
        require_ok(ctx, tmp_path, leaves[-1:])
        clock.advance(DAY)
        assert advance_all(ctx, WORKER)
        assert places(ctx, ca) == [(after, "current"), (before, "draining")]
    leaves.append(issue(ctx))
    assert len(anchors(ctx)) == 2
    require_ok(ctx, tmp_path, leaves)
    require_revoked(ctx, tmp_path, leaves)
    outlive(ctx, clock, leaves)
    require_ok(ctx, tmp_path, [issue(ctx)])
    assert places(ctx, "Issuing CA") == [(after, "current"), (before, "destroyed")]
